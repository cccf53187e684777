//! Cases: `.asl` files, and an `expected.tsv` with what their methods return.
//!
//! A line is file, method and value, as `acpiexec` prints it, with tabs between.
//! The cases are compiled by `iasl`, or taken from an `.aml` that stands beside.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use valhalla_aml::model::Model;
use valhalla_aml::{Budget, Interpreter, Settings};

use crate::normal;
use crate::run::run;

/// Longest run of `iasl`.
const IASL_LIMIT: Duration = Duration::from_secs(30);

/// A value that a method is to return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The case: a file's name without its ending.
    pub case: String,
    /// The method.
    pub method: String,
    /// The value, in normal form, or `ERROR`.
    pub value: String,
}

/// Reads an `expected.tsv`.
pub fn expectations(text: &str) -> Vec<Expectation> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines
        .filter_map(|line| {
            let mut columns = line.splitn(3, '\t');
            let (case, method) = (columns.next()?.to_owned(), columns.next()?.to_owned());
            let value = normal::of_expected(columns.next()?);
            Some(Expectation { case, method, value })
        })
        .collect()
}

/// Evaluates a method of a table, on a machine whose every byte is zero.
pub fn evaluate(table: &[u8], method: &str) -> String {
    let mut interpreter = Interpreter::new(Settings::default());
    let mut model = Model::new();
    let budget = Budget::default();
    // What a table refers to is in other tables, which cases do without.
    let _skipped_terms = interpreter.load(table, &mut model, &budget);
    let _failures = interpreter.initialise(&mut model, &budget);
    match interpreter.evaluate(method, &[], &mut model, &budget) {
        Ok(Some(data)) => normal::of_data(&data),
        Ok(None) => "NONE".into(),
        Err(error) => format!("ERROR {error}"),
    }
}

/// Runs all cases of a folder and prints those that differ.
pub fn main(folder: &Path, work: &Path) -> Result<bool, Box<dyn Error>> {
    let expected = expectations(&fs::read_to_string(folder.join("expected.tsv"))?);
    fs::create_dir_all(work)?;
    let work = &fs::canonicalize(work)?;
    let mut tables: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut equal = 0;
    for expectation in &expected {
        let table = match tables.get(&expectation.case) {
            Some(table) => table,
            None => {
                let table = compile(folder, work, &expectation.case)?;
                tables.entry(expectation.case.clone()).or_insert(table)
            }
        };
        let value = evaluate(table, &expectation.method);
        let same = match expectation.value.as_str() {
            "ERROR" => value.starts_with("ERROR"),
            wanted => value == wanted,
        };
        if same {
            equal += 1;
        } else {
            println!("{} {}", expectation.case, expectation.method);
            println!("    wanted: {}", expectation.value);
            println!("    is:     {value}");
        }
    }
    println!("{equal} of {} values are as expected", expected.len());
    Ok(equal == expected.len() && !expected.is_empty())
}

/// Returns the table of a case: compiled, or as it stands beside.
fn compile(folder: &Path, work: &Path, case: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let beside = folder.join(format!("{case}.aml"));
    if beside.is_file() {
        return Ok(fs::read(beside)?);
    }
    let source = fs::canonicalize(folder.join(format!("{case}.asl")))?;
    let target: PathBuf = work.join(case);
    let mut iasl = Command::new("iasl");
    iasl.args(["-f", "-oa", "-p"]).arg(&target).arg(source);
    let output = run(&mut iasl, work, IASL_LIMIT)?;
    fs::read(target.with_extension("aml"))
        .map_err(|error| format!("iasl made nothing of {case}: {error}\n{}", output.text).into())
}
