//! `valhalla-aml`: cases, the recording of their values, dumps of machines.

use std::env;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use aml_tools::{cases, firmware, flips, listings, look, record, suite};

const USE: &str = "use: valhalla-aml COMMAND
  cases DIR WORK              run .asl cases against their expected.tsv
  suite DIR WORK              run .asl programs that say what is right
  record DIR                  make that file, and each .aml, by acpiexec
  firmware DIR KEPT [-v]      what works on dumps, one folder a machine
  flips DIR                   flip bytes of 20 of their DSDTs
  listings DIR WORK           disassemble their DSDTs, compile, compare methods
  list TABLE...               the last table as ASL
  tree TABLE...               the names of tables
  devices TABLE...            the devices and their status
  eval PATH ARGS TABLE...     the value of a path (ARGS: 1,2 or \"\")
  step PATH ARGS TABLE...     the same, each operation with its values";

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("valhalla-aml: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["cases", folder, work] => cases::main(Path::new(folder), Path::new(work)),
        ["suite", folder, work] => suite::main(Path::new(folder), Path::new(work)),
        ["flips", folder] => flips::main(Path::new(folder)),
        ["record", folder] => record::main(Path::new(folder)),
        ["firmware", folder, kept] => firmware::main(Path::new(folder), Path::new(kept), false),
        ["firmware", folder, kept, "-v"] => {
            firmware::main(Path::new(folder), Path::new(kept), true)
        }
        ["tree", files @ ..] if !files.is_empty() => look::tree(files),
        ["devices", files @ ..] if !files.is_empty() => look::devices(files),
        ["list", files @ ..] if !files.is_empty() => look::list(files),
        ["listings", folder, work] => listings::main(Path::new(folder), Path::new(work)),
        ["step", path, arguments, files @ ..] => look::step(path, arguments, files),
        ["eval", path, arguments, files @ ..] => look::evaluate(path, arguments, files),
        _ => Err(USE.into()),
    }
}
