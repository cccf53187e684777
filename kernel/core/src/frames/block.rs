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
//!                                    +--+--------------+
//!                                    |q |    index     |
//!                                    +--+--------------+
//!                             quarters of 16 MiB
//! ```

use super::{Frame, PAGE_SIZE};

/// Frames in a block: 64 MiB.
pub(super) const BLOCK_FRAMES: u64 = 64 * WORDS as u64;

/// 64-bit words of bits in a [`Block`].
pub(super) const WORDS: usize = 256;

/// Pages of states in a [`Block`].
pub(super) const QUARTERS: usize = 4;

/// Frames in a quarter of a block: 16 MiB, a page of states.
pub(super) const QUARTER_FRAMES: u64 = BLOCK_FRAMES / QUARTERS as u64;

/// Blocks in a [`Directory`].
pub(super) const SLOTS: usize = 256;

/// Directories: together they reach 8 TiB of physical addresses. RAM above is
/// refused by name when it is added.
pub(super) const SPANS: usize = 512;

/// Frames in a span.
pub(super) const SPAN_FRAMES: u64 = BLOCK_FRAMES * SLOTS as u64;

/// The states of 4,096 frames, a byte each; exactly a frame large.
///
/// A byte is the number of the frame's owner; without an owner it is what the
/// frame contains, if it is free, and 0 otherwise. So all zero bytes are valid
/// and mean: nothing is in use.
#[derive(Debug)]
#[repr(C)]
pub struct States(pub(super) [u8; QUARTER_FRAMES as usize]);

impl States {
    /// Nothing in use, as in a cleared frame.
    pub const EMPTY: Self = Self([0; QUARTER_FRAMES as usize]);
}

/// The books of one block of 16,384 frames.
///
/// All zero bytes are a valid value and mean: no frame is free or in use.
#[derive(Debug)]
#[repr(C)]
pub struct Block {
    /// One bit a frame: can be handed out.
    pub(super) free: [u64; WORDS],
    /// The states of each quarter; `None`, a null pointer, for one without
    /// memory of ours.
    pub(super) states: [Option<&'static mut States>; QUARTERS],
    /// Where all this is kept: this structure, and each page of states.
    pub(super) kept_in: [Frame; 1 + QUARTERS],
}

impl Block {
    /// A block of nothing, as in a cleared frame.
    pub const EMPTY: Self = Self {
        free: [0; WORDS],
        states: [const { None }; QUARTERS],
        kept_in: [Frame::new(0); 1 + QUARTERS],
    };
}

/// What is known of the blocks of one 16 GiB span.
///
/// All zero bytes are a valid value and mean: no block was used. Arrays side
/// by side and not one of structures: a scaled index reaches each field, which
/// saves the allocator an instruction or two a time.
#[derive(Debug)]
#[repr(C)]
pub struct Directory {
    /// Each block's books, from its first use on. `None` is a null pointer.
    pub(super) blocks: [Option<&'static mut Block>; SLOTS],
    /// Free frames in each block, as its bits say; 0 without them.
    pub(super) free: [u32; SLOTS],
    /// Where this directory is kept.
    pub(super) kept_in: Frame,
}

impl Directory {
    /// A directory of unused blocks, as in a cleared frame.
    pub const EMPTY: Self =
        Self { blocks: [const { None }; SLOTS], free: [0; SLOTS], kept_in: Frame::new(0) };
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

    /// A block's books.
    pub(super) fn block(&self, block: u64) -> Option<&Block> {
        self.directory(block)?.blocks[block as usize % SLOTS].as_deref()
    }

    /// A block's books and the counts of its free frames, here and above.
    pub(super) fn block_mut(&mut self, block: u64) -> Option<(&mut Block, &mut u32, &mut u64)> {
        let (span, slot) = ((block / SLOTS as u64) as usize, block as usize % SLOTS);
        let directory = self.directories.get_mut(span)?.as_deref_mut()?;
        let block = directory.blocks[slot].as_deref_mut()?;
        Some((block, &mut directory.free[slot], self.free.get_mut(span)?))
    }
}

const _: () = assert!(size_of::<States>() == PAGE_SIZE as usize);
const _: () = assert!(size_of::<Block>() <= PAGE_SIZE as usize);
const _: () = assert!(size_of::<Directory>() <= PAGE_SIZE as usize);

/// Where a frame's bit and its state are.
#[derive(Clone, Copy)]
pub(super) struct Position {
    /// May lie beyond the table: nobody has checked the frame yet.
    pub(super) span: usize,
    pub(super) slot: usize,
    pub(super) word: usize,
    pub(super) bit: u32,
    pub(super) quarter: usize,
    pub(super) index: usize,
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
            quarter: (number / QUARTER_FRAMES) as usize % QUARTERS,
            index: (number % QUARTER_FRAMES) as usize,
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
