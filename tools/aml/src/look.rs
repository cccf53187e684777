//! Looks into tables: their namespace, their devices, the value of a path.

use std::error::Error;
use std::fs;

use valhalla_aml::model::Model;
use valhalla_aml::{Budget, Data, Interpreter, Kind, Namespace, Settings, Step};

use crate::normal;

/// Loads files of tables, the DSDT first, on a machine whose every byte is zero.
/// What was skipped is said on standard error.
fn load(files: &[&str], model: &mut Model) -> Result<Interpreter, Box<dyn Error>> {
    let mut interpreter = Interpreter::new(Settings::default());
    for file in files {
        interpreter.load(&fs::read(file)?, model, &Budget::default()).map_err(|e| e.to_string())?;
    }
    for note in interpreter.notes() {
        eprintln!("skipped: {note}");
    }
    Ok(interpreter)
}

/// Prints every name with what it stands for.
pub fn tree(files: &[&str]) -> Result<bool, Box<dyn Error>> {
    let interpreter = load(files, &mut Model::new())?;
    let names = interpreter.names();
    for node in names.walk(Namespace::ROOT) {
        println!("{:<40} {}", names.path(node), names.describe(node));
    }
    Ok(true)
}

/// Prints the last table as ASL.
pub fn list(files: &[&str]) -> Result<bool, Box<dyn Error>> {
    let interpreter = load(files, &mut Model::new())?;
    let last = u16::try_from(files.len().saturating_sub(1))?;
    print!("{}", interpreter.list_table(last).unwrap_or_default());
    Ok(true)
}

/// Prints every device with its status, without initialising any.
pub fn devices(files: &[&str]) -> Result<bool, Box<dyn Error>> {
    let mut model = Model::new();
    let mut interpreter = load(files, &mut model)?;
    let nodes: Vec<_> = interpreter.names().walk(Namespace::ROOT).collect();
    for node in nodes {
        if interpreter.names().kind(node) == Some(Kind::Device) {
            let status = interpreter.status(node, &mut model, &Budget::default());
            let status = status.map_or_else(|e| e.to_string(), |status| format!("{status:#04x}"));
            println!("{:<40} {status}", interpreter.names().path(node));
        }
    }
    Ok(true)
}

/// Evaluates a path and prints each operation with its values.
pub fn step(path: &str, arguments: &str, files: &[&str]) -> Result<bool, Box<dyn Error>> {
    let mut model = Model::new();
    let mut interpreter = load(files, &mut model)?;
    let _failures = interpreter.initialise(&mut model, &Budget::default());
    let node = interpreter.names().find(path).ok_or_else(|| format!("{path} is not there"))?;
    let mut show = |step: &Step| {
        let result = step.result.as_ref().map_or(String::new(), |result| format!(" = {result}"));
        let indent = step.depth.saturating_sub(1) * 2;
        let operands = step.operands.join(", ");
        println!("{:06x} {:indent$}{} ({operands}){result}", step.at.offset, "", step.operator);
        true
    };
    let arguments = integers(arguments)?;
    let budget = Budget::default();
    match interpreter.step_through(node, &arguments, &mut model, &budget, &mut show) {
        Ok(Some(data)) => println!("{data}"),
        Ok(None) => println!("(nothing)"),
        Err(error) => println!("{error}"),
    }
    Ok(true)
}

/// Integers with commas between.
fn integers(words: &str) -> Result<Vec<Data>, Box<dyn Error>> {
    let words = words.split(',').filter(|word| !word.is_empty());
    Ok(words.map(|word| word.parse().map(Data::Integer)).collect::<Result<_, _>>()?)
}

/// Prints the value of a path; integers in `arguments` are handed to a method.
pub fn evaluate(path: &str, arguments: &str, files: &[&str]) -> Result<bool, Box<dyn Error>> {
    let mut model = Model::new();
    let mut interpreter = load(files, &mut model)?;
    let _failures = interpreter.initialise(&mut model, &Budget::default());
    let arguments = integers(arguments)?;
    let outcome = interpreter.evaluate(path, &arguments, &mut model, &Budget::default());
    model.debug.iter().for_each(|line| println!("Debug: {line}"));
    match outcome {
        Ok(Some(data)) => println!("{data}\n{}", normal::of_data(&data)),
        Ok(None) => println!("(nothing)"),
        Err(error) => println!("{error}"),
    }
    Ok(true)
}
