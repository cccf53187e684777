//! The audit: the page tables against what must be mapped where.
//!
//! ```text
//!   direct map     RAM by the memory map, rw-
//!   heap, arena    as much as was mapped, a frame of the heap's each, rw-
//!   stacks         those in use, a frame of the stacks' each, rw-
//!   devices        each mapping by its record, rw-
//!   image          by section, physically where the loader put it
//!   all others     nothing: the lower half, the gaps, each guard page
//! ```
//!
//! So W^X is a part of it: no page must be writable and executable. Without NX
//! the processor cannot enforce that; the audit leaves it out then. What it
//! cannot see is that two pages of the heap, or of the stacks, have changed
//! places or show the same frame.

use super::space::{self, Caching};
use super::{frames, heap, hhdm, image, inspect, mmio, stacks};
use crate::cpu::Features;
use valhalla_core::frames::Owner;
use valhalla_core::paging::{self, Audited, Expected, Page, Rights, Shows, Violation};

/// How many violations are kept; all are counted.
pub const KEPT: usize = 16;

/// What the audit found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Audit {
    /// How far it came.
    pub audited: Audited,
    /// All violations.
    pub count: usize,
    kept: [Option<Violation>; KEPT],
}

impl Audit {
    /// The first violations, at most `KEPT`.
    pub fn violations(&self) -> impl Iterator<Item = &Violation> {
        self.kept.iter().flatten()
    }

    fn add(&mut self, violation: Violation) {
        if let Some(slot) = self.kept.get_mut(self.count) {
            *slot = Some(violation);
        }
        self.count += 1;
    }
}

/// Looks at every address.
#[must_use]
pub fn run() -> Audit {
    let mut audit = Audit::default();
    let (levels, nx) = (space::levels(), Features::get().nx);
    let mut found = |violation| audit.add(violation);
    let audited = paging::audit(levels, nx, inspect::walk, expected, frames::owner_of, &mut found);
    audit.audited = audited;
    audit
}

/// Addresses `start..end` that must be mapped.
struct Range {
    start: u64,
    end: u64,
    /// What the first page must be.
    page: Page,
}

impl Range {
    fn new(start: u64, end: u64, shows: Shows, rights: Rights, caching: Caching) -> Self {
        let page = Page { shows, rights, caching: space::pat_index(caching) };
        Self { start, end, page }
    }

    fn of_ram(start: u64, end: u64, shows: Shows) -> Self {
        Self::new(start, end, shows, Rights::ReadWrite, Caching::WriteBack)
    }
}

/// All that must be mapped, in no order.
fn ranges() -> impl Iterator<Item = Range> {
    let image = image::parts().map(|part| {
        let shows = Shows::Address(image::physical(part.start));
        Range::new(part.start, part.end, shows, part.rights, Caching::WriteBack)
    });
    let ram = inspect::direct_mapped().map(|region| {
        let at = |physical| hhdm::pointer(physical) as u64;
        Range::of_ram(at(region.start), at(region.end), Shows::Address(region.start))
    });
    let heap = heap::mapped().into_iter().flatten();
    let heap = heap
        .map(|(start, length)| Range::of_ram(start, start + length, Shows::FrameOf(Owner::Heap)));
    let stacks = stacks::in_slots()
        .map(|stack| Range::of_ram(stack.bottom, stack.top, Shows::FrameOf(Owner::Stack)));
    let devices = mmio::all().map(|pages| {
        let (start, shows) = (pages.start, Shows::Address(pages.physical));
        Range::new(start, start + pages.length, shows, Rights::ReadWrite, pages.caching)
    });
    image.chain(ram).chain(heap).chain(stacks).chain(devices)
}

fn expected(address: u64) -> Expected {
    let mut hole = Expected { page: None, last: u64::MAX };
    for Range { start, end, page } in ranges() {
        if start <= address && address < end {
            return Expected { page: Some(page.after(address - start)), last: end - 1 };
        }
        if address < start {
            hole.last = hole.last.min(start - 1);
        }
    }
    hole
}
