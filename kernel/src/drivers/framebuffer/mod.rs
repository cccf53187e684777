//! The framebuffer console: the cell grid drawn with the bitmap font.
//!
//! Video memory is slow to write on real hardware and far slower to read, so
//! this display writes as little as it can and never reads: a shadow in RAM
//! holds the cell that each place shows, and only cells that differ are painted,
//! of those whose colours stay only the pixel rows that differ. Scrolling is
//! nothing but that: the terminal draws every row again, and much of what it
//! draws is there already.
//!
//! `canvas` and `mix` do the painting; `pinned` covers a part of it with a
//! picture. Once made, a console needs neither heap nor lock: the panic report
//! may draw with it.

mod canvas;
mod mix;
mod pinned;

use alloc::vec::Vec;
use core::fmt;
use core::ptr::NonNull;

use valhalla_core::pixel::PixelError;
use valhalla_core::terminal::{Cell, Cursor, Display, Scrolled};

use crate::boot;
use canvas::Canvas;
use pinned::Pinned;

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
pub struct FramebufferConsole {
    canvas: Canvas,
    /// What each cell shows, row by row.
    shadow: Vec<Cell>,
    /// Row and column of the cell that the cursor is painted in, and how.
    cursor: Option<(usize, usize, Cursor)>,
    /// Cells that a picture covers.
    pinned: Option<Pinned>,
}

impl FramebufferConsole {
    /// Checks the geometry, takes the shadow from the heap and clears the screen.
    ///
    /// # Safety
    /// `memory` is where `info`'s framebuffer is mapped, `mapped_bytes` long,
    /// writable, for good, and nobody else draws there.
    ///
    /// # Errors
    /// [`FramebufferError`] says what is wrong with the geometry.
    pub unsafe fn new(
        info: &boot::Framebuffer,
        memory: NonNull<u8>,
        mapped_bytes: usize,
    ) -> Result<Self, FramebufferError> {
        // SAFETY: the caller's promise, handed on.
        let mut console = unsafe { Self::bare(info, memory, mapped_bytes) }?;
        let (columns, rows) = console.canvas.size();
        let shadow = &mut console.shadow;
        shadow.try_reserve_exact(columns * rows).map_err(|_| FramebufferError::OutOfMemory)?;
        shadow.resize(columns * rows, Cell::BLANK);
        Ok(console)
    }

    /// The same without the shadow, for a failure before there is a heap: each cell may
    /// be drawn once, on the cleared screen.
    ///
    /// # Safety
    /// As for [`FramebufferConsole::new`].
    ///
    /// # Errors
    /// As for [`FramebufferConsole::new`].
    pub unsafe fn bare(
        info: &boot::Framebuffer,
        memory: NonNull<u8>,
        mapped_bytes: usize,
    ) -> Result<Self, FramebufferError> {
        // SAFETY: the caller's promise, handed on.
        let mut canvas = unsafe { Canvas::new(info, memory, mapped_bytes) }?;
        canvas.clear();
        Ok(Self { canvas, shadow: Vec::new(), cursor: None, pinned: None })
    }

    /// Draws what no picture covers of `cells`.
    #[inline]
    fn draw_cells(&mut self, row: usize, col: usize, cells: &[Cell]) {
        let (columns, rows) = self.canvas.size();
        let free = self.free_columns(row);
        if row >= rows || col >= free {
            return;
        }
        let (first, count) = (row * columns + col, cells.len().min(free - col));
        if let Some(shown) = self.shadow.get_mut(first..first + count) {
            self.canvas.draw(row, col, cells, shown);
        } else if self.shadow.is_empty() {
            self.draw_bare(row, col, cells);
        }
    }

    /// Draws where no shadow says what is there: nothing yet.
    #[cold]
    fn draw_bare(&mut self, row: usize, col: usize, cells: &[Cell]) {
        let (columns, rows) = self.canvas.size();
        for (col, cell) in (col..columns).zip(cells) {
            if row < rows {
                self.canvas.draw(row, col, &[*cell], &mut [Cell::BLANK]);
            }
        }
    }

    /// Draws `cells`, which the cursor stands on: its own cell first, and of a
    /// key's echo that one alone. Apart, so that other rows are drawn at once.
    #[inline(never)]
    fn draw_over_cursor(
        &mut self,
        row: usize,
        col: usize,
        cells: &[Cell],
        (at, cursor): (usize, Cursor),
    ) {
        let columns = self.canvas.size().0;
        let shown = self.shadow.get_mut(row * columns + at);
        if let Some((&cell, shown)) = cells.get(at.wrapping_sub(col)).zip(shown) {
            self.cursor = None;
            self.canvas.draw_over_cursor(row, at, cell, shown, cursor);
        }
        if cells.len() > 1 {
            self.draw_cells(row, col, cells);
        }
    }

    /// Takes the painted cursor away.
    fn erase_cursor(&mut self) {
        if let Some((row, col, cursor)) = self.cursor.take()
            && let Some(&shown) = self.shadow.get(row * self.canvas.size().0 + col)
        {
            self.canvas.erase_cursor(row, col, shown, cursor);
        }
    }
}

impl Display for FramebufferConsole {
    fn size(&self) -> (usize, usize) {
        self.canvas.size()
    }

    #[inline(never)]
    fn draw(&mut self, row: usize, col: usize, cells: &[Cell]) {
        let covers = |at: usize| (col..col.saturating_add(cells.len())).contains(&at);
        match self.cursor {
            Some((at_row, at_col, cursor)) if at_row == row && covers(at_col) => {
                self.draw_over_cursor(row, col, cells, (at_col, cursor));
            }
            _ => self.draw_cells(row, col, cells),
        }
    }

    fn scroll_up(&mut self, _lines: usize, _fill: Cell) -> Scrolled {
        Scrolled::Unsupported
    }

    #[inline(never)]
    fn cursor(&mut self, row: usize, col: usize, cursor: Cursor) {
        let (columns, rows) = self.canvas.size();
        let seen = cursor != Cursor::Hidden && row < rows && col < self.free_columns(row);
        let wanted = seen.then_some((row, col, cursor));
        if self.cursor == wanted {
            return;
        }
        if self.cursor.is_some() {
            self.erase_cursor();
        }
        if let (true, Some(&shown)) = (seen, self.shadow.get(row * columns + col)) {
            self.canvas.paint_cursor(row, col, shown, cursor);
        }
        self.cursor = wanted;
    }
}
