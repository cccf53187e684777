//! Disassembles tables of dumps, compiles them again with `iasl`, and compares
//! the bytes of each method.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use valhalla_aml::model::Model;
use valhalla_aml::{Budget, Interpreter, Kind, Namespace, Settings};

use crate::dumps::{self, Machine};
use crate::run::run;

const LIMIT: Duration = Duration::from_secs(60);

/// Prints, for each machine's DSDT, how many methods come out the same.
pub fn main(folder: &Path, work: &Path) -> Result<bool, Box<dyn Error>> {
    fs::create_dir_all(work)?;
    let (mut methods, mut equal, mut compiled) = (0, 0, 0);
    let machines = dumps::read(folder)?;
    for machine in &machines {
        let (count, same) = compare(machine, work)?;
        methods += count;
        equal += same.unwrap_or_default();
        compiled += usize::from(same.is_some());
        let words = same.map_or("not compiled".into(), |same| format!("{same} equal"));
        println!("{}: {count} methods, {words}", machine.name);
    }
    let share = 100.0 * f64::from(equal) / f64::from(methods.max(1));
    println!("{compiled} of {} DSDTs compile again", machines.len());
    println!("{equal} of {methods} methods have the same bytes ({share:.1} %)");
    Ok(true)
}

/// Returns the number of methods, and of those that are equal, if it compiles.
fn compare(machine: &Machine, work: &Path) -> Result<(u32, Option<u32>), Box<dyn Error>> {
    let mut interpreter = Interpreter::new(Settings::default());
    let mut model = Model::new();
    let budget = Budget::default();
    let _skipped = interpreter.load(&machine.dsdt.bytes, &mut model, &budget);
    let methods: Vec<String> = methods(&interpreter);
    for table in &machine.ssdts {
        let _skipped = interpreter.load(&table.bytes, &mut model, &budget);
    }
    let source = work.join(format!("{}.asl", machine.name));
    let target = source.with_extension("aml");
    fs::write(&source, interpreter.list_table(0).unwrap_or_default())?;
    let _old_one = fs::remove_file(&target);
    let output = run(Command::new("iasl").args(["-f", "-oa"]).arg(&source), Path::new("."), LIMIT)?;
    fs::write(source.with_extension("txt"), output.text)?;
    let count = u32::try_from(methods.len())?;
    let Ok(bytes) = fs::read(&target) else { return Ok((count, None)) };
    let mut again = Interpreter::new(Settings::default());
    if again.load(&bytes, &mut model, &budget).is_err() {
        return Ok((count, None));
    }
    let bytes_of = |from: &Interpreter, path: &str| {
        let node = from.names().find(path)?;
        from.method_bytes(node).map(<[u8]>::to_vec)
    };
    let same = methods
        .iter()
        .filter(|path| bytes_of(&interpreter, path) == bytes_of(&again, path))
        .count();
    Ok((count, Some(u32::try_from(same)?)))
}

fn methods(interpreter: &Interpreter) -> Vec<String> {
    let names = interpreter.names();
    names
        .walk(Namespace::ROOT)
        .filter(|&node| names.kind(node) == Some(Kind::Method))
        .filter(|&node| interpreter.method_bytes(node).is_some())
        .map(|node| names.path(node))
        .collect()
}
