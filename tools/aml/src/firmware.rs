//! The table of what works, over the dumps of real machines.

use std::error::Error;
use std::path::Path;

use valhalla_aml::model::Model;
use valhalla_aml::{Budget, Data, Fault, Interpreter, Kind, Namespace, Settings};

use crate::acpica::{self, Answer};
use crate::dumps::{self, Machine};
use crate::normal;
use crate::run;
use crate::sums::Sums;

/// What our interpreter makes of one machine.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    pub(crate) dsdt_loads: bool,
    /// All tables were loaded without using the budget up.
    pub(crate) in_budget: bool,
    /// Evaluations that used their budget up: loops that wait for hardware.
    pub(crate) ran_out: usize,
    pub(crate) skipped: usize,
    pub(crate) steps: u64,
    pub(crate) memory_bytes: usize,
    pub(crate) s5: Option<Answer>,
    /// Tables of `_PRT`, and those that came out whole.
    pub(crate) prts: usize,
    pub(crate) prts_whole: usize,
    pub(crate) devices: usize,
    pub(crate) answering: usize,
    pub(crate) pts: Option<Answer>,
    /// What failed, in words.
    pub(crate) failures: Vec<String>,
}

/// Runs all machines of a folder and prints the table. With `acpiexec` at hand
/// its values stand beside; what it printed is kept in `kept`.
pub fn main(folder: &Path, kept: &Path, details: bool) -> Result<bool, Box<dyn Error>> {
    let machines = dumps::read(folder)?;
    if machines.is_empty() {
        return Err(format!("no machine with a DSDT in {}", folder.display()).into());
    }
    let has_acpica = run::is_there("acpiexec");
    let mut sums = Sums::default();
    for machine in &machines {
        let mut measured = measure(machine);
        if has_acpica {
            compare(machine, &mut measured, kept, &mut sums)?;
        }
        sums.add(machine, &measured);
        if details {
            println!(
                "{}: {} terms skipped; {} bytes of AML, {} of memory, {} steps of loading",
                machine.name,
                measured.skipped,
                machine.aml_bytes(),
                measured.memory_bytes,
                measured.steps
            );
            for failure in &measured.failures {
                println!("    {failure}");
            }
        }
    }
    print!("{}", sums.table(machines.len(), has_acpica));
    Ok(true)
}

/// Loads, initialises and asks one machine.
fn measure(machine: &Machine) -> Measured {
    let mut measured = Measured { in_budget: true, ..Measured::default() };
    let settings = Settings { has_interface: is_acpiexec_interface, ..Settings::default() };
    let mut interpreter = Interpreter::new(settings);
    let mut model = Model::new();
    model.tables.extend(machine.others.iter().cloned());
    let budget = Budget { steps: 4_000_000, ..Budget::default() };
    for (number, table) in std::iter::once(&machine.dsdt).chain(&machine.ssdts).enumerate() {
        match interpreter.load(&table.bytes, &mut model, &budget) {
            Ok(loaded) => {
                measured.steps += loaded.steps;
                measured.skipped += loaded.skipped;
                measured.dsdt_loads |= number == 0;
            }
            Err(error) => {
                measured.in_budget &= !ran_out(&error.fault);
                measured.failures.push(format!("{}: {error}", table.path.display()));
            }
        }
    }
    measured.failures.extend(interpreter.notes().iter().map(|note| format!("skipped: {note}")));
    measured.memory_bytes = interpreter.memory_bytes();
    for error in interpreter.initialise(&mut model, &budget).failures {
        measured.fault(&error.fault);
        measured.failures.push(format!("init: {error}"));
    }
    let mut ask = |path: &str, arguments: &[Data]| {
        interpreter.names().find(path)?;
        let outcome = interpreter.evaluate(path, arguments, &mut model, &budget);
        Some(match outcome {
            Ok(Some(data)) => Answer::Value(normal::of_data(&data)),
            Ok(None) => Answer::Nothing,
            Err(error) => {
                measured.fault(&error.fault);
                measured.failures.push(format!("{path}: {error}"));
                Answer::Failed
            }
        })
    };
    let s5 = ask("\\_S5", &[]);
    let _no_value = ask("\\_PIC", &[Data::Integer(1)]);
    measured.s5 = s5;
    measure_names(&mut interpreter, &mut model, &budget, &mut measured);
    let outcome = interpreter
        .names()
        .find("\\_PTS")
        .map(|node| interpreter.evaluate_node(node, &[Data::Integer(5)], &mut model, &budget));
    measured.pts = outcome.map(|outcome| match outcome {
        Ok(Some(data)) => Answer::Value(normal::of_data(&data)),
        Ok(None) => Answer::Nothing,
        Err(error) => {
            measured.fault(&error.fault);
            measured.failures.push(format!("_PTS: {error}"));
            Answer::Failed
        }
    });
    measured
}

/// Asks each device for `_STA`, and each bridge for `_PRT`.
fn measure_names(
    interpreter: &mut Interpreter,
    model: &mut Model,
    budget: &Budget,
    measured: &mut Measured,
) {
    let nodes: Vec<_> = interpreter.names().walk(Namespace::ROOT).collect();
    for node in nodes {
        if interpreter.names().kind(node) == Some(Kind::Device) {
            measured.devices += 1;
            match interpreter.status(node, model, budget) {
                Ok(_) => measured.answering += 1,
                Err(error) => {
                    measured.fault(&error.fault);
                    let path = interpreter.names().path(node);
                    measured.failures.push(format!("{path}._STA: {error}"));
                }
            }
        }
        let seg = interpreter.names().seg(node).map(|seg| seg.0);
        if seg == Some(*b"_PRT") {
            let worked = match interpreter.evaluate_node(node, &[], model, budget) {
                Ok(Some(Data::Package(entries))) => entries.iter().all(is_route),
                Ok(_) => false,
                Err(error) => {
                    measured.fault(&error.fault);
                    let path = interpreter.names().path(node);
                    measured.failures.push(format!("{path}: {error}"));
                    false
                }
            };
            measured.prts += 1;
            measured.prts_whole += usize::from(worked);
        }
    }
}

/// An entry of `_PRT`: address, pin, source, index (ACPI 6.5, 6.2.13).
fn is_route(entry: &Data) -> bool {
    matches!(
        entry.as_package(),
        Some([Data::Integer(_), Data::Integer(_), source, Data::Integer(_)])
            if matches!(source, Data::Integer(0) | Data::Reference(_) | Data::String(_))
    )
}

/// Asks `acpiexec` the same, where it matters, and counts what is equal.
fn compare(
    machine: &Machine,
    measured: &mut Measured,
    kept: &Path,
    sums: &mut Sums,
) -> Result<(), Box<dyn Error>> {
    let theirs = acpica::ask(machine, "execute \\_S5", kept)?;
    sums.acpica_s5 += usize::from(matches!(theirs, Answer::Value(_)));
    if matches!(theirs, Answer::Value(_)) {
        sums.s5_equal += usize::from(measured.s5.as_ref() == Some(&theirs));
        if measured.s5.as_ref() != Some(&theirs) {
            let ours = &measured.s5;
            measured.failures.push(format!("_S5 differs: {ours:?}, ACPICA {theirs:?}"));
        }
    }
    let theirs = acpica::ask(machine, "execute \\_PTS 5", kept)?;
    let works = |answer: &Answer| matches!(answer, Answer::Value(_) | Answer::Nothing);
    sums.acpica_pts += usize::from(works(&theirs));
    if theirs != Answer::Unknown {
        let same = measured.pts.as_ref() == Some(&theirs);
        sums.pts_compared += 1;
        sums.pts_equal += usize::from(same);
        if !same {
            let ours = &measured.pts;
            measured.failures.push(format!("_PTS(5) differs: {ours:?}, ACPICA {theirs:?}"));
        }
    }
    Ok(())
}

impl Measured {
    fn fault(&mut self, fault: &Fault) {
        self.ran_out += usize::from(ran_out(fault));
    }
}

fn ran_out(fault: &Fault) -> bool {
    matches!(fault, Fault::OutOfSteps | Fault::OutOfMemory | Fault::OutOfDepth)
}

/// Tells what the `_OSI` of `acpiexec` 20200925 says yes to: it is older than three.
fn is_acpiexec_interface(name: &[u8]) -> bool {
    let newer: [&[u8]; 3] = [b"Windows 2020", b"Windows 2021", b"Windows 2022"];
    !newer.contains(&name) && valhalla_aml::is_windows_interface(name)
}
