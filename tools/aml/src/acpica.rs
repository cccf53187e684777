//! Asks ACPICA's `acpiexec` for the values that ours are compared with.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::dumps::Machine;
use crate::normal;
use crate::run::run;

/// Longest run of `acpiexec`; some firmware loops on a machine of zeros.
const LIMIT: Duration = Duration::from_secs(150);

/// Seconds after which `acpiexec` leaves a `While`.
const LOOP_LIMIT_S: &str = "30";

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A value, in normal form.
    Value(String),
    /// The method ended and returned nothing.
    Nothing,
    /// It failed.
    Failed,
    /// `acpiexec` did not come so far: it crashed, hung, or the name is not there.
    Unknown,
}

/// Evaluates commands of `acpiexec` on a machine, each in a run of its own.
/// What it printed is kept in a folder, and read from there the next time.
pub fn ask(machine: &Machine, command: &str, kept: &Path) -> io::Result<Answer> {
    fs::create_dir_all(kept)?;
    let safe: String = command.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let file = kept.join(format!("{}.{safe}.txt", machine.name));
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(_) => {
            let mut acpiexec = Command::new("acpiexec");
            acpiexec
                .args(["-to", LOOP_LIMIT_S, "-b"])
                .arg(command)
                .arg(fs::canonicalize(&machine.dsdt.path)?);
            for table in &machine.ssdts {
                acpiexec.arg(fs::canonicalize(&table.path)?);
            }
            let output = run(&mut acpiexec, kept, LIMIT)?;
            fs::write(&file, &output.text)?;
            output.text
        }
    };
    Ok(answer(&text))
}

/// Reads the answer in what `acpiexec` printed.
pub fn answer(text: &str) -> Answer {
    let Some(start) = text.find("\nEvaluating ") else { return Answer::Unknown };
    let text = &text[start..];
    if let Some((_, rest)) = text.split_once(" returned object ") {
        return Answer::Value(normal::of_acpiexec(rest));
    }
    if text.contains("No object was returned") {
        return Answer::Nothing;
    }
    if text.contains(" failed with status ") { Answer::Failed } else { Answer::Unknown }
}
