//! The one place where this folder turns a physical address into bytes.

use crate::memory::{Caching, mmio};
use core::ptr::NonNull;
use core::slice;
use valhalla_core::acpi::TableProblem;
use valhalla_core::regions::{Region, RegionKind};

/// Where a BIOS keeps its root pointer and, on old machines, its tables
/// (ACPI 6.5, 5.2.5.1). Not every memory map lists it.
const BIOS_AREA: core::ops::Range<u64> = 0xe_0000..0x10_0000;

/// `length` bytes of firmware memory, for reading.
///
/// They must lie in memory that the firmware set aside: a wild address could
/// be a device, where reading has effects, and free memory will be given to
/// somebody who changes it.
pub(super) fn bytes(
    physical: u64,
    length: u32,
    regions: &[Region],
) -> Result<&'static [u8], TableProblem> {
    if !set_aside(physical, 1, regions) {
        return Err(TableProblem::Unmapped);
    }
    if !set_aside(physical, u64::from(length), regions) {
        return Err(TableProblem::PastEnd { length });
    }
    let start = mmio::map(physical, u64::from(length), Caching::WriteBack).map_err(|error| {
        log::warn!(target: "acpi", "cannot map {length} bytes at {physical:#x}: {error}");
        TableProblem::Unmapped
    })?;
    // SAFETY: 1. `mmio::map` mapped `length` bytes from `start` and never takes
    // them back. 2. Any bytes are valid `u8`s. 3. Nobody writes to them: the
    // region is the firmware's, set aside for tables, which it does not change
    // once the system runs (what it does change, the FACS, is never read here).
    Ok(unsafe { slice::from_raw_parts(start.as_ptr(), length as usize) })
}

/// Maps registers in memory, uncached; for the reset and sleep registers.
pub(super) fn register(physical: u64, length: u64) -> Option<NonNull<u8>> {
    match mmio::map(physical, length, Caching::Uncached) {
        Ok(start) => Some(start),
        Err(error) => {
            log::warn!(target: "acpi", "cannot map the register at {physical:#x}: {error}");
            None
        }
    }
}

/// Whether all of `start..start + length` lies in regions that may hold
/// tables. `regions` is sorted and disjoint.
fn set_aside(start: u64, length: u64, regions: &[Region]) -> bool {
    let Some(end) = start.checked_add(length) else { return false };
    if BIOS_AREA.contains(&start) && end <= BIOS_AREA.end {
        return true;
    }
    let mut reached = start;
    for region in regions.iter().filter(|region| may_hold_tables(region.kind)) {
        if region.start <= reached && reached < region.end {
            reached = region.end;
        }
    }
    reached >= end
}

fn may_hold_tables(kind: RegionKind) -> bool {
    matches!(kind, RegionKind::AcpiReclaimable | RegionKind::AcpiNvs | RegionKind::Reserved)
}
