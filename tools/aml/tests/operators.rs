//! Each operator of the table has a case with a value from `acpiexec`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use aml_tools::cases::{evaluate, expectations};
use valhalla_aml::model::Model;
use valhalla_aml::{Budget, Interpreter, OPERATORS, Settings};

/// Operators that a listing shows by what they mean, not by name. There must be
/// a recorded method that is `Return` and this operator.
const RETURNED: &[u16] = &[0x00, 0x01, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x13, 0xFF];
const RETURN: u8 = 0xA4;

/// `External` does nothing when it runs, and a listing makes it anew.
const EXTERNAL: u16 = 0x15;
/// `BreakPoint` stops `acpiexec` in its debugger; it has a test of its own here.
const BREAK_POINT: u16 = 0xCC;

/// What the recorded cases have in them.
#[derive(Default)]
struct Seen {
    /// Words of the methods' listings, and of all that is outside of methods.
    words: BTreeSet<String>,
    /// First operators of methods that return at once.
    returned: BTreeSet<u16>,
}

impl Seen {
    fn add(&mut self, listing: &str) {
        self.words.extend(words(listing).map(str::to_owned));
    }

    /// Takes a case in: its recorded methods, and its declarations.
    fn add_case(&mut self, table: &[u8], recorded: &[&str]) {
        let mut interpreter = Interpreter::new(Settings::default());
        interpreter.load(table, &mut Model::new(), &Budget::default()).expect("a case loads");
        let names = interpreter.names();
        // The recorded methods, and what they call.
        let mut open: Vec<String> = recorded.iter().map(|name| format!("\\{name}")).collect();
        let mut done = BTreeSet::new();
        while let Some(path) = open.pop() {
            let Some(node) = names.find(&path).filter(|_| done.insert(path)) else { continue };
            let Some(listing) = interpreter.list_method(node) else { continue };
            self.add(&listing);
            open.extend(words(&listing).map(|word| format!("\\{word}")));
            if let Some([RETURN, code, ..]) = interpreter.method_bytes(node) {
                self.returned.insert(u16::from(*code));
            }
        }
        // Methods stand on one indent below the block, with their braces.
        let listing = interpreter.list_table(0).unwrap_or_default();
        let (mut declarations, mut in_method) = (String::new(), false);
        for line in listing.lines() {
            in_method |= line.starts_with("    Method (");
            if !in_method || line.starts_with("    Method (") {
                declarations.push_str(line);
                declarations.push('\n');
            }
            in_method &= line != "    }";
        }
        self.add(&declarations);
    }
}

fn words(listing: &str) -> impl Iterator<Item = &str> {
    listing.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

fn case(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../libs/aml/tests/cases");
    fs::read(folder.join(format!("{name}.aml"))).expect("a case has its .aml")
}

fn seen() -> Seen {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../libs/aml/tests/cases");
    let text = fs::read_to_string(folder.join("expected.tsv")).expect("expected.tsv");
    let expected = expectations(&text);
    let cases: BTreeSet<&str> = expected.iter().map(|line| line.case.as_str()).collect();
    let mut seen = Seen::default();
    for name in cases {
        let recorded = expected.iter().filter(|line| line.case == name);
        let recorded: Vec<&str> = recorded.map(|line| line.method.as_str()).collect();
        seen.add_case(&case(name), &recorded);
    }
    seen
}

/// Operators that no case has.
fn missing(seen: &Seen) -> Vec<String> {
    let has = |&&(code, name): &&(u16, &str)| {
        [EXTERNAL, BREAK_POINT].contains(&code)
            || if RETURNED.contains(&code) {
                seen.returned.contains(&code)
            } else {
                seen.words.contains(name)
            }
    };
    let missing = OPERATORS.iter().filter(|operator| !has(operator));
    missing.map(|(code, name)| format!("{code:#04x} {name}")).collect()
}

#[test]
fn every_operator_has_a_case() {
    assert_eq!(missing(&seen()), Vec::<String>::new());
}

#[test]
fn an_operator_without_a_case_is_found() {
    let mut seen = seen();
    seen.words.remove("Divide");
    seen.returned.remove(&0x13);
    assert_eq!(missing(&seen), ["0x13 Package", "0x78 Divide"]);
}

#[test]
fn a_break_point_does_nothing() {
    assert_eq!(evaluate(&case("terms"), "BRKP"), "[Integer] = 0000000000000001");
}
