//! Opening a block: the making of its books, when it is first used.
//!
//! The books are kept in the first frames of the very memory that they
//! describe. A block too small to pay for them is used up by it and stays
//! without a free frame.

use super::books::{BLOCK_FRAMES, BOOK, Books, PART_FRAMES, PARTS};
use super::extents::Extent;
use super::{Backing, Frame, FrameAllocator};

/// A book that a block needs.
enum Book {
    Directory,
    States { part: usize },
}

/// Books that a block has.
pub(super) struct Present {
    directory: bool,
    states: [bool; PARTS],
}

impl Present {
    pub(super) fn of(books: &Books, block: u64) -> Self {
        Self {
            directory: books.has_directory(block),
            states: books.parts(block).map(|states| states.is_some()),
        }
    }

    /// Takes the first frame of a piece of the block for the next book that is
    /// missing to describe it. `None` when nothing is missing or nothing left.
    fn pay(&mut self, piece: &mut Extent) -> Option<(Book, Frame)> {
        let last = piece.end.checked_sub(1).filter(|last| piece.start <= *last)?;
        let part = |number: u64| (number % BLOCK_FRAMES / PART_FRAMES) as usize;
        let book = if !self.directory {
            self.directory = true;
            Book::Directory
        } else {
            let part = (part(piece.start)..=part(last)).find(|part| !self.states[*part])?;
            self.states[part] = true;
            Book::States { part }
        };
        piece.start += 1;
        Some((book, Frame::new(piece.start - 1)))
    }

    /// Returns what is left of a piece once its books are paid for.
    pub(super) fn rest_of(&mut self, mut piece: Extent) -> Extent {
        while self.pay(&mut piece).is_some() {}
        piece
    }
}

impl<B: Backing> FrameAllocator<B> {
    /// Puts new frames into blocks that are open; other blocks find them in the
    /// extents when they are first used.
    pub(super) fn add_to_open_blocks(&mut self, new: Extent) {
        let mut from = new.start / BLOCK_FRAMES;
        let within = |from| move |block: &u64| *block >= from && block * BLOCK_FRAMES < new.end;
        while let Some(block) = self.books.opened().filter(within(from)).min() {
            self.take_in(block, new.in_block(block));
            from = block + 1;
        }
    }

    /// Makes a block ready for use, with all that the extents have of it.
    pub(super) fn open_block(&mut self, block: u64) {
        for index in 0..self.extents.as_slice().len() {
            self.take_in(block, self.extents.as_slice()[index].in_block(block));
        }
        self.books.set_opened(block);
    }

    /// Makes a piece of a block free, but for what the books take of it.
    fn take_in(&mut self, block: u64, mut piece: Extent) {
        let mut present = Present::of(&self.books, block);
        while let Some((book, frame)) = present.pay(&mut piece) {
            self.bookkeeping += 1;
            match book {
                Book::Directory => {
                    self.books.add_directory(block, self.backing.directory(frame));
                }
                Book::States { part } => {
                    let states = self.backing.states(frame);
                    // What came before was used up by books.
                    let first = block * BLOCK_FRAMES + part as u64 * PART_FRAMES;
                    for extent in self.extents.as_slice() {
                        states.fill(first, *extent, BOOK);
                    }
                    self.books.add_states(block, part, states);
                }
            }
            if let Some((state, _)) = self.books.state_mut(frame) {
                *state = BOOK;
            }
        }
        self.books.add_free(block, piece);
    }
}
