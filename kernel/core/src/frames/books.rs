//! The books: what each frame is used for, a byte a frame.
//!
//! ```text
//!        ... 20 19    14 13  12 11       0
//!       +------+--------+------+----------+
//!       |      |  slot  | part |   index  |   a frame's number
//!       +------+--------+------+----------+
//!        4 GiB   64 MiB  16 MiB   4 KiB
//! ```
//!
//! A [`Directory`] finds the [`States`] of the blocks of 64 MiB in its 4 GiB. The
//! directories are a list: a machine of 64 GiB has 16 at the most, and memory at
//! any address costs no table that is sized by it.

use super::extents::Extent;
use super::{Contents, Frame, Owner, PAGE_SIZE};

/// Frames in a page of states: 16 MiB.
pub(super) const PART_FRAMES: u64 = PAGE_SIZE;
/// Pages of states in a block.
pub(super) const PARTS: usize = 4;
/// Frames in a block: 64 MiB.
pub(super) const BLOCK_FRAMES: u64 = PARTS as u64 * PART_FRAMES;
/// Blocks in a [`Directory`]: 4 GiB.
const SLOTS: u64 = 64;

/// State of a frame that holds books. The other states are 0 for a frame that is
/// none of ours, the number of an [`Owner`], and [`Contents`] of a free one.
pub(super) const BOOK: u8 = 0x10;

/// Returns true for the state of a free frame.
pub(super) const fn is_free(state: u8) -> bool {
    Contents::from_byte(state).is_some()
}

/// States of 4,096 frames, a byte each; exactly a frame large. All zero bytes are
/// valid and mean: none is ours.
#[derive(Debug)]
#[repr(C)]
pub struct States(pub(super) [u8; PART_FRAMES as usize]);

impl States {
    /// No frame is ours, as in a cleared frame.
    pub const EMPTY: Self = Self([0; PART_FRAMES as usize]);

    /// Sets the state of those frames of `extent` that this page, from `first` on, is for.
    pub(super) fn fill(&mut self, first: u64, extent: Extent, state: u8) {
        let part = extent.within(first, first + PART_FRAMES);
        if part.len() > 0 {
            self.0[(part.start - first) as usize..(part.end - first) as usize].fill(state);
        }
    }
}

/// Books of 4 GiB. All zero bytes are a valid value and mean: no block was used.
#[derive(Debug)]
#[repr(C)]
pub struct Directory {
    /// Number of its first block.
    first_block: u64,
    /// The directory that was made before this one.
    next: Option<&'static mut Self>,
    /// One bit a block: it was opened.
    opened: u64,
    /// Free frames in each block, as its states say; 0 before it is opened.
    free: [u32; SLOTS as usize],
    /// Pages of states of each block; `None`, a null pointer, without memory of ours.
    states: [[Option<&'static mut States>; PARTS]; SLOTS as usize],
}

const _: () = assert!(size_of::<States>() == PAGE_SIZE as usize);
const _: () = assert!(size_of::<Directory>() <= PAGE_SIZE as usize);

impl Directory {
    /// No block was used, as in a cleared frame.
    pub const EMPTY: Self = Self {
        first_block: 0,
        next: None,
        opened: 0,
        free: [0; SLOTS as usize],
        states: [const { [const { None }; PARTS] }; SLOTS as usize],
    };
}

/// All directories, the newest first.
pub(super) struct Books(Option<&'static mut Directory>);

impl Books {
    pub(super) const EMPTY: Self = Self(None);

    fn directories(&self) -> impl Iterator<Item = &Directory> {
        core::iter::successors(self.0.as_deref(), |directory| directory.next.as_deref())
    }

    /// Returns the blocks that were opened.
    pub(super) fn opened(&self) -> impl Iterator<Item = u64> {
        self.directories().flat_map(|directory| {
            let slots = (0..SLOTS).filter(|slot| directory.opened >> slot & 1 != 0);
            slots.map(|slot| directory.first_block + slot)
        })
    }

    /// Returns the directory of a block, and the block's place in it.
    fn find(&self, block: u64) -> Option<(&Directory, usize)> {
        let slot = block % SLOTS;
        let mut directories = self.directories();
        let found = directories.find(|directory| directory.first_block == block - slot)?;
        Some((found, slot as usize))
    }

    fn find_mut(&mut self, block: u64) -> Option<(&mut Directory, usize)> {
        let slot = block % SLOTS;
        let mut next = self.0.as_deref_mut();
        while let Some(directory) = next {
            if directory.first_block == block - slot {
                return Some((directory, slot as usize));
            }
            next = directory.next.as_deref_mut();
        }
        None
    }

    pub(super) fn has_directory(&self, block: u64) -> bool {
        self.find(block).is_some()
    }

    /// Adds an empty directory, for this block and its neighbours.
    pub(super) fn add_directory(&mut self, block: u64, directory: &'static mut Directory) {
        directory.first_block = block - block % SLOTS;
        directory.next = self.0.take();
        self.0 = Some(directory);
    }

    /// Adds a page of states to a block that has its directory.
    pub(super) fn add_states(&mut self, block: u64, part: usize, states: &'static mut States) {
        if let Some((directory, slot)) = self.find_mut(block) {
            directory.states[slot][part] = Some(states);
        }
    }

    /// Makes the frames of a piece of the block free; its states are there.
    pub(super) fn add_free(&mut self, block: u64, piece: Extent) {
        let Some((directory, slot)) = self.find_mut(block) else { return };
        directory.free[slot] += piece.len() as u32;
        let firsts = (block * BLOCK_FRAMES..).step_by(PART_FRAMES as usize);
        for (first, states) in firsts.zip(&mut directory.states[slot]) {
            if let Some(states) = states {
                states.fill(first, piece, Contents::Unknown as u8);
            }
        }
    }

    /// Notes that all that was added of a block is in the books.
    pub(super) fn set_opened(&mut self, block: u64) {
        if let Some((directory, slot)) = self.find_mut(block) {
            directory.opened |= 1 << slot;
        }
    }

    pub(super) fn is_opened(&self, block: u64) -> bool {
        self.find(block).is_some_and(|(directory, slot)| directory.opened >> slot & 1 != 0)
    }

    /// Returns the pages of states of a block.
    pub(super) fn parts(&self, block: u64) -> [Option<&States>; PARTS] {
        let Some((directory, slot)) = self.find(block) else { return [None; PARTS] };
        directory.states[slot].each_ref().map(Option::as_deref)
    }

    /// Returns the states of a block from its frame `from` on.
    pub(super) fn states(&self, block: u64, from: u64) -> impl Iterator<Item = u8> {
        let parts = self.parts(block);
        (from..BLOCK_FRAMES).map(move |frame| {
            let part = parts[(frame / PART_FRAMES) as usize];
            part.map_or(0, |states| states.0[(frame % PART_FRAMES) as usize])
        })
    }

    /// Returns the number of free frames in a block.
    pub(super) fn free_in(&self, block: u64) -> u32 {
        self.find(block).map_or(0, |(directory, slot)| directory.free[slot])
    }

    /// Returns an opened block with a free frame.
    pub(super) fn block_with_free(&self) -> Option<u64> {
        self.directories().find_map(|directory| {
            let slot = directory.free.iter().position(|free| *free > 0)?;
            Some(directory.first_block + slot as u64)
        })
    }

    /// Returns the state of a frame that has one, and its block's count of free ones.
    pub(super) fn state_mut(&mut self, frame: Frame) -> Option<(&mut u8, &mut u32)> {
        let number = frame.number();
        let (directory, slot) = self.find_mut(number / BLOCK_FRAMES)?;
        let part = (number % BLOCK_FRAMES / PART_FRAMES) as usize;
        let states = directory.states[slot][part].as_deref_mut()?;
        Some((&mut states.0[(number % PART_FRAMES) as usize], &mut directory.free[slot]))
    }

    /// Returns the state of a frame that has one.
    pub(super) fn state(&self, frame: Frame) -> Option<u8> {
        let part = frame.number() % BLOCK_FRAMES / PART_FRAMES;
        let states = self.parts(frame.number() / BLOCK_FRAMES)[part as usize]?;
        Some(states.0[(frame.number() % PART_FRAMES) as usize])
    }

    /// Hands all states `from` on to another owner; returns how many.
    pub(super) fn set_owner_of_all(&mut self, from: Owner, to: Owner) -> u64 {
        let (mut count, mut next) = (0, self.0.as_deref_mut());
        while let Some(directory) = next {
            for states in directory.states.iter_mut().flatten().flatten() {
                count += replace_all(&mut states.0, from, to);
            }
            next = directory.next.as_deref_mut();
        }
        count
    }
}

/// Replaces one owner by another; returns how often.
pub(super) fn replace_all(states: &mut [u8], from: Owner, to: Owner) -> u64 {
    let found = states.iter_mut().filter(|state| **state == from as u8);
    found.map(|state| *state = to as u8).count() as u64
}
