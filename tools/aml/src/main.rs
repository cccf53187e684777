//! `valhalla-aml`: cases, the recording of their values, dumps of machines.

use std::env;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use aml_tools::{cases, firmware, record};

const USE: &str = "use: valhalla-aml cases DIR WORK | record DIR | firmware DIR KEPT [-v]";

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
        ["record", folder] => record::main(Path::new(folder)),
        ["firmware", folder, kept] => firmware::main(Path::new(folder), Path::new(kept), false),
        ["firmware", folder, kept, "-v"] => {
            firmware::main(Path::new(folder), Path::new(kept), true)
        }
        _ => Err(USE.into()),
    }
}
