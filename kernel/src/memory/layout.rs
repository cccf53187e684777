//! Which parts of the address space are for what.
//!
//! ```text
//!   0000000000000000  never mapped: the lower half is empty
//!   HHDM offset       RAM, read-write, at the loader's (maybe random) place
//!   window            MMIO      read-write, uncached or write-combining
//!   window            stacks    a guard gap below each
//!   window            heap      grows upward
//!   ffffffff80000000  kernel image, by section
//! ```
//!
//! Each window is a whole PML4 slot of 512 GiB in the top 128 TiB, taken from
//! the top down among the slots that neither the direct map nor the image (the
//! last slot) uses. With five levels the same range lies in the last PML5 slot.

use super::image;
use super::{hhdm, mmio, space, stacks};
use spin::Once;

/// Bytes that one PML4 entry covers.
const SLOT_BYTES: u64 = 1 << 39;
/// Where the top 128 TiB begin.
const UPPER_HALF: u64 = 0xffff_8000_0000_0000;
/// PML4 slots in the top 128 TiB; the last is the image's.
const SLOTS: u64 = 256;

/// An address range of our own choosing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// First byte.
    pub start: u64,
    /// Just past the last byte.
    pub end: u64,
}

impl Window {
    /// Whether `address` lies in it.
    #[must_use]
    pub(super) const fn contains(&self, address: u64) -> bool {
        self.start <= address && address < self.end
    }
}

/// Where the windows are, and what the direct map covers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// The direct map: from physical address 0 to the end of RAM.
    pub hhdm: Window,
    /// Devices and firmware tables.
    pub mmio: Window,
    /// Kernel stacks.
    pub stacks: Window,
    /// The heap.
    pub heap: Window,
}

static LAYOUT: Once<Layout> = Once::new();

/// Chooses the windows for a machine whose RAM ends at `ram_end`. `None` when
/// the direct map leaves no room, which takes 127 TiB of RAM.
pub(super) fn choose(ram_end: u64) -> Option<Layout> {
    let start = hhdm::offset();
    let hhdm = Window { start, end: start.checked_add(ram_end)? };
    let mut free = (0..SLOTS - 1).rev().map(|slot| {
        let start = UPPER_HALF + slot * SLOT_BYTES;
        Window { start, end: start + SLOT_BYTES }
    });
    let mut next = || free.find(|window| window.end <= hhdm.start || hhdm.end <= window.start);
    let layout = Layout { hhdm, mmio: next()?, stacks: next()?, heap: next()? };
    Some(*LAYOUT.call_once(|| layout))
}

/// The layout, once it is chosen.
#[must_use]
pub(super) fn get() -> Option<&'static Layout> {
    LAYOUT.get()
}

/// What an address is for, in a word or two.
#[must_use]
pub fn what_is(address: u64) -> &'static str {
    const PAGE: u64 = 4096;
    if address < PAGE {
        return "null page";
    }
    if let Some(stack) = stacks::describe(address) {
        return stack;
    }
    if let Some(section) = image::section_of(address) {
        return section.name;
    }
    let Some(layout) = get() else { return "before our own tables" };
    if !space::levels().is_canonical(address) {
        "not canonical"
    } else if layout.hhdm.contains(address) {
        "direct map of RAM"
    } else if layout.heap.contains(address) {
        "heap"
    } else if layout.mmio.contains(address) {
        mmio::name_of(address).unwrap_or("device window")
    } else if layout.stacks.contains(address) {
        "stack window, unused"
    } else if address < UPPER_HALF {
        "lower half: nothing of ours"
    } else {
        "nothing of ours"
    }
}
