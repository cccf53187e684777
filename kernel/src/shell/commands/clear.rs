//! `clear`: an empty screen, the prompt at its top.

use crate::print;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, expect_none};

pub(super) static COMMAND: Command = Command {
    name: "clear",
    aliases: &["cls"],
    group: Group::General,
    usage: "",
    summary: "clears the screen",
    example: "clear    an empty screen; Ctrl-L does the same",
    words: &[],
    reach: Reach::Bulk,
    run,
};

fn run(_: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    print!("\x1b[2J\x1b[H");
    Ok(())
}
