//! The one place where this folder turns a physical address into bytes.

use crate::memory::Caching;
use crate::memory::mmio::{self, Mapping};
use core::slice;
use core::sync::atomic::{AtomicU32, Ordering};
use valhalla_core::acpi::TableProblem;
use valhalla_core::regions::{Region, RegionKind};

/// Where a BIOS keeps its root pointer and, on old machines, its tables
/// (ACPI 6.5, 5.2.5.1). Not every memory map lists it.
const BIOS_AREA: core::ops::Range<u64> = 0xe_0000..0x10_0000;

/// The first `N` bytes of a table, copied: its header says how long it is.
pub(super) fn head<const N: usize>(
    physical: u64,
    regions: &[Region],
) -> Result<[u8; N], TableProblem> {
    let mapping = firmware(physical, N as u32, regions)?;
    // SAFETY: `N` bytes are mapped from there, and any bytes are valid `u8`s.
    Ok(unsafe { mapping.start().cast::<[u8; N]>().read() })
}

/// `length` bytes of firmware memory, for reading, mapped for good.
pub(super) fn bytes(
    physical: u64,
    length: u32,
    regions: &[Region],
) -> Result<&'static [u8], TableProblem> {
    let start = firmware(physical, length, regions)?.leak();
    // SAFETY: 1. `length` bytes are mapped from `start`, and leaked, so they
    // stay. 2. Any bytes are valid `u8`s. 3. Nobody writes to them: the region
    // is the firmware's, set aside for tables, which it does not change once
    // the system runs (what it does change, the FACS, is never read here).
    Ok(unsafe { slice::from_raw_parts(start.as_ptr(), length as usize) })
}

/// Maps `length` bytes that the firmware set aside.
///
/// A wild address could be a device, where reading has effects, and free
/// memory will be given to somebody who changes it.
fn firmware(physical: u64, length: u32, regions: &[Region]) -> Result<Mapping, TableProblem> {
    if !set_aside(physical, 1, regions) {
        return Err(TableProblem::Unmapped);
    }
    if !set_aside(physical, u64::from(length), regions) {
        return Err(TableProblem::PastEnd { length });
    }
    mmio::map(physical, u64::from(length), Caching::WriteBack, TABLES).map_err(|error| {
        log::warn!(target: "acpi", "cannot map {length} bytes at {physical:#x}: {error}");
        TableProblem::Unmapped
    })
}

/// What reports call memory with firmware tables.
pub(super) const TABLES: &str = "ACPI tables";

/// Maps registers in memory, uncached; for the reset and sleep registers.
pub(super) fn register(physical: u64, length: u64) -> Option<Mapping> {
    match mmio::map(physical, length, Caching::Uncached, "ACPI register") {
        Ok(mapping) => Some(mapping),
        Err(error) => {
            log::warn!(target: "acpi", "cannot map the register at {physical:#x}: {error}");
            None
        }
    }
}

/// Maps what AML reads or writes, as a device, or as tables are where some lie
/// in the same page. RAM of ours is refused, with a word the first few times.
pub(super) fn aml_memory(physical: u64, length: u64) -> Option<Mapping> {
    static REFUSED: AtomicU32 = AtomicU32::new(0);
    const MOST_WORDS: u32 = 4;
    let map = |caching| mmio::map(physical, length, caching, "AML register");
    match map(Caching::Uncached).or_else(|_| map(Caching::WriteBack)) {
        Ok(mapping) => Some(mapping),
        Err(error) => {
            if REFUSED.fetch_add(1, Ordering::Relaxed) < MOST_WORDS {
                log::warn!(target: "acpi", "AML asked for {length} bytes at {physical:#x}: {error}; it reads all ones");
            }
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
