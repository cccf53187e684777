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
    // What a person can ask Limine for: the direct map at a random place, and
    // five levels of page tables.
    for door in [Door::LIMINE_BIOS, Door::LIMINE_UEFI] {
        for (name, line) in [
            ("random_direct_map", "randomise_hhdm_base: yes"),
            ("five_levels", "min_paging_mode: 5level"),
        ] {
            trials.push(test_at(door, format!("selftest::{door}_{name}"), move |door| {
                passes(Recipe::new(door).cpu("max").entry(Entry::SelfTestWith(line)))
            }));
        }
    }
    trials.push(test("selftest::every_allocation_fails_once", || {
        ends_well(Recipe::new(Door::Pvh).cmdline("test=failnth"), " no panic and no leak")
    }));
    trials
}

/// Boots, and waits for a line with `words` and the exit status that says "passed".
fn ends_well(recipe: Recipe, words: &str) -> Outcome {
    let mut machine = recipe.boot()?;
    machine.serial()?.wait_for_line(words, seconds(120))?;
    let exit = machine.wait_exit(seconds(20))?;
    ensure(exit == Exit::Passed, || format!("QEMU ended with {exit:?}, not status 33"))?;
    machine.no_triple_fault()
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
