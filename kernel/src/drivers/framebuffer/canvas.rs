//! Painting cells: glyph bits in, pixels out.
//!
//! A byte of a glyph row is eight pixels in two colours. For the pair of colours
//! in use, a [`Mix`] holds the pixels of all sixteen halves of a byte, ready to
//! be stored: two stores a half at 32 bits a pixel, one at 16. Neighbouring
//! cells mostly share their colours, so a mix is rarely made anew.
//!
//! Plain stores, not volatile ones: the framebuffer is memory that nobody reads
//! back, only its final contents count, and write-combining reorders anyway.

use core::ptr::NonNull;

use valhalla_core::pixel::palette;
use valhalla_core::terminal::{Cell, Colour};

use super::FramebufferError;
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

    /// No cell at all: whatever is drawn over it differs, in its colours too, so
    /// that every pixel is painted.
    pub(super) const UNKNOWN: Self = Self(1 << 24 | Self::BLANK.0);

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

    const fn same_colours(self, other: Self) -> bool {
        self.0 >> 16 == other.0 >> 16
    }
}

/// The pixels of every half byte in one pair of colours. A half byte's pixels
/// take 8, 12 or 16 bytes, by depth; the first is the leftmost.
#[derive(Debug)]
struct Mix {
    attribute: u8,
    halves: [[u64; 2]; 16],
}

impl Mix {
    const EMPTY: Self = Self { attribute: 0, halves: [[0; 2]; 16] };

    /// Makes it the mix of `attribute`'s colours, in place: this is done at every
    /// change of colour on the screen.
    fn set(&mut self, attribute: u8, pixels: &[u32; 16], bytes_per_pixel: usize) {
        self.attribute = attribute;
        let pixel = |nibble: u8| u64::from(pixels[usize::from(nibble & 0xf)]);
        let (fg, bg) = (pixel(attribute), pixel(attribute >> 4));
        let bits = 8 * bytes_per_pixel;
        // Two pixels, by their two bits: the higher bit is the left pixel, and
        // that has the lower address.
        let pairs = [bg | bg << bits, bg | fg << bits, fg | bg << bits, fg | fg << bits];
        for (four, left) in self.halves.as_chunks_mut::<4>().0.iter_mut().zip(pairs) {
            for (half, right) in four.iter_mut().zip(pairs) {
                *half = match bytes_per_pixel {
                    2 => [left | right << 32, 0],
                    3 => [left | right << 48, right >> 16],
                    _ => [left, right],
                };
            }
        }
    }

    /// Paints the rows of `glyph` that differ from those of `covered`, which is
    /// there in the same colours.
    ///
    /// # Safety
    /// As for [`paint`](Self::paint).
    #[inline(never)]
    unsafe fn paint_over<const WIDTH: usize, const DEPTH: usize>(
        &self,
        first: *mut u8,
        pitch: usize,
        glyph: &[[u8; WIDTH]],
        covered: &[[u8; WIDTH]],
    ) {
        let mut line = first;
        for (bits, covered) in glyph.iter().zip(covered) {
            if bits != covered {
                // SAFETY: a row of the glyph.
                unsafe { self.paint_row::<WIDTH, DEPTH>(line, bits) };
            }
            line = line.wrapping_add(pitch);
        }
    }

    /// Paints every row of `glyph`.
    ///
    /// # Safety
    /// `first` is the pixel that the glyph begins at; it lies on the screen with
    /// all its rows, `pitch` bytes apart; the mix was made for `DEPTH`.
    #[inline(never)]
    unsafe fn paint<const WIDTH: usize, const DEPTH: usize>(
        &self,
        first: *mut u8,
        pitch: usize,
        glyph: &[[u8; WIDTH]],
    ) {
        let mut line = first;
        for bits in glyph {
            // SAFETY: a row of the glyph.
            unsafe { self.paint_row::<WIDTH, DEPTH>(line, bits) };
            line = line.wrapping_add(pitch);
        }
    }

    /// # Safety
    /// `8 * WIDTH` pixels from `line` on lie on the screen; the mix was made for
    /// `DEPTH`.
    #[inline(always)]
    unsafe fn paint_row<const WIDTH: usize, const DEPTH: usize>(
        &self,
        line: *mut u8,
        bits: &[u8; WIDTH],
    ) {
        let mut at = line;
        for &byte in bits {
            let byte = usize::from(byte);
            for half in [byte >> 4, byte & 0xf] {
                let [low, high] = self.halves[half];
                // SAFETY: four pixels of `DEPTH` bytes are 8, 12 or 16 bytes, all
                // within the row; alignment is not needed.
                unsafe {
                    at.cast::<u64>().write_unaligned(low);
                    match DEPTH {
                        2 => {}
                        3 => at.add(8).cast::<u32>().write_unaligned(high as u32),
                        _ => at.add(8).cast::<u64>().write_unaligned(high),
                    }
                }
                at = at.wrapping_add(4 * DEPTH);
            }
        }
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
                let same_colours = old.same_colours(new);
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
        if self.mix.attribute != attribute {
            self.remix(attribute);
        }
    }

    /// Apart, so that the loop that calls it keeps its registers.
    #[inline(never)]
    fn remix(&mut self, attribute: u8) {
        self.mix.set(attribute, &self.pixels, self.bytes_per_pixel);
    }
}
