//! From glyph bits to pixels.
//!
//! A byte of a glyph row is eight pixels, or eight squares of four, in two
//! colours. For the pair of colours in use, a [`Mix`] holds the pixels of all
//! sixteen halves of a byte, ready to be stored: two stores a half at 32 bits a
//! pixel, one at 16. Neighbouring cells mostly share their colours, so a mix is
//! rarely made anew. The usual cursor is a bar of one colour, a [`Solid`].
//!
//! Plain stores, not volatile ones: the framebuffer is memory that nobody reads
//! back, only its final contents count, and write-combining reorders anyway.

use crate::drivers::font::Rows;

/// The pixels of every half byte in one pair of colours: 8, 12 or 16 bytes by
/// depth, twice that where each pixel is two wide; the first is the leftmost.
#[derive(Debug)]
pub(super) struct Mix {
    /// `Style::tints` of the colours.
    tints: u64,
    halves: [[u64; 4]; 16],
}

impl Mix {
    /// Of no use before [`set`](Self::set).
    pub(super) const EMPTY: Self = Self { tints: u64::MAX, halves: [[0; 4]; 16] };

    /// The colours that this is the mix of.
    #[inline]
    pub(super) const fn tints(&self) -> u64 {
        self.tints
    }

    /// Makes it the mix of these colours, in place: this is done at every change
    /// of colour on the screen. `fg` and `bg` are their pixels.
    pub(super) fn set(&mut self, tints: u64, [fg, bg]: [u32; 2], depth: usize, scale: usize) {
        self.tints = tints;
        let (fg, bg) = (u64::from(fg), u64::from(bg));
        let bits = 8 * depth;
        // Two pixels, by their two bits: the higher bit is the left pixel, and
        // that has the lower address.
        let pairs = [bg | bg << bits, bg | fg << bits, fg | bg << bits, fg | fg << bits];
        if scale == 1 {
            for (four, left) in self.halves.as_chunks_mut::<4>().0.iter_mut().zip(pairs) {
                for (half, right) in four.iter_mut().zip(pairs) {
                    *half = match depth {
                        2 => [left | right << 32, 0, 0, 0],
                        3 => [left | right << 48, right >> 16, 0, 0],
                        _ => [left, right, 0, 0],
                    };
                }
            }
            return;
        }
        let [back, .., front] = pairs;
        for (value, half) in self.halves.iter_mut().enumerate() {
            let [a, b, c, d] = [8, 4, 2, 1].map(|bit| if value & bit != 0 { front } else { back });
            *half = match depth {
                2 => [a | b << 32, c | d << 32, 0, 0],
                3 => [a | b << 48, b >> 16 | c << 32, c >> 32 | d << 16, 0],
                _ => [a, b, c, d],
            };
        }
    }

    /// Paints the rows of `glyph` that differ from those of `covered`, which is
    /// there in the same colours.
    ///
    /// # Safety
    /// As for [`paint`](Self::paint).
    #[inline(never)]
    pub(super) unsafe fn paint_over<const SCALE: usize, const DEPTH: usize>(
        &self,
        first: *mut u8,
        pitch: usize,
        glyph: &Rows,
        covered: &Rows,
    ) {
        let mut line = first;
        // By fours, so that the inner loop is unrolled: a third less to do.
        for (four, covered) in glyph.as_chunks::<4>().0.iter().zip(covered.as_chunks::<4>().0) {
            for (&bits, &covered) in four.iter().zip(covered) {
                if bits != covered {
                    // SAFETY: a row of the glyph.
                    unsafe { self.paint_row::<SCALE, DEPTH>(line, pitch, bits) };
                }
                line = line.wrapping_add(SCALE * pitch);
            }
        }
    }

    /// Paints rows of a glyph, each `SCALE` times.
    ///
    /// # Safety
    /// `first` is the pixel that the rows begin at; it lies on the screen with all
    /// of them, `pitch` bytes apart; the mix was made for `SCALE` and `DEPTH`.
    #[inline(never)]
    pub(super) unsafe fn paint<const SCALE: usize, const DEPTH: usize>(
        &self,
        first: *mut u8,
        pitch: usize,
        rows: &[u8],
    ) {
        let mut line = first;
        for &bits in rows {
            // SAFETY: a row of the glyph.
            unsafe { self.paint_row::<SCALE, DEPTH>(line, pitch, bits) };
            line = line.wrapping_add(SCALE * pitch);
        }
    }

    /// # Safety
    /// `8 * SCALE` pixels from `line` on lie on the screen, and in the `SCALE - 1`
    /// lines below; the mix was made for `SCALE` and `DEPTH`.
    #[inline(always)]
    unsafe fn paint_row<const SCALE: usize, const DEPTH: usize>(
        &self,
        line: *mut u8,
        pitch: usize,
        bits: u8,
    ) {
        let mut line = line;
        for _ in 0..SCALE {
            let mut at = line;
            for half in [bits >> 4, bits & 0xf] {
                let words = &self.halves[usize::from(half)];
                let whole = SCALE * DEPTH / 2;
                // SAFETY: four times `SCALE` pixels of `DEPTH` bytes are 8, 12, 16,
                // 24 or 32 bytes, all within the row; alignment is not needed.
                unsafe {
                    for (index, word) in words.iter().take(whole).enumerate() {
                        at.cast::<u64>().add(index).write_unaligned(*word);
                    }
                    if SCALE * DEPTH % 2 == 1 {
                        let rest = words[whole] as u32;
                        at.add(8 * whole).cast::<u32>().write_unaligned(rest);
                    }
                }
                at = at.wrapping_add(4 * SCALE * DEPTH);
            }
            line = line.wrapping_add(pitch);
        }
    }
}

/// Rows of a glyph that a bar takes.
pub(super) const BAR_ROWS: usize = 2;

/// One colour: 24 bytes of it, which are whole pixels at every depth.
#[derive(Debug)]
pub(super) struct Solid([u64; 3]);

impl Solid {
    /// Of this pixel, which takes `depth` bytes.
    pub(super) fn new(pixel: u32, depth: usize) -> Self {
        let mut bytes = [0; 24];
        let pixel = pixel.to_le_bytes();
        let pixel = pixel.get(..depth).unwrap_or(&pixel).iter().cycle();
        bytes.iter_mut().zip(pixel).for_each(|(byte, part)| *byte = *part);
        let (words, _) = bytes.as_chunks::<8>();
        Self([0, 1, 2].map(|word| u64::from_le_bytes(words[word])))
    }
}

/// Paints a bar as wide as a cell and [`BAR_ROWS`] rows of a glyph high.
///
/// # Safety
/// `first` is the pixel that it begins at; it lies on the screen with all of
/// them, `pitch` bytes apart; `colour` was made for `DEPTH`.
pub(super) unsafe fn paint_bar<const SCALE: usize, const DEPTH: usize>(
    first: *mut u8,
    pitch: usize,
    colour: &Solid,
) {
    let mut line = first;
    for _ in 0..BAR_ROWS * SCALE {
        // Eight pixels of `DEPTH` bytes are `DEPTH` words.
        for word in 0..SCALE * DEPTH {
            // SAFETY: within the row, which is `SCALE * DEPTH` words wide;
            // alignment is not needed.
            unsafe { line.cast::<u64>().add(word).write_unaligned(colour.0[word % 3]) };
        }
        line = line.wrapping_add(pitch);
    }
}
