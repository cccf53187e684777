//! `bench`: measures what the kernel's parts cost on this machine.

use crate::shell::command::{Command, CommandError, Reach, Session};

pub(super) static COMMAND: Command = Command {
    name: "bench",
    aliases: &[],
    usage: "[WORD]",
    summary: "measures the kernel's parts (those with WORD in the name)",
    reach: Reach::NeverInBulk,
    run,
};

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    let filter = match arguments {
        [] => "",
        [word] => word,
        _ => return Err(CommandError::Usage),
    };
    match (session.machine.benches)(filter) {
        0 => Err(CommandError::failed("no row with that word in its name")),
        _ => Ok(()),
    }
}
