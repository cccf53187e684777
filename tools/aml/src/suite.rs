//! Suites of ASL programs that say themselves what is right.
//!
//! Two kinds of file are known, as the suites of ACPICA and uACPI have them:
//!
//! - `MAIN.asl`: a module whose method `MN00`, or `MAIN`, returns 0 if all of
//!   its tests have passed, and says each test's verdict in a line `:STST:...`;
//! - a file whose head says `Expect: TYPE => VALUE`, of its method `MAIN`.
//!
//! ACPICA does not pass all of its own modules, nor all of uACPI's programs, so
//! each is run by `acpiexec`, too: it is also in order if its value, and every
//! verdict, is the one that ACPICA comes to. What `iasl` makes nothing of is counted apart: no interpreter can run it.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use valhalla_aml::Data;

use crate::run::{is_there, run};
use crate::verdict::{self, Verdict};

/// Longest run of `iasl`.
const IASL_LIMIT: Duration = Duration::from_secs(60);

/// Lines of a file that may say what is expected.
const HEAD_LINES: usize = 3;

/// A file of a suite.
#[derive(Debug)]
struct Source {
    path: PathBuf,
    name: String,
    what: What,
}

#[derive(Debug)]
enum What {
    /// A module that returns 0 if its tests pass.
    Module,
    /// A program that returns a value.
    Program(Data),
    /// A table of the firmware, for `LoadTable`.
    Table,
}

/// Runs all that is below a folder and prints what fails.
pub fn main(folder: &Path, work: &Path) -> Result<bool, Box<dyn Error>> {
    fs::create_dir_all(work)?;
    let work = fs::canonicalize(work)?;
    let has_acpica = is_there("acpiexec");
    let mut sources = Vec::new();
    find(&fs::canonicalize(folder)?, "", &mut sources)?;
    let mut tables = Vec::new();
    for table in sources.extract_if(.., |source| matches!(source.what, What::Table)) {
        tables.extend(compile(&table, &work)?);
    }
    let (mut compiled, mut passed, mut as_acpica, mut without_answer) = (0, 0, 0, 0);
    for source in &sources {
        let Some(table) = compile(source, &work)? else {
            println!("{}: not compiled", source.name);
            continue;
        };
        compiled += 1;
        let expected = match &source.what {
            What::Program(value) => value,
            _ => &Data::Integer(0),
        };
        let ours = verdict::ours(&table, &tables, matches!(source.what, What::Program(_)));
        let passes = ours.value == verdict::value(expected);
        let theirs = if has_acpica { verdict::acpica(&work, &source.name)? } else { None };
        passed += usize::from(passes);
        as_acpica += usize::from(!passes && theirs.as_ref() == Some(&ours));
        without_answer += usize::from(has_acpica && !passes && theirs.is_none());
        if !passes && theirs.as_ref() != Some(&ours) {
            println!("{}: {}", source.name, difference(&ours, theirs.as_ref()));
        }
    }
    println!("{} programs, of which iasl compiles {compiled}", sources.len());
    println!("{passed} pass; {as_acpica} more have the value and each verdict of acpiexec");
    if has_acpica {
        println!("{without_answer} of the others come to no end in acpiexec");
    }
    Ok(passed + as_acpica == compiled && compiled > 0)
}

/// What is different from what was wanted, in words.
fn difference(ours: &Verdict, theirs: Option<&Verdict>) -> String {
    let Some(theirs) = theirs else { return ours.value.clone() };
    let differs = |line: &&String| !theirs.tests.contains(line);
    let tests: Vec<&str> = ours.tests.iter().filter(differs).map(String::as_str).collect();
    format!("{}, ACPICA {}; {}", ours.value, theirs.value, tests.join(" "))
}

/// Collects what is below a folder; a name is the path to the file.
fn find(folder: &Path, prefix: &str, sources: &mut Vec<Source>) -> Result<(), Box<dyn Error>> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    entries.sort();
    for path in entries {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            find(&path, &format!("{prefix}{file}_"), sources)?;
        } else if let Some(stem) = file.strip_suffix(".asl")
            && let Some(what) = what(stem, &String::from_utf8_lossy(&fs::read(&path)?))
        {
            let name = match what {
                What::Module => prefix.trim_end_matches('_').to_owned(),
                _ => format!("{prefix}{stem}"),
            };
            sources.push(Source { path, name, what });
        }
    }
    Ok(())
}

/// What a file is, if it is something by itself.
fn what(stem: &str, text: &str) -> Option<What> {
    if stem == "MAIN" {
        return Some(What::Module);
    }
    if let Some(value) = expectation(text) {
        return Some(What::Program(value));
    }
    let (_, head) = text.split_once("DefinitionBlock")?;
    let signature = head.split('"').nth(3)?;
    signature.starts_with("OEM").then_some(What::Table)
}

/// Reads a head's `Expect: int => 0x10` or `Expect: str => text`.
fn expectation(text: &str) -> Option<Data> {
    let mut head = text.lines().take(HEAD_LINES);
    let (_, words) = head.find_map(|line| line.split_once("Expect:"))?;
    let (kind, value) = words.split_once("=>")?;
    let value = value.trim();
    match kind.trim() {
        "int" => match value.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16).ok().map(Data::Integer),
            None => value.parse().ok().map(Data::Integer),
        },
        "str" => Some(Data::String(value.to_owned())),
        _ => None,
    }
}

/// Compiles a file in its own folder, where what it includes is.
fn compile(source: &Source, work: &Path) -> Result<Option<Vec<u8>>, Box<dyn Error>> {
    let target = work.join(format!("{}.aml", source.name));
    let _old_one = fs::remove_file(&target);
    let folder = source.path.parent().unwrap_or(Path::new("."));
    let mut iasl = Command::new("iasl");
    iasl.args(["-f", "-oa", "-of", "-p"]).arg(&target).arg(&source.path);
    let output = run(&mut iasl, folder, IASL_LIMIT)?;
    fs::write(target.with_extension("txt"), output.text)?;
    Ok(fs::read(&target).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_what_it_is() {
        let head = "// Name: x\n// Expect: int => 0x10\n";
        assert!(matches!(what("a", head), Some(What::Program(Data::Integer(16)))));
        let head = "// Name: x\n// Expect: str => a b\n";
        assert!(
            matches!(what("a", head), Some(What::Program(Data::String(text))) if text == "a b")
        );
        assert!(matches!(what("MAIN", ""), Some(What::Module)));
        let table = "DefinitionBlock (\"\", \"OEM1\", 1, \"A\", \"B\", 1) {}";
        assert!(matches!(what("a", table), Some(What::Table)));
        assert!(what("a", "DefinitionBlock (\"\", \"SSDT\", 1, \"A\", \"B\", 1) {}").is_none());
    }
}
