//! The kernel's address space: our own page tables.
//!
//! The logic is `valhalla_core::paging`; here it meets real tables, reached
//! through the direct map, and the processor's CR3. The loader's tables map
//! everything writable and executable and may lie in memory that is reused, so
//! they are left within the first milliseconds.

use super::frames::{self, Owner};
use super::hhdm;
use super::image::{self, Section};
use super::layout::Layout;
use crate::boot::BootInfo;
use crate::cpu::lock::SpinLock;
use crate::cpu::{Features, control, msr};
use core::arch::asm;
use core::sync::atomic::{AtomicBool, Ordering};
use valhalla_core::frames::{Frame, OutOfMemory, PAGE_SIZE};
use valhalla_core::paging::{
    self, ENTRIES, Entry, Largest, Leaf, Levels, MapError, Mapping, PageRange, PageSize, PatIndex,
    Rights, TableMemory, UnmapError, Unmapped, Visited, Walk,
};
use valhalla_core::regions::{Region, RegionKind};
use x86_64::PhysAddr;
use x86_64::registers::control::{Cr3, Cr3Flags};
use x86_64::structures::paging::PhysFrame;

/// How a page is cached. The numbers in IA32_PAT are the loader's, and Limine
/// states them: only the write-combining entry is looked up (SDM Vol. 3A, 13.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caching {
    /// As RAM is.
    WriteBack,
    /// Writes are collected and sent in bursts: framebuffers.
    WriteCombining,
    /// Each access reaches the device, in order.
    Uncached,
}

/// Page tables in RAM, reached through the direct map.
struct InHhdm {
    /// Bits that entries may have: all but NX where the processor lacks it,
    /// for which it is a reserved bit.
    allowed: u64,
    /// Where RAM's first byte appears: at hand, because each step of each walk
    /// starts from it.
    direct_map: *mut u8,
    ram: &'static [Region],
    physical_bits: u32,
}

// SAFETY: the pointer is only an address to start from; what it leads to is
// used under the space's lock.
unsafe impl Send for InHhdm {}

impl InHhdm {
    fn new(ram: &'static [Region], features: &Features) -> Self {
        Self {
            allowed: if features.nx { u64::MAX } else { !Entry::NX },
            direct_map: hhdm::pointer(0),
            ram,
            physical_bits: u32::from(features.physical_bits),
        }
    }

    #[inline]
    fn entry(&self, table: Frame, index: usize) -> *mut u64 {
        debug_assert!(index < 512);
        let table = self.direct_map.wrapping_add(table.start_address() as usize);
        table.cast::<u64>().wrapping_add(index)
    }
}

impl TableMemory for InHhdm {
    #[inline]
    fn read(&self, table: Frame, index: usize) -> u64 {
        // SAFETY: tables are frames of RAM that belong to the address space,
        // and the index is below 512. Volatile: the processor sets A and D.
        unsafe { self.entry(table, index).read_volatile() }
    }

    #[inline]
    fn write(&mut self, table: Frame, index: usize, entry: u64) {
        // SAFETY: as above, and the space's lock is held.
        unsafe { self.entry(table, index).write_volatile(entry & self.allowed) }
    }

    fn allocate(&mut self) -> Result<Frame, OutOfMemory> {
        frames::allocate_zeroed(Owner::Table)
    }

    fn allocate_filled(&mut self, first: u64, step: u64) -> Result<Frame, OutOfMemory> {
        let table = frames::allocate(Owner::Table)?;
        /// Entries that are written at a time.
        const EIGHT: usize = 8;
        let eights = self.entry(table, 0).cast::<[u64; EIGHT]>();
        let mut entry = first & self.allowed;
        for index in 0..ENTRIES / EIGHT {
            let eight = core::array::from_fn(|number| entry + number as u64 * step);
            // SAFETY: the frame is RAM and nobody else's, and 64 times eight are
            // a table. The processor does not see it yet.
            unsafe { eights.add(index).write(eight) };
            entry += EIGHT as u64 * step;
        }
        Ok(table)
    }

    fn free(&mut self, table: Frame) {
        // A table frame came from `allocate`, so this cannot fail; if it did,
        // the frame would be lost and nothing else.
        let _ = frames::free(table, Owner::Table);
    }

    fn is_reachable(&self, table: Frame) -> bool {
        let address = table.start_address();
        self.ram.iter().any(|region| {
            is_direct_mapped(region.kind) && region.start <= address && address < region.end
        })
    }

    fn physical_bits(&self) -> u32 {
        self.physical_bits
    }
}

/// Our tables.
struct Space {
    memory: InHhdm,
    root: Frame,
    levels: Levels,
    largest: Largest,
    write_combining: PatIndex,
}

static SPACE: SpinLock<Option<Space>> = SpinLock::new(None);

/// Builds our tables: the image by section, and the direct map over RAM.
/// They are not used until `switch`.
pub(super) fn build(boot: &BootInfo, features: &Features, layout: &Layout) -> Result<(), MapError> {
    let mut space = Space {
        memory: InHhdm::new(boot.regions, features),
        root: frames::allocate_zeroed(Owner::Table)?,
        levels: levels(),
        largest: if features.gib_pages { PageSize::Size1GiB } else { PageSize::Size2MiB },
        write_combining: write_combining_index(features),
    };
    let ram = boot.regions.iter().filter(|region| is_direct_mapped(region.kind));
    for region in ram {
        let start = layout.hhdm.start + region.start;
        space.map(start, region.start, region.len(), Rights::ReadWrite, Caching::WriteBack)?;
    }
    for Section { start, end, rights, .. } in image::parts() {
        let physical = image::physical(start);
        space.map(start, physical, end - start, rights, Caching::WriteBack)?;
    }
    *SPACE.lock() = Some(space);
    Ok(())
}

/// RAM that is ours to use, now or later. The image is not among it: a
/// writable alias of its text would make its read-only pages a pretence.
pub(super) const fn is_direct_mapped(kind: RegionKind) -> bool {
    matches!(
        kind,
        RegionKind::Usable | RegionKind::BootloaderReclaimable | RegionKind::AcpiReclaimable
    )
}

/// How many levels of tables the processor walks.
pub(super) fn levels() -> Levels {
    if control::five_level_paging() { Levels::Five } else { Levels::Four }
}

/// The PAT entry that means write-combining; uncached where there is none.
fn write_combining_index(features: &Features) -> PatIndex {
    const WRITE_COMBINING: u8 = 1;
    let index = memory_types(features)
        .and_then(|types| types.iter().position(|kind| *kind == WRITE_COMBINING));
    index.and_then(|index| PatIndex::new(index as u8)).unwrap_or(PatIndex::UNCACHED)
}

/// IA32_PAT: the memory type of each index; `None` on a processor without it.
fn memory_types(features: &Features) -> Option<[u8; 8]> {
    let pat = (features.pat && features.msr).then(|| msr::read(msr::IA32_PAT))?.ok()?;
    Some(pat.to_le_bytes())
}

/// Makes the processor forget what it knows of the page at `address`. (The
/// `x86_64` crate's addresses have 48 bits; with five levels there are 57.)
#[inline]
fn invalidate(address: u64) {
    // SAFETY: INVLPG touches no memory; forgetting a translation is harmless.
    unsafe { asm!("invlpg [{}]", in(reg) address, options(nostack, preserves_flags)) };
}

/// The memory type that a page's PAT index stands for, as two letters (SDM
/// Vol. 3A, table 13-10): what IA32_PAT says, whoever wrote it.
#[must_use]
pub fn memory_type(index: PatIndex) -> &'static str {
    let Some(types) = memory_types(Features::get()) else {
        return ["WB", "WT", "U-", "UC"][usize::from(index.number() % 4)];
    };
    match types.get(usize::from(index.number())) {
        Some(0) => "UC",
        Some(1) => "WC",
        Some(4) => "WT",
        Some(5) => "WP",
        Some(6) => "WB",
        Some(7) => "U-",
        _ => "??",
    }
}

/// Makes our tables the processor's.
///
/// # Safety
///
/// The code that runs, its stack, and everything it will touch must be mapped
/// by `build` at the addresses where it is now.
pub(super) unsafe fn switch() {
    let guard = SPACE.lock();
    let Some(space) = guard.as_ref() else { return };
    let root = PhysFrame::containing_address(PhysAddr::new(space.root.start_address()));
    // SAFETY: the caller promises that our tables map what runs.
    unsafe { Cr3::write(root, Cr3Flags::empty()) };
    IN_USE.store(true, Ordering::Relaxed);
}

static IN_USE: AtomicBool = AtomicBool::new(false);

/// Returns true once our tables are the processor's. Takes no lock.
pub(super) fn is_in_use() -> bool {
    IN_USE.load(Ordering::Relaxed)
}

impl Space {
    const fn pat_index(&self, caching: Caching) -> PatIndex {
        match caching {
            Caching::WriteBack => PatIndex::WRITE_BACK,
            Caching::WriteCombining => self.write_combining,
            Caching::Uncached => PatIndex::UNCACHED,
        }
    }

    fn map(
        &mut self,
        start: u64,
        physical: u64,
        length: u64,
        rights: Rights,
        caching: Caching,
    ) -> Result<(), MapError> {
        let caching = self.pat_index(caching);
        let range = PageRange {
            virtual_address: start,
            first: Frame::containing(physical),
            pages: length / PAGE_SIZE,
        };
        let mapping = Mapping::new(rights).cached(caching).global();
        paging::map_range(&mut self.memory, self.root, self.levels, range, mapping, self.largest)
    }

    /// Maps one page of RAM, read-write: the most frequent case, and half the
    /// cost of a range of one.
    #[inline]
    fn map_page(&mut self, address: u64, frame: Frame) -> Result<(), MapError> {
        const MAPPING: Mapping = Mapping::new(Rights::ReadWrite).global();
        let size = PageSize::Size4KiB;
        paging::map(&mut self.memory, self.root, self.levels, address, frame, size, MAPPING)
    }
}

/// Maps `length` bytes from `physical` at `start`; all three page-aligned.
///
/// # Errors
///
/// When something is mapped there already, or tables cannot be had; nothing
/// stays mapped then.
pub(super) fn map(
    start: u64,
    physical: u64,
    length: u64,
    rights: Rights,
    caching: Caching,
) -> Result<(), MapError> {
    let mut guard = SPACE.lock();
    let space = guard.as_mut().ok_or(MapError::OutOfMemory)?;
    space.map(start, physical, length, rights, caching)
}

/// Maps `frame` of RAM at `address`, read-write.
///
/// # Errors
///
/// As `map`.
pub(super) fn map_page(address: u64, frame: Frame) -> Result<(), MapError> {
    let mut guard = SPACE.lock();
    guard.as_mut().ok_or(MapError::OutOfMemory)?.map_page(address, frame)
}

/// Removes the 4 KiB page at `address` and returns the frame that was there.
///
/// # Errors
///
/// When nothing is mapped there, or a larger page.
pub(super) fn unmap(address: u64) -> Result<Frame, UnmapError> {
    let mut guard = SPACE.lock();
    let space = guard.as_mut().ok_or(UnmapError::NotMapped)?;
    let frame = paging::unmap_page(&mut space.memory, space.root, space.levels, address)?;
    invalidate(address);
    Ok(frame)
}

/// Removes all pages of `start..start + length`, of any size, and hands each
/// to `each`.
///
/// # Errors
///
/// When a page in between is not mapped, or is cut by the range's ends; those
/// before it are gone.
pub(super) fn unmap_range(
    start: u64,
    length: u64,
    mut each: impl FnMut(Unmapped),
) -> Result<(), UnmapError> {
    let mut guard = SPACE.lock();
    let space = guard.as_mut().ok_or(UnmapError::NotMapped)?;
    let mut address = start;
    let pages = length / PAGE_SIZE;
    paging::unmap_range(&mut space.memory, space.root, space.levels, start, pages, |page| {
        invalidate(address);
        address += page.size.bytes();
        each(page);
    })
}

/// Maps fresh frames at `start..start + length` for `owner`; all or nothing.
///
/// # Errors
///
/// When frames or tables run out, or something is mapped there already.
pub(super) fn map_fresh(start: u64, length: u64, owner: Owner) -> Result<(), MapError> {
    let mut guard = SPACE.lock();
    let space = guard.as_mut().ok_or(MapError::OutOfMemory)?;
    for address in (start..start + length).step_by(PAGE_SIZE as usize) {
        let outcome = frames::allocate(owner).map_err(MapError::from).and_then(|frame| {
            space.map_page(address, frame).inspect_err(|_| {
                // Just allocated, so it can be freed.
                let _ = frames::free(frame, owner);
            })
        });
        if let Err(error) = outcome {
            drop(guard);
            unmap_and_free(start, address - start, owner);
            return Err(error);
        }
    }
    Ok(())
}

/// Unmaps what `map_fresh` mapped for `owner`, and frees the frames.
pub(super) fn unmap_and_free(start: u64, length: u64, owner: Owner) {
    let outcome = unmap_range(start, length, |page| {
        // It was allocated by `map_fresh`; a failure would mean that our books
        // are wrong, and then the frame is better lost than used twice.
        if let Err(error) = frames::free(page.frame, owner) {
            log::error!("{} below {start:#x}: {error}", page.frame);
        }
    });
    if let Err(error) = outcome {
        log::error!("{length:#x} bytes at {start:#x} cannot be unmapped: {error}");
    }
}

/// The entry of IA32_PAT that pages cached like this use.
pub(super) fn pat_index(caching: Caching) -> PatIndex {
    SPACE.lock().as_ref().map_or(PatIndex::WRITE_BACK, |space| space.pat_index(caching))
}

/// Follows our tables from the root to `address`, naming every entry. `None`
/// before there are any.
#[must_use]
pub fn walk(address: u64) -> Option<Walk> {
    let guard = SPACE.lock();
    let space = guard.as_ref()?;
    Some(paging::walk(&space.memory, space.root, space.levels, address))
}

/// Calls `visit` for every page that is mapped, in order of address.
pub fn for_each_page(visit: impl FnMut(u64, Leaf)) -> Visited {
    let guard = SPACE.lock();
    guard.as_ref().map_or_else(Visited::default, |space| {
        paging::for_each_leaf(&space.memory, space.root, space.levels, visit)
    })
}
