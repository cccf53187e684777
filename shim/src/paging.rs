//! The kernel's first page tables: four levels, no page writable and executable.
//!
//! ```text
//! HHDM + RAM               RW NX   large pages where they fit
//! HHDM + framebuffer       RW NX   write-combining (PAT entry 5)
//! 0xffffffff7ffff000       R  X    the page that `handoff` runs in
//! 0xffffffff80000000..     by the kernel's program headers
//! ```
//! (Intel SDM volume 3A, section 4.5.)

use crate::elf::{KERNEL_FLOOR, Kernel, Rights};
use crate::machine;
use crate::memory::{Kind, Map, PAGE, page_down, page_up};
use crate::refusal::Refusal;

/// Where the higher-half direct map begins.
pub(crate) const HHDM: u64 = 0xffff_8000_0000_0000;
/// The page below the kernel's, in both the shim's tables and the kernel's.
const HANDOFF: u64 = KERNEL_FLOOR - PAGE;

const PRESENT: u64 = 1 << 0;
const WRITABLE: u64 = 1 << 1;
const WRITE_THROUGH: u64 = 1 << 3;
const CACHE_DISABLE: u64 = 1 << 4;
/// In an entry of level 2 or 3: this is a page, not a table.
const LARGE: u64 = 1 << 7;
/// The PAT bit where pages are large; in a 4 KiB page's entry it is bit 7.
const PAT_LARGE: u64 = 1 << 12;
const PAT_SMALL: u64 = 1 << 7;
const NO_EXECUTE: u64 = 1 << 63;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;

unsafe extern "C" {
    static mut early_pml4: [u64; 512];
    fn handoff(root: u64, entry: u64, stack: u64) -> !;
}

/// The way out, at the address where both sets of tables map it.
pub(crate) type Handoff = unsafe extern "C" fn(root: u64, entry: u64, stack: u64) -> !;

pub(crate) struct Tables<'a> {
    map: &'a mut Map,
    root: u64,
    /// [`NO_EXECUTE`], or nothing on a processor without it.
    no_execute: u64,
    /// The highest level whose entries may be pages (3: 1 GiB).
    largest: u32,
}

impl<'a> Tables<'a> {
    pub(crate) fn new(map: &'a mut Map) -> Result<Self, Refusal> {
        let features = machine::extended_features();
        Ok(Self {
            root: new_table(map)?,
            map,
            no_execute: if features & 1 << 20 != 0 { NO_EXECUTE } else { 0 },
            largest: if features & 1 << 26 != 0 { 3 } else { 2 },
        })
    }

    /// What CR3 wants.
    pub(crate) fn root(&self) -> u64 {
        self.root
    }

    /// Maps each segment where it wants to be, with its rights.
    pub(crate) fn map_kernel(&mut self, kernel: &Kernel, physical: u64) -> Result<(), Refusal> {
        for segment in kernel.segments() {
            let rights = match segment.rights {
                Rights::Execute => 0,
                Rights::ReadOnly => self.no_execute,
                Rights::Write => self.no_execute | WRITABLE,
            };
            let (from, to) = (page_down(segment.address), page_up(segment.address + segment.size));
            self.fill(self.root, 4, from, physical + (from - kernel.base()), to - from, rights)?;
        }
        Ok(())
    }

    /// Maps all RAM at the direct map. The tables for it come out of that RAM,
    /// which changes its kind but not its extent: a copy of the map will do.
    pub(crate) fn map_ram(&mut self) -> Result<(), Refusal> {
        let mut before = self.map.clone();
        let flags = self.no_execute | WRITABLE;
        before.each_ram(|start, end| self.fill(self.root, 4, HHDM + start, start, end - start, flags))
    }

    /// Maps the framebuffer at the direct map, write-combining; uncached where
    /// there is no PAT.
    pub(crate) fn map_framebuffer(&mut self, start: u64, end: u64) -> Result<(), Refusal> {
        let caching = if machine::has_pat() { PAT_LARGE | WRITE_THROUGH } else { CACHE_DISABLE | WRITE_THROUGH };
        let flags = self.no_execute | WRITABLE | caching;
        let (start, end) = (page_down(start), page_up(end));
        self.fill(self.root, 4, HHDM + start, start, end - start, flags)
    }

    /// Maps the page of `handoff` in these tables, and in the shim's own by
    /// sharing the top entry; gives the function at its new address.
    pub(crate) fn map_handoff(&mut self) -> Result<Handoff, Refusal> {
        let physical = handoff as *const () as u64;
        self.fill(self.root, 4, HANDOFF, physical, PAGE, 0)?;
        let top = slot(self.root, HANDOFF, 4);
        // SAFETY: both are page tables that only the shim refers to. The early
        // one is in use, but entry 511 was not present: nothing to flush.
        unsafe { (*(&raw mut early_pml4))[511] = *top };
        // SAFETY: the page just mapped begins with `handoff`.
        Ok(unsafe { core::mem::transmute::<*const (), Handoff>(HANDOFF as *const ()) })
    }

    /// Maps `length` bytes at `address` to `physical` in a table of a level.
    fn fill(&mut self, table: u64, level: u32, address: u64, physical: u64, length: u64, flags: u64) -> Result<(), Refusal> {
        let span = PAGE << (9 * (level - 1));
        let mut done = 0;
        while done < length {
            let (address, physical) = (address + done, physical + done);
            let step = (span - address % span).min(length - done);
            let slot = slot(table, address, level);
            // SAFETY: a table of ours, identity-mapped, and nobody else's.
            let entry = unsafe { &mut *slot };
            if level == 1 {
                let pat = if flags & PAT_LARGE != 0 { PAT_LARGE | PAT_SMALL } else { 0 };
                *entry = physical | (flags ^ pat) | PRESENT;
            } else if level <= self.largest && step == span && physical.is_multiple_of(span) && *entry == 0 {
                *entry = physical | flags | LARGE | PRESENT;
            } else if *entry & LARGE == 0 {
                if *entry == 0 {
                    *entry = new_table(self.map)? | WRITABLE | PRESENT;
                }
                let next = *entry & ADDRESS;
                self.fill(next, level - 1, address, physical, step, flags)?;
            }
            done += step;
        }
        Ok(())
    }
}

fn new_table(map: &mut Map) -> Result<u64, Refusal> {
    map.alloc(PAGE, Kind::Reclaimable, "a page table")
}

/// The entry for an address in a table of a level.
fn slot(table: u64, address: u64, level: u32) -> *mut u64 {
    let index = address >> (12 + 9 * (level - 1)) & 511;
    (table + index * 8) as *mut u64
}
