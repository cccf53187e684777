//! What the terminal shows of the line, and the least that brings it up to date.
//!
//! The line is shown on one row behind the prompt. When it is longer than the
//! row, a window of it is shown, so that nothing ever wraps; the row's last
//! column is left to the cursor. Every character counts as one column.
//!
//! ```text
//!   valhalla> <lk 0xffff8000_0010_0000>
//!   |-prompt-||first   ^at       shown|
//! ```
//!
//! A marker stands in place of the window's first or last character where the
//! line goes on beyond it. The cursor never stands on one: the window moves
//! before it would.

use core::fmt;

use super::line::Line;
use crate::terminal::width;

/// Stands where the line goes on to the left of the window.
const MORE_LEFT: &str = "\x1b[93m<\x1b[39m";
/// Stands where it goes on to the right.
const MORE_RIGHT: &str = "\x1b[93m>\x1b[39m";

/// The window on the line, as the terminal has it; all in columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    /// The column of the line that is shown first.
    first: usize,
    /// How many columns are shown.
    shown: usize,
    /// Where the cursor is, counted from the end of the prompt.
    at: usize,
    /// How many columns there are for the line.
    room: usize,
}

impl View {
    /// The least room that a line is given, in a terminal however narrow.
    const LEAST_ROOM: usize = 8;

    /// An empty line behind a prompt of `prompt` columns.
    pub(super) const fn new(prompt: usize, width: usize) -> Self {
        let room = width.saturating_sub(prompt + 1);
        let room = if room < Self::LEAST_ROOM { Self::LEAST_ROOM } else { room };
        Self { first: 0, shown: 0, at: 0, room }
    }

    /// Columns for the line, the cursor's own not counted.
    pub(super) fn room(self) -> usize {
        self.room
    }

    /// Column of the cursor, counted from the end of the prompt.
    pub(super) fn at(self) -> usize {
        self.at
    }

    /// Brings the row up to date: `changed` is the first column of the line that
    /// differs, none if only the cursor moved.
    pub(super) fn update(
        &mut self,
        prompt: &str,
        line: &Line,
        cursor: usize,
        changed: Option<usize>,
        out: &mut dyn fmt::Write,
    ) {
        let (column, total) = (line.columns(cursor), line.columns(line.len()));
        let first = self.first_for(column, total);
        if first != self.first {
            self.first = first;
            return self.redraw(prompt, line, cursor, out);
        }
        if let Some(changed) = changed {
            let from = changed.clamp(first, first + self.room) - first;
            self.go(from, out);
            self.draw(line, from, out);
            let gone = self.shown.saturating_sub(self.at);
            self.shown = self.at;
            if gone == 1 {
                let _ = out.write_char(' ');
                self.at += 1;
            } else if gone > 1 {
                let _ = out.write_str("\x1b[K");
            }
        }
        self.go(column - first, out);
    }

    /// Draws prompt and line from the start of the row.
    pub(super) fn redraw(
        &mut self,
        prompt: &str,
        line: &Line,
        cursor: usize,
        out: &mut dyn fmt::Write,
    ) {
        let column = line.columns(cursor);
        self.first = self.first_for(column, line.columns(line.len()));
        let _ = out.write_char('\r');
        let _ = out.write_str(prompt);
        self.at = 0;
        self.draw(line, 0, out);
        self.shown = self.at;
        let _ = out.write_str("\x1b[K");
        self.go(column - self.first, out);
    }

    /// Where the window has to begin. It stays where it is as long as it can,
    /// and jumps by a quarter, because every move of it redraws the row.
    fn first_for(&self, column: usize, total: usize) -> usize {
        // Up to here the cursor is clear of the markers.
        let left = if self.first == 0 { 0 } else { self.first + 1 };
        let end = self.first + self.room;
        let right = if total <= end { end } else { end - 2 };
        if total <= self.room {
            0
        } else if column < left {
            column.saturating_sub(self.room / 4)
        } else if column > right {
            column + self.room / 4 - self.room
        } else {
            self.first
        }
    }

    /// Writes the window's characters from its column `from` on.
    fn draw(&mut self, line: &Line, from: usize, out: &mut dyn fmt::Write) {
        let mut rest = line.as_str().chars().skip(self.first + from);
        for column in from..self.room {
            let Some(ch) = rest.next() else { return };
            let _ = if column == 0 && self.first > 0 {
                out.write_str(MORE_LEFT)
            } else if column + 1 == self.room && rest.next().is_some() {
                out.write_str(MORE_RIGHT)
            } else {
                out.write_char(in_one_column(ch))
            };
            self.at += 1;
        }
    }

    /// Moves the cursor to the window's column `to`.
    fn go(&mut self, to: usize, out: &mut dyn fmt::Write) {
        let _ = match (to.checked_sub(self.at), self.at.saturating_sub(to)) {
            (Some(0), _) => Ok(()),
            (Some(right), _) => write!(out, "\x1b[{right}C"),
            (None, 1) => out.write_char('\x08'),
            (None, left) => write!(out, "\x1b[{left}D"),
        };
        self.at = to;
    }
}

/// What is shown for `ch`: a column is what every character counts as, so one
/// that takes two, or none, is not shown as it is.
pub(super) fn in_one_column(ch: char) -> char {
    if width(ch) == 1 { ch } else { char::REPLACEMENT_CHARACTER }
}

/// How many columns a prompt takes: its characters without `ESC [ ... letter`.
pub(super) const fn prompt_columns(prompt: &str) -> usize {
    let bytes = prompt.as_bytes();
    let (mut columns, mut index, mut in_sequence) = (0, 0, false);
    while index < bytes.len() {
        let byte = bytes[index];
        if in_sequence {
            in_sequence = !byte.is_ascii_alphabetic();
        } else if byte == 0x1b {
            in_sequence = true;
        } else if byte & 0xc0 != 0x80 {
            columns += 1;
        }
        index += 1;
    }
    columns
}
