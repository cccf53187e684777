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
use valhalla_core::terminal::{Cell, Colour, Cursor, Display, Scrolled};

use super::FramebufferError;
use crate::boot;
use crate::drivers::font::{self, Glyph, LARGE, SMALL};

/// From this width on, in pixels, the font is 16x32.
const HIDPI_WIDTH: u32 = 2560;

/// A cell as it is painted: a glyph and two colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ink {
    glyph: Glyph,
    /// Both colours, as a VGA attribute has them.
    attribute: u8,
}

impl Ink {
    /// What a cleared screen shows.
    pub(super) const BLANK: Self = Self { glyph: font::SPACE, attribute: Cell::BLANK.attribute() };

    /// How `cell` is painted.
    #[inline]
    pub(super) fn of(cell: Cell) -> Self {
        Self { glyph: font::glyph(cell.ch), attribute: cell.attribute() }
    }
}

/// What a cell shows before it is painted.
#[derive(Clone, Copy)]
pub(super) enum Under {
    /// Anything: every pixel has to be painted.
    Unknown,
    /// This, and rows that stay the same need not be painted.
    Shows(Ink),
}

/// The pixels of every half byte in one pair of colours. A half byte's pixels
/// take 8, 12 or 16 bytes, by depth; the first is the leftmost.
#[derive(Clone, Debug)]
struct Mix {
    attribute: u8,
    halves: [[u64; 2]; 16],
}

impl Mix {
    fn new(attribute: u8, pixels: &[u32; 16], bits: u32) -> Self {
        let pixel = |nibble: u8| u128::from(pixels[usize::from(nibble & 0xf)]);
        let (fg, bg) = (pixel(attribute), pixel(attribute >> 4));
        let mut halves = [[0; 2]; 16];
        for (half, bytes) in (0u8..).zip(&mut halves) {
            // The highest bit is the leftmost pixel, which has the lowest address.
            let packed = (0..4).fold(0u128, |packed, bit| {
                let colour = if half >> bit & 1 != 0 { fg } else { bg };
                packed << bits | colour
            });
            *bytes = [packed as u64, (packed >> 64) as u64];
        }
        Self { attribute, halves }
    }
}

/// A checked framebuffer, and what is needed to paint cells on it.
#[derive(Clone, Debug)]
pub struct Canvas {
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
    pub unsafe fn new(
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
        let mix = Mix::new(Ink::BLANK.attribute, &pixels, bytes_per_pixel as u32 * 8);
        Ok(Self { memory, pitch, height, bytes_per_pixel, scale, columns, rows, pixels, mix })
    }

    /// Columns and rows.
    #[must_use]
    pub const fn grid(&self) -> (usize, usize) {
        (self.columns, self.rows)
    }

    /// Makes the whole screen black, margins included.
    pub fn clear(&mut self) {
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

    /// Paints a cell. What lies outside the screen is left out.
    #[inline]
    pub(super) fn paint(&mut self, row: usize, col: usize, ink: Ink, under: Under) {
        if self.mix.attribute != ink.attribute {
            self.remix(ink.attribute);
        }
        let old = match under {
            Under::Shows(old) if old.attribute == ink.attribute => Some(old.glyph),
            _ => None,
        };
        let new = usize::from(ink.glyph);
        let old = old.map(usize::from);
        if self.scale == 1 {
            let Some(new) = SMALL.get(new) else { return };
            let old = old.and_then(|old| SMALL.get(old)).map(|old| old.as_slice());
            self.blit::<1>((row, col, 0), new, old);
        } else {
            let Some(new) = LARGE.get(new) else { return };
            let old = old.and_then(|old| LARGE.get(old)).map(|old| old.as_slice());
            self.blit::<2>((row, col, 0), new, old);
        }
    }

    /// Underlines a cell, whatever it shows.
    pub(super) fn paint_cursor(&mut self, row: usize, col: usize) {
        self.remix(Ink::BLANK.attribute);
        if self.scale == 1 {
            self.blit::<1>((row, col, 14), &[0xff; 2], None);
        } else {
            self.blit::<2>((row, col, 28), &[0xff; 8], None);
        }
    }

    /// Paints the part of a cell that the cursor covered.
    pub(super) fn erase_cursor(&mut self, row: usize, col: usize, ink: Ink) {
        self.remix(ink.attribute);
        let glyph = usize::from(ink.glyph);
        if self.scale == 1 {
            let Some([.., a, b]) = SMALL.get(glyph) else { return };
            self.blit::<1>((row, col, 14), &[*a, *b], None);
        } else {
            let Some((_, bottom)) =
                LARGE.get(glyph).and_then(|glyph| glyph.split_last_chunk::<8>())
            else {
                return;
            };
            self.blit::<2>((row, col, 28), bottom, None);
        }
    }

    fn remix(&mut self, attribute: u8) {
        if self.mix.attribute != attribute {
            self.mix = Mix::new(attribute, &self.pixels, self.bytes_per_pixel as u32 * 8);
        }
    }

    /// Paints glyph rows of `WIDTH` bytes from pixel row `top` of a cell on;
    /// where `old` is known, those that differ.
    #[inline(always)]
    fn blit<const WIDTH: usize>(
        &self,
        (row, col, top): (usize, usize, usize),
        new: &[u8],
        old: Option<&[u8]>,
    ) {
        if row >= self.rows || col >= self.columns || top + new.len() / WIDTH > 16 * WIDTH {
            return;
        }
        let y = row * 16 * WIDTH + top;
        let offset = y * self.pitch + col * 8 * WIDTH * self.bytes_per_pixel;
        // SAFETY: the cell's first pixel lies on the screen, all of which is
        // mapped (`new` checked both).
        let first = unsafe { self.memory.as_ptr().add(offset) };
        // SAFETY: by the check above every row of the glyph ends within the
        // cell, hence on the screen; the depth is the one that `new` checked.
        unsafe {
            match self.bytes_per_pixel {
                2 => self.blit_rows::<WIDTH, 2>(first, new, old),
                3 => self.blit_rows::<WIDTH, 3>(first, new, old),
                _ => self.blit_rows::<WIDTH, 4>(first, new, old),
            }
        }
    }

    /// # Safety
    /// `first` is the pixel that `new` begins at; its rows lie on the screen,
    /// and `DEPTH` is its bytes a pixel.
    #[inline(never)]
    unsafe fn blit_rows<const WIDTH: usize, const DEPTH: usize>(
        &self,
        first: *mut u8,
        new: &[u8],
        old: Option<&[u8]>,
    ) {
        let (new, _) = new.as_chunks::<WIDTH>();
        let paint = |index: usize, bits: &[u8; WIDTH]| {
            // SAFETY: within the cell, by the caller's promise.
            let mut at = unsafe { first.add(index * self.pitch) };
            for byte in bits {
                for half in [byte >> 4, byte & 0xf] {
                    let [low, high] = self.mix.halves[usize::from(half)];
                    // SAFETY: four pixels of `DEPTH` bytes are 8, 12 or 16
                    // bytes, all within the cell; alignment is not asked for.
                    unsafe {
                        at.cast::<u64>().write_unaligned(low);
                        match DEPTH {
                            2 => {}
                            3 => at.add(8).cast::<u32>().write_unaligned(high as u32),
                            _ => at.add(8).cast::<u64>().write_unaligned(high),
                        }
                        at = at.add(4 * DEPTH);
                    }
                }
            }
        };
        match old {
            None => new.iter().enumerate().for_each(|(index, bits)| paint(index, bits)),
            Some(old) => {
                let (old, _) = old.as_chunks::<WIDTH>();
                for (index, (bits, old)) in new.iter().zip(old).enumerate() {
                    if bits != old {
                        paint(index, bits);
                    }
                }
            }
        }
    }
}

/// Without a shadow: every cell that is given is painted. The panic report draws
/// a page this way.
impl Display for Canvas {
    fn size(&self) -> (usize, usize) {
        self.grid()
    }

    fn draw(&mut self, row: usize, col: usize, cells: &[Cell]) {
        for (offset, cell) in cells.iter().enumerate() {
            self.paint(row, col.saturating_add(offset), Ink::of(*cell), Under::Unknown);
        }
    }

    fn scroll_up(&mut self, _lines: usize, _fill: Cell) -> Scrolled {
        Scrolled::Unsupported
    }

    /// There is none: its old place could not be restored.
    fn cursor(&mut self, _row: usize, _col: usize, _cursor: Cursor) {}
}
