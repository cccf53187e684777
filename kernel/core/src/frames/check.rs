//! Going through the books: do all the figures agree?
//!
//! The same fact is kept in more than one place (a bit, a state, three counts)
//! so that each question is answered quickly. Here they are held against each
//! other, for tests and for a kernel that was told to be careful. Eight states
//! are looked at a time, so memory that is not in use costs little.

use super::block::{BLOCK_FRAMES, Block, QUARTER_FRAMES, SLOTS};
use super::{Backing, Contents, FrameAllocator, Owner, PAGE_SIZE};
use core::fmt;

/// What does not agree. The bytes are physical addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BooksError {
    /// A frame is free by its bit and in use by its state, or its state is
    /// none that there is.
    State {
        /// Where the frame is.
        address: u64,
    },
    /// A block or a span has another number of free frames than its count.
    FreeCount {
        /// Where the block begins.
        address: u64,
    },
    /// Frames of a block are neither free nor in use nor bookkeeping.
    Lost {
        /// Where the block begins.
        address: u64,
    },
    /// An owner has another number of frames than its count.
    OwnerCount {
        /// Which one.
        owner: Owner,
    },
    /// The books themselves lie in another number of frames than their count.
    Bookkeeping,
    /// Taken and free are not all there is.
    Total,
}

impl fmt::Display for BooksError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::State { address } => {
                write!(f, "the state of frame {address:#x} contradicts its bit")
            }
            Self::FreeCount { address } => {
                write!(f, "the free frames from {address:#x} on are miscounted")
            }
            Self::Lost { address } => write!(f, "the block at {address:#x} has lost frames"),
            Self::OwnerCount { owner } => {
                write!(f, "the frames in use as {} are miscounted", owner.name())
            }
            Self::Bookkeeping => f.write_str("the frames that hold the books are miscounted"),
            Self::Total => f.write_str("taken and free frames are not all there are"),
        }
    }
}

impl core::error::Error for BooksError {}

/// What was counted on the way.
#[derive(Default)]
struct Tally {
    free: u64,
    by_owner: [u64; Owner::ALL.len()],
    books: u64,
}

impl Tally {
    fn seen(&self) -> u64 {
        self.free + self.books + self.by_owner.iter().sum::<u64>()
    }

    /// Counts the frames of one word of bits, and their states.
    fn add(&mut self, bits: u64, states: &[u8], address: u64) -> Result<(), BooksError> {
        self.free += u64::from(bits.count_ones());
        for (octet, states) in states.chunks(8).enumerate() {
            let all = states.try_into().map_or(1, u64::from_le_bytes);
            if all == 0 {
                continue;
            }
            for (at, state) in states.iter().enumerate() {
                let frame = octet * 8 + at;
                let is_free = bits >> frame & 1 != 0;
                match Owner::from_byte(*state) {
                    Some(owner) if !is_free => self.by_owner[owner.index()] += 1,
                    None if *state == 0 || is_free && *state == Contents::Poisoned as u8 => {}
                    _ => {
                        let address = address + frame as u64 * PAGE_SIZE;
                        return Err(BooksError::State { address });
                    }
                }
            }
        }
        Ok(())
    }

    fn add_block(&mut self, block: &Block, address: u64) -> Result<(), BooksError> {
        self.books += block.kept_in.iter().filter(|frame| frame.number() != 0).count() as u64;
        let quarters = block.free.chunks(QUARTER_FRAMES as usize / 64).zip(&block.states);
        for (quarter, (words, states)) in quarters.enumerate() {
            let address = address + quarter as u64 * QUARTER_FRAMES * PAGE_SIZE;
            let states = states.as_ref().map_or(&[][..], |states| &states.0[..]);
            for (at, bits) in words.iter().enumerate() {
                let word = at * 64..at * 64 + 64;
                let address = address + word.start as u64 * PAGE_SIZE;
                let states = states.get(word).unwrap_or_default();
                if states.is_empty() && *bits != 0 {
                    return Err(BooksError::State { address });
                }
                self.add(*bits, states, address)?;
            }
        }
        Ok(())
    }
}

impl<B: Backing> FrameAllocator<B> {
    /// Goes through all that was ever handed out: each bit against its state,
    /// each count against what it counts, and taken + free against the total.
    ///
    /// # Errors
    /// The first disagreement.
    pub fn check_books(&mut self) -> Result<(), BooksError> {
        self.cool();
        let mut tally = Tally::default();
        for (at, bits) in self.low.free.iter().enumerate() {
            let states = self.low.states.get(at * 64..at * 64 + 64).unwrap_or_default();
            tally.add(*bits, states, at as u64 * 64 * PAGE_SIZE)?;
        }
        let low: u64 = self.low.owned.iter().map(|word| u64::from(word.count_ones())).sum();
        if tally.seen() != low {
            return Err(BooksError::Lost { address: 0 });
        }
        // What the extents have, less what was taken in, was never touched.
        let added = self.extents.as_slice().iter().map(|extent| extent.end - extent.start);
        let mut untouched = added.sum::<u64>();
        for span in 0..self.spans.free.len() {
            untouched -= self.check_span(span, &mut tally)?;
        }
        for owner in Owner::ALL {
            if tally.by_owner[owner.index()] != self.by_owner[owner.index()] {
                return Err(BooksError::OwnerCount { owner });
            }
        }
        if tally.books != self.bookkeeping {
            return Err(BooksError::Bookkeeping);
        }
        let counts = self.statistics();
        if tally.free + untouched != counts.free || tally.seen() + untouched != counts.total {
            return Err(BooksError::Total);
        }
        Ok(())
    }

    /// Returns how many frames of ours were found.
    fn check_span(&self, span: usize, tally: &mut Tally) -> Result<u64, BooksError> {
        let first = (span * SLOTS) as u64;
        let Some(directory) = self.spans.directory(first) else { return Ok(0) };
        let (before, free_before) = (tally.seen(), tally.free);
        for (slot, block) in directory.blocks.iter().enumerate() {
            let number = first + slot as u64;
            if !self.is_open(number) {
                continue;
            }
            let address = number * BLOCK_FRAMES * PAGE_SIZE;
            let (seen, free) = (tally.seen(), tally.free);
            if directory.kept_in.number() / BLOCK_FRAMES == number {
                tally.books += 1;
            }
            if let Some(block) = block {
                tally.add_block(block, address)?;
            }
            if tally.free - free != u64::from(directory.free[slot]) {
                return Err(BooksError::FreeCount { address });
            }
            let ours: u64 =
                self.extents.in_block(number).map(|piece| piece.end - piece.start).sum();
            if tally.seen() - seen != ours {
                return Err(BooksError::Lost { address });
            }
        }
        if tally.free - free_before != self.spans.free[span] {
            return Err(BooksError::FreeCount { address: first * BLOCK_FRAMES * PAGE_SIZE });
        }
        Ok(tally.seen() - before)
    }
}
