//! Blocks, the directories that find them, and words of bits.
//!
//! A frame number splits like a virtual address does:
//!
//! ```text
//!        31           22 21        14 13       6 5     0
//!       +---------------+------------+----------+-------+
//!       |     span      |    slot    |   word   |  bit  |
//!       +---------------+------------+----------+-------+
//!         16 GiB each     64 MiB       256 KiB    4 KiB
//! ```

use super::{Frame, PAGE_SIZE};

/// Frames in a block: 64 MiB, what one frame's bits can describe twice.
pub(super) const BLOCK_FRAMES: u64 = 64 * WORDS as u64;

/// 64-bit words in each half of a [`Bitmap`].
pub(super) const WORDS: usize = 256;

/// Blocks in a [`Directory`].
pub(super) const SLOTS: usize = 256;

/// Directories: together they reach 8 TiB of physical addresses. RAM above is
/// refused by name when it is added.
pub(super) const SPANS: usize = 512;

/// Frames in a span.
pub(super) const SPAN_FRAMES: u64 = BLOCK_FRAMES * SLOTS as u64;

/// The bits of one block of 16,384 frames; exactly a frame large.
///
/// All zero bytes are a valid value and mean: no frame is owned.
#[derive(Debug)]
#[repr(C)]
pub struct Bitmap {
    /// One bit a frame: can be handed out.
    pub(super) free: [u64; WORDS],
    /// One bit a frame: the allocator may hand it out at all.
    pub(super) owned: [u64; WORDS],
}

impl Bitmap {
    /// A bitmap of nothing, as in a cleared frame.
    pub const EMPTY: Self = Self { free: [0; WORDS], owned: [0; WORDS] };
}

/// What is known of the blocks of one 16 GiB span; exactly a frame large.
///
/// All zero bytes are a valid value and mean: no block was used. Arrays side
/// by side and not one of structures: a scaled index reaches each field, which
/// saves the allocator an instruction or two a time.
#[derive(Debug)]
#[repr(C)]
pub struct Directory {
    /// Each block's bits, from its first use on. `None` is a null pointer.
    pub(super) bitmaps: [Option<&'static mut Bitmap>; SLOTS],
    /// Free frames in each block, as its bitmap says; 0 without one.
    pub(super) free: [u32; SLOTS],
    /// Which frame of a block became this directory: 1 + its index, or 0.
    pub(super) directory_at: [u32; SLOTS],
}

impl Directory {
    /// A directory of unused blocks, as in a cleared frame.
    pub const EMPTY: Self =
        Self { bitmaps: [const { None }; SLOTS], free: [0; SLOTS], directory_at: [0; SLOTS] };
}

/// All of physical memory, in spans of 16 GiB.
pub(super) struct Spans {
    pub(super) directories: [Option<&'static mut Directory>; SPANS],
    /// Free frames in each span: the sum over its blocks.
    pub(super) free: [u64; SPANS],
}

impl Spans {
    pub(super) const EMPTY: Self = Self { directories: [const { None }; SPANS], free: [0; SPANS] };

    /// The directory of a block's span.
    pub(super) fn directory(&self, block: u64) -> Option<&Directory> {
        self.directories.get((block / SLOTS as u64) as usize)?.as_deref()
    }

    /// A block's bitmap.
    pub(super) fn bitmap(&self, block: u64) -> Option<&Bitmap> {
        self.directory(block)?.bitmaps[block as usize % SLOTS].as_deref()
    }

    /// A block's bitmap and the counts of its free frames, here and above.
    pub(super) fn block_mut(&mut self, block: u64) -> Option<(&mut Bitmap, &mut u32, &mut u64)> {
        let (span, slot) = ((block / SLOTS as u64) as usize, block as usize % SLOTS);
        let directory = self.directories.get_mut(span)?.as_deref_mut()?;
        let bitmap = directory.bitmaps[slot].as_deref_mut()?;
        Some((bitmap, &mut directory.free[slot], self.free.get_mut(span)?))
    }
}

const _: () = assert!(size_of::<Bitmap>() == PAGE_SIZE as usize);
const _: () = assert!(size_of::<Directory>() == PAGE_SIZE as usize);

/// Where a frame's bit is.
#[derive(Clone, Copy)]
pub(super) struct Position {
    /// May lie beyond the table: nobody has checked the frame yet.
    pub(super) span: usize,
    pub(super) slot: usize,
    pub(super) word: usize,
    pub(super) bit: u32,
}

impl Position {
    #[inline]
    pub(super) const fn of(frame: Frame) -> Self {
        let number = frame.number();
        Self {
            span: (number / SPAN_FRAMES) as usize,
            slot: (number / BLOCK_FRAMES) as usize % SLOTS,
            word: (number / 64) as usize % WORDS,
            bit: (number % 64) as u32,
        }
    }
}

/// Calls `change` with each word that holds bits of `from..to`, and a mask of
/// these bits. The range must lie within `words`.
pub(super) fn for_each_word(
    words: &mut [u64],
    from: u64,
    to: u64,
    mut change: impl FnMut(&mut u64, u64),
) {
    let mut at = from;
    while at < to {
        let first = at % 64;
        let count = (to - at).min(64 - first);
        let mask = (u64::MAX >> (64 - count)) << first;
        if let Some(word) = words.get_mut((at / 64) as usize) {
            change(word, mask);
        }
        at += count;
    }
}

/// The first bit at or after `from` that is set in `words`, each xored with
/// `flip`: 0 looks for ones, `u64::MAX` for zeros. The words' length in bits
/// if there is none.
pub(super) fn find_bit(words: &[u64], from: u64, flip: u64) -> u64 {
    let end = words.len() as u64 * 64;
    let mut mask = u64::MAX << (from % 64);
    let mut at = (from / 64) as usize;
    while let Some(word) = words.get(at) {
        let hits = (word ^ flip) & mask;
        if hits != 0 {
            return at as u64 * 64 + u64::from(hits.trailing_zeros());
        }
        mask = u64::MAX;
        at += 1;
    }
    end
}
