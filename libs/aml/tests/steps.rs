//! An evaluation, step by step.

use std::fs;
use std::path::Path;

use valhalla_aml::model::Model;
use valhalla_aml::{Budget, Data, Fault, Interpreter, Settings, Step};

fn load(name: &str) -> (Interpreter, Model) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
    let mut interpreter = Interpreter::new(Settings::default());
    let mut model = Model::new();
    let table = fs::read(path.with_extension("aml")).unwrap();
    interpreter.load(&table, &mut model, &Budget::default()).unwrap();
    (interpreter, model)
}

#[test]
fn each_operation_is_shown_with_its_values() {
    let (mut interpreter, mut model) = load("control");
    let node = interpreter.names().find("\\FACT").unwrap();
    let mut lines = Vec::new();
    let mut observer = |step: &Step| {
        let operands = step.operands.join(", ");
        let result = step.result.as_deref().unwrap_or("-");
        lines.push(format!("{} {} ({operands}) {result}", step.depth, step.operator));
        true
    };
    let budget = Budget::default();
    let arguments = [Data::Integer(2)];
    let outcome =
        interpreter.step_through(node, &arguments, &mut model, &budget, &mut observer).unwrap();
    assert_eq!(outcome, Some(Data::Integer(2)));
    let wanted = [
        "1 LLess (Arg0=0x2, 0x2) 0x0",
        "1 If (0x0) -",
        "1 Subtract (Arg0=0x2, 0x1, nothing) 0x1",
        "1 \\FACT (0x1) -",
        "2 LLess (Arg0=0x1, 0x2) 0xffffffffffffffff",
        "2 If (0xffffffffffffffff) -",
        "2 Return (0x1) -",
        "1 Multiply (Arg0=0x2, 0x1, nothing) 0x2",
        "1 Return (0x2) -",
    ];
    assert_eq!(lines, wanted);
}

#[test]
fn an_observer_that_has_seen_enough_ends_the_evaluation() {
    let (mut interpreter, mut model) = load("control");
    let node = interpreter.names().find("\\HANG").unwrap();
    let mut steps = 0;
    let mut observer = |_: &Step| {
        steps += 1;
        steps < 10
    };
    let outcome =
        interpreter.step_through(node, &[], &mut model, &Budget::default(), &mut observer);
    assert_eq!(outcome.unwrap_err().fault, Fault::Cancelled);
    assert_eq!(steps, 10);
}
