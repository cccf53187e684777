//! `clear`: an empty screen, the prompt at its top.

use crate::print;
use crate::shell::command::{Command, CommandError, Reach, Session, expect_none};

pub(super) static COMMAND: Command = Command {
    name: "clear",
    aliases: &["cls"],
    usage: "",
    summary: "clears the screen",
    reach: Reach::Bulk,
    run,
};

fn run(_: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    print!("\x1b[2J\x1b[H");
    Ok(())
}
