//! Video memory: places for glyphs on it, and the pixels that one is made of.
//!
//! A cell is 8 by 16 pixels, or on wide screens 16 by 32. Pixels are put down in
//! pairs, of which there are four in two colours; a row of a glyph is four pairs,
//! or eight on wide screens.
//!
//! Video memory is a slice of bytes that is only ever written.

use super::{FramebufferError, Rows};
use crate::pixel::PixelFormat;
use crate::terminal::{Colour, Tint, split_tints};

/// From this width on, in pixels, each pixel of a glyph is four of the screen's.
const HIDPI_WIDTH: usize = 2560;

/// Video memory of a checked geometry.
#[derive(Debug)]
pub(super) struct Canvas<'a> {
    memory: &'a mut [u8],
    format: PixelFormat,
    /// Bytes from one row of pixels to the next.
    pitch: usize,
    /// Width and height, in pixels, of a glyph's pixel: 1 or 2.
    scale: usize,
    columns: usize,
    rows: usize,
    /// The colours that `pairs` are in, as [`Cell::tints`](crate::terminal::Cell::tints) has them.
    tints: u64,
    /// Two pixels side by side, by their bits in a glyph.
    pairs: [[u8; 8]; 4],
}

impl<'a> Canvas<'a> {
    /// Checks the geometry and makes the screen black, margins included.
    ///
    /// # Errors
    /// [`FramebufferError`] says what is wrong with the geometry.
    pub(super) fn new(
        memory: &'a mut [u8],
        format: PixelFormat,
        [width, height, pitch]: [usize; 3],
    ) -> Result<Self, FramebufferError> {
        format.check().map_err(FramebufferError::Pixel)?;
        if width.checked_mul(format.bytes_per_pixel()).is_none_or(|row| row > pitch) {
            return Err(FramebufferError::Pitch);
        }
        let bytes = height.checked_mul(pitch).ok_or(FramebufferError::Memory)?;
        let memory = memory.get_mut(..bytes).ok_or(FramebufferError::Memory)?;
        let scale = if width >= HIDPI_WIDTH { 2 } else { 1 };
        let (columns, rows) = (width / (8 * scale), height / (16 * scale));
        if columns == 0 || rows == 0 {
            return Err(FramebufferError::TooSmall);
        }
        // Black is all zero bits in every format.
        memory.fill(0);
        let (tints, pairs) = (0, [[0; 8]; 4]);
        Ok(Self { memory, format, pitch, scale, columns, rows, tints, pairs })
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
    pub(super) fn fill(
        &mut self,
        (left, top): (usize, usize),
        (width, height): (usize, usize),
        colour: Colour,
    ) {
        let (cell_width, cell_height) = self.cell_size();
        let right = left.saturating_add(width).min(self.columns * cell_width);
        let bottom = top.saturating_add(height).min(self.rows * cell_height);
        let depth = self.format.bytes_per_pixel();
        let pixel = self.pixel(colour.into()).to_le_bytes();
        for y in top..bottom {
            let line = y * self.pitch;
            let bytes = self.memory.get_mut(line + left * depth..line + right * depth);
            let pixels = pixel.iter().take(depth).cycle();
            bytes.into_iter().flatten().zip(pixels).for_each(|(byte, part)| *byte = *part);
        }
    }

    /// Paints a cell, in the colours that are `tints`: all rows of the glyph, or
    /// those that differ from `shown`, which is there in the same colours.
    pub(super) fn paint(
        &mut self,
        (row, col): (usize, usize),
        glyph: &Rows,
        shown: Option<&Rows>,
        tints: u64,
    ) {
        if row >= self.rows || col >= self.columns {
            return;
        }
        if self.tints != tints {
            self.use_colours(tints);
        }
        let glyph = u128::from_le_bytes(*glyph);
        let shown = shown.map_or(!glyph, |shown| u128::from_le_bytes(*shown));
        let depth = self.format.bytes_per_pixel();
        let first = 8 * self.scale * (2 * row * self.pitch + col * depth);
        // A large letter is made of four, two beside each other, each in every other line.
        for x in 0..self.scale {
            let [glyph, shown] = match self.scale {
                1 => [glyph, shown],
                _ => [glyph, shown].map(|rows| doubled(rows >> (4 * (1 - x)))),
            };
            for y in 0..self.scale {
                let first = first + y * self.pitch + 8 * x * depth;
                let Some(memory) = self.memory.get_mut(first..) else { return };
                let (step, pairs) = (self.scale * self.pitch, &self.pairs);
                match depth {
                    2 => put::<4>(memory, step, glyph, shown, pairs),
                    3 => put::<6>(memory, step, glyph, shown, pairs),
                    _ => put::<8>(memory, step, glyph, shown, pairs),
                }
            }
        }
    }

    #[inline(never)]
    fn use_colours(&mut self, tints: u64) {
        let (fg, bg) = split_tints(tints);
        let [fg, bg] = [fg, bg].map(|tint| u64::from(self.pixel(tint)));
        // The left pixel is the higher bit, and has the lower address.
        let right = 8 * self.format.bytes_per_pixel();
        let pairs = [bg | bg << right, bg | fg << right, fg | bg << right, fg | fg << right];
        self.pairs = pairs.map(u64::to_le_bytes);
        self.tints = tints;
    }

    #[cfg(test)]
    pub(super) const fn bytes(&self) -> &[u8] {
        self.memory
    }

    fn pixel(&self, tint: Tint) -> u32 {
        self.format.encode(tint.to_rgb())
    }
}

/// Puts down the rows of a glyph that differ from `shown`, `step` bytes apart, in
/// pairs of `BYTES` bytes.
fn put<const BYTES: usize>(
    memory: &mut [u8],
    step: usize,
    glyph: u128,
    shown: u128,
    pairs: &[[u8; 8]; 4],
) {
    let [glyph, shown] = [glyph, shown].map(u128::to_le_bytes);
    for ((bits, shown), line) in glyph.iter().zip(&shown).zip(memory.chunks_mut(step)) {
        if bits != shown
            && let Some(pixels) = line.get_mut(..4 * BYTES)
        {
            for (place, shift) in pixels.as_chunks_mut::<BYTES>().0.iter_mut().zip([6, 4, 2, 0]) {
                let pair = &pairs[usize::from(bits >> shift & 3)];
                place.copy_from_slice(&pair[..BYTES]);
            }
        }
    }
}

/// The four lower bits of each row twice.
const fn doubled(rows: u128) -> u128 {
    const EACH: u128 = u128::MAX / 0xff;
    let rows = rows & (0x0f * EACH);
    let rows = (rows | rows << 2) & (0x33 * EACH);
    let rows = (rows | rows << 1) & (0x55 * EACH);
    rows | rows << 1
}
