//! MSI-X with QEMU's Rocker switch: several messages of one function, one of
//! them masked, all of them given back.

use harness::door::Door;
use harness::machine::{Machine, Recipe};
use harness::{Failure, Outcome, ensure};
use libtest_mimic::Trial;

use crate::{test, test_at};

const NAMES: [&str; 3] = ["rocker command", "rocker event", "rocker test"];
/// The entry that is masked for a while, and the messages that makes more.
const HELD: usize = 1;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (door, machine) in
        [(Door::Pvh, "pc"), (Door::Pvh, "q35"), (Door::GRUB_UEFI, "q35"), (Door::LIMINE_BIOS, "pc")]
    {
        trials.push(test_at(door, format!("msix::{door}_{machine}_rocker"), move |door| {
            rocker(Recipe::new(door).machine(machine))
        }));
    }
    trials.push(test("msix::pvh_without_rocker", || {
        let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
        let answer = machine.run("rocker")?;
        let words = "there is no rocker switch here (1b36:0006; QEMU: -device rocker)";
        ensure(answer.contains(words), || answer)
    }));
    trials
}

fn rocker(recipe: Recipe) -> Outcome {
    let mut machine = recipe.arg("-device").arg("rocker,name=sw").boot_to_prompt()?;
    exactly(&mut machine, "rocker", 10)?;
    exactly(&mut machine, "rocker 123", 123)?;
    // Messages do not care who brings the lines.
    machine.run("irq mode pic")?;
    exactly(&mut machine, "rocker 5", 5)?;
    machine.no_triple_fault()
}

/// What was raised, handled, counted and ended agree, entry by entry; so does
/// the table of all sources, while it lasts.
fn exactly(machine: &mut Machine, command: &str, count: u64) -> Outcome {
    let answer = machine.run(command)?;
    let says = |words: &str| {
        ensure(answer.contains(words), || format!("`{command}` does not say {words:?}:\n{answer}"))
    };
    says("TEST_REG: 0x1234 comes back as 0x2468")?;
    let mut vectors = Vec::new();
    for (entry, name) in NAMES.iter().enumerate() {
        says(&format!(
            "entry {entry} ({name}): {count} raised, {count} handled, {count} counted, {count} ended"
        ))?;
        let row =
            answer.lines().find(|line| line.trim_start().starts_with(&format!("MSI     {name}")));
        let row = row.ok_or_else(|| Failure::new(format!("no row of {name} in\n{answer}")))?;
        let total = count + u64::from(entry == HELD);
        let ends = format!("{total:>9} {total:>9}");
        ensure(row.trim_end().ends_with(&ends), || format!("{total} expected: {row:?}"))?;
        vectors.extend(row.split_whitespace().find(|word| word.starts_with("0x")));
    }
    vectors.dedup();
    ensure(vectors.len() == NAMES.len(), || format!("vectors {vectors:?} in\n{answer}"))?;
    says(&format!("entry {HELD} masked: 2 raised, 0 came, and its pending bit is set"))?;
    says(&format!("entry {HELD} open: 1 came, and its pending bit is clear"))?;
    is_given_back(machine)
}

/// Nothing is claimed, nothing is enabled, and nothing came afterwards.
fn is_given_back(machine: &mut Machine) -> Outcome {
    let sources = machine.run("irq")?;
    ensure(!sources.contains("rocker"), || sources.clone())?;
    ensure(sources.contains("of nobody: 0,"), || sources)?;
    let place = machine.run("lspci")?;
    let place = place.lines().find(|line| line.contains("[1b36:0006]"));
    let place = place.and_then(|line| line.split(' ').next());
    let place = place.ok_or_else(|| Failure::new("lspci does not show the rocker switch"))?;
    let details = machine.run(&format!("lspci -v {place}"))?;
    ensure(details.contains("MSI-X: Enable- Count=4 Masked-"), || details)
}
