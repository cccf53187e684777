//! The log: `dmesg`, its filter, and what is left of it after a reset.

use harness::door::Door;
use harness::machine::Machine;
use harness::recipe::Recipe;
use harness::{Failure, Outcome, ensure};
use libtest_mimic::Trial;
use serde_json::json;

use crate::{test, test_at};

/// A way to start anew.
#[derive(Debug, Clone, Copy)]
enum Reset {
    /// The shell's command.
    Reboot,
    /// The button, from QEMU.
    Button,
    /// The processor gives up, because it finds no handler.
    TripleFault,
}

pub(crate) fn trials() -> Vec<Trial> {
    let doors = [Door::Pvh, Door::GRUB_BIOS, Door::GRUB_UEFI, Door::LIMINE_BIOS, Door::LIMINE_UEFI];
    let mut trials = Vec::new();
    for door in doors {
        for (reset, name) in [(Reset::Reboot, "reboot"), (Reset::TripleFault, "a_triple_fault")] {
            trials.push(test_at(door, format!("log::{door}_survives_{name}"), move |door| {
                survives(Recipe::new(door), reset, BEST)
            }));
        }
    }
    trials.push(test("log::survives_the_reset_button", || {
        survives(Recipe::new(Door::Pvh), Reset::Button, BEST)
    }));
    trials.push(test("log::survives_the_reset_register", || {
        survives(Recipe::new(Door::Pvh).machine("q35"), Reset::Reboot, BEST)
    }));
    trials.push(test("log::has_a_second_place", || {
        survives(Recipe::new(Door::Pvh).memory("64M"), Reset::Reboot, "0x1000000 (which firmware")
    }));
    trials.push(test("log::says_when_it_cannot_be_kept", cannot_be_kept));
    trials.push(test("log::last_is_the_boot_before", last_is_the_boot_before));
    trials.push(test("log::is_filtered_by_the_command_line", filtered));
    trials
}

/// Where the log is kept wherever there is memory.
const BEST: &str = "0x4000000;";

/// Lets the machine start anew instead of ending QEMU.
pub(crate) fn let_reset(machine: &mut Machine) -> Outcome {
    machine.qmp.execute("set-action", json!({ "reboot": "reset" })).map(drop)
}

/// Resets, and waits for the next first prompt.
fn reset(machine: &mut Machine, reset: Reset) -> Outcome {
    let bound = machine.door().bound();
    match reset {
        Reset::Reboot => machine.serial()?.send(b"reboot\r")?,
        Reset::Button => machine.qmp.execute("system_reset", json!({})).map(drop)?,
        Reset::TripleFault => {
            let idt = idt(machine)?;
            // Double fault, segment not present, general protection, page fault.
            for vector in [8, 11, 13, 14] {
                let answer = machine.run(&format!("poke {:#x} 0 64", idt + 16 * vector))?;
                ensure(answer.is_empty(), || format!("poke answered {answer:?}"))?;
            }
            machine.serial()?.send(b"peek 8\r")?;
        }
    }
    machine.serial()?.ready(bound)
}

/// Where the interrupt descriptor table is.
fn idt(machine: &mut Machine) -> Outcome<u64> {
    let registers = machine.qmp.human("info registers")?;
    let base = registers.split("IDT=").nth(1).and_then(|rest| rest.split_whitespace().next());
    base.and_then(|hex| u64::from_str_radix(hex, 16).ok())
        .ok_or_else(|| Failure::new(format!("no IDT in:\n{registers}")))
}

fn survives(recipe: Recipe, how: Reset, place: &str) -> Outcome {
    let mut machine = recipe.boot_to_prompt()?;
    let_reset(&mut machine)?;
    let first = machine.run("dmesg")?;
    let expected = format!("log: kept over a reset at {place}");
    ensure(first.contains(&expected), || format!("{expected:?} expected:\n{first}"))?;
    let none = machine.run("dmesg --last")?;
    ensure(none.starts_with("dmesg: no log of an earlier boot"), || format!("a log?\n{none}"))?;

    reset(&mut machine, how)?;
    let last = machine.run("dmesg --last")?;
    let (said, kept) = (without_stamps(&first), without_stamps(&last));
    ensure(kept.starts_with(&said), || format!("first boot:\n{first}\nkept of it:\n{last}"))?;
    ensure(last.ends_with("(that boot ran until it was reset)"), || format!("its end:\n{last}"))?;
    let second = machine.run("dmesg")?;
    let count = first.lines().count();
    let found = second.lines().find(|line| line.contains("log: kept over a reset")).unwrap_or("");
    let lines = found.split("; ").nth(1).and_then(|rest| rest.split(' ').next());
    let lines = lines.and_then(|number| number.parse::<usize>().ok()).unwrap_or(0);
    ensure(lines >= count, || format!("{count} lines expected:\n{second}"))
}

fn cannot_be_kept() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).memory("16M").boot_to_prompt()?;
    let log = machine.run("dmesg")?;
    let expected = "log: not kept over a reset: neither 64 MiB nor 16 MiB is free RAM";
    ensure(log.contains(expected), || format!("{expected:?} expected:\n{log}"))?;
    let last = machine.run("dmesg --last")?;
    ensure(last.starts_with("dmesg: no log of an earlier boot"), || format!("a log?\n{last}"))
}

/// Three boots: the log of the second replaces that of the first.
fn last_is_the_boot_before() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let_reset(&mut machine)?;
    reset(&mut machine, Reset::Button)?;
    let second = machine.run("dmesg")?;
    reset(&mut machine, Reset::Button)?;
    let last = machine.run("dmesg --last")?;
    let (said, kept) = (without_stamps(&second), without_stamps(&last));
    ensure(kept.starts_with(&said), || format!("second:\n{second}\nkept:\n{last}"))?;
    let third = machine.run("dmesg")?;
    reset(&mut machine, Reset::Button)?;
    let last = machine.run("dmesg --last")?;
    let (said, kept) = (without_stamps(&third), without_stamps(&last));
    ensure(kept.starts_with(&said), || format!("third:\n{third}\nkept:\n{last}"))
}

/// The log without the times of its lines. Each boot measures the clock that stamps
/// them anew, and asked too early it cannot tell them yet.
fn without_stamps(log: &str) -> String {
    let lines = log.lines().map(|line| match line.split_once("] ") {
        Some((stamp, rest)) if stamp.starts_with('[') => rest,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn filtered() -> Outcome {
    let log = |cmdline: &str, command: &str| -> Outcome<String> {
        Recipe::new(Door::Pvh).cmdline(cmdline).boot_to_prompt()?.run(command)
    };
    let has = |log: &str, module: &str| log.contains(&format!("] {module}: "));

    let quiet = log("log=info,acpi=off,memory=warn", "dmesg")?;
    ensure(has(&quiet, "boot") && !has(&quiet, "acpi") && !has(&quiet, "memory"), || {
        format!("acpi and memory were switched off:\n{quiet}")
    })?;
    let usual = log("", "dmesg")?;
    ensure(has(&usual, "acpi") && has(&usual, "memory"), || format!("the usual log:\n{usual}"))?;

    let wrong = log("log=debug,acpi=loud", "dmesg warn")?;
    let expected = "boot: option \"log=debug,acpi=loud\" ignored: log takes off|error|warn|";
    ensure(wrong.contains(expected) && !has(&wrong, "acpi"), || {
        format!("{expected:?} and nothing less severe expected:\n{wrong}")
    })?;
    let usage = log("", "dmesg loud")?;
    ensure(usage.starts_with("usage: dmesg "), || format!("dmesg loud answered:\n{usage}"))
}
