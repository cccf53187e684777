//! The screen before there is one: the words of a failure that ends the boot early.
//!
//! A terminal needs memory for its cells, and nothing can be mapped before there are
//! tables of our own. So a failure that strikes before the screen is open is drawn
//! straight onto the adapter, from the top down, as far as there is room: without a
//! heap, and without a lock.

use super::Screen;
use crate::boot::BootInfo;
use core::fmt::{self, Write};
use spin::Once;
use valhalla_core::terminal::{Cell, Colour, Cursor, Display, Style, Tint, Underline};

static BOOT: Once<BootInfo> = Once::new();

/// Remembers what is known of the machine, for [`screen`].
pub fn remember(boot: &BootInfo) {
    BOOT.call_once(|| *boot);
}

/// Opens the screen for the last words of this boot. `None` where the loader has not
/// been asked yet, where nobody wants a screen, or where none can be reached.
///
/// # Safety
///
/// Nothing else may use the adapter, now or later.
#[must_use]
pub unsafe fn screen() -> Option<EarlyText> {
    // SAFETY: the caller's promise.
    let mut screen = unsafe { Screen::open_early(BOOT.get()?) }?;
    screen.cursor(0, 0, Cursor::Hidden);
    Some(EarlyText { screen, row: 0, col: 0, style: PLAIN, escape: Escape::None })
}

/// Light grey on black.
const PLAIN: Style = Style::DEFAULT;

/// A writer onto the screen: lines that are too long go on below, and what is below
/// the last row is lost.
#[derive(Debug)]
pub struct EarlyText {
    screen: Screen,
    row: usize,
    col: usize,
    style: Style,
    escape: Escape,
}

/// The place in a colour sequence; they are passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escape {
    None,
    Begun,
    Parameters,
}

impl EarlyText {
    /// White on red from now on, or as usual.
    pub fn alarm(&mut self, is_on: bool) {
        let (white, red) = (Tint::named(Colour::White), Tint::named(Colour::Red));
        self.style = if is_on { Style::new(white, red, Underline::Off) } else { PLAIN };
    }

    /// Rows that are free.
    #[must_use]
    pub fn rows_left(&self) -> usize {
        self.screen.size().1.saturating_sub(self.row)
    }

    fn put(&mut self, ch: char) {
        if ch == '\n' {
            (self.row, self.col) = (self.row + 1, 0);
            return;
        }
        let (columns, rows) = self.screen.size();
        if self.col == columns {
            (self.row, self.col) = (self.row + 1, 0);
        }
        if self.row < rows {
            self.screen.draw(self.row, self.col, &[Cell::new(ch, self.style)]);
        }
        self.col += 1;
    }
}

impl Write for EarlyText {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for ch in text.chars() {
            self.escape = match (self.escape, ch) {
                (_, '\x1b') => Escape::Begun,
                (Escape::Begun, '[') | (Escape::Parameters, '0'..='?') => Escape::Parameters,
                (Escape::None, ch) => {
                    self.put(ch);
                    Escape::None
                }
                _ => Escape::None,
            };
        }
        Ok(())
    }
}
