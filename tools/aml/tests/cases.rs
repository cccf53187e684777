//! The cases of the interpreter: each operator's values, as `acpiexec` has them.

use std::fs;
use std::path::{Path, PathBuf};

use aml_tools::cases::{Expectation, evaluate, expectations};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../libs/aml/tests").join(name)
}

/// Evaluates all cases of a folder; those that differ, in words.
fn differing(folder: &Path, expected: &[Expectation]) -> Vec<String> {
    let mut differing = Vec::new();
    for Expectation { case, method, value } in expected {
        let table = fs::read(folder.join(case).with_extension("aml")).expect("a case has its .aml");
        let is = evaluate(&table, method);
        let same = if value == "ERROR" { is.starts_with("ERROR") } else { is == *value };
        if !same {
            differing.push(format!("{case} {method}: wanted {value}, is {is}"));
        }
    }
    differing
}

fn check(name: &str, at_least: usize) {
    let folder = folder(name);
    let text = fs::read_to_string(folder.join("expected.tsv")).expect("expected.tsv");
    let expected = expectations(&text);
    assert!(expected.len() >= at_least, "only {} values in {name}", expected.len());
    let differing = differing(&folder, &expected);
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn every_operator_has_the_values_of_acpica() {
    check("cases", 675);
}

#[test]
fn programs_have_the_values_of_acpica() {
    check("programs", 110);
}

#[test]
fn a_value_that_differs_is_found() {
    let wrong = Expectation {
        case: "integer".into(),
        method: "T001".into(),
        value: "[Integer] = 0000000000000007".into(),
    };
    let differing = differing(&folder("cases"), &[wrong]);
    assert_eq!(differing.len(), 1, "{differing:?}");
}
