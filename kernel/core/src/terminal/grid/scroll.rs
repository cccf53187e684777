//! Rows that move, the lines that leave, and the screen that a program borrows.

use super::{Cell, Grid, Line, Mode, Span};

/// Which way rows move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

impl Grid {
    /// DECSTBM: the rows that scroll, as the host counts, the last included.
    /// Fewer than two make no region.
    pub(in super::super) fn set_region(&mut self, first: usize, last: usize) {
        let hi = last.saturating_add(1).min(self.rows);
        if first + 1 < hi {
            self.region = Span { lo: first, hi };
            self.move_host(Some(0), Some(0));
        }
    }

    /// IND: one row down; at the region's bottom the region scrolls.
    #[inline]
    pub(in super::super) fn index(&mut self) {
        if self.row + 1 == self.region.hi {
            self.scroll_up(1);
        } else if self.row + 1 < self.rows {
            self.row += 1;
            self.find_row();
        }
    }

    /// RI: one row up; at the region's top the region scrolls.
    pub(in super::super) fn reverse_index(&mut self) {
        if self.row == self.region.lo {
            self.scroll_down(1);
        } else {
            self.move_to(self.row.saturating_sub(1), self.col);
        }
    }

    /// SU: the region's rows move up by `count`.
    #[inline(never)]
    pub(in super::super) fn scroll_up(&mut self, count: usize) {
        let Span { lo, hi } = self.region;
        // What scrolls off the alternate screen is gone.
        if lo == 0 && hi == self.rows && self.alternate == Mode::Off {
            (0..count.min(self.rows)).for_each(|_| self.roll());
        } else {
            self.shift(lo, hi, count, Way::Up);
        }
    }

    /// SD: the region's rows move down by `count`.
    pub(in super::super) fn scroll_down(&mut self, count: usize) {
        self.shift(self.region.lo, self.region.hi, count, Way::Down);
    }

    /// IL: blank rows come in at the cursor, within the region.
    pub(in super::super) fn insert_lines(&mut self, count: usize) {
        self.shift_from_cursor(count, Way::Down);
    }

    /// DL: rows go at the cursor, within the region.
    pub(in super::super) fn delete_lines(&mut self, count: usize) {
        self.shift_from_cursor(count, Way::Up);
    }

    fn shift_from_cursor(&mut self, count: usize, way: Way) {
        let Span { lo, hi } = self.region;
        if (lo..hi).contains(&self.row) {
            self.shift(self.row, hi, count, way);
            self.col = 0;
        }
    }

    /// Moves the rows `lo..hi` by `count`, cell by cell.
    fn shift(&mut self, lo: usize, hi: usize, count: usize, way: Way) {
        let count = count.min(hi - lo);
        for step in 0..hi - lo - count {
            match way {
                Way::Up => self.copy_row(lo + step + count, lo + step),
                Way::Down => self.copy_row(hi - 1 - step - count, hi - 1 - step),
            }
        }
        let fresh = match way {
            Way::Up => hi - count..hi,
            Way::Down => lo..lo + count,
        };
        fresh.for_each(|row| self.blank(row, 0, self.cols));
    }

    fn copy_row(&mut self, from: usize, to: usize) {
        let (from, storage) = (self.storage_of(from), self.storage_of(to));
        let start = from * self.cols;
        self.cells.copy_within(start..start + self.cols, storage * self.cols);
        if let Some(line) = self.lines.get(from).copied()
            && let Some(place) = self.lines.get_mut(storage)
        {
            *place = Line { damage: place.damage, ..line };
        }
        self.mark(to, 0, self.cols);
    }

    /// The whole screen moves up by a row, and the display is to follow.
    fn roll(&mut self) {
        self.advance();
        if self.scrolled == 0 {
            self.fill = self.blank;
        }
        self.scrolled = (self.scrolled + 1).min(self.rows);
        self.damaged_rows.lo = self.damaged_rows.lo.saturating_sub(1);
        self.find_row();
        if self.blank != Cell::BLANK {
            self.blank(self.rows - 1, 0, self.cols);
        }
        // A row in the display's fill needs no drawing; a burst has one fill, so
        // a row in another colour does.
        let storage = self.storage_of(self.rows - 1);
        if let Some(line) = self.lines.get_mut(storage) {
            line.damage = Span::EMPTY;
        }
        if self.blank != self.fill {
            self.mark(self.rows - 1, 0, self.cols);
        }
    }

    /// The first line leaves the screen and is kept; a blank one comes in at the end.
    fn advance(&mut self) {
        self.top = self.storage_of(1);
        self.history = (self.history + 1).min(self.stored - self.rows);
        let storage = self.storage_of(self.rows - 1);
        if storage < self.lines.len() {
            self.clear_row(storage);
        } else {
            // Within the capacity: nothing is allocated.
            self.cells.resize(self.cells.len() + self.cols, Cell::BLANK);
            self.lines.push(Line::blank(Span::EMPTY));
        }
    }

    fn clear_row(&mut self, storage: usize) {
        let start = storage * self.cols;
        if let Some(line) = self.lines.get_mut(storage) {
            let used = self.cells.get_mut(start..start + line.end).unwrap_or_default();
            used.fill(Cell::BLANK);
            *line = Line::blank(Span::EMPTY);
        }
    }

    /// The cursor's row is kept elsewhere now.
    pub(super) fn find_row(&mut self) {
        self.storage = self.storage_of(self.row);
        self.line = self.storage * self.cols;
    }

    /// Lends the screen to a program (`CSI ? 1049 h`): its lines leave as if they had
    /// scrolled, and `leave_alternate` goes back to them. That takes no second grid.
    pub(in super::super) fn enter_alternate(&mut self) {
        if self.alternate == Mode::Off {
            (0..self.rows).for_each(|_| self.advance());
            self.find_row();
            self.alternate = Mode::On;
            self.erase_screen(super::Erase::All);
            self.redraw_all();
        }
    }

    /// The lines that were there before, as far as there was memory to keep them.
    pub(in super::super) fn leave_alternate(&mut self) {
        if self.alternate == Mode::Off {
            return;
        }
        self.alternate = Mode::Off;
        self.top = (self.top + self.stored - self.rows) % self.stored;
        self.find_row();
        for row in 0..self.rows.saturating_sub(self.history) {
            self.clear_row(self.storage_of(row));
        }
        self.history = self.history.saturating_sub(self.rows);
        self.redraw_all();
    }
}
