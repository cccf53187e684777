//! Finding a frame when the word at hand has none.
//!
//! In this order: the rest of the quarter and of its block, any block that has been used, a
//! block that was never used, and at last the memory below 1 MiB. All of it is
//! bounded by counts a level up, so a full block is passed with one look.

use super::block::{BLOCK_FRAMES, SLOTS, find_bit};
use super::owner::Found;
use super::{Backing, Frame, FrameAllocator, OutOfMemory, Owner};

impl<B: Backing> FrameAllocator<B> {
    /// Looks for a free frame and takes it; its quarter is at hand from now on.
    #[cold]
    #[inline(never)]
    pub(super) fn allocate_elsewhere(&mut self, owner: Owner) -> Result<Found, OutOfMemory> {
        if let Some(found) = self.take_hot_anywhere(owner) {
            return Ok(found);
        }
        self.cool();
        let block = self.hint.number() / BLOCK_FRAMES;
        let near = self
            .free_in(block, self.hint.number() % BLOCK_FRAMES)
            .or_else(|| self.free_in_used_block())
            .or_else(|| self.free_in_new_block());
        match near {
            Some(frame) => {
                self.warm(frame);
                self.take_hot(owner).ok_or(OutOfMemory)
            }
            None => self.allocate_low(owner),
        }
    }

    /// A free frame of this block: one behind its frame `from` if there is any.
    fn free_in(&self, block: u64, from: u64) -> Option<Frame> {
        if self.spans.directory(block)?.free[block as usize % SLOTS] == 0 {
            return None;
        }
        let books = self.spans.block(block)?;
        let mut bit = find_bit(&books.free, from, 0);
        if bit == BLOCK_FRAMES {
            bit = find_bit(&books.free, 0, 0);
        }
        Some(Frame::new(block * BLOCK_FRAMES + bit))
    }

    fn free_in_used_block(&self) -> Option<Frame> {
        let span = self.spans.free.iter().position(|&free| free > 0)?;
        let directory = self.spans.directory((span * SLOTS) as u64)?;
        let slot = directory.free.iter().position(|&free| free > 0)?;
        self.free_in((span * SLOTS + slot) as u64, 0)
    }

    fn free_in_new_block(&mut self) -> Option<Frame> {
        while let Some(block) = self.next_new_block(self.extents.next_block) {
            self.open_block(block);
            self.extents.next_block = block + 1;
            if let Some(frame) = self.free_in(block, 0) {
                return Some(frame);
            }
        }
        None
    }

    /// The first block at or after `from` that has memory and was never used.
    pub(super) fn next_new_block(&self, from: u64) -> Option<u64> {
        self.extents
            .as_slice()
            .iter()
            .flat_map(|extent| {
                let first = extent.start / BLOCK_FRAMES;
                first.max(from)..extent.end.div_ceil(BLOCK_FRAMES)
            })
            .find(|&block| !self.is_open(block))
    }

    fn allocate_low(&mut self, owner: Owner) -> Result<Found, OutOfMemory> {
        let bit = find_bit(&self.low.free, 0, 0);
        let word = self.low.free.get_mut((bit / 64) as usize).ok_or(OutOfMemory)?;
        *word &= !(1 << (bit % 64));
        let frame = Frame::new(bit);
        Ok((frame, self.give(frame, owner)))
    }
}
