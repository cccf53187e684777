//! Memory that is not RAM: devices and firmware tables, mapped on demand.
//!
//! What the loader's direct map covers beyond RAM differs from loader to
//! loader, so nothing is ever reached through it on trust. Each mapping takes
//! the next addresses of the MMIO window; pages that are mapped already with
//! the same caching are found again instead.

use super::layout;
use super::space::{self, Caching};
use crate::cpu::lock::SpinLock;
use core::fmt;
use core::ptr::NonNull;
use spin::Once;
use valhalla_core::frames::PAGE_SIZE;
use valhalla_core::paging::{self, Rights};
use valhalla_core::regions::{Region, RegionKind};

/// How many mappings are remembered; later ones work, but are not found again.
const REMEMBERED: usize = 64;

/// Why something cannot be mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MmioError {
    /// The range is empty, wraps, or lies beyond 52 bits.
    BadRange,
    /// The range touches RAM that the kernel owns.
    Ram,
    /// The window or the memory for tables is used up.
    Exhausted,
}

impl fmt::Display for MmioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadRange => "the physical range makes no sense",
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

#[derive(Clone, Copy)]
struct Mapped {
    physical: u64,
    end: u64,
    start: u64,
    caching: Caching,
}

struct Mmio {
    next: u64,
    remembered: [Option<Mapped>; REMEMBERED],
}

static MMIO: SpinLock<Mmio> = SpinLock::new(Mmio { next: 0, remembered: [None; REMEMBERED] });
static REGIONS: Once<&'static [Region]> = Once::new();

/// Remembers which memory is RAM.
pub(super) fn init(regions: &'static [Region]) {
    REGIONS.call_once(|| regions);
}

/// Maps `length` bytes from `physical`, readable and writable, never
/// executable. The pointer is to the first byte, wherever in a page it lies.
///
/// # Errors
///
/// When the range is nonsense or RAM of ours, or room runs out.
pub fn map(physical: u64, length: u64, caching: Caching) -> Result<NonNull<u8>, MmioError> {
    let last = length.checked_sub(1).and_then(|l| physical.checked_add(l));
    let last = last.filter(|last| *last < 1 << 52).ok_or(MmioError::BadRange)?;
    let first_page = physical & !(PAGE_SIZE - 1);
    let end = (last & !(PAGE_SIZE - 1)) + PAGE_SIZE;
    if overlaps_ram(first_page, end) {
        return Err(MmioError::Ram);
    }
    let window = layout::get().ok_or(MmioError::Exhausted)?.mmio;

    let mut mmio = MMIO.lock();
    let found = mmio.remembered.iter().flatten().find(|mapped| {
        mapped.caching == caching && mapped.physical <= first_page && end <= mapped.end
    });
    if let Some(mapped) = found {
        return pointer(mapped.start + (physical - mapped.physical));
    }
    let start = mmio.next.max(window.start);
    let size = end - first_page;
    // One page stays unmapped between mappings, so that running over the end
    // of one device does not reach the next.
    let next = start.checked_add(size + PAGE_SIZE).filter(|next| *next <= window.end);
    let next = next.ok_or(MmioError::Exhausted)?;
    space::map(start, first_page, size, Rights::ReadWrite, caching)?;
    mmio.next = next;
    if let Some(slot) = mmio.remembered.iter_mut().find(|slot| slot.is_none()) {
        *slot = Some(Mapped { physical: first_page, end, start, caching });
    }
    pointer(start + (physical - first_page))
}

fn pointer(address: u64) -> Result<NonNull<u8>, MmioError> {
    NonNull::new(address as *mut u8).ok_or(MmioError::BadRange)
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
