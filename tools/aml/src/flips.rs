//! Flips bytes of real DSDTs: whatever comes, the interpreter ends and does not
//! panic.

use std::error::Error;
use std::panic;
use std::path::Path;
use std::time::{Duration, Instant};

use valhalla_aml::model::Model;
use valhalla_aml::{Budget, Data, Interpreter, Namespace, Settings};

use crate::dumps;

/// Tables that are taken, and flips of each.
const TABLES: usize = 20;
const FLIPS: usize = 200;

/// Time that no load and initialisation takes, however slow the host.
const HANG: Duration = Duration::from_secs(60);

const HEADER: usize = 36;

/// Flips one byte at a time and prints what came of it.
pub fn main(folder: &Path) -> Result<bool, Box<dyn Error>> {
    let machines = dumps::read(folder)?;
    let step = (machines.len() / TABLES).max(1);
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let (mut runs, mut panics, mut hangs) = (0, 0, 0);
    for machine in machines.iter().step_by(step).take(TABLES) {
        for _ in 0..FLIPS {
            let mut bytes = machine.dsdt.bytes.clone();
            let at = HEADER + random.below(bytes.len() - HEADER);
            bytes[at] ^= 1 << random.below(8);
            let started = Instant::now();
            let outcome = panic::catch_unwind(|| exercise(&bytes));
            runs += 1;
            if outcome.is_err() {
                panics += 1;
                println!("{}: a panic, byte {at:#x} is {:#04x}", machine.name, bytes[at]);
            }
            if started.elapsed() > HANG {
                hangs += 1;
                println!("{}: a hang, byte {at:#x} is {:#04x}", machine.name, bytes[at]);
            }
        }
    }
    println!("{runs} flips: {panics} panics, {hangs} hangs");
    Ok(panics == 0 && hangs == 0 && runs > 0)
}

/// Loads, initialises, and evaluates what a person would.
fn exercise(table: &[u8]) {
    let budget = Budget { steps: 1_000_000, ..Budget::default() };
    let few = Budget { steps: 50_000, ..Budget::default() };
    let mut interpreter = Interpreter::new(Settings::default());
    let mut model = Model::new();
    let _skipped = interpreter.load(table, &mut model, &budget);
    let _failures = interpreter.initialise(&mut model, &few);
    for (path, arguments) in [("\\_S5", &[][..]), ("\\_PTS", &[Data::Integer(5)])] {
        let _value = interpreter.evaluate(path, arguments, &mut model, &few);
    }
    let nodes: Vec<_> = interpreter.names().walk(Namespace::ROOT).collect();
    for node in nodes {
        let seg = interpreter.names().seg(node).map(|seg| seg.0);
        if seg.is_some_and(|seg| [*b"_STA", *b"_PRT", *b"_CRS"].contains(&seg)) {
            let _value = interpreter.evaluate_node(node, &[], &mut model, &few);
        }
    }
}

/// The same numbers each time: xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap_or_default()
    }
}
