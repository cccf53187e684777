//! From glyph bits to pixels.
//!
//! A byte of a glyph row is eight pixels in two colours. For the pair of colours
//! in use, a [`Mix`] holds the pixels of all sixteen halves of a byte, ready to
//! be stored: two stores a half at 32 bits a pixel, one at 16. Neighbouring
//! cells mostly share their colours, so a mix is rarely made anew.
//!
//! Plain stores, not volatile ones: the framebuffer is memory that nobody reads
//! back, only its final contents count, and write-combining reorders anyway.

/// The pixels of every half byte in one pair of colours. A half byte's pixels
/// take 8, 12 or 16 bytes, by depth; the first is the leftmost.
#[derive(Debug)]
pub(super) struct Mix {
    attribute: u8,
    halves: [[u64; 2]; 16],
}

impl Mix {
    /// Of no use before [`set`](Self::set).
    pub(super) const EMPTY: Self = Self { attribute: 0, halves: [[0; 2]; 16] };

    /// The colours that this is the mix of.
    pub(super) const fn attribute(&self) -> u8 {
        self.attribute
    }

    /// Makes it the mix of `attribute`'s colours, in place: this is done at every
    /// change of colour on the screen.
    pub(super) fn set(&mut self, attribute: u8, pixels: &[u32; 16], bytes_per_pixel: usize) {
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
    pub(super) unsafe fn paint_over<const WIDTH: usize, const DEPTH: usize>(
        &self,
        first: *mut u8,
        pitch: usize,
        glyph: &[[u8; WIDTH]],
        covered: &[[u8; WIDTH]],
    ) {
        let mut line = first;
        // By fours, so that the inner loop is unrolled: a third less to do.
        for (four, covered) in glyph.as_chunks::<4>().0.iter().zip(covered.as_chunks::<4>().0) {
            for (bits, covered) in four.iter().zip(covered) {
                if bits != covered {
                    // SAFETY: a row of the glyph.
                    unsafe { self.paint_row::<WIDTH, DEPTH>(line, bits) };
                }
                line = line.wrapping_add(pitch);
            }
        }
    }

    /// Paints every row of `glyph`.
    ///
    /// # Safety
    /// `first` is the pixel that the glyph begins at; it lies on the screen with
    /// all its rows, `pitch` bytes apart; the mix was made for `DEPTH`.
    #[inline(never)]
    pub(super) unsafe fn paint<const WIDTH: usize, const DEPTH: usize>(
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
