//! What Tab offers: commands and aliases, and the words that a command knows.

use super::alias::Aliases;
use super::command::Command;
use super::commands::{self, TABLE};
use valhalla_core::editor::completion::Place;

/// What may stand where the cursor is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Offer {
    /// A command, or a name that stands for a line.
    Commands,
    /// One of the words that a command knows as its first argument.
    Words(&'static Command),
    /// Anything: nothing is known.
    Nothing,
}

impl Offer {
    pub(super) fn at(place: Place<'_>) -> Self {
        let mut words = place.words().peekable();
        loop {
            let Some(name) = words.next() else { return Self::Commands };
            match name {
                "time" => continue,
                // Before the command stands a number: how often, how long.
                "repeat" | "watch" => {
                    let number = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
                    let _ = words.next_if(number);
                    continue;
                }
                "help" | "?" if words.peek().is_none() => return Self::Commands,
                _ => {}
            }
            return match (commands::find(name), words.next()) {
                (Some(command), None) => Self::Words(command),
                _ => Self::Nothing,
            };
        }
    }

    /// Every candidate.
    pub(super) fn candidates(self, aliases: &Aliases) -> impl Iterator<Item = &str> {
        let (commands, words): (&[&Command], &[&'static str]) = match self {
            Self::Commands => (TABLE, &[]),
            Self::Words(command) => (&[], command.words),
            Self::Nothing => (&[], &[]),
        };
        let is_command = !commands.is_empty();
        let names = commands.iter().map(|command| command.name);
        let given = aliases.iter().map(|(name, _)| name).filter(move |_| is_command);
        names.chain(words.iter().copied()).chain(given)
    }
}
