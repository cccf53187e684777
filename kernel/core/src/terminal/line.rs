//! What is known of a row beside its cells.

use super::span::Span;
use super::width::width;
use super::{Cell, Style};

/// What a row's cells are, as far as it was kept track of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// ASCII in the row's one style.
    Plain,
    /// Anything, but nothing wide.
    Mixed,
    /// There are, or were, characters of two cells.
    Wide,
}

/// A row's damage, and what makes it cheap to erase and to pack: a row that
/// leaves the screen is mostly text in one style, and mostly short.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// Columns that the display does not show.
    pub(super) damage: Span,
    /// From here on all cells are [`Cell::BLANK`].
    pub(super) end: usize,
    /// Of a plain row's cells.
    pub(super) style: Style,
    pub(super) kind: Kind,
}

impl Line {
    /// An empty row.
    pub(super) const fn blank(damage: Span) -> Self {
        Self { damage, end: 0, style: Style::DEFAULT, kind: Kind::Plain }
    }

    /// A row of these cells.
    pub(super) fn of(cells: &[Cell], damage: Span) -> Self {
        let mut line = Self::blank(damage);
        for (col, cell) in cells.iter().enumerate().filter(|(_, cell)| **cell != Cell::BLANK) {
            match (cell.ch(), width(cell.ch())) {
                (' '..='~', _) => line.add_plain(col, col + 1, cell.style()),
                (_, 1) => line.add_mixed(col + 1),
                _ => {
                    line.add_mixed(col + 1);
                    line.kind = Kind::Wide;
                }
            }
        }
        line
    }

    /// ASCII of this style was written to the columns `lo..hi`.
    #[inline]
    pub(super) fn add_plain(&mut self, lo: usize, hi: usize, style: Style) {
        if self.end == 0 && lo == 0 {
            self.style = style;
        }
        if self.style != style || lo > self.end && style != Style::DEFAULT {
            self.add_mixed(hi);
        }
        self.end = self.end.max(hi);
    }

    /// Something else was written, up to column `hi`.
    pub(super) fn add_mixed(&mut self, hi: usize) {
        self.kind = self.kind.max(Kind::Mixed);
        self.end = self.end.max(hi);
    }

    /// The columns `lo..hi` were filled with `cell`.
    pub(super) fn filled(&mut self, lo: usize, hi: usize, cell: Cell) {
        if cell != Cell::BLANK {
            self.add_mixed(hi);
        } else if hi >= self.end {
            self.end = self.end.min(lo);
            if self.end == 0 {
                *self = Self::blank(self.damage);
            }
        } else if self.style != Style::DEFAULT {
            self.add_mixed(hi);
        }
    }
}

impl Kind {
    fn max(self, other: Self) -> Self {
        if self as u8 > other as u8 { self } else { other }
    }
}
