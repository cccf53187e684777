//! `bench`: measures what the kernel's parts cost on this machine.

use crate::bench::Step;
use crate::shell::command::{Command, CommandError, Group, Reach, Session};

pub(super) static COMMAND: Command = Command {
    name: "bench",
    aliases: &[],
    group: Group::Testing,
    usage: "[WORD]",
    summary: "measures the kernel's parts (with WORD in the name)",
    example: "\
              bench          every row\n\
              bench heap     the rows with \"heap\" in the name",
    words: &[],
    reach: Reach::NeverInBulk,
    run,
};

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    let filter = match arguments {
        [] => "",
        [word] => word,
        _ => return Err(CommandError::Usage),
    };
    let before = |Step { done, total, name }| {
        session.check()?;
        Ok(session.progress_with(done, total, name))
    };
    match crate::bench::run(filter, before)? {
        0 => Err(CommandError::failed("no row with that word in its name")),
        _ => Ok(()),
    }
}
