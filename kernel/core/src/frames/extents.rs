//! Extents: the memory as it was added, and the making of blocks from it.

use core::fmt;

use super::block::{BLOCK_FRAMES, Directory, Position, SPAN_FRAMES, SPANS, for_each_word};
use super::{Backing, Frame, FrameAllocator, LOW_FRAMES, PAGE_SIZE};
use crate::regions::Region;

/// How many extents there can be. Loaders join neighbours; real memory maps
/// have 5 to 40 usable entries.
const EXTENTS: usize = 128;

/// Why memory was not added. Nothing of the region was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddError {
    /// Some of it was added before.
    Overlap,
    /// It lies above 8 TiB, further than the books reach.
    TooHigh,
    /// There are too many separate regions already.
    TooMany,
}

impl fmt::Display for AddError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Overlap => "memory was added twice",
            Self::TooHigh => "memory above 8 TiB",
            Self::TooMany => "too many separate memory regions",
        })
    }
}

impl core::error::Error for AddError {}

/// A run of frames `start..end` that was added, at or above 1 MiB.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub(super) start: u64,
    pub(super) end: u64,
}

impl Extent {
    /// The part of it that lies in `start..end`; empty where none does.
    fn within(self, start: u64, end: u64) -> Self {
        let start = self.start.max(start);
        Self { start, end: self.end.min(end).max(start) }
    }
}

/// All extents, sorted, disjoint, never touching each other.
pub(super) struct Extents {
    entries: [Extent; EXTENTS],
    len: usize,
    /// All blocks before this one have been used, or have nothing usable.
    pub(super) next_block: u64,
}

impl Extents {
    pub(super) const EMPTY: Self =
        Self { entries: [Extent { start: 0, end: 0 }; EXTENTS], len: 0, next_block: 0 };

    pub(super) fn as_slice(&self) -> &[Extent] {
        self.entries.get(..self.len).unwrap_or_default()
    }

    /// The pieces of extents that lie in a block.
    pub(super) fn in_block(&self, block: u64) -> impl Iterator<Item = Extent> {
        let start = block * BLOCK_FRAMES;
        self.as_slice()
            .iter()
            .map(move |extent| extent.within(start, start + BLOCK_FRAMES))
            .filter(|piece| piece.start < piece.end)
    }

    /// The first two frames of a block that are ours.
    fn first_two_frames(&self, block: u64) -> (Option<u64>, Option<u64>) {
        let mut frames = self.in_block(block).flat_map(|piece| piece.start..piece.end);
        (frames.next(), frames.next())
    }

    /// Puts an extent in its place, joined with those that it touches.
    fn insert(&mut self, new: Extent) -> Result<(), AddError> {
        let entries = &mut self.entries;
        let at = entries[..self.len].partition_point(|extent| extent.end < new.start);
        // At most two entries touch the new one: the one before it and the
        // one after it.
        let touching =
            entries[at..self.len].iter().take_while(|extent| extent.start <= new.end).count();
        let mut joined = new;
        for extent in &entries[at..at + touching] {
            if extent.start < new.end && new.start < extent.end {
                return Err(AddError::Overlap);
            }
            joined.start = joined.start.min(extent.start);
            joined.end = joined.end.max(extent.end);
        }
        if touching == 0 && self.len == EXTENTS {
            return Err(AddError::TooMany);
        }
        let moved_to = at + 1;
        if touching == 0 {
            entries.copy_within(at..self.len, moved_to);
        } else {
            entries.copy_within(at + touching..self.len, moved_to);
        }
        entries[at] = joined;
        self.len = self.len + 1 - touching;
        self.next_block = self.next_block.min(new.start / BLOCK_FRAMES);
        Ok(())
    }
}

impl<B: Backing> FrameAllocator<B> {
    /// Adds the whole frames of a region, at boot or any time later (the
    /// loader's memory, once its answers have been copied). The region's kind
    /// is not looked at: the caller decides what may be used.
    ///
    /// Returns how many frames were added. Frame 0 never is: a null pointer
    /// must not become memory.
    ///
    /// # Errors
    /// [`AddError`]; nothing of the region was added then.
    pub fn add_region(&mut self, region: Region) -> Result<u64, AddError> {
        let start = region.start.div_ceil(PAGE_SIZE).max(1);
        let end = (region.end / PAGE_SIZE).max(start);
        if end > SPANS as u64 * SPAN_FRAMES {
            return Err(AddError::TooHigh);
        }
        let low = Extent { start, end }.within(0, LOW_FRAMES);
        let high = Extent { start, end }.within(LOW_FRAMES, u64::MAX);
        if find_owned(&self.low.owned, low) {
            return Err(AddError::Overlap);
        }
        if high.start < high.end {
            self.extents.insert(high)?;
            self.add_to_used_blocks(high);
        }
        for_each_word(&mut self.low.owned, low.start, low.end, |word, mask| *word |= mask);
        for_each_word(&mut self.low.free, low.start, low.end, |word, mask| *word |= mask);
        let added = end - start;
        self.total += added;
        self.free += added;
        Ok(added)
    }

    /// Blocks that have a bitmap learn of new frames at once; the others find
    /// them in the extents when they are first used.
    fn add_to_used_blocks(&mut self, new: Extent) {
        for span in new.start / SPAN_FRAMES..=(new.end - 1) / SPAN_FRAMES {
            let part = new.within(span * SPAN_FRAMES, (span + 1) * SPAN_FRAMES);
            if self.spans[span as usize].directory.is_some() {
                for block in part.start / BLOCK_FRAMES..=(part.end - 1) / BLOCK_FRAMES {
                    let start = block * BLOCK_FRAMES;
                    self.own(block, part.within(start, start + BLOCK_FRAMES));
                }
            }
        }
    }

    /// Marks a piece of a block as owned and free, if the block has a bitmap.
    fn own(&mut self, block: u64, piece: Extent) {
        let at = Position::of(Frame(block * BLOCK_FRAMES));
        let span = &mut self.spans[at.span];
        let Some(directory) = &mut span.directory else { return };
        let slot = &mut directory.slots[at.slot];
        let Some(bitmap) = &mut slot.bitmap else { return };
        let (from, to) = (piece.start - block * BLOCK_FRAMES, piece.end - block * BLOCK_FRAMES);
        for_each_word(&mut bitmap.owned, from, to, |word, mask| *word |= mask);
        for_each_word(&mut bitmap.free, from, to, |word, mask| *word |= mask);
        slot.free += (to - from) as u32;
        span.free += to - from;
    }

    /// Makes a block ready for use: a directory if its span has none yet, and
    /// a bitmap, both from the block's own first frames. A block too small to
    /// pay for them is used up by it and stays without a free frame.
    pub(super) fn open_block(&mut self, block: u64) {
        let at = Position::of(Frame(block * BLOCK_FRAMES));
        let (Some(first), second) = self.extents.first_two_frames(block) else { return };
        let Some(span) = self.spans.get_mut(at.span) else { return };
        if span.directory.is_none() {
            let directory: &'static mut Directory = self.backing.directory(Frame(first));
            directory.slots[at.slot].directory_at = (first % BLOCK_FRAMES) as u32 + 1;
            span.directory = Some(directory);
            self.bookkeeping += 1;
            self.free -= 1;
        }
        let Some(directory) = &mut span.directory else { return };
        let slot = &mut directory.slots[at.slot];
        if slot.bitmap.is_some() {
            return;
        }
        let taken = slot.directory_at.checked_sub(1).map(|at| block * BLOCK_FRAMES + u64::from(at));
        let bitmap_at = if taken == Some(first) { second } else { Some(first) };
        let Some(bitmap_at) = bitmap_at else { return };
        slot.bitmap = Some(self.backing.bitmap(Frame(bitmap_at)));
        self.bookkeeping += 1;
        self.free -= 1;

        for index in 0..self.extents.as_slice().len() {
            let start = block * BLOCK_FRAMES;
            let piece = self.extents.as_slice()[index].within(start, start + BLOCK_FRAMES);
            self.own(block, piece);
        }
        self.disown(Frame(bitmap_at));
        if let Some(taken) = taken {
            self.disown(Frame(taken));
        }
    }

    /// Marks one frame of a block as bookkeeping.
    fn disown(&mut self, frame: Frame) {
        let at = Position::of(frame);
        let span = &mut self.spans[at.span];
        let Some(directory) = &mut span.directory else { return };
        let slot = &mut directory.slots[at.slot];
        let Some(bitmap) = &mut slot.bitmap else { return };
        bitmap.owned[at.word] &= !(1 << at.bit);
        bitmap.free[at.word] &= !(1 << at.bit);
        slot.free -= 1;
        span.free -= 1;
    }

    /// Is this a frame of ours in a block that has no bitmap yet, and not the
    /// one that became a directory?
    pub(super) fn is_untouched(&self, frame: Frame) -> bool {
        let at = Position::of(frame);
        let slot = self
            .spans
            .get(at.span)
            .and_then(|span| span.directory.as_ref())
            .map(|directory| &directory.slots[at.slot]);
        let is_directory = slot
            .is_some_and(|slot| u64::from(slot.directory_at) == frame.number() % BLOCK_FRAMES + 1);
        !is_directory
            && slot.is_none_or(|slot| slot.bitmap.is_none())
            && self
                .extents
                .as_slice()
                .iter()
                .any(|extent| (extent.start..extent.end).contains(&frame.number()))
    }
}

/// Is any frame of the extent set in these words?
fn find_owned(words: &[u64], extent: Extent) -> bool {
    extent.start < extent.end && super::block::find_bit(words, extent.start, 0) < extent.end
}
