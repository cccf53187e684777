//! Runs of neighbouring frames, for devices that address memory themselves.
//!
//! A run lies within one block, and a block's first frames hold its books: so
//! 64 MiB less five frames is the most there is in one piece. The search walks
//! the words of each block: fine for the handful of runs that drivers ask for.

use super::block::{BLOCK_FRAMES, QUARTERS, SLOTS, SPAN_FRAMES, SPANS, find_bit, for_each_word};
use super::open::Books;
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

/// The longest run that there can ever be.
const LONGEST: u64 = BLOCK_FRAMES - 1 - QUARTERS as u64;

impl<B: Backing> FrameAllocator<B> {
    /// Hands out `frames` frames in a row, the first of them at a multiple of
    /// `align_frames` (a power of two), all of them under the limit.
    ///
    /// # Errors
    /// [`OutOfMemory`] when there is no such run, or it could never be: 0
    /// frames, more than a block holds, an alignment that is no power of two.
    pub fn allocate_contiguous(
        &mut self,
        frames: usize,
        align_frames: usize,
        below: Option<PhysLimit>,
        owner: Owner,
    ) -> Result<Frame, OutOfMemory> {
        self.allocate_contiguous_noting(frames, align_frames, below, owner, |_, _| ())
    }

    /// [`allocate_contiguous`](Self::allocate_contiguous), telling `note` of
    /// each frame what is known of its contents.
    ///
    /// # Errors
    /// [`OutOfMemory`], as there.
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
        self.cool();
        let limit = below.map_or(u64::MAX, |limit| limit.0) / PAGE_SIZE;
        let want = Want { count, align, limit };
        let first = self
            .run_in_used_blocks(want)
            .or_else(|| self.run_in_new_blocks(want))
            .or_else(|| take_run(&mut self.low.free, 0, want))
            .ok_or(OutOfMemory)?;
        for frame in (first..first + count).map(Frame::new) {
            note(frame, self.give(frame, owner));
        }
        Ok(Frame::new(first))
    }

    /// Takes back `frames` frames from `first` on: a run, or part of one.
    ///
    /// # Errors
    /// [`FreeError`] for the first frame that cannot be freed; then none was.
    pub fn free_contiguous(
        &mut self,
        first: Frame,
        frames: usize,
        owner: Owner,
    ) -> Result<(), FreeError> {
        self.free_contiguous_as(first, frames, owner, Contents::Unknown)
    }

    /// [`free_contiguous`](Self::free_contiguous), with a word on what the
    /// frames contain.
    ///
    /// # Errors
    /// [`FreeError`], as there.
    pub fn free_contiguous_as(
        &mut self,
        first: Frame,
        frames: usize,
        owner: Owner,
        contents: Contents,
    ) -> Result<(), FreeError> {
        let end = first.number().checked_add(frames as u64).ok_or(FreeError::Foreign)?;
        self.cool();
        let mut run = (first.number()..end).map(Frame::new);
        run.clone().try_for_each(|frame| self.judge(frame, owner))?;
        run.try_for_each(|frame| self.free_as(frame, owner, contents))
    }

    /// The longest run that [`allocate_contiguous`](Self::allocate_contiguous)
    /// could find, in frames. For reports: it looks at every block.
    #[must_use]
    pub fn largest_free_run(&mut self) -> u64 {
        self.cool();
        let mut largest = longest_run(&self.low.free);
        for directory in self.spans.directories.iter().flatten() {
            for (block, free) in directory.blocks.iter().zip(directory.free) {
                if let Some(block) = block
                    && u64::from(free) > largest
                {
                    largest = largest.max(longest_run(&block.free));
                }
            }
        }
        let mut from = 0;
        while let Some(block) = self.next_new_block(from)
            && largest < LONGEST
        {
            largest = largest.max(self.longest_run_in_new_block(block));
            from = block + 1;
        }
        largest
    }

    /// What the pieces of an unused block leave once the books have been paid
    /// for, from their first frames.
    fn longest_run_in_new_block(&self, block: u64) -> u64 {
        let mut books = Books::of(&self.spans, block);
        let rests = self.extents.in_block(block).map(|piece| books.rest_of(piece));
        rests.map(|rest| rest.end.saturating_sub(rest.start)).max().unwrap_or(0)
    }

    fn run_in_used_blocks(&mut self, want: Want) -> Option<u64> {
        for span in 0..SPANS {
            if span as u64 * SPAN_FRAMES >= want.limit {
                break;
            }
            if self.spans.free[span] < want.count {
                continue;
            }
            for slot in 0..SLOTS {
                if let Some(first) = self.run_in_block((span * SLOTS + slot) as u64, want) {
                    return Some(first);
                }
            }
        }
        None
    }

    fn run_in_new_blocks(&mut self, want: Want) -> Option<u64> {
        let mut from = 0;
        while let Some(block) = self.next_new_block(from)
            && block * BLOCK_FRAMES + want.count <= want.limit
        {
            if self.longest_run_in_new_block(block) >= want.count {
                self.open_block(block);
                if let Some(first) = self.run_in_block(block, want) {
                    return Some(first);
                }
            }
            from = block + 1;
        }
        None
    }

    fn run_in_block(&mut self, block: u64, want: Want) -> Option<u64> {
        let (books, in_block, in_span) = self.spans.block_mut(block)?;
        if u64::from(*in_block) < want.count {
            return None;
        }
        let first = take_run(&mut books.free, block * BLOCK_FRAMES, want)?;
        *in_block -= want.count as u32;
        *in_span -= want.count;
        Some(first)
    }
}

/// A run as it was asked for, in frames; `limit` is where it must end.
#[derive(Clone, Copy)]
struct Want {
    count: u64,
    align: u64,
    limit: u64,
}

/// Finds a run of ones and clears it. `base` is the first bit's frame number,
/// which is what the answer is counted from.
fn take_run(words: &mut [u64], base: u64, want: Want) -> Option<u64> {
    let bits = words.len() as u64 * 64;
    let mut start = 0;
    loop {
        start = find_bit(words, start, 0);
        start = (base + start).checked_next_multiple_of(want.align)?.checked_sub(base)?;
        let end = start.checked_add(want.count)?;
        if end > bits || base + end > want.limit {
            return None;
        }
        let used = find_bit(words, start, u64::MAX);
        if used >= end {
            for_each_word(words, start, end, |word, mask| *word &= !mask);
            return Some(base + start);
        }
        start = used + 1;
    }
}

/// The length of the longest run of ones.
fn longest_run(words: &[u64]) -> u64 {
    let bits = words.len() as u64 * 64;
    let (mut longest, mut start) = (0, 0);
    while start < bits {
        start = find_bit(words, start, 0);
        let end = find_bit(words, start, u64::MAX);
        longest = longest.max(end - start);
        start = end;
    }
    longest
}
