//! `head`: the first lines of what another command says.

use crate::println;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, parse_number};

pub(super) static COMMAND: Command = Command {
    name: "head",
    aliases: &[],
    group: Group::Shell,
    usage: "[LINES]",
    summary: "the first lines (10) of what another command says",
    example: "dmesg | head 5   how the boot began",
    words: &[],
    reach: Reach::Bulk,
    run,
};

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    let count = match arguments {
        [] => 10,
        [count] => usize::try_from(parse_number(count)?).unwrap_or(usize::MAX),
        _ => return Err(CommandError::Usage),
    };
    let text = session.piped()?;
    for line in text.lines().take(count) {
        session.check()?;
        println!("{line}\x1b[0m");
    }
    Ok(())
}
