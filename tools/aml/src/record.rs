//! Records what `acpiexec` returns: makes the `expected.tsv` of a folder of
//! cases, and the `.aml` beside each `.asl`.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use valhalla_aml::model::Model;
use valhalla_aml::{Budget, Interpreter, Kind, Namespace, Settings};

use crate::acpica::{Answer, answer};
use crate::run::run;

const LIMIT: Duration = Duration::from_secs(60);

const HEAD: &str = "# file\tmethod\twhat acpiexec 20200925 returns\n";

/// Compiles and records all cases of a folder. A method of the root without
/// arguments, whose name begins with T, is evaluated in a run of its own.
pub fn main(folder: &Path) -> Result<bool, Box<dyn Error>> {
    let folder = fs::canonicalize(folder)?;
    let mut text = String::from(HEAD);
    let mut sources: Vec<PathBuf> = fs::read_dir(&folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    sources.retain(|path| path.extension().is_some_and(|ending| ending == "asl"));
    sources.sort();
    for source in sources {
        record(&folder, &source, &mut text)?;
    }
    fs::write(folder.join("expected.tsv"), text)?;
    Ok(true)
}

fn record(folder: &Path, source: &Path, text: &mut String) -> Result<(), Box<dyn Error>> {
    let target = source.with_extension("aml");
    let _old_one = fs::remove_file(&target);
    let output = run(Command::new("iasl").args(["-f", "-oa"]).arg(source), folder, LIMIT)?;
    let table = fs::read(&target)
        .map_err(|error| format!("{}: {error}\n{}", source.display(), output.text))?;
    let case = source.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    for method in methods(&table) {
        let mut acpiexec = Command::new("acpiexec");
        acpiexec.args(["-to", "1", "-b"]).arg(format!("execute \\{method}")).arg(&target);
        let output = run(&mut acpiexec, folder, LIMIT)?;
        let value = match answer(&output.text) {
            Answer::Value(value) => value,
            Answer::Nothing => "NONE".into(),
            Answer::Failed => "ERROR".into(),
            Answer::Unknown => {
                eprintln!("{case} {method}: acpiexec gave no answer");
                continue;
            }
        };
        writeln!(text, "{case}\t{method}\t{value}")?;
    }
    Ok(())
}

fn methods(table: &[u8]) -> Vec<String> {
    let mut interpreter = Interpreter::new(Settings::default());
    let _skipped = interpreter.load(table, &mut Model::new(), &Budget::default());
    let names = interpreter.names();
    names
        .children(Namespace::ROOT)
        .filter(|&node| names.kind(node) == Some(Kind::Method))
        .filter(|&node| names.describe(node).starts_with("Method, 0 "))
        .filter_map(|node| Some(names.seg(node)?.to_string()))
        .filter(|name| name.starts_with('T'))
        .collect()
}
