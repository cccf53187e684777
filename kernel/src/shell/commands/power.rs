//! `reboot` and `shutdown`.

use crate::acpi::{Off, Reset};
use crate::console::{self, terminals};
use crate::shell::command::{Command, CommandError, Group, Reach, Session};
use crate::{acpi, println};
use x86_64::instructions::interrupts;

pub(in crate::shell) static REBOOT: Command = Command {
    name: "reboot",
    aliases: &[],
    group: Group::Power,
    usage: "[acpi|8042|triple]",
    summary: "starts the machine anew",
    example: "reboot         by the first way that works
reboot acpi    by the FADT's reset register alone
reboot 8042    by the keyboard controller alone
reboot triple  by a triple fault",
    words: &["acpi", "8042", "triple"],
    reach: Reach::NeverInBulk,
    run: |_: &mut Session<'_>, arguments| reboot(arguments),
};

pub(super) static SHUTDOWN: Command = Command {
    name: "shutdown",
    aliases: &["poweroff"],
    group: Group::Power,
    usage: "[acpi|scan|ports]",
    summary: "switches the machine off",
    example: "shutdown       by the first way that works; so does the power button
shutdown acpi  by _S5, evaluated by AML
shutdown scan  by _S5, found in the tables' bytes
shutdown ports by the ports of QEMU and Bochs",
    words: &["acpi", "scan", "ports"],
    reach: Reach::NeverInBulk,
    run: |_: &mut Session<'_>, arguments| shutdown(arguments),
};

/// Needs nothing of the session: the crash monitor runs it too.
pub(in crate::shell) fn reboot(arguments: &[&str]) -> Result<(), CommandError> {
    let way = match arguments {
        [] => None,
        ["acpi"] => Some(Reset::Register),
        ["8042"] => Some(Reset::Keyboard),
        ["triple"] => Some(Reset::TripleFault),
        _ => return Err(CommandError::Usage),
    };
    println!("Rebooting.");
    console::flush();
    let farewell = terminals::take_leave();
    let error = match way {
        None => acpi::reboot(),
        Some(way) => acpi::reset_by(way).map_err(CommandError::failed),
    };
    farewell.take_back();
    error
}

fn shutdown(arguments: &[&str]) -> Result<(), CommandError> {
    let way = match arguments {
        [] => Off::Any,
        ["acpi"] => Off::Aml,
        ["scan"] => Off::Scan,
        ["ports"] => Off::Ports,
        _ => return Err(CommandError::Usage),
    };
    println!("Switching off.");
    console::flush();
    let farewell = terminals::take_leave();
    let error = acpi::shutdown(way);
    farewell.take_back();
    Err(CommandError::failed(error))
}

/// The power button was pressed: off, in order. The session asks at each prompt,
/// and for the command that runs.
#[inline]
pub(in crate::shell) fn answer_button() {
    if acpi::sci::take_press() {
        switch_off();
    }
}

#[cold]
fn switch_off() {
    log::info!(target: "acpi", "the power button was pressed: switching off");
    console::flush();
    let farewell = terminals::take_leave();
    // AML's time limit needs the timer.
    let were_on = interrupts::are_enabled();
    interrupts::enable();
    let error = acpi::shutdown(Off::Any);
    farewell.take_back();
    log::error!(target: "acpi", "{error}");
    if !were_on {
        interrupts::disable();
    }
}
