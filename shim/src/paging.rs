//! The kernel's first page tables: four levels, no page writable and executable.
//!
//! ```text
//! HHDM + RAM               RW NX   large pages where they fit
//! HHDM + framebuffer       RW NX   write-combining (PAT entry 5)
//! 0xffffffff7ffff000       R  X    the page that `handoff` runs in
//! 0xffffffff80000000..     by the kernel's program headers
//! ```
//! (Intel SDM volume 3A, section 4.5.)

use crate::Result;
use crate::elf::{KERNEL_FLOOR, Kernel, Rights};
use crate::handover::Framebuffer;
use crate::machine;
use crate::memory::{Kind, Map, PAGE, page_down, page_up};

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
const PAT: u64 = 1 << 12;
const NO_EXECUTE: u64 = 1 << 63;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;

unsafe extern "C" {
    static mut early_pml4: [u64; 512];
    fn handoff(root: u64, entry: u64, stack: u64) -> !;
}

/// The way out, at the address where both sets of tables map it.
pub(crate) type Handoff = unsafe extern "C" fn(root: u64, entry: u64, stack: u64) -> !;

/// Builds the tables; gives the value for CR3, and the way out.
pub(crate) fn build(
    map: &mut Map,
    kernel: &Kernel,
    framebuffer: Option<Framebuffer>,
) -> Result<(u64, Handoff)> {
    let features = machine::extended_features();
    let data = if features & 1 << 20 != 0 { NO_EXECUTE } else { 0 };
    // The tables for RAM come out of that RAM, which changes its kind but not
    // its extent: a copy of the map will do.
    let mut before = map.clone();
    let (root, largest) = (new_table(map)?, if features & 1 << 26 != 0 { 3 } else { 2 });
    let mut tables = Tables { map, largest };

    for segment in kernel.segments() {
        let rights = match segment.rights {
            Rights::Execute => 0,
            Rights::ReadOnly => data,
            Rights::Write => data | WRITABLE,
        };
        let (from, to) = (page_down(segment.start), page_up(segment.end));
        tables.fill(root, 4, from, kernel.physical + (from - kernel.base()), to - from, rights)?;
    }
    before.each_ram(|start, end| {
        tables.fill(root, 4, HHDM + start, start, end - start, data | WRITABLE)
    })?;
    if let Some(screen) = framebuffer {
        let caching = if machine::has_pat() { PAT } else { CACHE_DISABLE } | WRITE_THROUGH;
        let (start, end) = (page_down(screen.address), page_up(screen.end()));
        tables.fill(root, 4, HHDM + start, start, end - start, data | WRITABLE | caching)?;
    }
    tables.fill(root, 4, HANDOFF, handoff as *const () as u64, PAGE, 0)?;
    // SAFETY: both are page tables that only this function refers to. The early
    // one is in use, but entry 511 was not present: nothing to flush.
    unsafe { early_pml4[511] = *slot(root, HANDOFF, 4) };
    // SAFETY: the page just mapped begins with `handoff`.
    Ok((root, unsafe { core::mem::transmute::<*const (), Handoff>(HANDOFF as *const ()) }))
}

struct Tables<'a> {
    map: &'a mut Map,
    /// The highest level whose entries may be pages (3: 1 GiB).
    largest: u32,
}

impl Tables<'_> {
    /// Maps `length` bytes at `address` to `physical`, in a table of a level.
    fn fill(
        &mut self,
        table: u64,
        level: u32,
        address: u64,
        physical: u64,
        length: u64,
        flags: u64,
    ) -> Result<()> {
        let span = PAGE << (9 * (level - 1));
        let mut done = 0;
        while done < length {
            let (address, physical) = (address + done, physical + done);
            let step = (span - address % span).min(length - done);
            // SAFETY: a table of ours, identity-mapped, and nobody else's.
            let entry = unsafe { &mut *slot(table, address, level) };
            if level == 1 {
                *entry = physical | flags & !PAT | (flags & PAT) >> 5 | PRESENT;
            } else if level <= self.largest && step == span && physical % span == 0 && *entry == 0 {
                *entry = physical | flags | LARGE | PRESENT;
            } else if *entry & LARGE == 0 || level == 4 {
                if *entry == 0 {
                    *entry = new_table(self.map)? | WRITABLE | PRESENT;
                }
                self.fill(*entry & ADDRESS, level - 1, address, physical, step, flags)?;
            }
            done += step;
        }
        Ok(())
    }
}

fn new_table(map: &mut Map) -> Result<u64> {
    map.alloc(PAGE, Kind::Reclaimable, c"too little memory for page tables")
}

/// The entry for an address in a table of a level.
fn slot(table: u64, address: u64, level: u32) -> *mut u64 {
    let index = address >> (12 + 9 * (level - 1)) & 511;
    (table + index * 8) as *mut u64
}
