//! What is known of a row beside its cells.

use super::Cell;
use super::span::Span;

/// A row's damage, and what makes it cheap to erase: rows are mostly short.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// Columns that the display does not show.
    pub(super) damage: Span,
    /// From here on all cells are [`Cell::BLANK`].
    pub(super) end: usize,
    /// There are, or were, characters of two cells.
    pub(super) wide: bool,
}

impl Line {
    /// An empty row.
    pub(super) const fn blank(damage: Span) -> Self {
        Self { damage, end: 0, wide: false }
    }

    /// Something was written up to column `hi`.
    pub(super) fn reach(&mut self, hi: usize) {
        self.end = self.end.max(hi);
    }

    /// The columns `lo..hi` were filled with `cell`.
    pub(super) fn filled(&mut self, lo: usize, hi: usize, cell: Cell) {
        if cell != Cell::BLANK {
            self.reach(hi);
        } else if hi >= self.end {
            self.end = self.end.min(lo);
            self.wide &= self.end > 0;
        }
    }
}
