//! The colours that text is written in.

use super::{Cell, Colour};

/// How the next character is coloured (ECMA-48 SGR).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pen {
    pub(super) fg: Colour,
    pub(super) bg: Colour,
    pub(super) bold: bool,
    pub(super) inverse: bool,
}

impl Pen {
    pub(super) const DEFAULT: Self =
        Self { fg: Cell::BLANK.fg, bg: Cell::BLANK.bg, bold: false, inverse: false };

    /// A cell in this pen's colours. Bold is bright, as on every VGA console.
    pub(super) fn cell(self, ch: char) -> Cell {
        let fg = if self.bold { self.fg.bright() } else { self.fg };
        if self.inverse { Cell { ch, fg: self.bg, bg: fg } } else { Cell { ch, fg, bg: self.bg } }
    }

    /// What erasing leaves behind: the background stays, as terminals do.
    pub(super) fn blank(self) -> Cell {
        Cell { bg: self.bg, ..Cell::BLANK }
    }
}
