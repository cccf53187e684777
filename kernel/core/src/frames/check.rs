//! Going through the books: do all the figures agree?
//!
//! What the states say is also counted, by block and by owner, so that each
//! question is answered quickly. Here all of it is held against each other, for
//! tests and for a kernel that was told to be careful.

use super::books::{BLOCK_FRAMES, BOOK, PART_FRAMES};
use super::extents::Extent;
use super::{Backing, Contents, FrameAllocator, Owner, PAGE_SIZE};
use core::fmt;

/// What does not agree. The bytes are physical addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BooksError {
    /// A frame's state is none that there is.
    State {
        /// Where the frame is.
        address: u64,
    },
    /// A block has another number of free frames than its count.
    FreeCount {
        /// Where the block begins.
        address: u64,
    },
    /// Frames are neither free nor in use nor bookkeeping.
    Lost {
        /// Where the 16 MiB begin that they are in.
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
                write!(f, "frame {address:#x} has a state that there is not")
            }
            Self::FreeCount { address } => {
                write!(f, "the free frames from {address:#x} on are miscounted")
            }
            Self::Lost { address } => {
                write!(f, "of the 16 MiB from {address:#x} on, frames are lost")
            }
            Self::OwnerCount { owner } => {
                write!(f, "the frames in use as {} are miscounted", owner.name())
            }
            Self::Bookkeeping => f.write_str("the frames that hold the books are miscounted"),
            Self::Total => f.write_str("taken and free frames are not all there are"),
        }
    }
}

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

    /// Counts frames by their states; `address` is the first one's.
    fn add(&mut self, states: &[u8], address: u64) -> Result<(), BooksError> {
        for (at, state) in (0..).zip(states) {
            match (Owner::from_byte(*state), Contents::from_byte(*state)) {
                (Some(owner), _) => self.by_owner[owner.index()] += 1,
                (_, Some(_)) => self.free += 1,
                _ if *state == BOOK => self.books += 1,
                _ if *state == 0 => {}
                _ => return Err(BooksError::State { address: address + at * PAGE_SIZE }),
            }
        }
        Ok(())
    }
}

impl<B: Backing> FrameAllocator<B> {
    /// Goes through all that was ever handed out: each state must be one, each
    /// count what it counts, and taken + free the total.
    ///
    /// # Errors
    /// The first disagreement.
    pub fn check_books(&self) -> Result<(), BooksError> {
        let mut tally = Tally::default();
        tally.add(&self.low, 0)?;
        // What the extents have, less what was taken in, was never touched.
        let mut untouched = self.extents.within(0, u64::MAX).map(Extent::len).sum::<u64>();
        for block in self.books.opened() {
            untouched -= self.check_block(block, &mut tally)?;
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
    fn check_block(&self, block: u64, tally: &mut Tally) -> Result<u64, BooksError> {
        let (before, free) = (tally.seen(), tally.free);
        for (part, states) in (0..).zip(self.books.parts(block)) {
            let start = block * BLOCK_FRAMES + part * PART_FRAMES;
            let ours =
                self.extents.within(start, start + PART_FRAMES).map(Extent::len).sum::<u64>();
            let (address, seen) = (start * PAGE_SIZE, tally.seen());
            match states {
                Some(states) => tally.add(&states.0, address)?,
                // All of it was used up by books.
                None => tally.books += ours,
            }
            if tally.seen() - seen != ours {
                return Err(BooksError::Lost { address });
            }
        }
        if tally.free - free != u64::from(self.books.free_in(block)) {
            return Err(BooksError::FreeCount { address: block * BLOCK_FRAMES * PAGE_SIZE });
        }
        Ok(tally.seen() - before)
    }
}
