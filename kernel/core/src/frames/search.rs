//! Finding a frame when the remembered word has none.
//!
//! In this order: the rest of the same block, any block that has a bitmap, a
//! block that was never used, and at last the memory below 1 MiB. All of it is
//! bounded by counts a level up, so a full block is passed with one look.

use super::block::{BLOCK_FRAMES, Position, SLOTS, SPAN_FRAMES, find_bit};
use super::{Backing, Frame, FrameAllocator, OutOfMemory};

impl<B: Backing> FrameAllocator<B> {
    /// Moves the hint to a word with a free frame and takes one there.
    #[cold]
    #[inline(never)]
    pub(super) fn allocate_elsewhere(&mut self) -> Result<Frame, OutOfMemory> {
        let here = Position::of(Frame(self.hint * 64));
        let block = self.hint * 64 / BLOCK_FRAMES;
        let word = self
            .free_word_in(block, here.word as u64)
            .or_else(|| self.free_word_in_used_block())
            .or_else(|| self.free_word_in_new_block());
        match word {
            Some(word) => {
                self.hint = word;
                self.take_from_word(word).ok_or(OutOfMemory)
            }
            None => self.allocate_low(),
        }
    }

    /// A word of this block with a free frame, from word `from` on and then
    /// from the block's start.
    fn free_word_in(&self, block: u64, from: u64) -> Option<u64> {
        let at = Position::of(Frame(block * BLOCK_FRAMES));
        let slot = &self.spans.get(at.span)?.directory.as_ref()?.slots[at.slot];
        let bitmap = slot.bitmap.as_ref().filter(|_| slot.free > 0)?;
        let mut bit = find_bit(&bitmap.free, from * 64, 0);
        if bit == BLOCK_FRAMES {
            bit = find_bit(&bitmap.free, 0, 0);
        }
        Some((block * BLOCK_FRAMES + bit) / 64)
    }

    fn free_word_in_used_block(&self) -> Option<u64> {
        let (span_number, span) = (0..).zip(&self.spans).find(|(_, span)| span.free > 0)?;
        let slots = &span.directory.as_ref()?.slots;
        let slot = slots.iter().position(|slot| slot.free > 0)?;
        self.free_word_in(span_number * SLOTS as u64 + slot as u64, 0)
    }

    fn free_word_in_new_block(&mut self) -> Option<u64> {
        while let Some(block) = self.next_new_block(self.extents.next_block) {
            self.open_block(block);
            self.extents.next_block = block + 1;
            if let Some(word) = self.free_word_in(block, 0) {
                return Some(word);
            }
        }
        None
    }

    /// The first block at or after `from` that has memory and no bitmap.
    pub(super) fn next_new_block(&self, from: u64) -> Option<u64> {
        self.extents
            .as_slice()
            .iter()
            .flat_map(|extent| {
                let first = extent.start / BLOCK_FRAMES;
                first.max(from)..extent.end.div_ceil(BLOCK_FRAMES)
            })
            .find(|&block| !self.has_bitmap(block))
    }

    pub(super) fn has_bitmap(&self, block: u64) -> bool {
        let span = self.spans.get((block * BLOCK_FRAMES / SPAN_FRAMES) as usize);
        let directory = span.and_then(|span| span.directory.as_ref());
        directory.is_some_and(|directory| directory.slots[block as usize % SLOTS].bitmap.is_some())
    }

    fn allocate_low(&mut self) -> Result<Frame, OutOfMemory> {
        let bit = find_bit(&self.low.free, 0, 0);
        let word = self.low.free.get_mut((bit / 64) as usize).ok_or(OutOfMemory)?;
        *word &= !(1 << (bit % 64));
        self.free -= 1;
        Ok(Frame(bit))
    }
}
