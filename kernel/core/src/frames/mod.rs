//! The physical frame allocator's bookkeeping.
//!
//! A [`FrameAllocator`] hands out 4 KiB frames of RAM and takes them back. It
//! knows which frames are its own, so a frame that is freed twice or was never
//! ours is an error and not a corrupted list.
//!
//! ```text
//!  extents      |== 1 MiB .. 2 GiB ==|         |== 4 GiB .. 6 GiB ==|
//!               sorted; RAM that nobody has touched costs nothing else
//!
//!  spans        [ 0 ][ 1 ][ 2 ] ...              16 GiB of addresses each
//!                 |
//!                 v
//!  Directory    [slot 0 | slot 1 | ... | 255]    one frame a span
//!                  |        |
//!                  |        +--> none: this block was never used
//!                  v
//!  Block        [free: one bit a frame][ . . . . ]   one frame a block
//!                                        |           of 64 MiB
//!                                        v
//!  States       [one byte a frame: its owner]    one frame for each 16 MiB
//!
//!  below 1 MiB  the same in small, kept here: used last, frame 0 never
//! ```
//!
//! A block's books are made when the block is first used, in the first frames
//! of that very block; the directory of a span likewise. So booting with 1 TiB
//! costs what booting with 1 GiB does, and no table is sized by the highest
//! address.
//!
//! Each frame that is handed out has an [`Owner`], and only that owner can give
//! it back: the state byte is compared in any case, so a double free, a foreign
//! frame and a wrong owner cost nothing to see. A frame is free by its bit, in
//! use by its state, and a hole, a reservation or bookkeeping by neither; that
//! all these figures agree is what [`check_books`](FrameAllocator::check_books)
//! goes through.
//!
//! An allocation looks at one word, the one of the last allocation or free, in
//! the quarter whose books are at hand (`hot`); the search for another word is
//! the exception. A freed frame is thus the next to be handed out, while the
//! cache still knows it.
//!
//! This file forbids `unsafe`, and a frame number is not a pointer: the kernel
//! turns one into the other through [`Backing`].
//!
//! The roads not taken: a bitmap over all of memory is paid for at boot and
//! has to be sized; a list threaded through the free frames touches each one
//! and cannot see a double free; owners in planes of bits save half of the
//! states and cost ten instructions each time; a buddy system keeps large runs together at
//! ten times the instructions, and only devices want contiguous frames.

mod block;
mod check;
mod contiguous;
mod extents;
mod frame;
mod hot;
mod open;
mod owner;
mod search;
mod states;
#[cfg(test)]
mod tests;

pub use block::{Block, Directory, States};
pub use check::BooksError;
pub use contiguous::PhysLimit;
pub use extents::AddError;
pub use frame::{Frame, FreeError, OutOfMemory, PAGE_SIZE};
pub use owner::{Contents, Owner, State, Statistics};

use block::{BLOCK_FRAMES, Position, Spans};
use extents::Extents;
use hot::Hot;

/// The frames below 1 MiB: what real-mode code and old devices need, so they
/// are handed out last.
const LOW_FRAMES: u64 = 0x10_0000 / PAGE_SIZE;

/// How a frame of the allocator's own memory becomes a place to keep books.
///
/// Each frame passed in is owned by the allocator, will be passed in once, and
/// is never handed out afterwards: whoever implements this may give out the
/// only reference to it. All bytes zero is a valid value of each type, so
/// clearing the frame and casting its address is all there is to do.
pub trait Backing {
    /// The frame as an empty block: cleared to zero.
    fn block(&mut self, frame: Frame) -> &'static mut Block;
    /// The frame as empty states: cleared to zero.
    fn states(&mut self, frame: Frame) -> &'static mut States;
    /// The frame as an empty directory: cleared to zero.
    fn directory(&mut self, frame: Frame) -> &'static mut Directory;
}

/// The allocator of physical frames. See the [module](self) for its design.
///
/// It is about 10 KiB large and made to sit in a `static`, behind a lock:
/// [`new`](Self::new) is `const` and all zero bytes but for `backing`.
pub struct FrameAllocator<B> {
    backing: B,
    /// The books of the quarter that is in use right now.
    hot: Option<Hot>,
    /// Without one, the next allocation looks from this frame on.
    hint: Frame,
    spans: Spans,
    extents: Extents,
    low: Low,
    total: u64,
    bookkeeping: u64,
    by_owner: [u64; Owner::ALL.len()],
}

/// The frames below 1 MiB, in the form of a small [`Block`].
struct Low {
    free: [u64; LOW_WORDS],
    owned: [u64; LOW_WORDS],
    states: [u8; LOW_FRAMES as usize],
}

const LOW_WORDS: usize = (LOW_FRAMES / 64) as usize;

impl<B: Backing> FrameAllocator<B> {
    /// An allocator without memory; [`add_region`](Self::add_region) gives it
    /// some.
    #[must_use]
    pub const fn new(backing: B) -> Self {
        Self {
            backing,
            hot: None,
            hint: Frame::new(0),
            spans: Spans::EMPTY,
            extents: Extents::EMPTY,
            low: Low {
                free: [0; LOW_WORDS],
                owned: [0; LOW_WORDS],
                states: [0; LOW_FRAMES as usize],
            },
            total: 0,
            bookkeeping: 0,
            by_owner: [0; Owner::ALL.len()],
        }
    }

    /// Hands out a frame. Its contents are whatever they were.
    ///
    /// # Errors
    /// [`OutOfMemory`] when none is free.
    #[inline]
    pub fn allocate(&mut self, owner: Owner) -> Result<Frame, OutOfMemory> {
        self.allocate_noting(owner).map(|(frame, _)| frame)
    }

    /// [`allocate`](Self::allocate), with what is known of the frame's contents.
    ///
    /// # Errors
    /// [`OutOfMemory`] when none is free.
    #[inline]
    pub fn allocate_noting(&mut self, owner: Owner) -> Result<(Frame, Contents), OutOfMemory> {
        match self.take_hot(owner) {
            Some(found) => Ok(found),
            None => self.allocate_elsewhere(owner),
        }
    }

    /// Takes a frame back from its owner.
    ///
    /// # Errors
    /// [`FreeError`]; nothing has changed then.
    #[inline]
    pub fn free(&mut self, frame: Frame, owner: Owner) -> Result<(), FreeError> {
        self.free_as(frame, owner, Contents::Unknown)
    }

    /// [`free`](Self::free), with a word on what the frame contains.
    ///
    /// # Errors
    /// [`FreeError`]; nothing has changed then.
    #[inline]
    pub fn free_as(
        &mut self,
        frame: Frame,
        owner: Owner,
        contents: Contents,
    ) -> Result<(), FreeError> {
        match self.free_hot(frame, owner, contents) {
            Some(()) => Ok(()),
            None => self.free_elsewhere(frame, owner, contents),
        }
    }

    /// Frames that are not at hand, and what cannot be freed.
    #[cold]
    #[inline(never)]
    fn free_elsewhere(
        &mut self,
        frame: Frame,
        owner: Owner,
        contents: Contents,
    ) -> Result<(), FreeError> {
        self.cool();
        self.judge(frame, owner)?;
        if frame.number() >= LOW_FRAMES {
            self.warm(frame);
            return self.free_hot(frame, owner, contents).ok_or(FreeError::Foreign);
        }
        let at = Position::of(frame);
        self.low.free[at.word] |= 1 << at.bit;
        self.low.states[at.index] = contents as u8;
        self.by_owner[owner.index()] -= 1;
        Ok(())
    }

    /// The exact counts.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let Self { total, bookkeeping, by_owner, .. } = *self;
        let used = bookkeeping + by_owner.iter().sum::<u64>();
        Statistics { total, free: total - used, used, bookkeeping, by_owner }
    }
}

const _: () = assert!(BLOCK_FRAMES.is_multiple_of(64) && LOW_FRAMES < BLOCK_FRAMES);
