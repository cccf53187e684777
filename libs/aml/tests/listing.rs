//! The disassembler: what it writes, and that it ends on any bytes.

use std::fs;
use std::path::Path;

use valhalla_aml::model::Model;
use valhalla_aml::{Budget, Interpreter, Settings};

fn table(folder: &str, name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder).join(name);
    fs::read(path.with_extension("aml")).unwrap()
}

fn load(folder: &str, name: &str) -> Interpreter {
    let mut interpreter = Interpreter::new(Settings::default());
    interpreter.load(&table(folder, name), &mut Model::new(), &Budget::default()).unwrap();
    interpreter
}

#[test]
fn a_method_is_written_operator_by_operator() {
    let interpreter = load("cases", "control");
    let node = interpreter.names().find("\\FACT").unwrap();
    let wanted = "\
Method (\\FACT, 1, NotSerialized)
{
    If (LLess (Arg0, 0x02))
    {
        Return (One)
    }
    Return (Multiply (Arg0, FACT (Subtract (Arg0, One))))
}
";
    let text = interpreter.list_method(node).unwrap();
    // `iasl` without optimisation writes 1 as a byte.
    assert_eq!(text.replace("0x01", "One"), wanted);
}

#[test]
fn a_table_is_written_with_what_it_takes_from_elsewhere() {
    let interpreter = load("tables", "broken");
    let text = interpreter.list_table(0).unwrap();
    for line in [
        "    External (\\_SB.NOPE, UnknownObj)",
        "    External (\\MSNV, UnknownObj)",
        "    Scope (\\_SB.NOPE)",
        "    Store (MSNG (0x01, AAAA), AAAA)",
        "    MSNG (AAAA, \"text\", Package (0x01) {",
        "    Name (GGGG, 0x07)",
    ] {
        assert!(text.lines().any(|written| written == line), "{line} is missing in\n{text}");
    }
    let text = load("tables", "ec").list_table(0).unwrap();
    for line in [
        "    OperationRegion (GLKR, SystemMemory, 0x1000, 0x04)",
        "    Field (GLKR, ByteAcc, Lock, Preserve)",
        "        GLKF, 8",
        "        AccessAs (BufferAcc, 0x06),",
    ] {
        assert!(text.lines().any(|written| written == line), "{line} is missing in\n{text}");
    }
}

#[test]
fn any_byte_may_be_wrong() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables/ec.aml");
    let table = fs::read(path).unwrap();
    for at in 36..table.len() {
        for flip in [0x01, 0x10, 0x80] {
            let mut bytes = table.clone();
            bytes[at] ^= flip;
            let mut interpreter = Interpreter::new(Settings::default());
            let budget = Budget { steps: 10_000, ..Budget::default() };
            let _skipped = interpreter.load(&bytes, &mut Model::new(), &budget);
            assert!(interpreter.list_table(0).is_some());
        }
    }
}

#[test]
fn a_number_of_arguments_that_cannot_be_is_guessed() {
    let mut interpreter = Interpreter::new(Settings::default());
    let mut model = Model::new();
    let mut two = table("tables", "two");
    // Other compilers than ours write External without `If (Zero)` around it.
    let around = two.get_mut(36..39).unwrap();
    assert_eq!(around, [0xA0, 0x0A, 0x00]);
    around.fill(0xA3);
    for bytes in [table("tables", "one"), two] {
        interpreter.load(&bytes, &mut model, &Budget::default()).unwrap();
    }
    let listing = interpreter.list_table(0).unwrap().replace("0x01", "One");
    assert!(listing.contains("Return (GUPC (One))\n"), "{listing}");
    assert!(!listing.contains("/*"), "{listing}");
    let listing = interpreter.list_table(1).unwrap().replace("0x01", "One");
    assert!(listing.contains("Return (GUPC (One, One))\n"), "{listing}");
}
