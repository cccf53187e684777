//! The list of physical memory regions, made trustworthy.
//!
//! Firmware and loaders hand over lists that overlap, are unsorted, end in
//! the middle of a page or wrap around the top of the address space. A
//! [`RegionList`] takes them as they come ([`RegionList::push`]) and turns
//! them into one that the rest of the kernel can believe
//! ([`RegionList::normalise`]): sorted, disjoint, page-aligned, neighbours of
//! one kind merged. Doubt is settled against use: where two entries disagree
//! the more restrictive kind wins, and a page is usable only if every byte of
//! it is.
//!
//! ```text
//!   as reported   |--usable-----------------------------|
//!                         |-reserved-|         |-nvs--|
//!   pages         :       :       :       :       :     :
//!   normalised    |usable-|---reserved----|--nvs--|         (the last, partial
//!                                                            page is dropped)
//! ```
//!
//! The storage belongs to the caller, so the list works before there is a
//! heap. What does not fit is counted ([`RegionList::dropped`]) and is lost in
//! the safe direction: memory we might have used, not a reservation.

mod resolve;
#[cfg(test)]
mod tests;

use core::fmt;

/// Physical addresses end here: page-table entries hold 52 bits (Intel SDM
/// Vol. 3A, 4.1.4, MAXPHYADDR). Entries are clipped to it.
pub const PHYSICAL_LIMIT: u64 = 1 << 52;

/// What a region of physical memory is, from the most to the least usable.
///
/// The order is the rule for overlaps: the greater kind wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum RegionKind {
    /// Free RAM.
    Usable,
    /// RAM that holds the loader's answers and page tables: free once they
    /// have been copied.
    BootloaderReclaimable,
    /// RAM that holds ACPI tables: free once they have been read.
    AcpiReclaimable,
    /// RAM that the firmware uses while the system runs.
    AcpiNvs,
    /// The kernel image and the loader's modules.
    KernelAndModules,
    /// The screen's memory.
    Framebuffer,
    /// Not ours, for a reason that the firmware does not tell.
    Reserved,
    /// RAM that the firmware found broken.
    Bad,
}

impl RegionKind {
    /// The kind in words, for the memory map on screen.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Usable => "usable",
            Self::BootloaderReclaimable => "loader, reclaimable",
            Self::AcpiReclaimable => "ACPI tables, reclaimable",
            Self::AcpiNvs => "ACPI non-volatile",
            Self::KernelAndModules => "kernel and modules",
            Self::Framebuffer => "framebuffer",
            Self::Reserved => "reserved",
            Self::Bad => "bad memory",
        }
    }

    /// Is this ordinary RAM whose contents the kernel may reach?
    ///
    /// These are the kinds that belong into a direct map of RAM.
    #[must_use]
    pub const fn is_ram(self) -> bool {
        matches!(
            self,
            Self::Usable
                | Self::BootloaderReclaimable
                | Self::AcpiReclaimable
                | Self::KernelAndModules
        )
    }
}

impl fmt::Display for RegionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A range of physical memory: bytes `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// The first byte's physical address.
    pub start: u64,
    /// The address after the last byte.
    pub end: u64,
    /// What is there.
    pub kind: RegionKind,
}

impl Region {
    /// An entry that covers nothing: the filling for a list's storage.
    pub const EMPTY: Self = Self { start: 0, end: 0, kind: RegionKind::Reserved };

    /// The region of `len` bytes from `start`, the way loaders and firmware
    /// say it; a length that leads past the top of the address space is
    /// clipped.
    #[must_use]
    pub const fn from_start_and_length(start: u64, len: u64, kind: RegionKind) -> Self {
        Self { start, end: start.saturating_add(len), kind }
    }

    /// Its length in bytes; 0 where the end lies before the start.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Does it cover no byte at all?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A list of regions in storage that the caller gives.
#[derive(Debug)]
pub struct RegionList<'a> {
    storage: &'a mut [Region],
    len: usize,
    dropped: usize,
    /// A reservation was lost, so nothing that comes later may be used, now or
    /// once reclaimed: it could lie under the one that we no longer know.
    reservation_lost: bool,
}

impl<'a> RegionList<'a> {
    /// An empty list; it holds as many entries as `storage` is long.
    ///
    /// Normalising may split entries: storage for twice as many as are pushed
    /// loses nothing, ever.
    #[must_use]
    pub const fn new(storage: &'a mut [Region]) -> Self {
        Self { storage, len: 0, dropped: 0, reservation_lost: false }
    }

    /// Adds an entry as it was reported. Call [`normalise`](Self::normalise)
    /// when all are in.
    ///
    /// Empty entries vanish. An entry that wraps (its end lies before its
    /// start) is believed only as a reservation: up to the top of memory. In a
    /// full list the smallest usable entry makes room, and
    /// [`dropped`](Self::dropped) counts it.
    pub fn push(&mut self, region: Region) {
        let Some(region) = clip(region) else { return };
        let usable = region.kind == RegionKind::Usable;
        if self.reservation_lost && region.kind <= RegionKind::AcpiReclaimable {
            self.dropped += 1;
            return;
        }
        if self.len == self.storage.len() {
            // Merging what belongs together may be all the room it takes.
            self.normalise();
        }
        if let Some(slot) = self.storage.get_mut(self.len) {
            *slot = region;
            self.len += 1;
            return;
        }
        self.dropped += 1;
        let smallest = self
            .entries_mut()
            .iter_mut()
            .filter(|entry| entry.kind == RegionKind::Usable)
            .min_by_key(|entry| entry.len());
        match smallest {
            Some(entry) if !usable || entry.len() < region.len() => *entry = region,
            Some(_) => {}
            None => self.reservation_lost |= !usable,
        }
    }

    /// The entries, in order of address once normalised.
    pub fn iter(&self) -> core::slice::Iter<'_, Region> {
        self.as_slice().iter()
    }

    /// The entries as a slice.
    #[must_use]
    pub fn as_slice(&self) -> &[Region] {
        self.storage.get(..self.len).unwrap_or_default()
    }

    /// Gives up the list for its entries, which live as long as the storage.
    #[must_use]
    pub fn into_slice(self) -> &'a [Region] {
        self.storage.get(..self.len).unwrap_or_default()
    }

    /// How many entries, or pieces of them, did not fit.
    #[must_use]
    pub const fn dropped(&self) -> usize {
        self.dropped
    }

    /// The sum of all usable entries, in bytes.
    #[must_use]
    pub fn usable_bytes(&self) -> u64 {
        self.usable().fold(0, |sum, region| sum.saturating_add(region.len()))
    }

    /// The address after the last usable byte; 0 when nothing is usable.
    ///
    /// Tables are sized by this and not by the list's end: some machines
    /// report reserved ranges at 1 TiB with 8 MiB of RAM.
    #[must_use]
    pub fn highest_usable(&self) -> u64 {
        self.usable().map(|region| region.end).max().unwrap_or(0)
    }

    fn usable(&self) -> impl Iterator<Item = &Region> {
        self.iter().filter(|region| region.kind == RegionKind::Usable)
    }

    fn entries_mut(&mut self) -> &mut [Region] {
        self.storage.get_mut(..self.len).unwrap_or_default()
    }
}

impl<'list> IntoIterator for &'list RegionList<'_> {
    type Item = &'list Region;
    type IntoIter = core::slice::Iter<'list, Region>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// What is left of an entry inside the physical address space, if anything.
fn clip(region: Region) -> Option<Region> {
    let wraps = region.end < region.start && region.kind != RegionKind::Usable;
    let end = if wraps { PHYSICAL_LIMIT } else { region.end.min(PHYSICAL_LIMIT) };
    (region.start < end).then_some(Region { end, ..region })
}
