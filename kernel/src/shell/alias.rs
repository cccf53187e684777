//! Names that people give to command lines.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};
use valhalla_core::command_line::{self, Quoted};
use valhalla_core::text::Text;
use valhalla_core::words::{MAX_BYTES, MAX_WORDS};

/// The most names.
const MOST: usize = 64;

/// The names, in the order of the alphabet.
#[derive(Debug, Default)]
pub(super) struct Aliases(Vec<(String, String)>);

/// Why a name cannot be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AliasError {
    /// It has characters that a command's name has not.
    Name,
    /// The line cannot be read.
    Line,
    /// It would lead to itself.
    Loop,
    /// There are [`MOST`].
    Full,
    /// There is no memory for it.
    NoMemory,
    /// With its arguments it is too long for a line.
    TooLong,
}

impl fmt::Display for AliasError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("a name is made of letters, digits, - and _"),
            Self::Line => f.write_str("what it stands for cannot be read as a line"),
            Self::Loop => f.write_str("it would stand for itself"),
            Self::Full => write!(f, "there are {MOST} of them, which is the limit"),
            Self::NoMemory => f.write_str("there is no memory for it"),
            Self::TooLong => write!(f, "the line it makes is longer than {MAX_BYTES} bytes"),
        }
    }
}

impl Aliases {
    /// The names and what they stand for.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, line)| (name.as_str(), line.as_str()))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, line)| line)
    }

    /// Lets `name` stand for `line`.
    pub(super) fn set(&mut self, name: &str, line: &str) -> Result<(), AliasError> {
        let fits = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || name.len() > 32 || !name.chars().all(fits) {
            return Err(AliasError::Name);
        }
        if command_line::parse(line).is_err() || line.trim().is_empty() {
            return Err(AliasError::Line);
        }
        if self.leads_to(line, name, MOST) {
            return Err(AliasError::Loop);
        }
        let entry = (copy(name)?, copy(line)?);
        match self.0.binary_search_by(|(known, _)| known.as_str().cmp(name)) {
            Ok(at) => {
                if let Some(place) = self.0.get_mut(at) {
                    *place = entry;
                }
            }
            Err(_) if self.0.len() == MOST => return Err(AliasError::Full),
            Err(at) => {
                self.0.try_reserve(1).map_err(|_| AliasError::NoMemory)?;
                self.0.insert(at, entry);
            }
        }
        Ok(())
    }

    /// Forgets `name`; whether it was there.
    pub(super) fn remove(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|(known, _)| known != name);
        if self.0.is_empty() {
            // Its memory too, so that the heap is as it was before.
            self.0 = Vec::new();
        }
        self.0.len() != before
    }

    /// Whether a command of `line` is `name`, or an alias that leads there.
    fn leads_to(&self, line: &str, name: &str, steps: usize) -> bool {
        let Some(steps) = steps.checked_sub(1) else { return true };
        let Ok(mut commands) = command_line::parse(line) else { return false };
        core::iter::from_fn(|| commands.next_command()).any(|(words, _)| {
            let first = words.get(0).unwrap_or_default();
            // A command may have its own name as alias: `dmesg` for `dmesg warn`
            // would never end.
            first == name || self.get(first).is_some_and(|line| self.leads_to(line, name, steps))
        })
    }
}

fn copy(text: &str) -> Result<String, AliasError> {
    let mut copy = String::new();
    copy.try_reserve_exact(text.len()).map_err(|_| AliasError::NoMemory)?;
    copy.push_str(text);
    Ok(copy)
}

/// What an alias and its arguments make: a line.
#[derive(Debug)]
pub(super) struct Expansion(Text<MAX_BYTES>);

impl Expansion {
    pub(super) const fn new() -> Self {
        Self(Text::new())
    }

    pub(super) fn fill(&mut self, text: &str, arguments: &[&str]) -> Result<(), AliasError> {
        // A `Text` cuts what does not fit, and remembers it.
        let _ = self.0.write_str(text);
        for argument in arguments.iter().take(MAX_WORDS) {
            let _ = write!(self.0, " {}", Quoted(argument));
        }
        if self.0.is_cut() { Err(AliasError::TooLong) } else { Ok(()) }
    }

    pub(super) fn as_str(&self) -> &str {
        self.0.as_str()
    }
}
