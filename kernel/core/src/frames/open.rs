//! Opening a block: the making of its books, when it is first used.
//!
//! The books are kept in the first frames of the very memory that they
//! describe. A block too small to pay for them is used up by it and stays
//! without a free frame.

use super::block::{BLOCK_FRAMES, Position, QUARTER_FRAMES, QUARTERS, SLOTS, SPAN_FRAMES};
use super::block::{Spans, for_each_word};
use super::extents::Extent;
use super::{Backing, Frame, FrameAllocator};

/// One frame of a block's books.
enum Book {
    Directory,
    Block,
    States { quarter: usize },
}

/// Which of its books a block has.
pub(super) struct Books {
    directory: bool,
    block: bool,
    states: [bool; QUARTERS],
}

impl Books {
    pub(super) fn of(spans: &Spans, block: u64) -> Self {
        let books = spans.block(block);
        Self {
            directory: spans.directory(block).is_some(),
            block: books.is_some(),
            states: books
                .map_or([false; QUARTERS], |block| block.states.each_ref().map(Option::is_some)),
        }
    }

    /// Takes the first frame of a piece of the block for the next book that is
    /// missing to describe it. `None` when nothing is missing or nothing left.
    fn pay(&mut self, piece: &mut Extent) -> Option<(Book, Frame)> {
        if piece.start >= piece.end {
            return None;
        }
        let quarter = |number: u64| (number % BLOCK_FRAMES / QUARTER_FRAMES) as usize;
        let book = if !self.directory {
            self.directory = true;
            Book::Directory
        } else if !self.block {
            self.block = true;
            Book::Block
        } else {
            let quarters = quarter(piece.start)..=quarter(piece.end - 1);
            let mut missing = self.states.iter_mut().enumerate();
            let (quarter, there) = missing.find(|(at, there)| quarters.contains(at) && !**there)?;
            *there = true;
            Book::States { quarter }
        };
        let frame = Frame::new(piece.start);
        piece.start += 1;
        Some((book, frame))
    }

    /// What is left of a piece once its books are paid for.
    pub(super) fn rest_of(&mut self, mut piece: Extent) -> Extent {
        while self.pay(&mut piece).is_some() {}
        piece
    }
}

impl<B: Backing> FrameAllocator<B> {
    /// Blocks that have been opened learn of new frames at once; the others
    /// find them in the extents when they are first used.
    pub(super) fn add_to_open_blocks(&mut self, new: Extent) {
        for span in new.start / SPAN_FRAMES..=(new.end - 1) / SPAN_FRAMES {
            let part = new.within(span * SPAN_FRAMES, (span + 1) * SPAN_FRAMES);
            if self.spans.directory(span * SLOTS as u64).is_some() {
                for block in part.start / BLOCK_FRAMES..=(part.end - 1) / BLOCK_FRAMES {
                    let start = block * BLOCK_FRAMES;
                    if self.is_open(block) {
                        self.take_in(block, part.within(start, start + BLOCK_FRAMES));
                    }
                }
            }
        }
    }

    /// Makes a block ready for use, with all that the extents have of it.
    pub(super) fn open_block(&mut self, block: u64) {
        if self.is_open(block) {
            return;
        }
        let start = block * BLOCK_FRAMES;
        for index in 0..self.extents.as_slice().len() {
            let piece = self.extents.as_slice()[index].within(start, start + BLOCK_FRAMES);
            self.take_in(block, piece);
        }
    }

    /// Has anything of this block been taken in? Then all of it was.
    pub(super) fn is_open(&self, block: u64) -> bool {
        self.spans.directory(block).is_some_and(|directory| {
            directory.blocks[block as usize % SLOTS].is_some()
                || directory.kept_in.number() / BLOCK_FRAMES == block
        })
    }

    /// Makes a piece of a block free, but for what the books take of it.
    fn take_in(&mut self, block: u64, mut piece: Extent) {
        let mut books = Books::of(&self.spans, block);
        while let Some((book, frame)) = books.pay(&mut piece) {
            self.keep(block, book, frame);
        }
        let Some((books, in_block, in_span)) = self.spans.block_mut(block) else { return };
        let start = block * BLOCK_FRAMES;
        let count = piece.end.saturating_sub(piece.start);
        for_each_word(
            &mut books.free,
            piece.start.saturating_sub(start),
            piece.end.saturating_sub(start),
            |word, mask| *word |= mask,
        );
        *in_block += count as u32;
        *in_span += count;
    }

    /// Starts a book of this block in this frame.
    fn keep(&mut self, block: u64, book: Book, frame: Frame) {
        self.bookkeeping += 1;
        let at = Position::of(Frame::new(block * BLOCK_FRAMES));
        let Some(directory) = self.spans.directories.get_mut(at.span) else { return };
        if let Book::Directory = book {
            directory.insert(self.backing.directory(frame)).kept_in = frame;
            return;
        }
        let Some(directory) = directory else { return };
        let slot = &mut directory.blocks[at.slot];
        match (book, slot) {
            (Book::States { quarter }, Some(block)) => {
                block.states[quarter] = Some(self.backing.states(frame));
                block.kept_in[1 + quarter] = frame;
            }
            (_, slot) => slot.insert(self.backing.block(frame)).kept_in[0] = frame,
        }
    }

    /// Is this a frame of ours in a block that was never used?
    pub(super) fn is_untouched(&self, frame: Frame) -> bool {
        !self.is_open(frame.number() / BLOCK_FRAMES)
            && self
                .extents
                .as_slice()
                .iter()
                .any(|extent| (extent.start..extent.end).contains(&frame.number()))
    }
}
