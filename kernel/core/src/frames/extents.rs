//! Extents: the memory as it was added.

use core::fmt;

use super::books::BLOCK_FRAMES;
use super::{Backing, Contents, FrameAllocator, LOW_FRAMES, PAGE_SIZE};
use crate::regions::Region;

/// How many extents there can be. Loaders join neighbours; real memory maps
/// have 5 to 40 usable entries.
const EXTENTS: usize = 128;

/// Frames that a physical address of 52 bits reaches (Intel SDM vol. 3A, 4.1.4).
const ADDRESSED_FRAMES: u64 = (1 << 52) / PAGE_SIZE;

/// Why memory was not added. Nothing of the region was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddError {
    /// Some of it was added before.
    Overlap,
    /// It lies above 4 PiB, where no processor of this kind can have memory.
    TooHigh,
    /// There are too many separate regions already.
    TooMany,
}

impl fmt::Display for AddError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Overlap => "memory was added twice",
            Self::TooHigh => "memory above 4 PiB",
            Self::TooMany => "too many separate memory regions",
        })
    }
}

/// A run of frames `start..end` that was added, at or above 1 MiB.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub(super) start: u64,
    pub(super) end: u64,
}

impl Extent {
    /// Returns the part of it that lies in `start..end`; empty where none does.
    pub(super) fn within(self, start: u64, end: u64) -> Self {
        let start = self.start.max(start);
        Self { start, end: self.end.min(end).max(start) }
    }

    /// Returns the part of it that lies in a block.
    pub(super) fn in_block(self, block: u64) -> Self {
        self.within(block * BLOCK_FRAMES, (block + 1) * BLOCK_FRAMES)
    }

    /// Returns the number of its frames.
    pub(super) const fn len(self) -> u64 {
        self.end - self.start
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

    /// Returns the parts of extents that lie in `start..end`.
    pub(super) fn within(&self, start: u64, end: u64) -> impl Iterator<Item = Extent> {
        let parts = self.as_slice().iter().map(move |extent| extent.within(start, end));
        parts.filter(|part| part.len() > 0)
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
        entries.copy_within(at + touching..self.len, at + 1);
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
        if end > ADDRESSED_FRAMES {
            return Err(AddError::TooHigh);
        }
        let all = Extent { start, end };
        let (low, high) = (all.within(0, LOW_FRAMES), all.within(LOW_FRAMES, u64::MAX));
        let low = self.low.get_mut(low.start as usize..low.end as usize).unwrap_or_default();
        if low.iter().any(|state| *state != 0) {
            return Err(AddError::Overlap);
        }
        if high.len() > 0 {
            self.extents.insert(high)?;
        }
        low.fill(Contents::Unknown as u8);
        self.total += all.len();
        self.add_to_open_blocks(high);
        Ok(all.len())
    }
}
