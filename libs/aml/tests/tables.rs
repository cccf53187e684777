//! Tables at run time, where `acpiexec` has no value to compare with.

use std::fs;
use std::path::Path;

use valhalla_aml::model::Model;
use valhalla_aml::{Budget, Data, Error, Fault, Interpreter, Settings};

/// A machine whose firmware has the table that `BUFA` holds.
fn load() -> (Interpreter, Model) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/load.aml");
    let mut interpreter = Interpreter::new(Settings::default());
    let mut model = Model::new();
    interpreter.load(&fs::read(path).unwrap(), &mut model, &Budget::default()).unwrap();
    let Ok(Some(Data::Buffer(table))) = evaluate(&mut interpreter, &mut model, "\\BUFA") else {
        panic!("BUFA is no buffer");
    };
    model.tables.push(table);
    (interpreter, model)
}

fn evaluate(
    interpreter: &mut Interpreter,
    model: &mut Model,
    path: &str,
) -> Result<Option<Data>, Error> {
    interpreter.evaluate(path, &[], model, &Budget::default())
}

#[test]
fn a_table_of_the_firmware_is_loaded_and_its_parameter_written() {
    let (mut interpreter, mut model) = load();
    let mut value = |path| evaluate(&mut interpreter, &mut model, path).unwrap().unwrap();
    assert!(matches!(value("\\LTBL"), Data::Table(_)));
    assert_eq!(value("\\LODN"), Data::Integer(77));
    // The table's code writes 9, the parameter is written when it has run.
    assert_eq!(value("\\INTA"), Data::Integer(3));
    assert_eq!(value("\\LMTH"), Data::Integer(4));
}

#[test]
fn a_table_for_a_scope_that_is_not_there_stays_away() {
    let (mut interpreter, mut model) = load();
    let error = evaluate(&mut interpreter, &mut model, "\\LTBN").unwrap_err();
    assert_eq!(error.fault, Fault::NotFound("\\NOPE".into()));
    assert!(interpreter.names().find("\\LODN").is_none());
}

#[test]
fn a_table_is_loaded_once() {
    let (mut interpreter, mut model) = load();
    evaluate(&mut interpreter, &mut model, "\\LTBL").unwrap();
    let error = evaluate(&mut interpreter, &mut model, "\\LTBL").unwrap_err();
    assert_eq!(error.fault, Fault::BadTable("the table is loaded already"));
}

#[test]
fn what_load_gives_is_true() {
    let (mut interpreter, mut model) = load();
    let value = evaluate(&mut interpreter, &mut model, "\\LOK");
    assert_eq!(value, Ok(Some(Data::Integer(1))));
}
