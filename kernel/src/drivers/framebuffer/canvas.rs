//! Where a cell lies on the screen, and which glyph it is given.
//!
//! [`Canvas`] is made from a geometry that it has checked, so that a cell within
//! its columns and rows lies within the mapped memory; [`Mix`] stores the pixels.

use core::ptr::NonNull;

use valhalla_core::pixel::{PixelFormat, palette};
use valhalla_core::terminal::{Cell, Colour, Cursor, Tint, split_tints};

use super::FramebufferError;
use super::mix::Mix;
use crate::boot;
use crate::drivers::font::{self, GLYPH_ROWS, Rows};

/// From this width on, in pixels, each pixel of a glyph is four of the screen's.
const HIDPI_WIDTH: u32 = 2560;

/// The row of a glyph that a line under the text takes.
const UNDERLINE_ROW: usize = 14;
/// The rows of a cell that the usual cursor takes.
const CURSOR_ROWS: core::ops::Range<usize> = 14..16;
/// The columns that an upright cursor takes.
const CURSOR_BAR: u8 = 0xc0;

/// A cell's glyph, but for a line under it.
#[inline]
fn rows_of(cell: Cell) -> &'static Rows {
    GLYPH_ROWS.get(usize::from(font::glyph(cell.ch()))).unwrap_or(&[0; 16])
}

/// A cell's glyph as it is seen.
fn picture_of(cell: Cell) -> Rows {
    let mut rows = *rows_of(cell);
    if cell.is_underlined() {
        rows[UNDERLINE_ROW] = 0xff;
    }
    rows
}

/// A checked framebuffer, and what is needed to paint cells on it.
#[derive(Debug)]
pub(super) struct Canvas {
    memory: NonNull<u8>,
    /// Bytes from one row of pixels to the next.
    pitch: usize,
    /// Rows of pixels.
    height: usize,
    bytes_per_pixel: usize,
    /// How many pixels wide and high one of a glyph's is: 1 or 2.
    scale: usize,
    columns: usize,
    rows: usize,
    format: PixelFormat,
    /// The pixels of the sixteen colours, worked out.
    pixels: [u32; 16],
    mix: Mix,
}

// SAFETY: the framebuffer is mapped for every processor alike, and no reference
// into it is ever made.
unsafe impl Send for Canvas {}

impl Canvas {
    /// Checks the geometry; paints nothing yet.
    ///
    /// # Safety
    /// As for [`FramebufferConsole::new`](super::FramebufferConsole::new).
    ///
    /// # Errors
    /// [`FramebufferError`] says what is wrong with the geometry.
    pub(super) unsafe fn new(
        info: &boot::Framebuffer,
        memory: NonNull<u8>,
        mapped_bytes: usize,
    ) -> Result<Self, FramebufferError> {
        info.format.check().map_err(FramebufferError::Pixel)?;
        let bytes_per_pixel = info.format.bytes_per_pixel();
        let [width, height, pitch] = [info.width, info.height, info.pitch].map(|n| n as usize);
        if width.checked_mul(bytes_per_pixel).is_none_or(|row| row > pitch) {
            return Err(FramebufferError::Pitch);
        }
        if height.checked_mul(pitch).is_none_or(|bytes| bytes > mapped_bytes) {
            return Err(FramebufferError::Memory);
        }
        let scale = if info.width >= HIDPI_WIDTH { 2 } else { 1 };
        let (columns, rows) = (width / (8 * scale), height / (16 * scale));
        if columns == 0 || rows == 0 {
            return Err(FramebufferError::TooSmall);
        }
        let pixels = Colour::ALL.map(|colour| info.format.encode(palette(colour)));
        let (format, mix) = (info.format, Mix::EMPTY);
        Ok(Self {
            memory,
            pitch,
            height,
            bytes_per_pixel,
            scale,
            columns,
            rows,
            format,
            pixels,
            mix,
        })
    }

    /// Columns and rows.
    pub(super) const fn size(&self) -> (usize, usize) {
        (self.columns, self.rows)
    }

    /// Width and height of a cell, in pixels.
    pub(super) const fn cell_size(&self) -> (usize, usize) {
        (8 * self.scale, 16 * self.scale)
    }

    /// Fills a rectangle of pixels: `left` and `top`, `width` and `height`. What
    /// of it is not within the columns and rows is left out.
    pub(super) fn fill(&mut self, at: (usize, usize), size: (usize, usize), colour: Colour) {
        let (width, height) = self.cell_size();
        let right = at.0.saturating_add(size.0).min(self.columns * width);
        let bottom = at.1.saturating_add(size.1).min(self.rows * height);
        let pixel = self.pixels[colour as usize].to_le_bytes();
        let depth = self.bytes_per_pixel.min(pixel.len());
        for y in at.1..bottom {
            for x in at.0..right {
                // SAFETY: the pixel lies within the columns and rows, all of
                // which are mapped (`new` checked it), and its bytes are read
                // from `pixel`, which has no fewer.
                unsafe {
                    let place = self.memory.as_ptr().add(y * self.pitch + x * depth);
                    place.copy_from_nonoverlapping(pixel.as_ptr(), depth);
                }
            }
        }
    }

    /// Makes the whole screen black, margins included.
    pub(super) fn clear(&mut self) {
        let bytes = self.pitch * self.height;
        // SAFETY: `new` checked that pitch times height lies within the mapping
        // that its caller vouched for. The string stores go upwards (the ABI
        // keeps the direction flag clear) and need no alignment.
        unsafe {
            core::arch::asm!(
                "rep stosq",
                "mov ecx, {rest:e}",
                "rep stosb",
                rest = in(reg) bytes % 8,
                inout("rcx") bytes / 8 => _,
                inout("rdi") self.memory.as_ptr() => _,
                // Black is all zero bits in every format.
                in("rax") 0u64,
                options(nostack, preserves_flags),
            );
        }
    }

    /// Paints `cells` from `col` on; `shown` is what is there, and is updated.
    pub(super) fn draw(&mut self, row: usize, col: usize, cells: &[Cell], shown: &mut [Cell]) {
        // Ends with the shorter of the two, and both with the screen's edge.
        let room = self.columns.saturating_sub(col);
        let shown = shown.get_mut(..room.min(cells.len())).unwrap_or_default();
        if row >= self.rows {
            return;
        }
        // SAFETY: the cells lie on the screen, by the lines above; scale and depth
        // are those that `new` checked.
        unsafe {
            match (self.scale, self.bytes_per_pixel) {
                (1, 2) => self.draw_as::<1, 2>(row, col, cells, shown),
                (1, 3) => self.draw_as::<1, 3>(row, col, cells, shown),
                (1, _) => self.draw_as::<1, 4>(row, col, cells, shown),
                (_, 2) => self.draw_as::<2, 2>(row, col, cells, shown),
                (_, 3) => self.draw_as::<2, 3>(row, col, cells, shown),
                (_, _) => self.draw_as::<2, 4>(row, col, cells, shown),
            }
        }
    }

    /// `SCALE` is the width of a glyph's pixel, `DEPTH` the bytes of a screen's.
    ///
    /// # Safety
    /// Both must be this canvas's; from `row` and `col` on, `shown.len()` cells lie
    /// on the screen.
    unsafe fn draw_as<const SCALE: usize, const DEPTH: usize>(
        &mut self,
        row: usize,
        col: usize,
        cells: &[Cell],
        shown: &mut [Cell],
    ) {
        let pitch = self.pitch;
        let cell_bytes = 8 * SCALE * DEPTH;
        let offset = row * 16 * SCALE * pitch + col * cell_bytes;
        // SAFETY: the first cell's first pixel lies on the screen, all of which
        // is mapped (`new` checked it).
        let mut at = unsafe { self.memory.as_ptr().add(offset) };
        for (&cell, shown) in cells.iter().zip(shown) {
            if cell != *shown {
                self.use_colours(cell.tints());
                let old = core::mem::replace(shown, cell);
                // SAFETY: `at` is this cell's first pixel.
                unsafe {
                    if cell.is_underlined() || old.is_underlined() {
                        self.mix.paint::<SCALE, DEPTH>(at, pitch, &picture_of(cell));
                    } else if cell.tints() == old.tints() {
                        self.mix.paint_over::<SCALE, DEPTH>(at, pitch, rows_of(cell), rows_of(old));
                    } else {
                        self.mix.paint::<SCALE, DEPTH>(at, pitch, rows_of(cell));
                    }
                }
            }
            // No more than one past the last pixel of the screen: wrapping,
            // because nothing says that the mapping goes on there.
            at = at.wrapping_add(cell_bytes);
        }
    }

    /// Paints the cursor over the cell that shows `shown`.
    pub(super) fn paint_cursor(&mut self, row: usize, col: usize, shown: Cell, cursor: Cursor) {
        match cursor {
            Cursor::Hidden => {}
            Cursor::Underline => {
                self.use_colours(Cell::BLANK.tints());
                self.paint_rows(row, col, CURSOR_ROWS, &[0xff; 16]);
            }
            Cursor::Block => {
                self.use_colours(shown.tints().rotate_left(32));
                self.paint_rows(row, col, 0..16, &picture_of(shown));
            }
            Cursor::Bar => {
                self.use_colours(shown.tints());
                self.paint_rows(row, col, 0..16, &picture_of(shown).map(|row| row | CURSOR_BAR));
            }
        }
    }

    /// Paints the part of a cell that the cursor covered.
    pub(super) fn erase_cursor(&mut self, row: usize, col: usize, shown: Cell, cursor: Cursor) {
        let rows = if cursor == Cursor::Underline { CURSOR_ROWS } else { 0..16 };
        self.use_colours(shown.tints());
        if shown.is_underlined() {
            self.paint_rows(row, col, rows, &picture_of(shown));
        } else {
            self.paint_rows(row, col, rows, rows_of(shown));
        }
    }

    /// Paints some of a picture's rows, in the colours in use.
    fn paint_rows(&mut self, row: usize, col: usize, rows: core::ops::Range<usize>, all: &Rows) {
        let y = (row * 16 + rows.start) * self.scale;
        let Some(rows) = all.get(rows) else { return };
        if row >= self.rows || col >= self.columns {
            return;
        }
        let offset = y * self.pitch + col * 8 * self.scale * self.bytes_per_pixel;
        // SAFETY: the cell lies on the screen, and `offset` within the cell, with
        // these rows to go; scale and depth are this canvas's.
        unsafe {
            let first = self.memory.as_ptr().add(offset);
            match (self.scale, self.bytes_per_pixel) {
                (1, 2) => self.mix.paint::<1, 2>(first, self.pitch, rows),
                (1, 3) => self.mix.paint::<1, 3>(first, self.pitch, rows),
                (1, _) => self.mix.paint::<1, 4>(first, self.pitch, rows),
                (_, 2) => self.mix.paint::<2, 2>(first, self.pitch, rows),
                (_, 3) => self.mix.paint::<2, 3>(first, self.pitch, rows),
                (_, _) => self.mix.paint::<2, 4>(first, self.pitch, rows),
            }
        }
    }

    #[inline]
    fn use_colours(&mut self, tints: u64) {
        if self.mix.tints() != tints {
            self.remix(tints);
        }
    }

    /// Apart, so that the loop that calls it keeps its registers.
    #[inline(never)]
    fn remix(&mut self, tints: u64) {
        let (fg, bg) = split_tints(tints);
        let pixels = [fg, bg].map(|tint| self.pixel(tint));
        self.mix.set(tints, pixels, self.bytes_per_pixel, self.scale);
    }

    fn pixel(&self, tint: Tint) -> u32 {
        let named = tint.as_named().and_then(|colour| self.pixels.get(colour as usize));
        named.copied().unwrap_or_else(|| self.format.encode(tint.to_rgb()))
    }
}
