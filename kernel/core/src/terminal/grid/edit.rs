//! Erasing, inserting and deleting within the screen.

use super::{Cell, Grid, Line};

/// Which part of a row or of the screen to erase (ECMA-48 ED and EL).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Erase {
    /// From the cursor to the end, the cursor's cell included.
    ToEnd,
    /// From the start to the cursor, the cursor's cell included.
    ToStart,
    /// All of it.
    All,
}

impl Grid {
    /// EL: erases within the cursor's row.
    pub(in super::super) fn erase_row(&mut self, erase: Erase) {
        let (row, col) = self.cursor();
        match erase {
            Erase::ToEnd => self.blank(row, col, self.cols),
            Erase::ToStart => self.blank(row, 0, col + 1),
            Erase::All => self.blank(row, 0, self.cols),
        }
    }

    /// ED: erases within the screen.
    pub(in super::super) fn erase_screen(&mut self, erase: Erase) {
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

    /// ED 3: forgets the lines that left the screen.
    pub(in super::super) fn erase_history(&mut self) {
        self.history = 0;
    }

    /// ECH: erases `count` cells from the cursor on; nothing moves.
    pub(in super::super) fn erase_cells(&mut self, count: usize) {
        let (row, col) = self.cursor();
        self.blank(row, col, col.saturating_add(count).min(self.cols));
    }

    /// ICH: makes room for `count` cells at the cursor; what is pushed over the
    /// edge is gone.
    pub(in super::super) fn insert_cells(&mut self, count: usize) {
        let (row, col) = self.cursor();
        let count = count.min(self.cols - col);
        if let Some(cells) = self.cells.get_mut(self.line + col..self.line + self.cols) {
            cells.copy_within(..cells.len() - count, count);
        }
        self.row_moved(col);
        self.blank(row, col, col + count);
    }

    /// DCH: takes `count` cells out at the cursor; blanks come in at the edge.
    pub(in super::super) fn delete_cells(&mut self, count: usize) {
        let (row, col) = self.cursor();
        let count = count.min(self.cols - col);
        if let Some(cells) = self.cells.get_mut(self.line + col..self.line + self.cols) {
            cells.copy_within(count.., 0);
        }
        self.row_moved(col);
        self.blank(row, self.cols - count, self.cols);
    }

    /// Cells of the cursor's row moved, from `col` on.
    fn row_moved(&mut self, col: usize) {
        let cols = self.cols;
        if let Some(line) = self.lines.get_mut(self.storage) {
            line.reach(cols);
        }
        self.mark(self.row, col, cols);
        self.mend(self.row);
    }

    /// DECALN: a screen full of `E`, to adjust a picture tube by.
    pub(in super::super) fn align(&mut self) {
        self.region = super::Span { lo: 0, hi: self.rows };
        for row in 0..self.rows {
            let storage = self.storage_of(row);
            let start = storage * self.cols;
            let cells = self.cells.get_mut(start..start + self.cols);
            if let Some((cells, line)) = cells.zip(self.lines.get_mut(storage)) {
                cells.fill(Cell::BLANK.with('E'));
                *line = Line { end: self.cols, ..Line::blank(line.damage) };
            }
        }
        self.damage_all();
        self.move_to(0, 0);
    }

    /// Erases cells in the pen's background.
    pub(super) fn blank(&mut self, row: usize, lo: usize, hi: usize) {
        let blank = self.blank;
        let storage = self.storage_of(row);
        let Some(line) = self.lines.get_mut(storage) else { return };
        // Past the row's end there is nothing to erase.
        let filled = if blank == Cell::BLANK { hi.min(line.end) } else { hi };
        if lo >= filled {
            return;
        }
        line.filled(lo, hi, blank);
        let wide = line.wide;
        let start = storage * self.cols;
        let Some(cells) = self.cells.get_mut(start + lo..start + filled) else { return };
        let changed = |cell: &Cell| *cell != blank;
        if let Some(first) = cells.iter().position(changed) {
            let last = cells.iter().rposition(changed).unwrap_or(first);
            cells.fill(blank);
            self.mark(row, lo + first, lo + last + 1);
        }
        if wide {
            self.mend(row);
        }
    }

    /// Blanks halves of wide characters whose other half is gone.
    pub(super) fn mend(&mut self, row: usize) {
        let storage = self.storage_of(row);
        if self.lines.get(storage).is_none_or(|line| !line.wide) {
            return;
        }
        let start = storage * self.cols;
        let mut damage = super::Span::EMPTY;
        let cells = self.cells.get_mut(start..start + self.cols).unwrap_or_default();
        let mut after_wide = false;
        for col in 0..cells.len() {
            let next_is_rest = cells.get(col + 1).is_some_and(|cell| cell.ch() == Cell::REST);
            let Some(cell) = cells.get_mut(col) else { continue };
            let rest = cell.ch() == Cell::REST;
            let wide = !rest && super::width(cell.ch()) == 2;
            if rest && !after_wide || wide && !next_is_rest {
                *cell = cell.with(' ');
                damage.add(col, col + 1);
            }
            after_wide = wide;
        }
        if damage.lo < damage.hi {
            self.mark(row, damage.lo, damage.hi);
        }
    }
}
