//! Mapping and unmapping ranges, with as few and as large pages as fit.

use super::map::{leaf_table, table_for};
use super::{
    ENTRIES, Entry, Level, Levels, MapError, Mapping, PageSize, TableMemory, UnmapError, Unmapped,
};
use crate::frames::{Frame, PAGE_SIZE};

/// The largest page that a range may use.
pub type Largest = PageSize;

/// Neighbouring pages and the neighbouring frames that they are to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRange {
    /// The first page's address.
    pub virtual_address: u64,
    /// The first frame.
    pub first: Frame,
    /// How many 4 KiB pages.
    pub pages: u64,
}

/// Maps a range with the largest pages that the alignment of both sides, the
/// length and `largest` allow.
///
/// # Errors
/// [`MapError`]; the pages mapped until then are unmapped again, and tables
/// that were made stay, empty and in place.
pub fn map_range<M: TableMemory>(
    memory: &mut M,
    root: Frame,
    levels: Levels,
    range: PageRange,
    mapping: Mapping,
    largest: Largest,
) -> Result<(), MapError> {
    let start = range.virtual_address;
    let mut rest = Rest::of(range, levels)?;
    while rest.bytes > 0 {
        let mut level = rest.largest_fit(largest).level();
        let filled = loop {
            match (fill(memory, root, levels, rest, level, mapping), level.next()) {
                // A table is where the large page would be: use it.
                (Err(MapError::AlreadyMapped), Some(smaller)) => level = smaller,
                (filled, _) => break filled,
            }
        };
        match filled {
            Ok(bytes) => rest.advance(bytes),
            Err(error) => {
                let pages = rest.virtual_address.wrapping_sub(start) / PAGE_SIZE;
                // This cannot fail: all of it was mapped a moment ago.
                let _ = unmap_range(memory, root, levels, start, pages, |_| ());
                return Err(error);
            }
        }
    }
    Ok(())
}

/// What is still to be mapped.
#[derive(Clone, Copy)]
struct Rest {
    virtual_address: u64,
    physical: u64,
    bytes: u64,
}

impl Rest {
    fn of(range: PageRange, levels: Levels) -> Result<Self, MapError> {
        let PageRange { virtual_address, first, pages } = range;
        let last_frame = first.number().checked_add(pages.saturating_sub(1));
        if !virtual_address.is_multiple_of(PAGE_SIZE)
            || last_frame.is_none_or(|last| last > Entry::ADDRESS / PAGE_SIZE)
        {
            return Err(MapError::Misaligned);
        }
        // At most 2^40 frames, so this does not overflow.
        let bytes = pages * PAGE_SIZE;
        if !is_canonical_range(levels, virtual_address, bytes) {
            return Err(MapError::NonCanonical);
        }
        Ok(Self { virtual_address, physical: first.start_address(), bytes })
    }

    fn largest_fit(self, largest: Largest) -> PageSize {
        let fits = |size: PageSize| {
            (self.virtual_address | self.physical).is_multiple_of(size.bytes())
                && self.bytes >= size.bytes()
        };
        match largest {
            PageSize::Size1GiB if fits(PageSize::Size1GiB) => PageSize::Size1GiB,
            PageSize::Size1GiB | PageSize::Size2MiB if fits(PageSize::Size2MiB) => {
                PageSize::Size2MiB
            }
            _ => PageSize::Size4KiB,
        }
    }

    fn advance(&mut self, bytes: u64) {
        // The last page of the address space ends at zero.
        self.virtual_address = self.virtual_address.wrapping_add(bytes);
        self.physical = self.physical.wrapping_add(bytes);
        self.bytes -= bytes;
    }
}

/// Fills entries of one table: to the table's end, the range's end, or an entry
/// that is taken. A larger page fits nowhere before the table's end. Returns
/// the bytes that were mapped, never 0.
#[inline]
fn fill<M: TableMemory>(
    memory: &mut M,
    root: Frame,
    levels: Levels,
    rest: Rest,
    level: Level,
    mapping: Mapping,
) -> Result<u64, MapError> {
    let span = level.span();
    let first = level.index(rest.virtual_address);
    let count = (rest.bytes / span).min((ENTRIES - first) as u64) as usize;
    let mut entry = rest.physical | mapping.leaf_bits(level);
    if count == ENTRIES
        && let Some(parent) = level.parent_of_leaves()
    {
        let table = table_for(memory, root, levels, rest.virtual_address, parent)?;
        let index = parent.index(rest.virtual_address);
        if !Entry(memory.read(table, index)).is_present() {
            let full = memory.allocate_filled(entry, span)?;
            memory.write(table, index, full.start_address() | Entry::P | Entry::RW);
            return Ok(count as u64 * span);
        }
    }
    let table = table_for(memory, root, levels, rest.virtual_address, level)?;
    for index in first..first + count {
        if Entry(memory.read(table, index)).is_present() {
            let done = (index - first) as u64 * span;
            return if done > 0 { Ok(done) } else { Err(MapError::AlreadyMapped) };
        }
        memory.write(table, index, entry);
        entry += span;
    }
    Ok(count as u64 * span)
}

/// Unmaps `pages` 4 KiB pages from `virtual_address` on, whatever the pages'
/// sizes; `unmapped` gets each of them, in order. All of the range has to be
/// mapped, and no large page may stick out of it.
///
/// # Errors
/// [`UnmapError`]; what `unmapped` got until then is unmapped.
pub fn unmap_range<M: TableMemory>(
    memory: &mut M,
    root: Frame,
    levels: Levels,
    virtual_address: u64,
    pages: u64,
    mut unmapped: impl FnMut(Unmapped),
) -> Result<(), UnmapError> {
    let mut left = pages.checked_mul(PAGE_SIZE).ok_or(UnmapError::NonCanonical)?;
    if !is_canonical_range(levels, virtual_address, left) {
        return Err(UnmapError::NonCanonical);
    }
    let mut at = virtual_address;
    while left > 0 {
        let (table, level) = leaf_table(memory, root, levels, at)?;
        let (span, size) = (level.span(), level.page_size().ok_or(UnmapError::NotMapped)?);
        if !at.is_multiple_of(span) || left < span {
            return Err(UnmapError::SplitsPage);
        }
        let first = level.index(at);
        let last = ENTRIES.min(first.saturating_add((left / span) as usize));
        for index in first..last {
            let entry = Entry(memory.read(table, index));
            if !entry.is_present() || !entry.is_leaf(level) {
                break;
            }
            memory.write(table, index, 0);
            // The last page of the address space ends at zero.
            at = at.wrapping_add(span);
            left -= span;
            unmapped(Unmapped { frame: Frame::containing(entry.page(level)), size });
        }
    }
    Ok(())
}

/// Are all bytes of the range canonical, and in the same half?
fn is_canonical_range(levels: Levels, start: u64, bytes: u64) -> bool {
    let Some(last) = start.checked_add(bytes.saturating_sub(1)) else { return false };
    levels.is_canonical(start) && levels.is_canonical(last) && (start ^ last) >> 63 == 0
}
