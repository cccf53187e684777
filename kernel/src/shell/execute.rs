//! Running a line: its commands one after the other, pipes between them.
//!
//! A pipe is a buffer: the command on its left runs to its end, then the one on
//! its right gets what was printed. Reasons and notes go past it, to whoever
//! asked.

use super::alias::Expansion;
use super::command::{Command, CommandError, Session};
use super::{Outcome, Printable, commands};
use crate::console;
use valhalla_core::command_line::{self, End};
use valhalla_core::words;

/// Aliases, `repeat`, `time` and `watch` within each other, at the most.
const DEEPEST: u32 = 8;

/// Runs one line; whatever is wrong with it is said in words.
pub fn execute(line: &str, session: &mut Session<'_>) -> Outcome {
    deeper(session, |session| list(line, session))
}

/// Runs a command of these words, for another one.
pub(super) fn nested(words: &[&str], session: &mut Session<'_>) -> Outcome {
    deeper(session, |session| run(words, session))
}

fn deeper<'a>(session: &mut Session<'a>, run: impl FnOnce(&mut Session<'a>) -> Outcome) -> Outcome {
    if session.depth >= DEEPEST {
        console::tell(format_args!("commands within commands, more than {DEEPEST} deep\n"));
        return Outcome::Failed;
    }
    session.depth += 1;
    let outcome = run(session);
    session.depth -= 1;
    outcome
}

fn list(line: &str, session: &mut Session<'_>) -> Outcome {
    let mut commands = match command_line::parse(line) {
        Ok(commands) => commands,
        Err(error) => {
            console::tell(format_args!("cannot read this line: {error}\n"));
            return Outcome::Usage;
        }
    };
    let mut outcome = Outcome::Done;
    let mut before = End::Line;
    while let Some((words, end)) = commands.next_command() {
        let mut room = [""; words::MAX_WORDS];
        let words = words.slices(&mut room);
        let this = if end == End::Pipe { into_pipe(words, session) } else { run(words, session) };
        // A pipeline did not work where a part of it did not.
        if before != End::Pipe || this != Outcome::Done {
            outcome = this;
        }
        if outcome == Outcome::Cancelled {
            break;
        }
        before = end;
    }
    session.piped = None;
    outcome
}

/// Runs a command whose output the next one gets.
fn into_pipe(words: &[&str], session: &mut Session<'_>) -> Outcome {
    let before = console::redirect();
    let outcome = run(words, session);
    let piped = console::restore(before);
    if let Some(cut) = piped.cut {
        console::tell(format_args!("{cut}\n"));
    }
    session.piped = Some(piped.text);
    outcome
}

/// Runs the command that these words name.
fn run(words: &[&str], session: &mut Session<'_>) -> Outcome {
    let [name, arguments @ ..] = words else { return Outcome::Done };
    if let Some(text) = session.aliases.get(name) {
        let mut line = Expansion::new();
        return match line.fill(text, arguments) {
            Ok(()) => execute(line.as_str(), session),
            Err(error) => {
                console::tell(format_args!("{name}: {error}\n"));
                Outcome::Usage
            }
        };
    }
    let Some(command) = commands::find(name) else {
        session.piped = None;
        let instead = commands::instead_of(name);
        console::tell(format_args!("unknown command: {}{instead}\n", Printable(name)));
        return Outcome::Unknown;
    };
    let result = (command.run)(session, arguments);
    // What a command did not read goes no further.
    session.piped = None;
    conclude(command, result)
}

/// Says why a command did not do what was asked, to whoever asked.
pub(super) fn conclude(command: &Command, result: Result<(), CommandError>) -> Outcome {
    let Err(error) = result else { return Outcome::Done };
    console::hide_bar();
    match error {
        CommandError::Usage => {
            console::tell(format_args!("usage: {}\n", command.synopsis()));
            Outcome::Usage
        }
        CommandError::Cancelled => Outcome::Cancelled,
        CommandError::Failed(message) => {
            console::tell(format_args!("{}: {message}\n", command.name));
            Outcome::Failed
        }
        CommandError::Within(outcome) => outcome,
    }
}
