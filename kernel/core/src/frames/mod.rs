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
//!  Bitmap       [free: 256 words][owned: 256 words]   one frame a block
//!                                                of 64 MiB
//!
//!  below 1 MiB  four words of each, kept here: used last, frame 0 never
//! ```
//!
//! A block's bitmap is made when the block is first used, in the first frame
//! of that very block; the directory of a span likewise. So booting with 1 TiB
//! costs what booting with 1 GiB does, and no table is sized by the highest
//! address. `owned` tells a frame that is in use from one that is a hole, a
//! reservation or bookkeeping.
//!
//! An allocation looks at one word, the one that [`FrameAllocator`] remembers
//! from the last allocation or free (`hint`); the search for another word is
//! the exception. A freed frame is thus the next to be handed out, while the
//! cache still knows it.
//!
//! This file forbids `unsafe`, and a frame number is not a pointer: the kernel
//! turns one into the other through [`Backing`].
//!
//! The roads not taken: a bitmap over all of memory is paid for at boot and
//! has to be sized; a list threaded through the free frames touches each one
//! and cannot see a double free; a buddy system keeps large runs together at
//! ten times the instructions, and only devices want contiguous frames.

mod block;
mod contiguous;
mod extents;
mod frame;
mod open;
mod search;
#[cfg(test)]
mod tests;

pub use block::{Bitmap, Directory};
pub use contiguous::PhysLimit;
pub use extents::AddError;
pub use frame::{Frame, FreeError, OutOfMemory, PAGE_SIZE};

use block::{BLOCK_FRAMES, Position, Spans};
use extents::Extents;

/// The frames below 1 MiB: what real-mode code and old devices need, so they
/// are handed out last.
const LOW_FRAMES: u64 = 0x10_0000 / PAGE_SIZE;

/// How a frame of the allocator's own memory becomes a place to keep books.
///
/// Each frame passed in is owned by the allocator, will be passed in once, and
/// is never handed out afterwards: whoever implements this may give out the
/// only reference to it. All bytes zero is a valid value of both types, so
/// clearing the frame and casting its address is all there is to do.
pub trait Backing {
    /// The frame as an empty bitmap: cleared to zero.
    fn bitmap(&mut self, frame: Frame) -> &'static mut Bitmap;
    /// The frame as an empty directory: cleared to zero.
    fn directory(&mut self, frame: Frame) -> &'static mut Directory;
}

/// The counts, in frames. `used + free = total` at any time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// All frames that were added.
    pub total: u64,
    /// Frames that can be allocated.
    pub free: u64,
    /// Frames handed out, and those that hold the books.
    pub used: u64,
    /// The part of `used` that holds the books.
    pub bookkeeping: u64,
}

/// The allocator of physical frames. See the [module](self) for its design.
///
/// It is about 10 KiB large and made to sit in a `static`, behind a lock:
/// [`new`](Self::new) is `const` and all zero bytes but for `backing`.
pub struct FrameAllocator<B> {
    backing: B,
    /// The next allocation looks at the word of 64 frames that this one is in.
    hint: Frame,
    spans: Spans,
    extents: Extents,
    low: Low,
    total: u64,
    /// Free frames that no block counts: below 1 MiB, and where no block is open.
    free_elsewhere: u64,
    bookkeeping: u64,
}

/// The frames below 1 MiB, in the form of a small [`Bitmap`].
#[derive(Default)]
struct Low {
    free: [u64; LOW_WORDS],
    owned: [u64; LOW_WORDS],
}

const LOW_WORDS: usize = (LOW_FRAMES / 64) as usize;

impl<B: Backing> FrameAllocator<B> {
    /// An allocator without memory; [`add_region`](Self::add_region) gives it
    /// some.
    #[must_use]
    pub const fn new(backing: B) -> Self {
        Self {
            backing,
            hint: Frame::new(0),
            spans: Spans::EMPTY,
            extents: Extents::EMPTY,
            low: Low { free: [0; LOW_WORDS], owned: [0; LOW_WORDS] },
            total: 0,
            free_elsewhere: 0,
            bookkeeping: 0,
        }
    }

    /// Hands out a frame. Its contents are whatever they were.
    ///
    /// # Errors
    /// [`OutOfMemory`] when none is free.
    #[inline]
    pub fn allocate(&mut self) -> Result<Frame, OutOfMemory> {
        match self.take_near(self.hint) {
            Some(frame) => Ok(frame),
            None => self.allocate_elsewhere(),
        }
    }

    /// Takes a frame back.
    ///
    /// # Errors
    /// [`FreeError`]; nothing has changed then.
    #[inline]
    pub fn free(&mut self, frame: Frame) -> Result<(), FreeError> {
        let at = Position::of(frame);
        if frame.number() >= LOW_FRAMES
            && let Some(directory) = self.spans.directories.get_mut(at.span)
            && let Some(directory) = directory
            && let Some(bitmap) = &mut directory.bitmaps[at.slot]
        {
            // Only what is owned is free, so this leaves the frames in use.
            let free = bitmap.free[at.word];
            if (bitmap.owned[at.word] ^ free).rotate_right(at.bit) & 1 == 0 {
                return self.free_unusual(frame);
            }
            directory.free[at.slot] += 1;
            bitmap.free[at.word] = free | 1 << at.bit;
            self.spans.free[at.span] += 1;
            self.hint = frame;
            return Ok(());
        }
        self.free_unusual(frame)
    }

    /// The exact counts. For reports: it adds up 512 numbers.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let free = self.free_elsewhere + self.spans.free.iter().sum::<u64>();
        let Self { total, bookkeeping, .. } = *self;
        Statistics { total, free, used: total - free, bookkeeping }
    }

    /// Takes the first free one of the 64 frames around this one, if any.
    #[inline]
    fn take_near(&mut self, hint: Frame) -> Option<Frame> {
        let at = Position::of(hint);
        let directory = self.spans.directories.get_mut(at.span)?.as_mut()?;
        let word = &mut directory.bitmaps[at.slot].as_mut()?.free[at.word];
        let free = *word;
        if free == 0 {
            return None;
        }
        *word = free & (free - 1);
        directory.free[at.slot] -= 1;
        self.spans.free[at.span] -= 1;
        Some(Frame::new(hint.number() & !63 | u64::from(free.trailing_zeros())))
    }

    /// Frames below 1 MiB, and what cannot be freed.
    #[cold]
    fn free_unusual(&mut self, frame: Frame) -> Result<(), FreeError> {
        self.check_in_use(frame)?;
        let at = Position::of(frame);
        if let Some(word) = self.low.free.get_mut(at.word) {
            *word |= 1 << at.bit;
            self.free_elsewhere += 1;
        }
        Ok(())
    }

    /// Could this frame be freed?
    fn check_in_use(&self, frame: Frame) -> Result<(), FreeError> {
        let at = Position::of(frame);
        let bitmap = self.spans.bitmap(frame.number() / BLOCK_FRAMES);
        let (free, owned) = match bitmap {
            _ if frame.number() < LOW_FRAMES => (self.low.free[at.word], self.low.owned[at.word]),
            Some(bitmap) => (bitmap.free[at.word], bitmap.owned[at.word]),
            // Nothing in this block was ever handed out.
            None if self.is_untouched(frame) => return Err(FreeError::DoubleFree),
            None => return Err(FreeError::Foreign),
        };
        match (owned >> at.bit & 1, free >> at.bit & 1) {
            (0, _) => Err(FreeError::Foreign),
            (_, 0) => Ok(()),
            _ => Err(FreeError::DoubleFree),
        }
    }
}

const _: () = assert!(BLOCK_FRAMES.is_multiple_of(64) && LOW_FRAMES < BLOCK_FRAMES);
