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
mod search;
#[cfg(test)]
mod tests;

use core::fmt;

pub use block::{Bitmap, Directory};
pub use contiguous::PhysLimit;
pub use extents::AddError;

use block::{BLOCK_FRAMES, Position, SPANS, Span};
use extents::Extents;

/// Bytes in a frame and in a page.
pub const PAGE_SIZE: u64 = 4096;

/// The frames below 1 MiB: what real-mode code and old devices need, so they
/// are handed out last.
const LOW_FRAMES: u64 = 0x10_0000 / PAGE_SIZE;

/// A physical frame: 4 KiB of physical memory, known by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Frame(u64);

impl Frame {
    /// The frame with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The frame that contains this physical address.
    #[must_use]
    pub const fn containing(address: u64) -> Self {
        Self(address / PAGE_SIZE)
    }

    /// Its number: the physical address divided by [`PAGE_SIZE`].
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The physical address of its first byte.
    #[must_use]
    pub const fn start_address(self) -> u64 {
        self.0.wrapping_mul(PAGE_SIZE)
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "frame {:#x}", self.start_address())
    }
}

/// No frame is free, or no run of frames as asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("out of physical memory")
    }
}

impl core::error::Error for OutOfMemory {}

/// Why a frame cannot be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FreeError {
    /// The frame is free already.
    DoubleFree,
    /// The frame never was the allocator's to give, or holds its bookkeeping.
    Foreign,
}

impl fmt::Display for FreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::DoubleFree => "the frame is free already",
            Self::Foreign => "the frame does not belong to the allocator",
        })
    }
}

impl core::error::Error for FreeError {}

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
    /// The word that the next allocation looks at: a frame number / 64.
    hint: u64,
    spans: [Span; SPANS],
    extents: Extents,
    low: Low,
    total: u64,
    free: u64,
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
            hint: 0,
            spans: [const { Span::EMPTY }; SPANS],
            extents: Extents::EMPTY,
            low: Low { free: [0; LOW_WORDS], owned: [0; LOW_WORDS] },
            total: 0,
            free: 0,
            bookkeeping: 0,
        }
    }

    /// Hands out a frame. Its contents are whatever they were.
    ///
    /// # Errors
    /// [`OutOfMemory`] when none is free.
    #[inline]
    pub fn allocate(&mut self) -> Result<Frame, OutOfMemory> {
        match self.take_from_word(self.hint) {
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
        if frame.0 >= LOW_FRAMES
            && let Some(span) = self.spans.get_mut(at.span)
            && let Some(directory) = &mut span.directory
            && let slot = &mut directory.slots[at.slot]
            && let Some(bitmap) = &mut slot.bitmap
        {
            let mask = 1 << at.bit;
            if bitmap.owned[at.word] & mask == 0 {
                return Err(FreeError::Foreign);
            }
            if bitmap.free[at.word] & mask != 0 {
                return Err(FreeError::DoubleFree);
            }
            bitmap.free[at.word] |= mask;
            slot.free += 1;
            span.free += 1;
            self.free += 1;
            self.hint = frame.0 / 64;
            return Ok(());
        }
        self.free_unusual(frame)
    }

    /// The exact counts. Costs nothing: they are kept, not collected.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        Statistics {
            total: self.total,
            free: self.free,
            used: self.total - self.free,
            bookkeeping: self.bookkeeping,
        }
    }

    /// Takes the first free frame of a word of 64, if there is one.
    #[inline]
    fn take_from_word(&mut self, word: u64) -> Option<Frame> {
        let at = Position::of(Frame(word * 64));
        let span = self.spans.get_mut(at.span)?;
        let slot = &mut span.directory.as_mut()?.slots[at.slot];
        let free = &mut slot.bitmap.as_mut()?.free[at.word];
        if *free == 0 {
            return None;
        }
        let bit = free.trailing_zeros();
        *free &= *free - 1;
        slot.free -= 1;
        span.free -= 1;
        self.free -= 1;
        Some(Frame(word * 64 + u64::from(bit)))
    }

    /// Frames below 1 MiB, and frames in blocks without a bitmap.
    #[cold]
    fn free_unusual(&mut self, frame: Frame) -> Result<(), FreeError> {
        if frame.0 >= LOW_FRAMES {
            // Nothing in this block was ever handed out.
            let ours = self.is_untouched(frame);
            return Err(if ours { FreeError::DoubleFree } else { FreeError::Foreign });
        }
        let (word, mask) = ((frame.0 / 64) as usize, 1 << (frame.0 % 64));
        if self.low.owned[word] & mask == 0 {
            return Err(FreeError::Foreign);
        }
        if self.low.free[word] & mask != 0 {
            return Err(FreeError::DoubleFree);
        }
        self.low.free[word] |= mask;
        self.free += 1;
        Ok(())
    }
}

const _: () = assert!(BLOCK_FRAMES.is_multiple_of(64) && LOW_FRAMES < BLOCK_FRAMES);
