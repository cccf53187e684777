//! Runs of neighbouring frames, for devices that address memory themselves.
//!
//! A run lies within one block, and a block's first frames hold its books: so
//! 64 MiB less four frames is the most there is in one piece. The search walks
//! the states of each block: fine for the handful of runs that drivers ask for.

use super::books::{BLOCK_FRAMES, PARTS, is_free};
use super::open::Present;
use super::{Backing, Contents, Frame, FrameAllocator, FreeError, OutOfMemory, Owner, PAGE_SIZE};

/// A physical address that an allocation must end below or at, because a
/// device or a CPU mode reaches no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PhysLimit(pub u64);

impl PhysLimit {
    /// Real mode and start-up code of other processors.
    pub const BELOW_1_MIB: Self = Self(1 << 20);
    /// ISA DMA.
    pub const BELOW_16_MIB: Self = Self(1 << 24);
    /// Devices with 32-bit addresses.
    pub const BELOW_4_GIB: Self = Self(1 << 32);
}

/// The longest run that there can ever be, in frames.
const LONGEST: u64 = BLOCK_FRAMES - PARTS as u64;

impl<B: Backing> FrameAllocator<B> {
    /// Hands out `frames` frames in a row, the first of them at a multiple of
    /// `align_frames` (a power of two), all of them under the limit. Tells `note` of
    /// each frame what is known of its contents.
    ///
    /// # Errors
    /// [`OutOfMemory`] when there is no such run, or it could never be: 0
    /// frames, more than a block holds, an alignment that is no power of two.
    pub fn allocate_contiguous_noting(
        &mut self,
        frames: usize,
        align_frames: usize,
        below: Option<PhysLimit>,
        owner: Owner,
        mut note: impl FnMut(Frame, Contents),
    ) -> Result<Frame, OutOfMemory> {
        let (count, align) = (frames as u64, align_frames as u64);
        if count == 0 || count > LONGEST || !align.is_power_of_two() {
            return Err(OutOfMemory);
        }
        let want =
            Want { count, align, limit: below.map_or(u64::MAX, |limit| limit.0) / PAGE_SIZE };
        let first = self
            .run_in_open_block(want)
            .or_else(|| self.run_in_new_block(want))
            .or_else(|| want.find(0, self.low.iter().copied()))
            .ok_or(OutOfMemory)?;
        for frame in (first..first + count).map(Frame::new) {
            note(frame, self.give(frame, owner));
        }
        Ok(Frame::new(first))
    }

    /// Takes back `frames` frames from `first` on, a run or part of one, with a
    /// word on what they contain.
    ///
    /// # Errors
    /// [`FreeError`] for the first frame that cannot be freed; then none was.
    pub fn free_contiguous_as(
        &mut self,
        first: Frame,
        frames: usize,
        owner: Owner,
        contents: Contents,
    ) -> Result<(), FreeError> {
        let end = first.number().checked_add(frames as u64).ok_or(FreeError::Foreign)?;
        let mut run = (first.number()..end).map(Frame::new);
        run.clone().try_for_each(|frame| self.judge(frame, owner))?;
        run.try_for_each(|frame| self.free_as(frame, owner, contents))
    }

    /// The longest run that [`allocate_contiguous_noting`](Self::allocate_contiguous_noting)
    /// could find, in frames. For reports: it looks at every block.
    #[must_use]
    pub fn largest_free_run(&self) -> u64 {
        let mut largest = longest(self.low.iter().copied());
        for block in self.books.opened() {
            if u64::from(self.books.free_in(block)) > largest {
                largest = largest.max(longest(self.books.states(block, 0)));
            }
        }
        let mut from = 0;
        while let Some(block) = self.next_new_block(from).filter(|_| largest < LONGEST) {
            largest = largest.max(self.longest_in_new_block(block));
            from = block + 1;
        }
        largest
    }

    /// Returns the most that a piece of an unused block leaves once the books have
    /// been paid for, from the first frames.
    fn longest_in_new_block(&self, block: u64) -> u64 {
        let mut books = Present::of(&self.books, block);
        let pieces = self.extents.within(block * BLOCK_FRAMES, (block + 1) * BLOCK_FRAMES);
        pieces.map(|piece| books.rest_of(piece).len()).max().unwrap_or(0)
    }

    fn run_in_open_block(&self, want: Want) -> Option<u64> {
        self.books.opened().find_map(|block| self.run_in_block(block, want))
    }

    fn run_in_new_block(&mut self, want: Want) -> Option<u64> {
        let mut from = 0;
        while let Some(block) = self.next_new_block(from)
            && block * BLOCK_FRAMES + want.count <= want.limit
        {
            if self.longest_in_new_block(block) >= want.count {
                self.open_block(block);
                if let Some(first) = self.run_in_block(block, want) {
                    return Some(first);
                }
            }
            from = block + 1;
        }
        None
    }

    fn run_in_block(&self, block: u64, want: Want) -> Option<u64> {
        let first = block * BLOCK_FRAMES;
        if u64::from(self.books.free_in(block)) < want.count || first >= want.limit {
            return None;
        }
        want.find(first, self.books.states(block, 0))
    }
}

/// A run as it was asked for, in frames; `limit` is where it must end.
#[derive(Clone, Copy)]
struct Want {
    count: u64,
    align: u64,
    limit: u64,
}

impl Want {
    /// Returns the first frame of such a run in these states, of the frames from
    /// `base` on.
    fn find(self, base: u64, states: impl Iterator<Item = u8>) -> Option<u64> {
        let mut start = base.next_multiple_of(self.align);
        let end = (base..self.limit).zip(states).find_map(|(frame, state)| {
            if !is_free(state) {
                start = (frame + 1).next_multiple_of(self.align);
            }
            (frame + 1 == start + self.count).then_some(frame + 1)
        })?;
        Some(end - self.count)
    }
}

/// Returns the length of the longest run of free frames.
fn longest(states: impl Iterator<Item = u8>) -> u64 {
    let (mut longest, mut run) = (0, 0);
    for state in states {
        run = if is_free(state) { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}
