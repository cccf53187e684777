//! Ctrl-R: looking for an earlier line by a part of it.
//!
//! While a search goes on its own row stands in place of the prompt's:
//!
//! ```text
//!   (find "wal") vm walk 0x1000
//! ```

use core::fmt::{self, Write};

use super::history::History;
use super::view::in_one_column;
use crate::text::Text;

/// The longest part that is looked for, in bytes.
const LONGEST: usize = 64;

/// A search that goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search {
    part: Text<LONGEST>,
    /// Which line of the history is shown.
    pub(super) found: Option<usize>,
    /// Columns that the row has now.
    pub(super) columns: usize,
}

impl Search {
    pub(super) const fn new() -> Self {
        Self { part: Text::new(), found: None, columns: 0 }
    }

    /// Looks for the part with `ch` behind it, here and further back; whether
    /// there is a line. A character that cannot be added changes nothing.
    pub(super) fn add(&mut self, ch: char, history: &History) -> bool {
        let mut longer = self.part;
        longer.push(ch);
        let from = self.found.unwrap_or(0);
        let found = find(&longer, from, history).filter(|_| !longer.is_cut());
        if found.is_some() {
            (self.part, self.found) = (longer, found);
        }
        found.is_some()
    }

    /// Takes the last character back, and looks from the newest line on.
    pub(super) fn shorten(&mut self, history: &History) -> bool {
        let mut chars = self.part.as_str().chars();
        if chars.next_back().is_none() {
            return false;
        }
        let mut shorter = Text::new();
        chars.for_each(|ch| shorter.push(ch));
        self.part = shorter;
        self.found = find(&self.part, 0, history).filter(|_| !self.part.as_str().is_empty());
        true
    }

    /// The next older line with the part in it.
    pub(super) fn older(&mut self, history: &History) -> bool {
        let from = self.found.map_or(0, |found| found + 1);
        let found = find(&self.part, from, history);
        if found.is_some() {
            self.found = found;
        }
        found.is_some()
    }

    /// Draws the row, at most `width` columns of it.
    pub(super) fn draw(&mut self, history: &History, width: usize, out: &mut dyn fmt::Write) {
        let line = self.found.and_then(|found| history.get(found)).unwrap_or_default();
        let mut label = Text::<{ LONGEST + 16 }>::new();
        // It has room for all of it.
        let _ = write!(label, "(find \"{}\") ", self.part.as_str());
        let _ = out.write_char('\r');
        self.columns = 0;
        for ch in label.as_str().chars().chain(line.chars()).take(width) {
            let _ = out.write_char(in_one_column(ch));
            self.columns += 1;
        }
        let _ = out.write_str("\x1b[K");
    }
}

fn find<const N: usize>(part: &Text<N>, from: usize, history: &History) -> Option<usize> {
    let lines = (from..).map_while(|back| Some((back, history.get(back)?)));
    lines.into_iter().find(|(_, line)| line.contains(part.as_str())).map(|(back, _)| back)
}
