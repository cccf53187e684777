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
//!  Directory    [block 0 | block 1 | ... | block 63] -> next directory
//!                  |          |                        one frame for 4 GiB
//!                  |          +--> none: this block was never used
//!                  v
//!  States       [one byte a frame: its state]          one frame for 16 MiB
//!
//!  below 1 MiB  states that are kept here: used last, frame 0 never
//! ```
//!
//! A block's books are made when the block is first used, in the first frames
//! of that very block; the directory of 4 GiB likewise. So booting with 1 TiB
//! costs what booting with 1 GiB does, and no table is sized by the highest
//! address.
//!
//! A frame's state says all that is known of it: free, in use by an [`Owner`],
//! one that holds books, or none of ours. Only its owner can give a frame back,
//! so a double free, a foreign frame and a wrong owner are all seen.
//!
//! The search for a free frame begins where the last one was taken or freed: a
//! freed frame is the next to be handed out, while the cache still knows it. From
//! there it goes to any block that has been used, to one that never was, and at
//! last to the memory below 1 MiB. Counts by block pass full ones with one look.
//!
//! This file forbids `unsafe`, and a frame number is not a pointer: the kernel
//! turns one into the other through [`Backing`].
//!
//! The roads not taken: a bitmap over all of memory is paid for at boot and
//! has to be sized; a list threaded through the free frames touches each one
//! and cannot see a double free; a buddy system keeps large runs together, and
//! only devices want contiguous frames.

mod books;
mod check;
mod contiguous;
mod extents;
mod frame;
mod open;
mod owner;
#[cfg(test)]
mod tests;

pub use books::{Directory, States};
pub use check::BooksError;
pub use contiguous::PhysLimit;
pub use extents::AddError;
pub use frame::{Frame, FreeError, OutOfMemory, PAGE_SIZE};
pub use owner::{Contents, Owner, State, Statistics};

use books::{BLOCK_FRAMES, BOOK, Books, is_free, replace_all};
use core::mem;
use extents::Extents;

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
    /// The frame as empty states: cleared to zero.
    fn states(&mut self, frame: Frame) -> &'static mut States;
    /// The frame as an empty directory: cleared to zero.
    fn directory(&mut self, frame: Frame) -> &'static mut Directory;
}

/// The allocator of physical frames. See the [module](self) for its design.
///
/// It is some KiB large and made to sit in a `static`, behind a lock:
/// [`new`](Self::new) is `const` and all zero bytes but for `backing`.
pub struct FrameAllocator<B> {
    backing: B,
    books: Books,
    extents: Extents,
    /// States of the frames below 1 MiB.
    low: [u8; LOW_FRAMES as usize],
    /// The frame that was taken or freed last.
    hint: Frame,
    total: u64,
    bookkeeping: u64,
    by_owner: [u64; Owner::ALL.len()],
}

impl<B: Backing> FrameAllocator<B> {
    /// An allocator without memory; [`add_region`](Self::add_region) gives it
    /// some.
    #[must_use]
    pub const fn new(backing: B) -> Self {
        Self {
            backing,
            books: Books::EMPTY,
            extents: Extents::EMPTY,
            low: [0; LOW_FRAMES as usize],
            hint: Frame::new(0),
            total: 0,
            bookkeeping: 0,
            by_owner: [0; Owner::ALL.len()],
        }
    }

    /// Hands out a frame, and tells what is known of its contents.
    ///
    /// # Errors
    /// [`OutOfMemory`] when none is free.
    pub fn allocate_noting(&mut self, owner: Owner) -> Result<(Frame, Contents), OutOfMemory> {
        let near = (self.hint.number() / BLOCK_FRAMES, self.hint.number() % BLOCK_FRAMES);
        let found = self
            .free_in(near.0, near.1)
            .or_else(|| self.free_in(near.0, 0))
            .or_else(|| self.free_in(self.books.block_with_free()?, 0))
            .or_else(|| self.free_in_new_block())
            .or_else(|| self.low.iter().position(|state| is_free(*state)).map(|at| at as u64));
        let frame = Frame::new(found.ok_or(OutOfMemory)?);
        Ok((frame, self.give(frame, owner)))
    }

    /// Returns a free frame of this block from its frame `from` on.
    fn free_in(&self, block: u64, from: u64) -> Option<u64> {
        if self.books.free_in(block) == 0 {
            return None;
        }
        let mut frames = (block * BLOCK_FRAMES + from..).zip(self.books.states(block, from));
        frames.find(|(_, state)| is_free(*state)).map(|(frame, _)| frame)
    }

    fn free_in_new_block(&mut self) -> Option<u64> {
        while let Some(block) = self.next_new_block(self.extents.next_block) {
            self.open_block(block);
            self.extents.next_block = block + 1;
            if let Some(frame) = self.free_in(block, 0) {
                return Some(frame);
            }
        }
        None
    }

    /// Returns the first block at or after `from` that has memory and was never used.
    fn next_new_block(&self, from: u64) -> Option<u64> {
        let extents = self.extents.as_slice().iter();
        let mut blocks = extents.flat_map(|extent| {
            (extent.start / BLOCK_FRAMES).max(from)..extent.end.div_ceil(BLOCK_FRAMES)
        });
        blocks.find(|block| !self.books.is_opened(*block))
    }

    /// Notes the owner of a free frame.
    fn give(&mut self, frame: Frame, owner: Owner) -> Contents {
        self.by_owner[owner.index()] += 1;
        self.set_state(frame, owner as u8)
    }

    /// Sets the state of a frame of ours, with its block's count; returns what was
    /// known of its contents.
    fn set_state(&mut self, frame: Frame, state: u8) -> Contents {
        let place = if let Some(low) = self.low.get_mut(frame.number() as usize) {
            low
        } else if let Some((place, free)) = self.books.state_mut(frame) {
            self.hint = frame;
            *free = *free + u32::from(is_free(state)) - u32::from(is_free(*place));
            place
        } else {
            return Contents::Unknown;
        };
        Contents::from_byte(mem::replace(place, state)).unwrap_or(Contents::Unknown)
    }

    /// Takes a frame back from its owner, with a word on what it contains.
    ///
    /// # Errors
    /// [`FreeError`]; nothing has changed then.
    pub fn free_as(
        &mut self,
        frame: Frame,
        owner: Owner,
        contents: Contents,
    ) -> Result<(), FreeError> {
        self.judge(frame, owner)?;
        self.set_state(frame, contents as u8);
        self.by_owner[owner.index()] -= 1;
        Ok(())
    }

    /// Hands a frame on from one owner to another.
    ///
    /// # Errors
    /// [`FreeError`], as if `from` had freed it; nothing has changed then.
    pub fn set_owner(&mut self, frame: Frame, from: Owner, to: Owner) -> Result<(), FreeError> {
        self.judge(frame, from)?;
        self.by_owner[from.index()] -= 1;
        self.give(frame, to);
        Ok(())
    }

    /// Hands all that one owner has on to another, and returns how many frames
    /// that were. It looks at every frame that was ever used.
    pub fn set_owner_of_all(&mut self, from: Owner, to: Owner) -> u64 {
        let low = replace_all(&mut self.low, from, to);
        let count = low + self.books.set_owner_of_all(from, to);
        self.by_owner[from.index()] -= count;
        self.by_owner[to.index()] += count;
        count
    }

    /// What a frame is; `None` if it is none of ours.
    #[must_use]
    pub fn owner_of(&self, frame: Frame) -> Option<State> {
        let number = frame.number();
        let low = self.low.get(number as usize).copied();
        match low.or_else(|| self.books.state(frame)) {
            Some(state) if is_free(state) => Some(State::Free),
            Some(BOOK) => Some(State::Bookkeeping),
            Some(state) => Owner::from_byte(state).map(State::Used),
            // No states: it was never used, or used up by other books.
            None => {
                self.extents.within(number, number.saturating_add(1)).next()?;
                let opened = self.books.is_opened(number / BLOCK_FRAMES);
                Some(if opened { State::Bookkeeping } else { State::Free })
            }
        }
    }

    /// Tells what is wrong with giving this frame back by this owner.
    fn judge(&self, frame: Frame, owner: Owner) -> Result<(), FreeError> {
        match self.owner_of(frame) {
            Some(State::Used(is)) if is == owner => Ok(()),
            Some(State::Used(is)) => Err(FreeError::WrongOwner { is }),
            Some(State::Free) => Err(FreeError::DoubleFree),
            Some(State::Bookkeeping) | None => Err(FreeError::Foreign),
        }
    }

    /// The exact counts.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let Self { total, bookkeeping, by_owner, .. } = *self;
        let used = bookkeeping + by_owner.iter().sum::<u64>();
        Statistics { total, free: total - used, used, bookkeeping, by_owner }
    }
}

const _: () = assert!(LOW_FRAMES < BLOCK_FRAMES);
