//! The kernel's own tests, run by `test=run`: they end through the exit device.

use harness::door::Door;
use harness::machine::{Exit, Recipe};
use harness::menu::Entry;
use harness::{Outcome, ensure, seconds};
use libtest_mimic::Trial;

use crate::{test, test_at};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> = ["qemu64", "max"]
        .into_iter()
        .map(|cpu| {
            let recipe = move || Recipe::new(Door::Pvh).cpu(cpu).cmdline("test=run");
            test(format!("selftest::passes_on_{cpu}"), move || passes(recipe()))
        })
        .collect();
    // The same from the boot menu: what a person starts on a real machine.
    for door in [Door::GRUB_BIOS, Door::LIMINE_BIOS, Door::GRUB_UEFI, Door::LIMINE_UEFI] {
        trials.push(test_at(door, format!("selftest::{door}_menu_entry"), |door| {
            passes(Recipe::new(door).entry(Entry::SelfTest))
        }));
    }
    trials
}

fn passes(recipe: Recipe) -> Outcome {
    let mut machine = recipe.boot()?;
    let line = machine.serial()?.wait_for_line(" passed, ", seconds(120))?;
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
