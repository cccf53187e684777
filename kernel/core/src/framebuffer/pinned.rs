//! A picture of dark and light squares over a part of the screen.
//!
//! It takes the largest square at the right edge that shows nothing, above the
//! row of the cursor: whoever reads and types is not disturbed. Until it is
//! taken away, the text goes on beside and under it; cells that it covers are
//! not painted, and their shadow stays blank.

use super::FramebufferConsole;
use crate::terminal::{Cell, Colour};

/// The cells that a picture covers: some rows, from a column to the right edge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pinned {
    top: usize,
    bottom: usize,
    left: usize,
}

impl FramebufferConsole<'_> {
    /// The columns of `row` that no picture covers.
    pub(super) fn free_columns(&self, row: usize) -> usize {
        let covers = |pinned: &Pinned| (pinned.top..pinned.bottom).contains(&row);
        self.pinned.filter(covers).map_or(self.canvas.size().0, |pinned| pinned.left)
    }

    /// Side of the largest picture that covers nothing, in pixels.
    #[must_use]
    pub fn room(&self) -> usize {
        self.largest().1
    }

    /// Shows a picture of `squares` times `squares` squares of `pixels` pixels,
    /// dark where `is_dark(x, y)`. Whatever was pinned before is taken away.
    ///
    /// # Errors
    ///
    /// [`NoRoom`] when that is more than [`room`](Self::room).
    pub fn pin(
        &mut self,
        squares: usize,
        pixels: usize,
        is_dark: impl Fn(usize, usize) -> bool,
    ) -> Result<(), NoRoom> {
        self.unpin();
        let (top, room) = self.largest();
        let side = squares.checked_mul(pixels).filter(|side| *side <= room).ok_or(NoRoom)?;
        let (columns, _) = self.canvas.size();
        let (width, height) = self.canvas.cell_size();
        let (x0, y0) = (columns * width - side, top * height);
        self.canvas.fill((x0, y0), (side, side), Colour::White);
        for (x, y) in (0..squares).flat_map(|y| (0..squares).map(move |x| (x, y))) {
            if is_dark(x, y) {
                let at = (x0 + x * pixels, y0 + y * pixels);
                self.canvas.fill(at, (pixels, pixels), Colour::Black);
            }
        }
        let bottom = top + side.div_ceil(height);
        self.pinned = Some(Pinned { top, bottom, left: x0 / width });
        Ok(())
    }

    /// Takes the picture away; the text under it is shown when it is drawn again.
    pub fn unpin(&mut self) {
        if let Some(Pinned { top, bottom, left }) = self.pinned.take() {
            let (columns, _) = self.canvas.size();
            let (width, height) = self.canvas.cell_size();
            let size = ((columns - left) * width, (bottom - top) * height);
            // As blank as the shadow says.
            self.canvas.fill((left * width, top * height), size, Colour::Black);
        }
    }

    /// The first row of the largest blank square at the right edge, and its side
    /// in pixels.
    fn largest(&self) -> (usize, usize) {
        let (columns, rows) = self.canvas.size();
        let rows = self.cursor.as_ref().map_or(rows, |cursor| cursor.row);
        let (width, height) = self.canvas.cell_size();
        let mut largest = (0, 0);
        for top in 0..rows {
            let mut narrowest = columns;
            for row in top..rows {
                narrowest = narrowest.min(self.blank_end(row));
                let side = (narrowest * width).min((row + 1 - top) * height);
                if side > largest.1 {
                    largest = (top, side);
                }
                if narrowest * width <= largest.1 {
                    break;
                }
            }
        }
        largest
    }

    /// Blank cells at the end of a row.
    fn blank_end(&self, row: usize) -> usize {
        let columns = self.canvas.size().0;
        let cells = self.shadow.get(row * columns..(row + 1) * columns).unwrap_or_default();
        cells.iter().rev().take_while(|cell| **cell == Cell::BLANK).count()
    }
}

/// A picture is too large for what the screen has free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRoom;
