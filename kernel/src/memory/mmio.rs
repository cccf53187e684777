//! Memory that is not RAM: devices and firmware tables, mapped on demand.
//!
//! What the loader's direct map covers beyond RAM differs from loader to
//! loader, so nothing is ever reached through it on trust. A mapping is a value:
//! dropped, its pages are unmapped again, once nobody else uses them. Pages that
//! are mapped already, with the same caching, are shared and counted.
//!
//! Addresses come from the MMIO window, upward, with a hole after each mapping:
//! running over the end of one device does not reach the next.

use super::layout;
use super::space::{self, Caching};
use crate::cpu::lock::SpinLock;
use core::fmt;
use core::ptr::NonNull;
use spin::Once;
use valhalla_core::frames::PAGE_SIZE;
use valhalla_core::paging::{self, Rights};
use valhalla_core::regions::{Region, RegionKind};

/// Page ranges that can be mapped at the same time.
const MAX_RANGES: usize = 96;

/// Why something cannot be mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MmioError {
    /// The range is empty, wraps, or lies beyond 52 bits.
    BadRange,
    /// The range touches RAM that the kernel owns.
    Ram,
    /// A page of the range is mapped already, and cached in another way: the
    /// same memory with two types is undefined (SDM Vol. 3A, 13.12.4).
    OtherCaching,
    /// The window, the list, or the memory for tables is used up.
    Exhausted,
}

impl fmt::Display for MmioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadRange => "the physical range makes no sense",
            Self::OtherCaching => "the physical range is mapped already with another caching",
            Self::Ram => "the physical range touches RAM that the kernel owns",
            Self::Exhausted => "no room to map it",
        })
    }
}

impl From<paging::MapError> for MmioError {
    fn from(_: paging::MapError) -> Self {
        // Addresses come from our own window, so only memory can run out.
        Self::Exhausted
    }
}

/// Pages that are mapped, and by how many.
#[derive(Clone, Copy)]
pub(super) struct Pages {
    pub(super) physical: u64,
    pub(super) length: u64,
    pub(super) start: u64,
    pub(super) caching: Caching,
    name: &'static str,
    users: u32,
}

impl Pages {
    const fn end(&self) -> u64 {
        self.start + self.length
    }

    fn holds(&self, address: u64) -> bool {
        self.start <= address && address < self.end()
    }
}

/// The list of what is mapped.
struct Mapped {
    slots: [Option<Pages>; MAX_RANGES],
    /// Slots up to the last that is taken: the others need no look.
    used: usize,
}

impl Mapped {
    fn all(&self) -> impl Iterator<Item = &Pages> {
        self.slots.iter().take(self.used).flatten()
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut Pages> {
        self.slots.iter_mut().take(self.used).flatten()
    }

    /// A slot that is free, from now on among those that are looked at.
    fn free_slot(&mut self) -> Option<&mut Option<Pages>> {
        let index = self.slots.iter().position(Option::is_none)?;
        self.used = self.used.max(index + 1);
        self.slots.get_mut(index)
    }

    /// The slot of what is mapped at `address`.
    fn slot_of(&mut self, address: u64) -> Option<&mut Option<Pages>> {
        let mut used = self.slots.iter_mut().take(self.used);
        used.find(|slot| slot.is_some_and(|pages| pages.holds(address)))
    }
}

static MAPPED: SpinLock<Mapped> = SpinLock::new(Mapped { slots: [None; MAX_RANGES], used: 0 });
static REGIONS: Once<&'static [Region]> = Once::new();

/// Remembers which memory is RAM.
pub(super) fn init(regions: &'static [Region]) {
    REGIONS.call_once(|| regions);
}

/// A device or a table, readable and writable, never executable.
#[derive(Debug)]
#[must_use = "the memory is unmapped when this is dropped"]
pub struct Mapping {
    start: NonNull<u8>,
}

// SAFETY: the pointer is to pages that stay mapped while this lives, from
// whatever thread it is used; what the bytes are is the user's business.
unsafe impl Send for Mapping {}

impl Mapping {
    /// The first byte, wherever in a page it lies.
    #[must_use]
    pub const fn start(&self) -> NonNull<u8> {
        self.start
    }

    /// Keeps it mapped for good, or until `release`.
    #[must_use]
    pub fn leak(self) -> NonNull<u8> {
        core::mem::ManuallyDrop::new(self).start
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        release(self.start);
    }
}

/// Maps `length` bytes from `physical`; `name` is what reports call it.
///
/// # Errors
///
/// When the range is nonsense or RAM of ours, or room runs out.
pub fn map(
    physical: u64,
    length: u64,
    caching: Caching,
    name: &'static str,
) -> Result<Mapping, MmioError> {
    let last = length.checked_sub(1).and_then(|l| physical.checked_add(l));
    let last = last.filter(|last| *last < 1 << 52).ok_or(MmioError::BadRange)?;
    let first_page = physical & !(PAGE_SIZE - 1);
    let length = (last & !(PAGE_SIZE - 1)) + PAGE_SIZE - first_page;
    if overlaps_ram(first_page, first_page + length) {
        return Err(MmioError::Ram);
    }
    let mut mapped = MAPPED.lock();
    let conflict = mapped.all().any(|pages| {
        pages.caching != caching
            && pages.physical < first_page + length
            && first_page < pages.physical + pages.length
    });
    if conflict {
        return Err(MmioError::OtherCaching);
    }
    let shared = mapped.all_mut().find(|pages| {
        pages.caching == caching
            && pages.physical <= first_page
            && first_page + length <= pages.physical + pages.length
    });
    let pages = match shared {
        Some(pages) => {
            pages.users += 1;
            *pages
        }
        None => add(&mut mapped, first_page, length, caching, name)?,
    };
    let address = pages.start + (physical - pages.physical);
    let start = NonNull::new(address as *mut u8).ok_or(MmioError::BadRange)?;
    Ok(Mapping { start })
}

/// Maps pages that are not mapped yet, behind all others.
fn add(
    mapped: &mut Mapped,
    physical: u64,
    length: u64,
    caching: Caching,
    name: &'static str,
) -> Result<Pages, MmioError> {
    let window = layout::get().ok_or(MmioError::Exhausted)?.mmio;
    let after_last = mapped.all().map(|pages| pages.end() + PAGE_SIZE).max();
    let start = after_last.unwrap_or(window.start);
    let end = start.checked_add(length).filter(|end| *end <= window.end);
    let slot = mapped.free_slot().ok_or(MmioError::Exhausted)?;
    end.ok_or(MmioError::Exhausted)?;
    space::map(start, physical, length, Rights::ReadWrite, caching)?;
    Ok(*slot.insert(Pages { physical, length, start, caching, name, users: 1 }))
}

/// Ends one use of the mapping that `start` lies in, as dropping it does.
pub fn release(start: NonNull<u8>) {
    let address = start.as_ptr() as u64;
    let mut mapped = MAPPED.lock();
    let Some(slot) = mapped.slot_of(address) else { return };
    let Some(pages) = slot else { return };
    pages.users -= 1;
    if pages.users == 0 {
        // The frames are the device's: nobody frees them.
        if let Err(error) = space::unmap_range(pages.start, pages.length, |_| ()) {
            log::error!("{} cannot be unmapped: {error}", pages.name);
        }
        *slot = None;
    }
}

/// The name of what is mapped at `address`; `None` while the list is in use.
pub(super) fn name_of(address: u64) -> Option<&'static str> {
    let mapped = MAPPED.try_lock()?;
    mapped.all().find(|pages| pages.holds(address)).map(|pages| pages.name)
}

/// All that is mapped.
pub(super) fn all() -> impl Iterator<Item = Pages> {
    (0..MAX_RANGES).filter_map(|slot| MAPPED.lock().slots.get(slot).copied()?)
}

/// How many page ranges are mapped.
#[must_use]
pub fn count() -> usize {
    MAPPED.lock().all().count()
}

fn overlaps_ram(start: u64, end: u64) -> bool {
    REGIONS.get().is_some_and(|regions| {
        regions.iter().any(|region| {
            let ours = matches!(
                region.kind,
                RegionKind::Usable
                    | RegionKind::BootloaderReclaimable
                    | RegionKind::KernelAndModules
            );
            ours && region.start < end && start < region.end
        })
    })
}
