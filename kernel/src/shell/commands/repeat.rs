//! `repeat`: a command so many times.

use crate::console;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, parse_number};

pub(super) static COMMAND: Command = Command {
    name: "repeat",
    aliases: &[],
    group: Group::Shell,
    usage: "COUNT COMMAND ...",
    summary: "runs a command COUNT times, until it fails",
    example: "\
              repeat 3 ping                 three measurements\n\
              repeat 10 'heap_test; mem'    a whole line, in quotes",
    words: &[],
    reach: Reach::NeverInBulk,
    run,
};

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    let [count, command @ ..] = arguments else { return Err(CommandError::Usage) };
    let count = parse_number(count)?;
    if command.is_empty() {
        return Err(CommandError::Usage);
    }
    for done in 0..count {
        session.check()?;
        // What goes into a pipe is not seen, and does not fight with the bar.
        if console::is_piped() {
            session.progress(done, count);
        }
        session.run(command)?;
    }
    Ok(())
}
