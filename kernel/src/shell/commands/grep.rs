//! `grep`: of what another command says, the lines with a word in them.

use crate::println;
use crate::shell::Printable;
use crate::shell::command::{Command, CommandError, Group, Reach, Session};
use valhalla_core::filter::{Case, contains};

pub(super) static COMMAND: Command = Command {
    name: "grep",
    aliases: &[],
    group: Group::Shell,
    usage: "[-v] [-i] WORD",
    summary: "lines that hold WORD (-v: do not), -i: in any case",
    example: "\
              dmesg | grep -i irq       the log's lines about interrupts\n\
              vm map | grep -v r--      all that is not read-only",
    words: &["-v", "-i"],
    reach: Reach::Bulk,
    run,
};

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    let (mut case, mut wanted, mut rest) = (Case::Heeded, true, arguments);
    let word = loop {
        match rest {
            ["-i", more @ ..] => (case, rest) = (Case::Ignored, more),
            ["-v", more @ ..] => (wanted, rest) = (false, more),
            [word] => break *word,
            _ => return Err(CommandError::Usage),
        }
    };
    let text = session.piped()?;
    let mut found = false;
    for line in text.lines() {
        session.check()?;
        if contains(line, word, case) == wanted {
            println!("{line}\x1b[0m");
            found = true;
        }
    }
    if found {
        return Ok(());
    }
    let which = if wanted { "holds" } else { "is without" };
    Err(CommandError::failed(format_args!("no line {which} {}", Printable(word))))
}
