//! `dmesg`: the log again, of this boot or of the one before.

use crate::console::log::{self, NoLog, Which};
use crate::shell::command::{Command, CommandError, Group, Reach};
use crate::shell::{ConsoleWriter, Stoppable};
use core::fmt;
use valhalla_core::log_ring::Level;

pub(in crate::shell) static COMMAND: Command = Command {
    name: "dmesg",
    aliases: &[],
    group: Group::System,
    usage: "[--last] [error|warn|info|debug|trace]",
    summary: "the log or its worse lines (--last: the boot before)",
    example: "\
              dmesg          the whole log\n\
              dmesg warn     warnings and errors alone\n\
              dmesg --last   the log of the boot before",
    words: &["--last", "error", "warn", "info", "debug", "trace"],
    reach: Reach::Bulk,
    run: |session, arguments| show(arguments, &mut Stoppable(session)),
};

/// For the crash monitor, where there is no session.
pub(in crate::shell) fn run(arguments: &[&str]) -> Result<(), CommandError> {
    show(arguments, &mut ConsoleWriter)
}

fn show(arguments: &[&str], out: &mut impl fmt::Write) -> Result<(), CommandError> {
    let (which, rest) = match arguments {
        ["--last", rest @ ..] => (Which::Last, rest),
        rest => (Which::This, rest),
    };
    let least = match rest {
        [] => Level::Trace,
        [name] => Level::from_name(name).ok_or(CommandError::Usage)?,
        _ => return Err(CommandError::Usage),
    };
    log::show(which, least, out).map_err(|error| match error {
        NoLog::NotWritten => CommandError::Cancelled,
        NoLog::NoneBefore => CommandError::failed(error),
    })
}
