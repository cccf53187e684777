//! The memory map: what the loader gave, and what the shim has taken of it.
//!
//! One list serves both. Allocating turns usable memory into a kind that says
//! what it holds, so that the list handed to the kernel is true by construction.

use crate::physical::REACH;
use crate::refusal::Refusal;

pub(crate) const PAGE: u64 = 4096;
const MAX_REGIONS: usize = 512;
/// VGA memory, option ROMs and firmware: never RAM, whatever a map says.
pub(crate) const LEGACY_HOLE: (u64, u64) = (0xa_0000, 0x10_0000);
/// Usable memory from here on would not fit into the direct map.
const HIGHEST: u64 = 1 << 46;

pub(crate) const fn page_down(address: u64) -> u64 {
    address & !(PAGE - 1)
}

pub(crate) const fn page_up(address: u64) -> u64 {
    page_down(address.saturating_add(PAGE - 1))
}

/// The kinds of memory, with the Limine protocol's numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
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

impl Kind {
    /// From the number that E820, PVH and Multiboot2 agree on.
    pub(crate) fn from_e820(number: u32) -> Self {
        match number {
            1 => Self::Usable,
            3 => Self::AcpiReclaimable,
            4 => Self::AcpiNvs,
            5 => Self::Bad,
            _ => Self::Reserved,
        }
    }

    /// Whether the direct map covers it (as RAM: the framebuffer is apart).
    fn is_ram(self) -> bool {
        !matches!(self, Self::Reserved | Self::Bad | Self::Framebuffer)
    }
}

/// A stretch of physical addresses, `end` exclusive.
#[derive(Clone, Copy)]
pub(crate) struct Region {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) kind: Kind,
}

#[derive(Clone)]
pub(crate) struct Map {
    regions: [Region; MAX_REGIONS],
    length: usize,
}

impl Map {
    pub(crate) const fn new() -> Self {
        Self { regions: [Region { start: 0, end: 0, kind: Kind::Reserved }; MAX_REGIONS], length: 0 }
    }

    pub(crate) fn regions(&self) -> &[Region] {
        &self.regions[..self.length]
    }

    /// Orders by address, as the protocol wants the answer to be.
    pub(crate) fn sort(&mut self) {
        self.regions[..self.length].sort_unstable_by_key(|region| region.start);
    }

    /// Notes an entry of the loader's map; empty ones are dropped, and one that
    /// wraps ends at the top.
    pub(crate) fn add(&mut self, base: u64, bytes: u64, kind: Kind) -> Result<(), Refusal> {
        self.push(Region { start: base, end: base.saturating_add(bytes), kind })
    }

    fn push(&mut self, region: Region) -> Result<(), Refusal> {
        if region.start < region.end {
            *self.regions.get_mut(self.length).ok_or(Refusal::MapTooLong)? = region;
            self.length += 1;
        }
        Ok(())
    }

    /// Makes order of what the loader gave: usable memory in whole pages, merged,
    /// and without page 0, the legacy hole, and what any other entry claims.
    pub(crate) fn settle(&mut self) -> Result<(), Refusal> {
        self.sort();
        let given = self.clone();
        self.length = 0;
        for region in given.regions().iter().filter(|region| region.kind == Kind::Usable) {
            let start = page_up(region.start).max(PAGE);
            let end = page_down(region.end).min(HIGHEST);
            match self.regions[..self.length].last_mut() {
                Some(last) if start <= last.end => last.end = last.end.max(end),
                _ => self.push(Region { start, end, kind: Kind::Usable })?,
            }
        }
        for &region in given.regions().iter().filter(|region| region.kind != Kind::Usable) {
            self.cut(page_down(region.start), page_up(region.end))?;
            self.push(region)?;
        }
        self.cut(LEGACY_HOLE.0, LEGACY_HOLE.1)?;
        match self.regions().iter().any(|region| region.kind == Kind::Usable) {
            true => Ok(()),
            false => Err(Refusal::NoMemoryMap),
        }
    }

    /// Takes a stretch out of the usable memory.
    fn cut(&mut self, start: u64, end: u64) -> Result<(), Refusal> {
        for index in (0..self.length).rev() {
            let region = self.regions[index];
            if region.kind != Kind::Usable || region.end <= start || end <= region.start {
                continue;
            }
            self.length -= 1;
            self.regions[index] = self.regions[self.length];
            self.push(Region { end: start, ..region })?;
            self.push(Region { start: end, ..region })?;
        }
        Ok(())
    }

    /// Gives a stretch, grown to whole pages, a kind of its own.
    pub(crate) fn take(&mut self, start: u64, end: u64, kind: Kind) -> Result<(), Refusal> {
        let (start, end) = (page_down(start), page_up(end));
        self.cut(start, end)?;
        // Page tables come one by one from the top down: one region, not many.
        for region in &mut self.regions[..self.length] {
            if region.kind == kind && region.start == end {
                region.start = start;
                return Ok(());
            }
        }
        self.push(Region { start, end, kind })
    }

    /// Zeroed whole pages, physically contiguous, from the highest usable memory
    /// that the shim reaches; never from the first MiB, which firmware and
    /// kernels have uses for.
    pub(crate) fn alloc(&mut self, bytes: u64, kind: Kind, what: &'static str) -> Result<u64, Refusal> {
        let no_room = Refusal::TooLittleMemory { what, bytes };
        let size = page_up(bytes);
        let fitting = self.regions().iter().filter(|region| region.kind == Kind::Usable).filter_map(|region| {
            let start = region.end.min(REACH).checked_sub(size)?;
            (start >= region.start.max(LEGACY_HOLE.1)).then_some(start)
        });
        let Some(start) = fitting.max() else { return Err(no_room) };
        self.take(start, start + size, kind)?;
        // SAFETY: identity-mapped RAM that was usable until now: nobody refers to it.
        unsafe { core::ptr::write_bytes(start as *mut u8, 0, size as usize) };
        Ok(start)
    }

    /// Calls `each` with the stretches of RAM that the direct map covers, in
    /// whole pages, neighbours joined, the legacy hole left out.
    pub(crate) fn each_ram(
        &mut self,
        mut each: impl FnMut(u64, u64) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        self.sort();
        let (mut from, mut to) = (0, 0);
        for region in self.regions().iter().filter(|region| region.kind.is_ram()) {
            let (start, end) = (page_down(region.start), page_up(region.end).min(HIGHEST));
            for (start, end) in [(start, end.min(LEGACY_HOLE.0)), (start.max(LEGACY_HOLE.1), end)] {
                if start >= end {
                    continue;
                }
                if start > to {
                    each(from, to)?;
                    from = start;
                }
                to = to.max(end);
            }
        }
        each(from, to)
    }
}
