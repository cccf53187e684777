//! The higher-half direct map: all of RAM, at a fixed distance.
//!
//! The one place where a physical address becomes a pointer. Loaders differ in
//! what else their direct map covers, so ours covers RAM only and nothing here
//! may be used for devices or firmware tables: those are mapped by `mmio`.

use core::sync::atomic::{AtomicU64, Ordering};

static OFFSET: AtomicU64 = AtomicU64::new(0);

/// Remembers where the loader put the map; ours is at the same place.
pub(super) fn set_offset(offset: u64) {
    OFFSET.store(offset, Ordering::Relaxed);
}

/// Where physical address 0 appears.
#[must_use]
pub fn offset() -> u64 {
    OFFSET.load(Ordering::Relaxed)
}

/// Where RAM at `physical` appears. Making the pointer is harmless; using it
/// is sound only for RAM that the caller owns.
#[inline]
#[must_use]
pub fn pointer(physical: u64) -> *mut u8 {
    offset().wrapping_add(physical) as *mut u8
}
