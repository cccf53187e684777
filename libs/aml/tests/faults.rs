//! The tables' own method that is asked after a fault.

use std::fs;
use std::path::Path;

use valhalla_aml::model::Model;
use valhalla_aml::{Budget, Data, Fault, Interpreter, Settings};

fn load(settings: Settings) -> (Interpreter, Model) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables/faults.aml");
    let mut interpreter = Interpreter::new(settings);
    let mut model = Model::new();
    interpreter.load(&fs::read(path).unwrap(), &mut model, &Budget::default()).unwrap();
    (interpreter, model)
}

fn asking() -> (Interpreter, Model) {
    load(Settings { error_method: Some("\\_ERR"), ..Settings::default() })
}

fn value(interpreter: &mut Interpreter, model: &mut Model, path: &str) -> Data {
    interpreter.evaluate(path, &[], model, &Budget::default()).unwrap().unwrap()
}

#[test]
fn a_method_goes_on_behind_the_term_that_failed() {
    // The values are those of acpiexec.
    for (path, left, code, text, count) in [
        ("\\DIVI", 5, 0x300C, "AE_AML_DIVIDE_BY_ZERO", 1),
        ("\\INDX", 5, 0x300B, "AE_AML_PACKAGE_LIMIT", 1),
        ("\\LOCL", 5, 0x3005, "AE_AML_UNINITIALIZED_LOCAL", 1),
        ("\\IFFS", 6, 0x3005, "AE_AML_UNINITIALIZED_LOCAL", 1),
        ("\\NEST", 5, 0x3012, "AE_AML_NO_RETURN_VALUE", 2),
    ] {
        let (mut interpreter, mut model) = asking();
        let mut value = |path| value(&mut interpreter, &mut model, path);
        assert_eq!(value(path), Data::Integer(left), "{path}");
        assert_eq!(value("\\CODE"), Data::Integer(code), "{path}");
        assert_eq!(value("\\TEXT"), Data::String(text.into()), "{path}");
        assert_eq!(value("\\COUN"), Data::Integer(count), "{path}");
    }
}

#[test]
fn it_ends_where_the_method_says_so_or_is_not_asked() {
    let (mut interpreter, mut model) = load(Settings::default());
    let budget = Budget::default();
    let error = interpreter.evaluate("\\DIVI", &[], &mut model, &budget).unwrap_err();
    assert_eq!(error.fault, Fault::DivideByZero);
    assert_eq!(value(&mut interpreter, &mut model, "\\COUN"), Data::Integer(0));
    let (mut interpreter, mut model) = asking();
    interpreter.evaluate("\\DIVI", &[], &mut model, &budget).unwrap();
    // Nothing hides a budget that has run out.
    let few = Budget { steps: 5, ..budget };
    let error = interpreter.evaluate("\\DIVI", &[], &mut model, &few).unwrap_err();
    assert_eq!(error.fault, Fault::OutOfSteps);
}
