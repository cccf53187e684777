//! What bounds an evaluation, and what one bad term costs.

use std::fs;
use std::path::Path;

use valhalla_aml::model::Model;
use valhalla_aml::{
    Access, Budget, Data, Error, Fault, Hardware, Interpreter, Loaded, PciAddress, Settings, Width,
};

fn table(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables").join(name);
    fs::read(path.with_extension("aml")).unwrap()
}

fn load(name: &str) -> (Interpreter, Model, Loaded) {
    let mut interpreter = Interpreter::new(Settings::default());
    let mut model = Model::new();
    let loaded = interpreter.load(&table(name), &mut model, &Budget::default()).unwrap();
    (interpreter, model, loaded)
}

const BUDGET: Budget = Budget { steps: 100_000, memory_bytes: 1 << 20, depth: 200 };

fn evaluate(path: &str) -> Result<Option<Data>, Error> {
    let (mut interpreter, mut model, _) = load("limits");
    let outcome = interpreter.evaluate(path, &[], &mut model, &BUDGET);
    // Whatever happened, the interpreter is as good as before.
    let good = interpreter.evaluate("\\GOOD", &[], &mut model, &BUDGET);
    assert_eq!(good, Ok(Some(Data::Integer(1))));
    outcome
}

fn fault(path: &str) -> Fault {
    evaluate(path).unwrap_err().fault
}

#[test]
fn a_loop_without_end_takes_its_steps() {
    let error = evaluate("\\LOOP").unwrap_err();
    assert_eq!(error.fault, Fault::OutOfSteps);
    assert_eq!(error.path, "\\LOOP");
    assert!(error.at.is_some());
}

#[test]
fn a_method_that_calls_itself_for_ever_takes_its_depth() {
    assert_eq!(fault("\\SELF"), Fault::OutOfDepth);
}

#[test]
fn values_take_no_more_memory_than_the_budget_has() {
    for path in ["\\GROW", "\\HUGE", "\\MANY"] {
        assert_eq!(fault(path), Fault::OutOfMemory, "{path}");
    }
    assert_eq!(fault("\\NEST"), Fault::TooDeep);
}

#[test]
fn values_that_nothing_refers_to_are_freed() {
    assert_eq!(evaluate("\\CHRN"), Ok(Some(Data::Integer(1000))));
}

#[test]
fn references_to_what_is_gone_are_refused() {
    assert_eq!(fault("\\USEL"), Fault::Stale);
    assert_eq!(fault("\\USES"), Fault::Stale);
}

#[test]
fn a_wait_that_nothing_can_end_is_refused() {
    assert_eq!(fault("\\WTEV"), Fault::WaitsForever);
}

/// A model whose user has pressed Ctrl-C.
struct Cancelled(Model);

impl Hardware for Cancelled {
    fn read_memory(&mut self, address: u64, width: Width) -> Access<u64> {
        self.0.read_memory(address, width)
    }
    fn write_memory(&mut self, address: u64, width: Width, value: u64) -> Access<()> {
        self.0.write_memory(address, width, value)
    }
    fn read_port(&mut self, port: u16, width: Width) -> Access<u64> {
        self.0.read_port(port, width)
    }
    fn write_port(&mut self, port: u16, width: Width, value: u64) -> Access<()> {
        self.0.write_port(port, width, value)
    }
    fn read_pci(&mut self, address: PciAddress, offset: u16, width: Width) -> Access<u64> {
        self.0.read_pci(address, offset, width)
    }
    fn write_pci(&mut self, at: PciAddress, offset: u16, width: Width, value: u64) -> Access<()> {
        self.0.write_pci(at, offset, width, value)
    }
    fn timer_100ns(&mut self) -> u64 {
        0
    }
    fn stall_us(&mut self, _us: u64) {}
    fn sleep_ms(&mut self, _ms: u64) {}
    fn cancelled(&mut self) -> bool {
        true
    }
}

#[test]
fn an_evaluation_ends_when_it_is_cancelled() {
    let (mut interpreter, model, _) = load("limits");
    let outcome = interpreter.evaluate("\\LOOP", &[], &mut Cancelled(model), &BUDGET);
    assert_eq!(outcome.unwrap_err().fault, Fault::Cancelled);
}

#[test]
fn one_bad_term_costs_itself() {
    let (interpreter, _, loaded) = load("broken");
    let names = interpreter.names();
    for path in ["AAAA", "BBBB", "CCCC", "DDDD", "EEEE", "FFFF", "GGGG", "PKGF", "LATE", "USEM"] {
        assert!(names.find(&format!("\\{path}")).is_some(), "{path} is missing");
    }
    for path in ["DEV1", "AAAA", "DEV2"] {
        assert!(names.find(&format!("\\DEVA.{path}")).is_some(), "\\DEVA.{path} is missing");
    }
    for path in ["\\_SB.NOPE.INNR", "\\INNR", "\\IFIN", "\\ELIN"] {
        assert!(names.find(path).is_none(), "{path} is there");
    }
    let words: Vec<String> =
        interpreter.notes().iter().map(|note| note.fault.to_string()).collect();
    let wanted = [
        "\\_SB.NOPE is not there",
        "MSNG is not there",
        "MSNV is not there",
        "MSNV is not there",
        "MSNG is not there",
        "division by zero",
        "\\DEVA.AAAA is there already",
    ];
    assert_eq!(words, wanted);
    assert_eq!(loaded.skipped, wanted.len());
    let offsets: Vec<u32> =
        interpreter.notes().iter().filter_map(|note| Some(note.at?.offset)).collect();
    assert!(offsets.is_sorted() && offsets.len() == wanted.len(), "{offsets:?}");
}

#[test]
fn a_missing_name_fails_where_it_is_used_and_not_before() {
    let (mut interpreter, mut model, _) = load("broken");
    let mut ask = |path: &str| interpreter.evaluate(path, &[], &mut model, &BUDGET);
    assert_eq!(ask("\\GETL"), Ok(Some(Data::Integer(9))));
    let error = ask("\\GETM").unwrap_err();
    assert_eq!((error.fault, error.path.as_str()), (Fault::NotFound("MSNV".into()), "\\GETM"));
    let error = ask("\\USEM").unwrap_err();
    assert_eq!((error.fault, error.path.as_str()), (Fault::NotFound("MSNV".into()), "\\USEM"));
    let package = ask("\\PKGF").unwrap().unwrap();
    assert_eq!(package.to_string(), "Package { 0x1, MSNV, 0x9 }");
}

#[test]
fn what_is_no_table_is_refused() {
    let mut interpreter = Interpreter::new(Settings::default());
    let mut model = Model::new();
    let mut short = table("limits");
    short.truncate(100);
    for bytes in [&b""[..], b"DSDT", &[0; 36], &short] {
        let outcome = interpreter.load(bytes, &mut model, &BUDGET);
        assert!(matches!(outcome, Err(Error { fault: Fault::BadTable(_), .. })));
    }
}
