//! `echo`: says what it was told.

use crate::shell::Printable;
use crate::shell::command::{Command, CommandError, Group, Reach, Session};
use crate::{print, println};

pub(super) static COMMAND: Command = Command {
    name: "echo",
    aliases: &[],
    group: Group::General,
    usage: "[WORD ...]",
    summary: "prints its words",
    example: "echo \"two  spaces\"    prints its words; quotes keep spaces",
    words: &[],
    reach: Reach::Bulk,
    run,
};

fn run(_: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    for (index, word) in arguments.iter().enumerate() {
        let space = if index == 0 { "" } else { " " };
        print!("{space}{}", Printable(word));
    }
    println!();
    Ok(())
}
