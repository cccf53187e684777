//! `reboot` and `shutdown` do what they say, and not by falling over.

use harness::door::Door;
use harness::machine::{Exit, Recipe};
use harness::{Outcome, ensure, seconds};
use libtest_mimic::Trial;

use crate::test_at;

pub(crate) fn trials() -> Vec<Trial> {
    let doors = [Door::Pvh, Door::GRUB_BIOS, Door::GRUB_UEFI, Door::LIMINE_BIOS, Door::LIMINE_UEFI];
    let mut trials = Vec::new();
    for door in doors {
        for (command, reason) in [("shutdown", "guest-shutdown"), ("reboot", "guest-reset")] {
            trials.push(test_at(door, format!("power::{door}_{command}"), move |door| {
                ends(Recipe::new(door), command, reason)
            }));
        }
    }
    for machine in ["q35", "pc,acpi=off"] {
        let name = format!("power::reboot_on_{}", machine.replace([',', '='], "_"));
        trials.push(crate::test(name, move || {
            ends(Recipe::new(Door::Pvh).machine(machine), "reboot", "guest-reset")
        }));
    }
    trials
}

fn ends(recipe: Recipe, command: &str, reason: &str) -> Outcome {
    let mut machine = recipe.boot_to_prompt()?;
    machine.serial()?.send(format!("{command}\r").as_bytes())?;
    let event = machine.qmp.wait_event("SHUTDOWN", seconds(20))?;
    ensure(event["reason"] == reason, || format!("{command} ended with {event}"))?;
    let exit = machine.wait_exit(seconds(20))?;
    ensure(exit == Exit::Silent, || format!("{command} ended QEMU with {exit:?}"))?;
    machine.no_triple_fault()
}
