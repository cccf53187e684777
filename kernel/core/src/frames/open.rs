//! Opening a block: the making of its books, when it is first used.

use super::block::{BLOCK_FRAMES, Position, SLOTS, SPAN_FRAMES, for_each_word};
use super::extents::Extent;
use super::{Backing, Frame, FrameAllocator};

impl<B: Backing> FrameAllocator<B> {
    /// Blocks that have a bitmap learn of new frames at once; the others find
    /// them in the extents when they are first used.
    pub(super) fn add_to_open_blocks(&mut self, new: Extent) {
        for span in new.start / SPAN_FRAMES..=(new.end - 1) / SPAN_FRAMES {
            let part = new.within(span * SPAN_FRAMES, (span + 1) * SPAN_FRAMES);
            if self.spans.directory(span * SLOTS as u64).is_some() {
                for block in part.start / BLOCK_FRAMES..=(part.end - 1) / BLOCK_FRAMES {
                    let start = block * BLOCK_FRAMES;
                    let moved = self.own(block, part.within(start, start + BLOCK_FRAMES));
                    self.free_elsewhere -= moved;
                }
            }
        }
    }

    /// Marks a piece of a block as owned and free, if the block has a bitmap.
    /// Returns how many frames are counted there from now on.
    fn own(&mut self, block: u64, piece: Extent) -> u64 {
        let Some((bitmap, in_block, in_span)) = self.spans.block_mut(block) else { return 0 };
        let (from, to) = (piece.start - block * BLOCK_FRAMES, piece.end - block * BLOCK_FRAMES);
        for_each_word(&mut bitmap.owned, from, to, |word, mask| *word |= mask);
        for_each_word(&mut bitmap.free, from, to, |word, mask| *word |= mask);
        *in_block += (to - from) as u32;
        *in_span += to - from;
        to - from
    }

    /// Makes a block ready for use: a directory if its span has none yet, and
    /// a bitmap, both from the block's own first frames. A block too small to
    /// pay for them is used up by it and stays without a free frame.
    pub(super) fn open_block(&mut self, block: u64) {
        let at = Position::of(Frame::new(block * BLOCK_FRAMES));
        let (Some(first), second) = self.extents.first_two_frames(block) else { return };
        let Some(directory) = self.spans.directories.get_mut(at.span) else { return };
        let directory = match directory {
            Some(directory) => directory,
            None => {
                let new = directory.insert(self.backing.directory(Frame::new(first)));
                new.directory_at[at.slot] = (first % BLOCK_FRAMES) as u32 + 1;
                self.bookkeeping += 1;
                self.free_elsewhere -= 1;
                new
            }
        };
        if directory.bitmaps[at.slot].is_some() {
            return;
        }
        let taken = directory.directory_at[at.slot]
            .checked_sub(1)
            .map(|index| block * BLOCK_FRAMES + u64::from(index));
        let bitmap_at = if taken == Some(first) { second } else { Some(first) };
        let Some(bitmap_at) = bitmap_at else { return };
        directory.bitmaps[at.slot] = Some(self.backing.bitmap(Frame::new(bitmap_at)));
        self.bookkeeping += 1;

        let mut moved = 0;
        for index in 0..self.extents.as_slice().len() {
            let start = block * BLOCK_FRAMES;
            let piece = self.extents.as_slice()[index].within(start, start + BLOCK_FRAMES);
            moved += self.own(block, piece);
        }
        self.disown(Frame::new(bitmap_at));
        if let Some(taken) = taken {
            self.disown(Frame::new(taken));
            moved -= 1; // it left the count when it became the directory
        }
        self.free_elsewhere -= moved;
    }

    /// Takes back one frame that [`own`](Self::own) gave: it holds the books.
    fn disown(&mut self, frame: Frame) {
        let at = Position::of(frame);
        let block = frame.number() / BLOCK_FRAMES;
        let Some((bitmap, in_block, in_span)) = self.spans.block_mut(block) else { return };
        bitmap.owned[at.word] &= !(1 << at.bit);
        bitmap.free[at.word] &= !(1 << at.bit);
        *in_block -= 1;
        *in_span -= 1;
    }

    /// Is this a frame of ours in a block that has no bitmap yet, and not the
    /// one that became a directory?
    pub(super) fn is_untouched(&self, frame: Frame) -> bool {
        let block = frame.number() / BLOCK_FRAMES;
        let is_directory = self.spans.directory(block).is_some_and(|directory| {
            let index = u64::from(directory.directory_at[block as usize % SLOTS]);
            index == frame.number() % BLOCK_FRAMES + 1
        });
        !is_directory
            && self.spans.bitmap(block).is_none()
            && self
                .extents
                .as_slice()
                .iter()
                .any(|extent| (extent.start..extent.end).contains(&frame.number()))
    }
}
