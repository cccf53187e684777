//! The kernel's own tests, run by `test=run`: they end through the exit device.

use harness::door::Door;
use harness::machine::{Exit, Recipe};
use harness::{Outcome, ensure, seconds};
use libtest_mimic::Trial;

use crate::test;

pub(crate) fn trials() -> Vec<Trial> {
    let cpus = ["qemu64", "max"];
    cpus.into_iter()
        .map(|cpu| test(format!("selftest::passes_on_{cpu}"), move || passes(cpu)))
        .collect()
}

fn passes(cpu: &str) -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).cpu(cpu).cmdline("test=run").boot()?;
    let line = machine.serial()?.wait_for(" passed, ", seconds(120))?;
    let count = passed(&line);
    ensure(count >= Some(1) && line.contains(" passed, 0 failed"), || {
        format!("the runner's counts: {line:?}")
    })?;
    let exit = machine.wait_exit(seconds(20))?;
    ensure(exit == Exit::Passed, || format!("QEMU ended with {exit:?}, not status 33"))?;
    machine.no_triple_fault()
}

/// The number in front of ` passed`.
pub(crate) fn passed(line: &str) -> Option<u32> {
    line.split(" passed, ").next()?.rsplit(' ').next()?.parse().ok()
}
