//! What a display is told: the least that makes it show the grid, or a view of
//! the lines that left it.

use core::fmt::Write;

use super::super::{Colour, Display, Scrolled, Style, Underline};
use super::{Cell, Cursor, Grid, Mode, Span};
use crate::text::Text;

impl Grid {
    /// Everything differs from what the display shows.
    pub(super) fn damage_all(&mut self) {
        let all = Span { lo: 0, hi: self.cols };
        self.lines.iter_mut().for_each(|line| line.damage = all);
        self.damaged_rows = Span { lo: 0, hi: self.rows };
        self.told = None;
    }

    /// The display shows the same blanks as the grid.
    pub(in super::super) fn forget_damage(&mut self) {
        self.lines.iter_mut().for_each(|line| line.damage = Span::EMPTY);
        self.damaged_rows = Span::EMPTY;
    }

    pub(in super::super) fn redraw_all(&mut self) {
        self.damage_all();
        self.scrolled = 0;
        self.view_moved = true;
    }

    pub(in super::super) fn flush(&mut self, display: &mut (impl Display + ?Sized)) {
        if self.view > 0 {
            return self.show_view(display);
        }
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
            let storage = self.storage_of(row);
            let Some(line) = self.lines.get_mut(storage) else { continue };
            let Span { lo, hi } = core::mem::replace(&mut line.damage, Span::EMPTY);
            let start = storage * self.cols;
            if lo < hi
                && let Some(cells) = self.cells.get(start + lo..start + hi)
            {
                display.draw(row, lo, cells);
                self.told = None;
            }
        }
        let (row, col) = self.cursor();
        let cursor = if self.visible == Mode::On { self.cursor } else { Cursor::Hidden };
        if self.told != Some((row, col, cursor)) {
            display.cursor(row, col, cursor);
            self.told = Some((row, col, cursor));
        }
    }

    /// Lines that the view is above the newest, and how many there are above.
    pub(in super::super) fn view(&self) -> (usize, usize) {
        (self.view, self.history)
    }

    /// Moves the view to `lines` above the newest, as far as there are lines.
    pub(in super::super) fn set_view(&mut self, lines: usize) {
        let lines = if self.alternate == Mode::On { 0 } else { lines.min(self.history) };
        if lines != self.view {
            self.view = lines;
            self.redraw_all();
        }
    }

    /// Draws lines that have left the screen and, below them, the screen's.
    fn show_view(&mut self, display: &mut (impl Display + ?Sized)) {
        if !core::mem::replace(&mut self.view_moved, false) {
            return;
        }
        for row in 0..self.rows {
            let start = self.before(self.view, row) * self.cols;
            display.draw(row, 0, self.cells.get(start..start + self.cols).unwrap_or_default());
        }
        let mut mark = Text::<48>::new();
        let _ = write!(mark, " \u{2191} {} of {} lines ", self.view, self.history);
        let style = Style::new(Colour::Black.into(), Colour::Cyan.into(), Underline::Off);
        let columns = (0..self.cols).rev();
        for (col, ch) in columns.zip(mark.as_str().chars().rev()) {
            display.draw(0, col, &[Cell::new(ch, style)]);
        }
        display.cursor(0, 0, Cursor::Hidden);
        self.told = None;
    }

    /// Where the row is kept that is `lines` above `row` of the screen.
    fn before(&self, lines: usize, row: usize) -> usize {
        (self.top + row + self.stored - lines) % self.stored
    }
}
