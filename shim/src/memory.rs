//! The memory map: what the loader gave, and what the shim has taken of it.
//!
//! One list serves both. Taking turns usable memory into a kind that says what
//! it holds, so that the list handed to the kernel is true by construction.

use crate::physical::REACH;
use crate::{Refusal, Result};

pub(crate) const PAGE: u64 = 4096;
const MAX_REGIONS: usize = 512;
/// VGA memory, option ROMs and firmware: never RAM, whatever a map says.
const LEGACY_HOLE: (u64, u64) = (0xa_0000, 0x10_0000);
/// RAM from here on would not fit into the direct map.
const HIGHEST: u64 = 1 << 46;

pub(crate) const fn page_down(address: u64) -> u64 {
    address & !(PAGE - 1)
}

pub(crate) const fn page_up(address: u64) -> u64 {
    page_down(address.saturating_add(PAGE - 1))
}

/// The kinds of memory, with the Limine protocol's numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Usable = 0,
    Reserved = 1,
    AcpiReclaimable = 2,
    AcpiNvs = 3,
    Bad = 4,
    /// What the kernel may have once it needs nothing of the shim any more.
    Reclaimable = 5,
    Executable = 6,
    Framebuffer = 7,
}

/// A stretch of physical addresses, `end` exclusive.
#[derive(Clone, Copy)]
pub(crate) struct Region {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) kind: Kind,
}

/// Clears physical memory.
///
/// # Safety
/// It is identity-mapped RAM, and nothing refers to it.
pub(crate) unsafe fn zero(start: u64, end: u64) {
    // SAFETY: the caller's promise.
    unsafe { core::ptr::write_bytes(start as *mut u8, 0, (end - start) as usize) };
}

#[derive(Clone)]
pub(crate) struct Map {
    regions: [Region; MAX_REGIONS],
    length: usize,
}

impl Map {
    pub(crate) const fn new() -> Self {
        Self {
            regions: [Region { start: 0, end: 0, kind: Kind::Reserved }; MAX_REGIONS],
            length: 0,
        }
    }

    /// The regions by address, as the protocol wants them.
    pub(crate) fn sorted(&mut self) -> &[Region] {
        let regions = &mut self.regions[..self.length];
        regions.sort_unstable_by_key(|region| region.start);
        regions
    }

    /// Notes an entry of the loader's map, its kind the number that E820, PVH
    /// and Multiboot2 agree on. One that wraps ends at the top.
    pub(crate) fn add_e820(&mut self, base: u64, length: u64, number: u32) -> Result<()> {
        let kind = match number {
            1 => Kind::Usable,
            3 => Kind::AcpiReclaimable,
            4 => Kind::AcpiNvs,
            5 => Kind::Bad,
            _ => Kind::Reserved,
        };
        self.add(base, base.saturating_add(length), kind)
    }

    /// Adds a region, or lets a neighbour of its kind grow.
    pub(crate) fn add(&mut self, start: u64, end: u64, kind: Kind) -> Result<()> {
        if start >= end {
            return Ok(());
        }
        for region in &mut self.regions[..self.length] {
            if region.kind == kind && (region.end == start || region.start == end) {
                (region.start, region.end) = (region.start.min(start), region.end.max(end));
                return Ok(());
            }
        }
        let place =
            self.regions.get_mut(self.length).ok_or(c"the memory map has over 512 entries")?;
        *place = Region { start, end, kind };
        self.length += 1;
        Ok(())
    }

    /// Makes order of what the loader gave: usable memory in whole pages, merged,
    /// and without page 0, the legacy hole, and what any other entry claims.
    pub(crate) fn settle(&mut self) -> Result<()> {
        let mut given = core::mem::replace(self, Self::new());
        let given = given.sorted();
        let mut free_from = PAGE;
        for region in given.iter().filter(|region| region.kind == Kind::Usable) {
            let (start, end) = (page_up(region.start), page_down(region.end).min(HIGHEST));
            self.add(start.max(free_from), end, Kind::Usable)?;
            free_from = free_from.max(end);
        }
        for region in given.iter().filter(|region| region.kind != Kind::Usable) {
            self.take(region.start, region.end, region.kind)?;
            self.add(region.start, region.end, region.kind)?;
        }
        self.take(LEGACY_HOLE.0, LEGACY_HOLE.1, Kind::Reserved)?;
        let usable = self.sorted().iter().any(|region| region.kind == Kind::Usable);
        if usable { Ok(()) } else { Err(c"the loader gave no memory map with usable memory in it") }
    }

    /// Makes another kind of what is usable in a stretch, grown to whole pages.
    pub(crate) fn take(&mut self, start: u64, end: u64, kind: Kind) -> Result<()> {
        for index in (0..self.length).rev() {
            let region = self.regions[index];
            let (from, to) = (region.start.max(page_down(start)), region.end.min(page_up(end)));
            if region.kind == Kind::Usable && from < to {
                self.length -= 1;
                self.regions[index] = self.regions[self.length];
                self.add(region.start, from, Kind::Usable)?;
                self.add(to, region.end, Kind::Usable)?;
                self.add(from, to, kind)?;
            }
        }
        Ok(())
    }

    /// Zeroed whole pages in one piece, as [`reserve`](Self::reserve) finds them.
    pub(crate) fn alloc(&mut self, bytes: u64, kind: Kind, refusal: Refusal) -> Result<u64> {
        let start = self.reserve(bytes, kind, refusal)?;
        // SAFETY: identity-mapped RAM that was usable until now: nobody refers to it.
        unsafe { zero(start, start + page_up(bytes)) };
        Ok(start)
    }

    /// Whole pages in one piece, with whatever is in them, from the highest usable
    /// memory that the shim reaches; never from the first MiB, which kernels have
    /// uses for.
    pub(crate) fn reserve(&mut self, bytes: u64, kind: Kind, refusal: Refusal) -> Result<u64> {
        let size = page_up(bytes);
        let usable =
            self.regions[..self.length].iter().filter(|region| region.kind == Kind::Usable);
        let fitting = usable.filter_map(|region| {
            let start = region.end.min(REACH).checked_sub(size)?;
            (start >= region.start.max(LEGACY_HOLE.1)).then_some(start)
        });
        let start = fitting.max().ok_or(refusal)?;
        self.take(start, start + size, kind)?;
        Ok(start)
    }

    /// Calls `each` with the stretches that the direct map covers as RAM, in
    /// whole pages, neighbours joined, the legacy hole left out.
    pub(crate) fn each_ram(&mut self, mut each: impl FnMut(u64, u64) -> Result<()>) -> Result<()> {
        let (mut from, mut to) = (0, 0);
        for region in self.sorted() {
            if matches!(region.kind, Kind::Reserved | Kind::Bad | Kind::Framebuffer) {
                continue;
            }
            let (start, end) = (page_down(region.start), page_up(region.end).min(HIGHEST));
            for (start, end) in [(start, end.min(LEGACY_HOLE.0)), (start.max(LEGACY_HOLE.1), end)] {
                if start < end && start > to {
                    each(from, to)?;
                    from = start;
                }
                to = if start < end { to.max(end) } else { to };
            }
        }
        each(from, to)
    }
}
