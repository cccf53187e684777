//! A page whose table entry is broken on purpose: for the fault lab.

use super::frames::{self, Owner};
use super::scratch::Scratch;
use super::{hhdm, inspect};
use crate::cpu::Features;
use valhalla_core::frames::Frame;
use x86_64::VirtAddr;
use x86_64::instructions::tlb;

/// The highest bit of a physical address that an entry has room for: reserved
/// on every processor with fewer address bits than 52.
const RESERVED_BIT: u64 = 1 << 51;

/// A page in a space of its own; using it is a page fault with the RSVD bit.
/// Dropping it puts everything back.
#[derive(Debug)]
pub struct BrokenPage {
    scratch: Scratch,
    frame: Frame,
}

impl BrokenPage {
    /// Maps a page and sets a reserved bit in its entry. `None` without memory,
    /// or where the processor has no such bit.
    pub fn plant() -> Option<Self> {
        if Features::get().physical_bits > 51 {
            return None;
        }
        let mut scratch = Scratch::reserve()?;
        let frame = frames::allocate(Owner::Kernel).ok()?;
        if scratch.map(scratch.first(), frame).is_err() {
            // It was allocated just now, so it can be freed.
            let _ = frames::free(frame, Owner::Kernel);
            return None;
        }
        let page = Self { scratch, frame };
        page.set(|entry| entry | RESERVED_BIT);
        Some(page)
    }

    /// Where it is.
    pub const fn address(&self) -> u64 {
        self.scratch.address()
    }

    fn set(&self, change: impl FnOnce(u64) -> u64) {
        let Some(walk) = inspect::walk(self.address()) else { return };
        let Some(step) = walk.steps().last() else { return };
        let entry = hhdm::pointer(step.entry_address()).cast::<u64>();
        // SAFETY: the entry is that of our own page, in a table of ours, which
        // is RAM; nobody uses the page while the bit is in it.
        unsafe { entry.write_volatile(change(entry.read_volatile())) };
        tlb::flush(VirtAddr::new_truncate(self.address()));
    }
}

impl Drop for BrokenPage {
    fn drop(&mut self) {
        self.set(|entry| entry & !RESERVED_BIT);
        // It was mapped by `plant`, with the frame that was allocated there;
        // were that not so, the frame would be lost and nothing else.
        if self.scratch.unmap(self.scratch.first()) == Ok(self.frame) {
            let _ = frames::free(self.frame, Owner::Kernel);
        }
    }
}
