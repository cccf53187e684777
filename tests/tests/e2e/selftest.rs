//! The kernel's own tests, run by `test=run`: they end through the exit device.

use harness::door::Door;
use harness::machine::{Exit, Recipe};
use harness::menu::Entry;
use harness::{Outcome, ensure, seconds};
use libtest_mimic::Trial;

use crate::clocks::wait_for;
use crate::{test, test_at};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> = ["qemu64", "max", "max,phys-bits=52"]
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
    trials.push(test("selftest::alarms_nobody_when_it_passes", alarms_nobody));
    trials.push(test("selftest::a_bench_of_the_log_leaves_it_as_it_was", bench_leaves_the_log));
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

/// What the tests provoke is marked as expected; what this machine cannot show is
/// counted apart.
fn alarms_nobody() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let before = machine.run("dmesg warn")?;
    let answer = machine.serial()?.run_within("selftest", seconds(120))?;
    let lines = |words| answer.lines().filter(|line| line.contains(words)).count();
    ensure(lines("***") == 0 && lines("(expected) breakpoint (#BP, vector 3) at 0x") > 0, || {
        format!("reports that are not marked as expected: {answer}")
    })?;
    ensure(lines("memory: (expected) a freed frame was written to: 0x") == 1, || answer.clone())?;
    let apart = lines("... cannot be shown here: ");
    let counts = format!(" passed, 0 failed, {apart} cannot be shown here");
    ensure(apart > 0 && lines(&counts) == 1, || format!("not {counts:?}: {answer}"))?;
    let after = machine.run("dmesg warn")?;
    ensure(after == before, || format!("dmesg warn says {after:?}, before {before:?}"))
}

fn bench_leaves_the_log() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    // Until then early lines have no stamps, and get them between two looks.
    wait_for(&mut machine, "clocks", "the rate of tsc: measured by ")?;
    let before = machine.run("dmesg")?;
    let figure = machine.run("bench log")?;
    ensure(figure.contains("log: a line kept, no console"), || figure)?;
    let after = machine.run("dmesg")?;
    ensure(after == before, || format!("dmesg says {after:?}, before {before:?}"))
}

/// The number in front of ` passed`.
pub(crate) fn passed(line: &str) -> Option<u32> {
    line.split(" passed, ").next()?.rsplit(' ').next()?.parse().ok()
}
