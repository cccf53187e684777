//! Where the cursor goes (VT100 manual, chapter 3; ECMA-48, 8.3).

use super::{Grid, Mode, Modes, Pen};

/// What DECSC saves: a position, and how text is written there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Saved {
    row: usize,
    col: usize,
    pen: Pen,
    modes: Modes,
}

impl Saved {
    pub(super) const HOME: Self = Self { row: 0, col: 0, pen: Pen::DEFAULT, modes: Modes::DEFAULT };
}

impl Grid {
    /// The cursor as the user sees it: never past the last column.
    pub(in super::super) fn cursor(&self) -> (usize, usize) {
        (self.row, self.col.min(self.cols - 1))
    }

    /// The cursor as the host counts: in origin mode, from the region's top.
    pub(in super::super) fn reported_cursor(&self) -> (usize, usize) {
        let (row, col) = self.cursor();
        match self.modes.origin {
            Mode::On => (row.saturating_sub(self.region.lo), col),
            Mode::Off => (row, col),
        }
    }

    /// Moves the cursor; beyond the edge is at the edge.
    pub(in super::super) fn move_to(&mut self, row: usize, col: usize) {
        self.row = row.min(self.rows - 1);
        self.col = col.min(self.cols - 1);
        self.find_row();
    }

    /// CUP, VPA, CHA: a row, a column, or both, as the host counts.
    pub(in super::super) fn move_host(&mut self, row: Option<usize>, col: Option<usize>) {
        let (row_now, col_now) = self.cursor();
        let row = match (row, self.modes.origin) {
            (Some(row), Mode::On) => row.saturating_add(self.region.lo).min(self.region.hi - 1),
            (Some(row), Mode::Off) => row,
            (None, _) => row_now,
        };
        self.move_to(row, col.unwrap_or(col_now));
    }

    /// CUU, CUD, CUF, CUB. A cursor within the scroll region stays in it.
    pub(in super::super) fn move_by(&mut self, rows: isize, cols: isize) {
        let (row, col) = self.cursor();
        let top = if row >= self.region.lo { self.region.lo } else { 0 };
        let end = if row < self.region.hi { self.region.hi } else { self.rows };
        let row = row.saturating_add_signed(rows).clamp(top, end - 1);
        self.move_to(row, col.saturating_add_signed(cols));
    }

    /// HT and CHT: to the next tab stop, `count` times.
    pub(in super::super) fn tab_forward(&mut self, count: usize) {
        let mut col = self.cursor().1;
        for _ in 0..count.min(self.cols) {
            col = self.tabs.after(col).min(self.cols - 1);
        }
        self.col = col;
    }

    /// CBT: to the tab stop before, `count` times.
    pub(in super::super) fn tab_back(&mut self, count: usize) {
        let mut col = self.cursor().1;
        for _ in 0..count.min(self.cols) {
            col = self.tabs.before(col);
        }
        self.col = col;
    }

    /// DECSC.
    pub(in super::super) fn save(&mut self) {
        let Self { row, col, pen, modes, .. } = *self;
        self.saved = Saved { row, col, pen, modes };
    }

    /// DECRC: back to what was saved, or to the top left.
    pub(in super::super) fn restore(&mut self) {
        let Saved { row, col, pen, modes } = self.saved;
        self.set_pen(pen);
        let Modes { insert, new_line, .. } = self.modes;
        self.set_modes(Modes { insert, new_line, ..modes });
        self.move_to(row, col);
        // In the column past the last one the next character wraps, still.
        self.col = col;
    }
}
