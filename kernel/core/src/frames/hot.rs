//! The hot quarter: 16 MiB that are allocated from and freed to right now.
//!
//! Walking from a frame's number to its bit and its state takes three loads,
//! each with a test, and an allocation that is counted in instructions feels
//! them. Most allocations are near the one before. So one quarter's books are
//! taken out of their places and kept at hand, and whoever needs the places
//! filled calls [`cool`](FrameAllocator::cool) first. That they cannot be
//! reached in two ways at once is what the borrow checker asks for.

use super::block::{Block, Position, QUARTER_FRAMES, States, WORDS, find_bit};
use super::owner::Found;
use super::{Backing, Contents, Frame, FrameAllocator, Owner};
use core::mem;

/// A quarter's books, taken out of their directory.
pub(super) struct Hot {
    block: &'static mut Block,
    states: &'static mut States,
    /// The number of the quarter's first frame.
    base: u64,
    /// The next allocation looks at this word of the block's bits.
    word: u8,
    /// How many more frames are taken than the counts of block and span say;
    /// below zero, wrapping, after more were freed.
    taken: u64,
}

// A word's number needs no check then.
const _: () = assert!(WORDS == 1 << u8::BITS);

/// Words of bits in a quarter.
const QUARTER_WORDS: usize = QUARTER_FRAMES as usize / 64;

impl Hot {
    /// The next word with a free frame, or a former one.
    fn move_on(&mut self) -> Option<()> {
        let first = usize::from(self.word) / QUARTER_WORDS * QUARTER_WORDS;
        let words = self.block.free.get(first..first + QUARTER_WORDS)?;
        let from = (usize::from(self.word) - first) as u64 * 64;
        let mut bits = [from, 0].into_iter().map(|from| find_bit(words, from, 0));
        let bit = bits.find(|bit| *bit < QUARTER_FRAMES)?;
        self.word = (first + bit as usize / 64) as u8;
        Some(())
    }
}

impl<B: Backing> FrameAllocator<B> {
    /// [`allocate`](Self::allocate) where it takes no search: in the 64 frames
    /// around the last one, and not after [`cool`](Self::cool). `None` says
    /// nothing about other frames.
    #[inline]
    pub fn allocate_at_hand(&mut self, owner: Owner) -> Option<Frame> {
        self.take_hot(owner).map(|(frame, _)| frame)
    }

    /// [`free`](Self::free) where it takes no search: in the quarter of the
    /// last frame, and not after [`cool`](Self::cool). `None`, and nothing
    /// changed, otherwise, and when the frame is not the owner's.
    #[inline]
    pub fn free_at_hand(&mut self, frame: Frame, owner: Owner) -> Option<()> {
        self.free_hot(frame, owner, Contents::Unknown)
    }

    /// Takes a free frame of the word that is at hand, if there is any.
    #[inline]
    pub(super) fn take_hot(&mut self, owner: Owner) -> Option<Found> {
        let hot = self.hot.as_mut()?;
        let word = usize::from(hot.word);
        let free = hot.block.free[word];
        if free == 0 {
            return None;
        }
        hot.block.free[word] = free & (free - 1);
        let index = (word * 64 + free.trailing_zeros() as usize) % QUARTER_FRAMES as usize;
        let state = mem::replace(&mut hot.states.0[index], owner as u8);
        hot.taken = hot.taken.wrapping_add(1);
        let frame = Frame::new(hot.base + index as u64);
        self.by_owner[owner.index()] += 1;
        Some((frame, Contents::from_byte(state)))
    }

    /// Frees a frame of the quarter at hand. `None`, and nothing changed, when
    /// it is none, or not the owner's.
    #[inline]
    pub(super) fn free_hot(
        &mut self,
        frame: Frame,
        owner: Owner,
        contents: Contents,
    ) -> Option<()> {
        let hot = self.hot.as_mut()?;
        let index = frame.number().wrapping_sub(hot.base);
        if index >= QUARTER_FRAMES {
            return None;
        }
        let state = &mut hot.states.0[index as usize];
        if *state != owner as u8 {
            return None;
        }
        *state = contents as u8;
        hot.word = (frame.number() / 64) as u8;
        hot.block.free[usize::from(hot.word)] |= 1 << (frame.number() % 64);
        hot.taken = hot.taken.wrapping_sub(1);
        self.by_owner[owner.index()] -= 1;
        Some(())
    }

    /// Takes a free frame of the quarter at hand, from whichever word.
    pub(super) fn take_hot_anywhere(&mut self, owner: Owner) -> Option<Found> {
        self.hot.as_mut()?.move_on()?;
        self.take_hot(owner)
    }

    /// Takes the books of this frame's quarter out, to be at hand.
    pub(super) fn warm(&mut self, frame: Frame) {
        self.cool();
        let at = Position::of(frame);
        let Some(Some(directory)) = self.spans.directories.get_mut(at.span) else { return };
        let Some(block) = directory.blocks[at.slot].take() else { return };
        match block.states[at.quarter].take() {
            Some(states) => {
                let base = frame.number() - at.index as u64;
                self.hot = Some(Hot { block, states, base, word: at.word as u8, taken: 0 });
            }
            None => directory.blocks[at.slot] = Some(block),
        }
    }

    /// Puts the books that are at hand back, and the counts right. The next
    /// allocation and free have to search then, which is a way to see them all:
    /// whoever wants to calls this again after each.
    pub fn cool(&mut self) {
        let Some(Hot { block, states, base, word, taken }) = self.hot.take() else { return };
        let at = Position::of(Frame::new(base));
        self.hint = Frame::new(base + u64::from(word) * 64 % QUARTER_FRAMES);
        block.states[at.quarter] = Some(states);
        if let Some(Some(directory)) = self.spans.directories.get_mut(at.span) {
            directory.blocks[at.slot] = Some(block);
            directory.free[at.slot] = directory.free[at.slot].wrapping_sub(taken as u32);
            self.spans.free[at.span] = self.spans.free[at.span].wrapping_sub(taken);
        }
    }
}
