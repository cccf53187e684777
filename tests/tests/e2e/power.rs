//! `reboot`, `shutdown` and the power button do what they say, and not by
//! falling over.

use harness::door::Door;
use harness::machine::{Exit, Machine, Recipe};
use harness::{Outcome, ensure, seconds};
use libtest_mimic::Trial;
use serde_json::json;

use crate::{test, test_at};

pub(crate) fn trials() -> Vec<Trial> {
    let doors = [Door::Pvh, Door::GRUB_BIOS, Door::GRUB_UEFI, Door::LIMINE_BIOS, Door::LIMINE_UEFI];
    let mut trials = Vec::new();
    for door in doors {
        for (command, reason) in [("shutdown", "guest-shutdown"), ("reboot", "guest-reset")] {
            trials.push(test_at(door, format!("power::{door}_{command}"), move |door| {
                ends(Recipe::new(door), command, reason)
            }));
        }
        trials.push(test_at(door, format!("power::{door}_button"), |door| {
            button(Recipe::new(door).boot_to_prompt()?)
        }));
    }
    for machine in ["q35", "pc,acpi=off"] {
        let name = format!("power::reboot_on_{}", machine.replace([',', '='], "_"));
        trials.push(test(name, move || {
            ends(Recipe::new(Door::Pvh).machine(machine), "reboot", "guest-reset")
        }));
    }
    for machine in ["pc", "q35"] {
        for (command, reason) in [
            ("shutdown acpi", "guest-shutdown"),
            ("shutdown scan", "guest-shutdown"),
            ("shutdown ports", "guest-shutdown"),
            ("reboot 8042", "guest-reset"),
            ("reboot triple", "guest-reset"),
        ] {
            let name = format!("power::{machine}_{}", command.replace(' ', "_"));
            trials.push(test(name, move || one_way(machine, command, reason)));
        }
    }
    trials.push(test("power::q35_reboot_acpi", || one_way("q35", "reboot acpi", "guest-reset")));
    trials.push(test("power::pc_reboot_acpi_has_no_register", no_register));
    trials.push(test("power::a_machine_that_stays_on_asks_again", stays_on));
    trials.push(test("power::q35_button", || {
        button(Recipe::new(Door::Pvh).machine("q35").boot_to_prompt()?)
    }));
    trials.push(test("power::button_while_a_command_runs", button_while_running));
    trials
}

fn ends(recipe: Recipe, command: &str, reason: &str) -> Outcome {
    let mut machine = recipe.boot_to_prompt()?;
    machine.serial()?.send(format!("{command}\r").as_bytes())?;
    is_over(&mut machine, command, reason)?;
    machine.no_triple_fault()
}

/// QEMU ends by itself, for `reason`.
pub(crate) fn is_over(machine: &mut Machine, command: &str, reason: &str) -> Outcome {
    let event = machine.qmp.wait_event("SHUTDOWN", seconds(20))?;
    ensure(event["reason"] == reason, || format!("{command} ended with {event}"))?;
    let exit = machine.wait_exit(seconds(20))?;
    ensure(exit == Exit::Silent, || format!("{command} ended QEMU with {exit:?}"))?;
    // The terminal is no longer told to mark what is pasted.
    let tail = machine.serial()?.wait_closed(seconds(20))?;
    let (on, off) = (tail.rfind("[?2004h"), tail.rfind("[?2004l"));
    ensure(off.is_some() && off > on, || format!("{command} leaves the terminal as it is:\n{tail}"))
}

/// A single way, and no other is tried. A triple fault is one of them.
fn one_way(machine: &str, command: &str, reason: &str) -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).machine(machine).boot_to_prompt()?;
    machine.serial()?.send(format!("{command}\r").as_bytes())?;
    is_over(&mut machine, command, reason)?;
    let fell_over = machine.no_triple_fault().is_err();
    ensure(fell_over == (command == "reboot triple"), || {
        format!("{command}: {} triple fault", if fell_over { "a" } else { "no" })
    })
}

/// The FADT of ACPI 1.0, which SeaBIOS gives on `pc`, ends before the register.
fn no_register() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let answer = machine.run("reboot acpi")?;
    ensure(answer.contains("the FADT has no reset register"), || {
        format!("reboot acpi answered:\n{answer}")
    })?;
    machine.no_triple_fault()
}

/// What the terminal was told is taken back where no way leads off.
fn stays_on() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).machine("pc,acpi=off").boot_to_prompt()?;
    let answer = machine.run("shutdown acpi")?;
    ensure(answer.contains("shutdown: "), || format!("shutdown acpi answered:\n{answer}"))?;
    let tail = machine.serial()?.tail();
    let (on, off) = (tail.rfind("[?2004h"), tail.rfind("[?2004l"));
    ensure(off.is_some() && on > off, || format!("not taken back:\n{tail}"))?;
    machine.no_triple_fault()
}

fn press(machine: &mut Machine) -> Outcome {
    machine.qmp.execute("system_powerdown", json!({})).map(drop)
}

fn button(mut machine: Machine) -> Outcome {
    press(&mut machine)?;
    is_over(&mut machine, "the power button", "guest-shutdown")?;
    let log = machine.serial()?.text();
    ensure(log.contains("the power button was pressed: switching off"), || {
        format!("the log does not say so:\n{log}")
    })?;
    machine.no_triple_fault()
}

/// A command that would take hours asks whether to go on.
fn button_while_running() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    machine.serial()?.send(b"acpi fuzz 1 1000000\r")?;
    machine.serial()?.wait_for("acpi fuzz 1 1000000", seconds(20))?;
    button(machine)
}
