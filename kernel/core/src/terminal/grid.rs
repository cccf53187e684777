//! The cells of the screen, the cursor, and a record of what changed.
//!
//! The rows are a ring: scrolling moves `top` and clears one row, and no cell is
//! copied. Damage is kept as one span of columns a row, in storage order, so
//! that it moves with its row.
//!
//! ```text
//! storage   0  row 3 of the screen         `scrolled` counts the lines that
//!           1  row 4 (the newest)          the display has yet to scroll; the
//!     top > 2  row 0                       spans are what differs from the
//!           3  row 1                       picture after that scroll
//!           4  row 2
//! ```

use alloc::vec::Vec;

use super::pen::Pen;
use super::span::Span;
use super::{Cell, Cursor, Display, Scrolled, TerminalError};

const TAB_COLUMNS: usize = 8;

/// Which part of a row or of the screen to erase (ECMA-48 ED and EL).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Erase {
    /// From the cursor to the end, the cursor's cell included.
    ToEnd,
    /// From the start to the cursor, the cursor's cell included.
    ToStart,
    /// All of it.
    All,
}

/// See the module's page.
pub(super) struct Grid {
    cols: usize,
    rows: usize,
    /// `rows` times `cols`, in storage order.
    cells: Vec<Cell>,
    /// Columns of each row, in storage order, that the display does not show.
    damage: Vec<Span>,
    /// Rows of the screen that may have damage: saves looking at all of them.
    damaged_rows: Span,
    /// Storage index of the screen's first row.
    top: usize,
    row: usize,
    /// Up to and including `cols`: there, the next character wraps first.
    col: usize,
    /// Index in `cells` of the cursor's row.
    line: usize,
    pen: Pen,
    /// `pen`, worked out: what `put` stamps.
    ink: Cell,
    cursor: Cursor,
    /// Where and how the display has the cursor, as far as we told it.
    told: Option<(usize, usize, Cursor)>,
    scrolled: usize,
    /// What the display fills with when it makes up for `scrolled`.
    fill: Cell,
}

impl Grid {
    pub(super) fn new(cols: usize, rows: usize) -> Result<Self, TerminalError> {
        let count = cols.checked_mul(rows).filter(|&count| count > 0).ok_or(TerminalError::Size)?;
        Ok(Self {
            cols,
            rows,
            cells: filled(count, Cell::BLANK)?,
            damage: filled(rows, Span { lo: 0, hi: cols })?,
            damaged_rows: Span { lo: 0, hi: rows },
            top: 0,
            row: 0,
            col: 0,
            line: 0,
            pen: Pen::DEFAULT,
            ink: Cell::BLANK,
            cursor: Cursor::Shown,
            told: None,
            scrolled: 0,
            fill: Cell::BLANK,
        })
    }

    pub(super) fn size(&self) -> (usize, usize) {
        (self.cols, self.rows)
    }

    /// The cursor as the user sees it: never past the last column.
    pub(super) fn cursor(&self) -> (usize, usize) {
        (self.row, self.col.min(self.cols - 1))
    }

    pub(super) fn row(&self, row: usize) -> &[Cell] {
        if row >= self.rows {
            return &[];
        }
        let start = self.storage(row) * self.cols;
        self.cells.get(start..start + self.cols).unwrap_or_default()
    }

    pub(super) fn pen(&self) -> Pen {
        self.pen
    }

    pub(super) fn set_pen(&mut self, pen: Pen) {
        self.pen = pen;
        self.ink = pen.cell(' ');
    }

    pub(super) fn set_cursor(&mut self, cursor: Cursor) {
        self.cursor = cursor;
    }

    /// Back to an empty screen and the default pen.
    pub(super) fn reset(&mut self) {
        self.set_pen(Pen::DEFAULT);
        self.cursor = Cursor::Shown;
        self.erase_screen(Erase::All);
        self.move_to(0, 0);
    }

    /// A run of printable ASCII: what nearly all text is, stored at a handful of
    /// instructions a character.
    pub(super) fn put_ascii(&mut self, mut text: &[u8]) {
        while !text.is_empty() {
            if self.col >= self.cols {
                self.new_line();
            }
            let (run, rest) = text.split_at(text.len().min(self.cols - self.col));
            self.put(run.len(), |cells, ink| {
                for (cell, &byte) in cells.iter_mut().zip(run) {
                    *cell = Cell { ch: char::from(byte), ..ink };
                }
            });
            text = rest;
        }
    }

    /// One printable character of any kind.
    #[inline]
    pub(super) fn put_char(&mut self, ch: char) {
        if self.col >= self.cols {
            self.new_line();
        }
        self.put(1, |cells, ink| {
            if let [cell] = cells {
                *cell = Cell { ch, ..ink };
            }
        });
    }

    /// Has `stamp` fill the next `count` cells of the row, all of which exist.
    #[inline(always)]
    fn put(&mut self, count: usize, stamp: impl FnOnce(&mut [Cell], Cell)) {
        let (lo, hi) = (self.col, self.col + count);
        if let Some(cells) = self.cells.get_mut(self.line + lo..self.line + hi) {
            stamp(cells, self.ink);
        }
        self.mark(self.row, lo, hi);
        self.col = hi;
    }

    /// A character outside escape sequences: text, or a control to act on.
    pub(super) fn write_char(&mut self, ch: char) {
        match ch {
            '\n' => self.new_line(),
            '\r' => self.col = 0,
            '\x08' => self.col = self.cursor().1.saturating_sub(1),
            '\t' => {
                let next = (self.cursor().1 / TAB_COLUMNS + 1) * TAB_COLUMNS;
                self.col = next.min(self.cols - 1);
            }
            // The bell and every other control: nothing to see.
            '\0'..='\x1f' | '\x7f'..='\u{9f}' => {}
            _ => self.put_char(ch),
        }
    }

    #[inline(never)]
    fn new_line(&mut self) {
        self.col = 0;
        if self.row + 1 < self.rows {
            self.row += 1;
            self.line = self.storage(self.row) * self.cols;
        } else {
            self.scroll();
        }
    }

    /// Moves the cursor; beyond the edge is at the edge.
    pub(super) fn move_to(&mut self, row: usize, col: usize) {
        self.row = row.min(self.rows - 1);
        self.col = col.min(self.cols - 1);
        self.line = self.storage(self.row) * self.cols;
    }

    /// Erases within the cursor's row.
    pub(super) fn erase_row(&mut self, erase: Erase) {
        let (row, col) = self.cursor();
        match erase {
            Erase::ToEnd => self.blank(row, col, self.cols),
            Erase::ToStart => self.blank(row, 0, col + 1),
            Erase::All => self.blank(row, 0, self.cols),
        }
    }

    /// Erases within the screen.
    pub(super) fn erase_screen(&mut self, erase: Erase) {
        let rows = match erase {
            Erase::ToEnd => self.row + 1..self.rows,
            Erase::ToStart => 0..self.row,
            Erase::All => 0..self.rows,
        };
        if erase != Erase::All {
            self.erase_row(erase);
        }
        for row in rows {
            self.blank(row, 0, self.cols);
        }
    }

    pub(super) fn redraw_all(&mut self) {
        self.damage.fill(Span { lo: 0, hi: self.cols });
        self.damaged_rows = Span { lo: 0, hi: self.rows };
        self.scrolled = 0;
        self.told = None;
    }

    pub(super) fn flush(&mut self, display: &mut (impl Display + ?Sized)) {
        if self.scrolled > 0 {
            let (lines, fill) = (self.scrolled, self.fill);
            if lines >= self.rows || display.scroll_up(lines, fill) == Scrolled::Unsupported {
                self.redraw_all();
            }
            self.scrolled = 0;
            self.told = None;
        }
        let Span { lo, hi } = core::mem::replace(&mut self.damaged_rows, Span::EMPTY);
        for row in lo..hi {
            let storage = self.storage(row);
            let Some(span) = self.damage.get_mut(storage) else { continue };
            let Span { lo, hi } = core::mem::replace(span, Span::EMPTY);
            let start = storage * self.cols;
            if lo < hi
                && let Some(cells) = self.cells.get(start + lo..start + hi)
            {
                display.draw(row, lo, cells);
                self.told = None;
            }
        }
        let (row, col) = self.cursor();
        let cursor = Some((row, col, self.cursor));
        if self.told != cursor {
            display.cursor(row, col, self.cursor);
            self.told = cursor;
        }
    }

    /// Where the screen's row is kept.
    fn storage(&self, row: usize) -> usize {
        // Both are below `rows`; a subtraction is cheaper than a division.
        let index = self.top + row;
        if index >= self.rows { index - self.rows } else { index }
    }

    fn mark(&mut self, row: usize, lo: usize, hi: usize) {
        let storage = self.storage(row);
        if let Some(span) = self.damage.get_mut(storage) {
            span.add(lo, hi);
        }
        self.damaged_rows.add(row, row + 1);
    }

    fn blank(&mut self, row: usize, lo: usize, hi: usize) {
        let blank = self.pen.blank();
        let start = self.storage(row) * self.cols;
        let Some(cells) = self.cells.get_mut(start + lo..start + hi) else { return };
        let changed = |cell: &Cell| *cell != blank;
        let Some(first) = cells.iter().position(changed) else { return };
        let last = cells.iter().rposition(changed).unwrap_or(first);
        cells.fill(blank);
        self.mark(row, lo + first, lo + last + 1);
    }

    /// Takes the first row away and adds an empty one at the end.
    fn scroll(&mut self) {
        let blank = self.pen.blank();
        self.line = self.top * self.cols;
        if let Some(cells) = self.cells.get_mut(self.line..self.line + self.cols) {
            cells.fill(blank);
        }
        if self.scrolled == 0 {
            self.fill = blank;
        }
        // A row in the display's fill needs no drawing; a burst has one fill, so
        // a row in another colour does.
        if let Some(span) = self.damage.get_mut(self.top) {
            *span = if blank == self.fill { Span::EMPTY } else { Span { lo: 0, hi: self.cols } };
        }
        self.damaged_rows.lo = self.damaged_rows.lo.saturating_sub(1);
        if blank != self.fill {
            self.damaged_rows.add(self.rows - 1, self.rows);
        }
        self.top = if self.top + 1 < self.rows { self.top + 1 } else { 0 };
        self.scrolled = (self.scrolled + 1).min(self.rows);
    }
}

/// A vector of `count` times `value`, or an error instead of an abort.
fn filled<T: Clone>(count: usize, value: T) -> Result<Vec<T>, TerminalError> {
    let mut items = Vec::new();
    items.try_reserve_exact(count).map_err(|_| TerminalError::NoMemory)?;
    items.resize(count, value);
    Ok(items)
}
