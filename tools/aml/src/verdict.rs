//! What a module of a suite comes to: its value, and the verdict of each test.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use valhalla_aml::model::Model;
use valhalla_aml::{Budget, Data, Interpreter, Settings};

use crate::acpica::{Answer, answer};
use crate::normal;
use crate::run::run;

/// Tells what the test runner of uACPI's suite has `_OSI` say yes to, as far as its
/// programs ask: an interface of its own, two that a system can choose, and not the
/// one that it takes away.
fn is_runner_interface(name: &[u8]) -> bool {
    match name {
        b"TestRunner" | b"3.0 Thermal Model" | b"Module Device" => true,
        b"Windows 2006" => false,
        _ => valhalla_aml::is_windows_interface(name),
    }
}

/// Steps of the longest module, several times over.
const STEPS: u64 = 100_000_000;
/// Longest run of `acpiexec`, and seconds after which it leaves a `While`.
const LIMIT: Duration = Duration::from_secs(120);
const LOOP_LIMIT_S: &str = "20";

/// What a module comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What its method returned, in normal form; `ERROR` if it failed.
    pub value: String,
    /// A line for each of its tests, with PASS or FAIL.
    pub tests: Vec<String>,
}

/// The normal form of a value.
pub fn value(data: &Data) -> String {
    normal::of_data(data)
}

/// Runs a module with our interpreter, on a machine whose every byte is zero.
pub fn ours(table: &[u8], tables: &[Vec<u8>], is_program: bool) -> Verdict {
    let mut settings = Settings { error_method: Some("\\_ERR"), ..Settings::default() };
    if is_program {
        settings.has_interface = is_runner_interface;
    }
    let mut interpreter = Interpreter::new(settings);
    let mut model = Model::new();
    model.tables.extend_from_slice(tables);
    let budget = Budget { steps: STEPS, ..Budget::default() };
    let _skipped_terms = interpreter.load(table, &mut model, &budget);
    let _failures = interpreter.initialise(&mut model, &budget);
    let path =
        ["\\MN00", "\\MAIN"].into_iter().find(|path| interpreter.names().find(path).is_some());
    let outcome = interpreter.evaluate(path.unwrap_or("\\MAIN"), &[], &mut model, &budget);
    let value = match outcome {
        Ok(Some(data)) => normal::of_data(&data),
        Ok(None) => "NONE".into(),
        Err(_) => "ERROR".into(),
    };
    Verdict { value, tests: model.debug.iter().filter_map(|line| test_line(line)).collect() }
}

/// Runs a module with `acpiexec`, whose output is kept and read from there the
/// next time. Nothing if it comes to no end.
pub fn acpica(work: &Path, name: &str) -> io::Result<Option<Verdict>> {
    let table = work.join(format!("{name}.aml"));
    let method =
        if fs::read(&table)?.windows(4).any(|seg| seg == b"MN00") { "MN00" } else { "MAIN" };
    let kept = work.join(format!("{name}.acpiexec"));
    let text = match fs::read(&kept) {
        Ok(text) => String::from_utf8_lossy(&text).into_owned(),
        Err(_) => {
            let mut acpiexec = Command::new("acpiexec");
            let command = format!("execute {method}");
            acpiexec.args(["-ef", "-el", "-to", LOOP_LIMIT_S, "-b", &command]).arg(&table);
            let output = run(&mut acpiexec, work, LIMIT)?;
            fs::write(&kept, &output.text)?;
            output.text
        }
    };
    let value = match answer(&text) {
        Answer::Value(value) => value,
        Answer::Nothing => "NONE".into(),
        Answer::Failed => "ERROR".into(),
        Answer::Unknown => return Ok(None),
    };
    Ok(Some(Verdict { value, tests: text.lines().filter_map(test_line).collect() }))
}

/// The test and its verdict in a line `:STST:group:case:test:PASS:`, without
/// the number of errors that may stand behind it.
fn test_line(line: &str) -> Option<String> {
    let (_, words) = line.split_once(":STST:")?;
    let (test, _) = words.split_once(":Errors").or_else(|| words.rsplit_once(':'))?;
    Some(test.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_read_from_its_line() {
        let pass = "ACPI Debug:  \":STST:functional:control:CTL0:PASS:\"";
        assert_eq!(test_line(pass).as_deref(), Some("functional:control:CTL0:PASS"));
        let fail = "\":STST:functional:name:m1f6:FAIL:Errors # 0x01 0x00 0x00 0x00:\"";
        assert_eq!(test_line(fail).as_deref(), Some("functional:name:m1f6:FAIL"));
        assert_eq!(test_line("\"m1f6 test started\""), None);
    }
}
