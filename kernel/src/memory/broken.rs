//! A page whose table entry is broken on purpose: for the fault lab.

use super::frames::{self, Owner};
use super::scratch::Scratch;
use super::{hhdm, inspect};
use crate::cpu::Features;
use valhalla_core::frames::Frame;
use valhalla_core::paging::Level;
use x86_64::VirtAddr;
use x86_64::instructions::tlb;

/// The highest bit of a physical address that an entry has room for: reserved
/// on every processor with fewer address bits than 52 (SDM Vol. 3A, 4.5.4).
const ADDRESS_BIT_51: u64 = 1 << 51;
/// An entry of a page directory that maps a 2 MiB page, at a place that is no
/// multiple of 2 MiB: bits 20 to 13 are reserved then on every processor (4.5.4).
const MISPLACED_LARGE_PAGE: u64 = 1 << 7 | 1 << 13;

/// A page in a space of its own; using it is a page fault with the RSVD bit.
/// Dropping it puts everything back.
#[derive(Debug)]
pub struct BrokenPage {
    scratch: Scratch,
    frame: Frame,
    /// The entry that was broken, as it was, and its physical address.
    entry: Option<(u64, u64)>,
}

impl BrokenPage {
    /// Maps a page and sets a reserved bit on the way to it: in its own entry, or,
    /// where a physical address has all 52 bits, in the directory's, which the
    /// scratch pages have to themselves. `None` without memory.
    pub fn plant() -> Option<Self> {
        let mut scratch = Scratch::reserve()?;
        let frame = frames::allocate(Owner::Kernel).ok()?;
        if scratch.map(scratch.first(), frame).is_err() {
            // It was allocated just now, so it can be freed.
            let _ = frames::free(frame, Owner::Kernel);
            return None;
        }
        let mut page = Self { scratch, frame, entry: None };
        let (level, bits) = match Features::get().physical_bits {
            ..=51 => (Level::Pt, ADDRESS_BIT_51),
            _ => (Level::Pd, MISPLACED_LARGE_PAGE),
        };
        let walk = inspect::walk(page.address())?;
        let step = walk.steps().iter().find(|step| step.level == level)?;
        page.entry = Some((step.entry_address(), step.entry.0));
        page.write(step.entry_address(), step.entry.0 | bits);
        Some(page)
    }

    /// Where it is.
    pub const fn address(&self) -> u64 {
        self.scratch.address()
    }

    fn write(&self, address: u64, value: u64) {
        let entry = hhdm::pointer(address).cast::<u64>();
        // SAFETY: the entry is on the way to our own page, in a table of ours, which
        // is RAM; nothing else is mapped through it while `scratch` is ours.
        unsafe { entry.write_volatile(value) };
        tlb::flush(VirtAddr::new_truncate(self.address()));
    }
}

impl Drop for BrokenPage {
    fn drop(&mut self) {
        if let Some((address, before)) = self.entry {
            self.write(address, before);
        }
        // It was mapped by `plant`, with the frame that was allocated there;
        // were that not so, the frame would be lost and nothing else.
        if self.scratch.unmap(self.scratch.first()) == Ok(self.frame) {
            let _ = frames::free(self.frame, Owner::Kernel);
        }
    }
}
