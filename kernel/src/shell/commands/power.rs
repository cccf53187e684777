//! `reboot` and `shutdown`.

use crate::shell::command::{Command, CommandError, Group, Reach, Session, expect_none};
use crate::{acpi, console, println};

pub(in crate::shell) static REBOOT: Command = Command {
    name: "reboot",
    aliases: &[],
    group: Group::Power,
    usage: "",
    summary: "starts the machine anew",
    example: "reboot    starts the machine anew",
    words: &[],
    reach: Reach::NeverInBulk,
    run: |_: &mut Session<'_>, arguments| reboot(arguments),
};

pub(super) static SHUTDOWN: Command = Command {
    name: "shutdown",
    aliases: &["poweroff"],
    group: Group::Power,
    usage: "",
    summary: "switches the machine off",
    example: "shutdown    switches the machine off",
    words: &[],
    reach: Reach::NeverInBulk,
    run: shutdown,
};

/// Needs nothing of the session: the crash monitor runs it too.
pub(in crate::shell) fn reboot(arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    println!("Rebooting.");
    console::flush();
    acpi::reboot()
}

fn shutdown(_: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    println!("Switching off.");
    console::flush();
    Err(CommandError::failed(acpi::shutdown()))
}
