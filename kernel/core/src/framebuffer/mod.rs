//! A screen of character cells on a linear framebuffer.
//!
//! Video memory is slow to write on real hardware and far slower to read, so a
//! shadow in RAM holds the cell that each place shows: only cells that differ are
//! painted, and nothing is ever read. Scrolling is nothing but that: the terminal
//! draws every row again, and much of what it draws is there already.
//!
//! ```text
//!  draw ── what differs from the shadow ──> blit ──> Canvas::paint ──> pixels
//!  cursor ── what it leaves ──────────────────^            ^
//!    └────── what it covers, with the cursor ──────────────┘
//! ```
//!
//! `canvas` makes pixels; `pinned` covers a part of the screen with a picture.
//! Once made, a console needs neither heap nor lock: the panic report may draw
//! with it.

mod canvas;
mod pinned;
#[cfg(test)]
mod tests;

use alloc::vec::Vec;
use core::fmt;

use crate::pixel::{PixelError, PixelFormat};
use crate::terminal::{Cell, Cursor, Display, Scrolled};
use canvas::Canvas;
use pinned::Pinned;

/// A glyph 8 pixels wide, 16 rows; the leftmost pixel is the highest bit.
pub type Rows = [u8; 16];

/// The row of a glyph that a line under the text takes.
const UNDERLINE_ROW: usize = 14;
/// The usual cursor, as a glyph.
const CURSOR_LINE: Rows = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
/// The columns that an upright cursor takes.
const CURSOR_BAR: u8 = 0xc0;

/// Why a framebuffer cannot be drawn on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FramebufferError {
    /// The pixels are of a kind that is not supported.
    Pixel(PixelError),
    /// Too small for a single character.
    TooSmall,
    /// A row of pixels is longer than the distance between rows.
    Pitch,
    /// The rows do not fit into the memory that was mapped.
    Memory,
    /// There is no heap memory for the shadow.
    OutOfMemory,
}

impl fmt::Display for FramebufferError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pixel(error) => write!(f, "framebuffer: {error}"),
            Self::TooSmall => f.write_str("the framebuffer is too small for a character"),
            Self::Pitch => f.write_str("a framebuffer row is longer than its pitch"),
            Self::Memory => f.write_str("the framebuffer is larger than its memory"),
            Self::OutOfMemory => f.write_str("no memory for the framebuffer's shadow"),
        }
    }
}

/// A screen of character cells on a linear framebuffer.
#[derive(Debug)]
pub struct FramebufferConsole<'a> {
    canvas: Canvas<'a>,
    font: fn(Cell) -> &'static Rows,
    /// What each cell shows, row by row.
    shadow: Vec<Cell>,
    cursor: Option<Painted>,
    /// Cells that a picture covers.
    pinned: Option<Pinned>,
}

/// A painted cursor. The shadow has [`Cell::UNKNOWN`] there until the place is
/// drawn again.
#[derive(Debug)]
struct Painted {
    row: usize,
    col: usize,
    cursor: Cursor,
    covered: Cell,
}

impl<'a> FramebufferConsole<'a> {
    /// Checks the geometry (width and height in pixels, bytes from one row to the
    /// next) and clears the screen. `font` knows the glyph of a cell's character.
    ///
    /// Without a shadow it serves a failure before there is a heap: whatever is
    /// drawn is painted, and there is no cursor.
    ///
    /// # Errors
    /// [`FramebufferError`] says what is wrong with the geometry.
    pub fn bare(
        memory: &'a mut [u8],
        format: PixelFormat,
        geometry: [usize; 3],
        font: fn(Cell) -> &'static Rows,
    ) -> Result<Self, FramebufferError> {
        let canvas = Canvas::new(memory, format, geometry)?;
        Ok(Self { canvas, font, shadow: Vec::new(), cursor: None, pinned: None })
    }

    /// Takes the shadow from the heap; the screen must be as `bare` left it.
    ///
    /// # Errors
    /// [`FramebufferError::OutOfMemory`].
    pub fn with_shadow(mut self) -> Result<Self, FramebufferError> {
        let (columns, rows) = self.canvas.size();
        let shadow = &mut self.shadow;
        shadow.try_reserve_exact(columns * rows).map_err(|_| FramebufferError::OutOfMemory)?;
        shadow.resize(columns * rows, Cell::BLANK);
        Ok(self)
    }

    fn shown(&mut self, row: usize, col: usize) -> Option<&mut Cell> {
        self.shadow.get_mut(row * self.canvas.size().0 + col)
    }

    /// Paints a cell.
    #[inline(never)]
    fn blit(&mut self, row: usize, col: usize, cell: Cell) {
        let old = self.shown(row, col).map(|shown| core::mem::replace(shown, cell));
        let same_colours = old.filter(|old| old.tints() == cell.tints());
        let old = same_colours.map(|old| self.glyph(old));
        self.canvas.paint((row, col), &self.glyph(cell), old.as_ref(), cell.tints());
    }

    /// A cell's glyph as it is seen.
    fn glyph(&self, cell: Cell) -> Rows {
        let mut rows = *(self.font)(cell);
        if cell.is_underlined() {
            rows[UNDERLINE_ROW] = 0xff;
        }
        rows
    }
}

impl Display for FramebufferConsole<'_> {
    fn size(&self) -> (usize, usize) {
        self.canvas.size()
    }

    fn draw(&mut self, row: usize, col: usize, cells: &[Cell]) {
        let first = row * self.canvas.size().0;
        for (col, cell) in (col..self.free_columns(row)).zip(cells) {
            if self.shadow.get(first + col) != Some(cell) {
                self.blit(row, col, *cell);
            }
        }
    }

    fn scroll_up(&mut self, _lines: usize, _fill: Cell) -> Scrolled {
        Scrolled::Unsupported
    }

    fn cursor(&mut self, row: usize, col: usize, cursor: Cursor) {
        if let Some(old) = self.cursor.take()
            && self.shown(old.row, old.col).is_some_and(|shown| *shown == Cell::UNKNOWN)
        {
            if (old.row, old.col, old.cursor) == (row, col, cursor) {
                self.cursor = Some(old);
                return;
            }
            self.blit(old.row, old.col, old.covered);
        }
        if cursor == Cursor::Hidden || col >= self.free_columns(row) {
            return;
        }
        let Some(shown) = self.shown(row, col) else { return };
        let covered = core::mem::replace(shown, Cell::UNKNOWN);
        let (at, glyph, tints) = ((row, col), self.glyph(covered), covered.tints());
        match cursor {
            Cursor::Hidden => {}
            Cursor::Underline => {
                self.canvas.paint(at, &CURSOR_LINE, Some(&[0; 16]), Cell::BLANK.tints());
            }
            Cursor::Block => self.canvas.paint(at, &glyph, None, tints.rotate_left(32)),
            Cursor::Bar => {
                self.canvas.paint(at, &glyph.map(|row| row | CURSOR_BAR), None, tints);
            }
        }
        self.cursor = Some(Painted { row, col, cursor, covered });
    }
}
