//! Where a cell lies on the screen, and which glyph it is given.
//!
//! [`Canvas`] is made from a geometry that it has checked, so that a cell within
//! its columns and rows lies within the mapped memory; [`Mix`] stores the pixels.

use core::ptr::NonNull;

use valhalla_core::pixel::palette;
use valhalla_core::terminal::{Cell, Colour};

use super::FramebufferError;
use super::mix::Mix;
use crate::boot;
use crate::drivers::font::{self, LARGE, SMALL};

/// From this width on, in pixels, the font is 16x32.
const HIDPI_WIDTH: u32 = 2560;

/// A cell as it is painted: the glyph's number in the low half, both colours as
/// a VGA attribute above. One word, so that equal cells are told at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ink(u32);

impl Ink {
    /// What a cleared screen shows.
    pub(super) const BLANK: Self =
        Self(font::SPACE as u32 | (Cell::BLANK.attribute() as u32) << 16);

    /// How `cell` is painted.
    #[inline]
    fn of(cell: Cell) -> Self {
        Self(u32::from(font::glyph(cell.ch)) | u32::from(cell.attribute()) << 16)
    }

    const fn glyph(self) -> usize {
        (self.0 & 0xffff) as usize
    }

    const fn attribute(self) -> u8 {
        (self.0 >> 16) as u8
    }
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
    /// 1: the 8x16 font; 2: the 16x32 one.
    scale: usize,
    columns: usize,
    rows: usize,
    /// The pixel of each colour.
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
        let mut mix = Mix::EMPTY;
        mix.set(Ink::BLANK.attribute(), &pixels, bytes_per_pixel);
        Ok(Self { memory, pitch, height, bytes_per_pixel, scale, columns, rows, pixels, mix })
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
    pub(super) fn draw(&mut self, row: usize, col: usize, cells: &[Cell], shown: &mut [Ink]) {
        // Ends with the shorter of the two, and both with the screen's edge.
        let room = self.columns.saturating_sub(col);
        let shown = shown.get_mut(..room.min(cells.len())).unwrap_or_default();
        if row >= self.rows {
            return;
        }
        // SAFETY: the cells lie on the screen, by the lines above; the numbers
        // fit the font and the depth that `new` checked.
        unsafe {
            match (self.scale, self.bytes_per_pixel) {
                (1, 2) => self.draw_as::<1, 16, 2>(&SMALL, row, col, cells, shown),
                (1, 3) => self.draw_as::<1, 16, 3>(&SMALL, row, col, cells, shown),
                (1, _) => self.draw_as::<1, 16, 4>(&SMALL, row, col, cells, shown),
                (_, 2) => self.draw_as::<2, 32, 2>(&LARGE, row, col, cells, shown),
                (_, 3) => self.draw_as::<2, 32, 3>(&LARGE, row, col, cells, shown),
                (_, _) => self.draw_as::<2, 32, 4>(&LARGE, row, col, cells, shown),
            }
        }
    }

    /// `WIDTH` bytes are a row of a glyph, `HEIGHT` rows a glyph, `DEPTH` bytes a
    /// pixel.
    ///
    /// # Safety
    /// Those three must be this canvas's; from `row` and `col` on, `shown.len()`
    /// cells lie on the screen.
    unsafe fn draw_as<const WIDTH: usize, const HEIGHT: usize, const DEPTH: usize>(
        &mut self,
        font: &'static [[[u8; WIDTH]; HEIGHT]],
        row: usize,
        col: usize,
        cells: &[Cell],
        shown: &mut [Ink],
    ) {
        let pitch = self.pitch;
        let cell_bytes = 8 * WIDTH * DEPTH;
        let offset = row * HEIGHT * pitch + col * cell_bytes;
        // SAFETY: the first cell's first pixel lies on the screen, all of which
        // is mapped (`new` checked it).
        let mut at = unsafe { self.memory.as_ptr().add(offset) };
        for (&cell, shown) in cells.iter().zip(shown) {
            let new = Ink::of(cell);
            if new != *shown {
                self.use_colours(new.attribute());
                let old = core::mem::replace(shown, new);
                let same_colours = old.attribute() == new.attribute();
                if let (Some(glyph), Some(covered)) = (font.get(new.glyph()), font.get(old.glyph()))
                {
                    // SAFETY: `at` is this cell's first pixel.
                    unsafe {
                        if same_colours {
                            self.mix.paint_over::<WIDTH, DEPTH>(at, pitch, glyph, covered);
                        } else {
                            self.mix.paint::<WIDTH, DEPTH>(at, pitch, glyph);
                        }
                    }
                }
            }
            // No more than one past the last pixel of the screen: wrapping,
            // because nothing says that the mapping goes on there.
            at = at.wrapping_add(cell_bytes);
        }
    }

    /// Underlines a cell, whatever it shows.
    pub(super) fn paint_cursor(&mut self, row: usize, col: usize) {
        self.use_colours(Ink::BLANK.attribute());
        self.paint_bottom(row, col, &[[0xff]; 2], &[[0xff; 2]; 4]);
    }

    /// Paints the part of a cell that the cursor covered.
    pub(super) fn erase_cursor(&mut self, row: usize, col: usize, shown: Ink) {
        self.use_colours(shown.attribute());
        let small = SMALL.get(shown.glyph()).and_then(|glyph| glyph.last_chunk());
        let large = LARGE.get(shown.glyph()).and_then(|glyph| glyph.last_chunk());
        if let (Some(small), Some(large)) = (small, large) {
            self.paint_bottom(row, col, small, large);
        }
    }

    /// Paints the last eighth of a cell, in the font that is in use.
    fn paint_bottom(&self, row: usize, col: usize, small: &[[u8; 1]; 2], large: &[[u8; 2]; 4]) {
        if row >= self.rows || col >= self.columns {
            return;
        }
        let y = row * 16 * self.scale + 14 * self.scale;
        let offset = y * self.pitch + col * 8 * self.scale * self.bytes_per_pixel;
        // SAFETY: the cell lies on the screen, and `offset` within the cell, with
        // two rows of the small font or four of the large one to go; depth and
        // font are this canvas's.
        unsafe {
            let first = self.memory.as_ptr().add(offset);
            match (self.scale, self.bytes_per_pixel) {
                (1, 2) => self.mix.paint::<1, 2>(first, self.pitch, small),
                (1, 3) => self.mix.paint::<1, 3>(first, self.pitch, small),
                (1, _) => self.mix.paint::<1, 4>(first, self.pitch, small),
                (_, 2) => self.mix.paint::<2, 2>(first, self.pitch, large),
                (_, 3) => self.mix.paint::<2, 3>(first, self.pitch, large),
                (_, _) => self.mix.paint::<2, 4>(first, self.pitch, large),
            }
        }
    }

    #[inline]
    fn use_colours(&mut self, attribute: u8) {
        if self.mix.attribute() != attribute {
            self.remix(attribute);
        }
    }

    /// Apart, so that the loop that calls it keeps its registers.
    #[inline(never)]
    fn remix(&mut self, attribute: u8) {
        self.mix.set(attribute, &self.pixels, self.bytes_per_pixel);
    }
}
