//! A terminal: text and escape sequences in, a grid of cells out.
//!
//! ```text
//!   write("...")                                flush(display)
//!        |                                           ^
//!        v          plain text                       |
//!    Terminal  ------------------------>  Grid ------+
//!        |                                  ^   cells, cursor, what changed
//!        +---> vte::Parser ---> Performer --+
//!               ESC ...         (sequences)
//! ```
//!
//! Writing touches memory alone; [`Terminal::flush`] then asks the [`Display`]
//! for the least that makes it look the same: one scroll for a whole burst of
//! lines, and the changed span of each row. Plain text never enters the escape
//! parser, which keeps the echo of a key at a few dozen instructions; nor do
//! most colours, of which every line of the log has two.

mod cell;
mod charset;
mod display;
#[cfg(test)]
mod golden;
mod grid;
mod line;
mod pen;
mod reply;
mod sequences;
mod span;
mod tabs;
#[cfg(test)]
mod tests;
mod width;

use core::fmt;

pub use cell::{Cell, Colour, Style, Tint, Underline, split_tints};
pub use display::{Cursor, Display, Scrolled};
use grid::Grid;
pub use reply::BYTES as REPLY_BYTES;
use reply::Replies;
use sequences::Performer;
pub use width::width;

use crate::answer::Answer;
use crate::text::Text;

/// Why a terminal could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminalError {
    /// No columns, no rows, or more of them than can be counted.
    Size,
    /// The heap has no room for the grid.
    NoMemory,
}

impl fmt::Display for TerminalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Size => "a screen of this size makes no sense",
            Self::NoMemory => "not enough memory for the screen's text",
        })
    }
}

/// A sequence that goes on for longer than this is not one: give it up, so that
/// an unfinished `ESC ]` cannot swallow all that follows.
const LONGEST_SEQUENCE: u16 = 256;

const ESCAPE: char = '\x1b';
const CANCEL: u8 = 0x18;

/// A grid of cells that text is written to.
///
/// Understood are printable text with autowrap (deferred: the last column does
/// not wrap until the next character comes), `\n` (with a carriage return),
/// `\r`, `\t`, `\b`, and the sequences of ECMA-48, the VT100 and xterm that the
/// book's chapter on the console lists. Others are skipped.
///
/// Lines that leave the screen at its top are kept, a thousand of them, and can
/// be looked at: [`view_up`](Self::view_up). Writing allocates nothing.
pub struct Terminal {
    grid: Grid,
    replies: Replies,
    /// Strings of the host (OSC) are skipped, so 8 bytes are enough for them.
    parser: vte::Parser<8>,
    /// Characters given to the parser since the escape; 0 while in plain text.
    in_sequence: u16,
}

impl Terminal {
    /// An empty terminal of `cols` by `rows` cells, the cursor at the top left.
    ///
    /// # Errors
    /// [`TerminalError`], when the size makes no sense or the heap is too small.
    pub fn new(cols: usize, rows: usize) -> Result<Self, TerminalError> {
        let grid = Grid::new(cols, rows)?;
        Ok(Self { grid, replies: Replies::new(), parser: vte::Parser::default(), in_sequence: 0 })
    }

    /// The same for a display that shows blanks in the default colours, as one
    /// does that has just been made: only what is written will be drawn.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn on_blank(cols: usize, rows: usize) -> Result<Self, TerminalError> {
        let mut terminal = Self::new(cols, rows)?;
        terminal.grid.forget_damage();
        Ok(terminal)
    }

    /// Writes text; nothing is shown before the next [`flush`](Self::flush). A
    /// view of older lines ends: what is new is to be seen.
    pub fn write(&mut self, text: &str) {
        if !text.is_empty() {
            self.view_live();
        }
        let mut rest = text;
        while !rest.is_empty() {
            if self.in_sequence == 0 && self.grid.is_plain() {
                let plain = rest.bytes().take_while(|byte| matches!(byte, b' '..=b'~')).count();
                let (run, special) = rest.split_at(plain);
                self.grid.put_ascii(run.as_bytes());
                rest = special;
                if let Some(after) = self.grid.take_colours(rest) {
                    rest = after;
                    continue;
                }
            }
            let mut chars = rest.chars();
            if let Some(ch) = chars.next() {
                self.write_special(ch);
            }
            rest = chars.as_str();
        }
    }

    /// Controls, non-ASCII text, and anything within an escape sequence.
    #[inline(never)]
    fn write_special(&mut self, ch: char) {
        if self.in_sequence == 0 && ch != ESCAPE {
            return self.grid.write_char(ch);
        }
        let mut performer = Performer::new(&mut self.grid, &mut self.replies);
        self.parser.advance(&mut performer, ch.encode_utf8(&mut [0; 4]).as_bytes());
        if performer.finished() {
            self.in_sequence = 0;
        } else {
            self.in_sequence += 1;
            if self.in_sequence > LONGEST_SEQUENCE {
                self.give_up_sequence();
            }
        }
    }

    fn give_up_sequence(&mut self) {
        let mut performer = Performer::new(&mut self.grid, &mut self.replies);
        self.parser.advance(&mut performer, &[CANCEL]);
        self.in_sequence = 0;
    }

    /// Shows lines that left the screen: `lines` further up than now, as far as
    /// there are any. Where one is stands at the top right.
    pub fn view_up(&mut self, lines: usize) {
        self.grid.set_view(self.grid.view().0.saturating_add(lines));
    }

    /// Shows `lines` further down than now; at the end the screen is live again.
    pub fn view_down(&mut self, lines: usize) {
        self.grid.set_view(self.grid.view().0.saturating_sub(lines));
    }

    /// Shows the screen as it is.
    pub fn view_live(&mut self) {
        if self.grid.view().0 > 0 {
            self.grid.set_view(0);
        }
    }

    /// How many lines the view is above the newest (0 is live), and how many
    /// lines have been kept.
    #[must_use]
    pub fn view(&self) -> (usize, usize) {
        self.grid.view()
    }

    /// What the terminal has to say to its host since this was last asked: the
    /// answers to status reports. Past [`REPLY_BYTES`] answers are dropped.
    pub fn take_reply(&mut self) -> Option<Text<REPLY_BYTES>> {
        self.replies.take()
    }

    /// Whether it has an answer that nobody has read.
    #[must_use]
    #[inline]
    pub fn owes_answer(&self) -> bool {
        self.replies.are_owed()
    }

    /// The same answers one by one, and what they say; for a host that is so
    /// close that no line is between.
    pub fn next_answer(&mut self) -> Option<Answer> {
        self.replies.next()
    }

    /// Empties the screen, puts the cursor at the top left, takes back colours
    /// and forgets a half-written escape sequence.
    pub fn clear(&mut self) {
        self.give_up_sequence();
        self.grid.reset();
    }

    /// Makes `display` show what was written, by painting only what changed.
    /// The display is one of this terminal's size.
    pub fn flush(&mut self, display: &mut (impl Display + ?Sized)) {
        self.grid.flush(display);
    }

    /// Forgets what the display shows: the next flush paints everything. For a
    /// display that something else wrote to, or another display.
    pub fn redraw_all(&mut self) {
        self.grid.redraw_all();
    }

    /// Columns and rows.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        self.grid.size()
    }

    /// Row and column of the cursor, both from 0.
    #[must_use]
    pub fn cursor(&self) -> (usize, usize) {
        self.grid.cursor()
    }

    /// The cells of a row, or none if there is no such row.
    #[must_use]
    pub fn row(&self, row: usize) -> &[Cell] {
        self.grid.row(row)
    }
}

impl fmt::Write for Terminal {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write(text);
        Ok(())
    }
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terminal").field("size", &self.size()).finish_non_exhaustive()
    }
}
