//! `selftest`: runs the tests that need the real machine.

use crate::shell::command::{Command, CommandError, Group, Reach, Session};

pub(super) static COMMAND: Command = Command {
    name: "selftest",
    aliases: &[],
    group: Group::Testing,
    usage: "[WORD]",
    summary: "runs the built-in tests (with WORD in their names)",
    example: "\
              selftest          every test\n\
              selftest paging   those with \"paging\" in the name",
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
    let counts = (session.machine.selftests)(session, filter)?;
    match (counts.passed + counts.skipped, counts.failed) {
        (0, 0) => Err(CommandError::failed("no test has that word in its name")),
        (_, 0) => Ok(()),
        (_, failed) => Err(CommandError::failed(format_args!("{failed} failed"))),
    }
}
