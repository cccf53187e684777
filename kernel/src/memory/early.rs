//! A device's memory at any moment of the boot: for a failure before there is a
//! screen.
//!
//! Until our own tables are in use the device is looked for where the loader has its
//! direct map. Most loaders leave the legacy VGA window out of it, but have a table of
//! 4 KiB pages there, for the memory before and behind it: then the entries are filled.

use super::{Caching, hhdm, inspect, mmio, space};
use crate::boot::BootInfo;
use crate::cpu::{Features, lock};
use core::ptr::NonNull;
use valhalla_core::frames::PAGE_SIZE;
use valhalla_core::paging::{Level, Outcome};

/// An entry's bits (SDM Vol. 3A, table 4-20): present, writable, PWT and PCD, which is
/// uncached under every loader's PAT. Without NX, which may not be switched on yet.
const UNCACHED_PAGE: u64 = 1 << 0 | 1 << 1 | 1 << 3 | 1 << 4;

/// Returns the address of `bytes` of a device at `physical`; `None` where they cannot
/// be had, or where a lock is held that mapping them may ask for. For the end of this
/// boot: what is mapped stays so.
#[must_use]
pub fn reach(boot: &BootInfo, physical: u64, bytes: u64, caching: Caching) -> Option<NonNull<u8>> {
    if space::is_in_use() {
        let free = lock::held() == 0;
        let mapping = free.then(|| mmio::map(physical, bytes, caching, "early screen"))?;
        return mapping.ok().map(mmio::Mapping::leak);
    }
    // The memory service was not begun, or did not come as far.
    hhdm::set_offset(boot.hhdm_offset);
    let address = boot.hhdm_offset.checked_add(physical)?;
    for offset in (0..bytes).step_by(PAGE_SIZE as usize) {
        let physical = physical.checked_add(offset)?;
        let address = address.checked_add(offset)?;
        let walk = inspect::walk_loaders(boot, Features::get(), address);
        match walk.outcome {
            Outcome::Mapped(leaf) if leaf.writable && leaf.physical == physical => {}
            Outcome::NotPresent { level: Level::Pt } => {
                let entry = hhdm::pointer(walk.steps().last()?.entry_address()).cast::<u64>();
                // SAFETY: it is an entry of the tables in use, which lie in RAM, and maps
                // nothing yet: no code relies on that it stays so.
                unsafe { entry.write_volatile(physical | UNCACHED_PAGE) };
            }
            _ => return None,
        }
    }
    NonNull::new(address as *mut u8)
}
