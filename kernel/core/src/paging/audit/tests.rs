//! Any bit of any entry that flips is a violation, if it means anything.

use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::frames::OutOfMemory;
use crate::paging::tests::Tables;
use crate::paging::{
    Entry, Level, Mapping, PageRange, PageSize, TableMemory, map_range, walk as follow,
};

const IMAGE: u64 = 0xffff_ffff_8000_0000;
const RAM: u64 = 0xffff_8000_0000_0000;
const HEAP: u64 = 0xffff_fe00_0000_0000;
const DEVICE: u64 = 0xffff_ff00_0000_0000;
/// The heap has the frames from here on, in no order that the audit knows.
const HEAP_FRAMES: u64 = 0x30_0000;

/// What must be mapped: first and last address, and the first page.
fn plan() -> Vec<(u64, u64, Page)> {
    let page = |shows, rights, caching| Page { shows, rights, caching };
    let at = Shows::Address;
    let (wb, uc) = (PatIndex::WRITE_BACK, PatIndex::UNCACHED);
    vec![
        (RAM + 0x1000, RAM + 0x50_0fff, page(at(0x1000), Rights::ReadWrite, wb)),
        (HEAP, HEAP + 0x3fff, page(Shows::FrameOf(Owner::Heap), Rights::ReadWrite, wb)),
        (DEVICE, DEVICE + 0x1fff, page(at(0xfed0_0000), Rights::ReadWrite, uc)),
        (IMAGE, IMAGE + 0x7fff, page(at(0x123_4000), Rights::ReadExecute, wb)),
        (IMAGE + 0x8000, IMAGE + 0x9fff, page(at(0x123_c000), Rights::Read, wb)),
    ]
}

fn expected(address: u64) -> Expected {
    let mut hole = Expected { page: None, last: u64::MAX };
    for (first, last, page) in plan() {
        if (first..=last).contains(&address) {
            return Expected { page: Some(page.after(address - first)), last };
        }
        if address < first {
            hole.last = hole.last.min(first - 1);
        }
    }
    hole
}

fn owner_of(frame: Frame) -> Option<State> {
    let first = Frame::containing(HEAP_FRAMES);
    let is_heaps = first <= frame && frame.number() < first.number() + 4;
    Some(if is_heaps { State::Used(Owner::Heap) } else { State::Free })
}

/// Tables of which only those that exist are RAM.
struct Ram<'a>(&'a Tables);

impl TableMemory for Ram<'_> {
    fn read(&self, table: Frame, index: usize) -> u64 {
        self.0.read(table, index)
    }
    fn write(&mut self, _: Frame, _: usize, _: u64) {
        panic!("an audit writes nothing");
    }
    fn allocate(&mut self) -> Result<Frame, OutOfMemory> {
        Err(OutOfMemory)
    }
    fn free(&mut self, _: Frame) {}
    fn is_reachable(&self, table: Frame) -> bool {
        self.0.tables.contains_key(&table.number())
    }
    fn physical_bits(&self) -> u32 {
        40
    }
}

fn built(levels: Levels) -> (Tables, Frame) {
    let (mut memory, root) = Tables::new(64);
    for (first, last, page) in plan() {
        let start = match page.shows {
            Shows::Address(address) => address,
            Shows::FrameOf(_) => HEAP_FRAMES,
        };
        let range = PageRange {
            virtual_address: first,
            first: Frame::containing(start),
            pages: (last - first + 1) / 4096,
        };
        let mapping = Mapping::new(page.rights).cached(page.caching).global();
        map_range(&mut memory, root, levels, range, mapping, PageSize::Size2MiB).unwrap();
    }
    (memory, root)
}

fn audited(memory: &Tables, root: Frame, levels: Levels, nx: bool) -> (Audited, Vec<Violation>) {
    let mut found = Vec::new();
    let walk = |address| Some(follow(&Ram(memory), root, levels, address));
    let audited = audit(levels, nx, walk, expected, owner_of, |violation| found.push(violation));
    (audited, found)
}

#[test]
fn sound_tables_have_no_violation_and_all_pages() {
    for levels in [Levels::Four, Levels::Five] {
        let (memory, root) = built(levels);
        let (audited, found) = audited(&memory, root, levels, true);
        assert_eq!(found, []);
        // RAM: 1 MiB 996 KiB singly, a large page, 1 MiB 4 KiB singly.
        assert_eq!(audited, Audited { pages: 511 + 1 + 257 + 4 + 2 + 8 + 2, complete: true });
    }
}

/// Flips bits of the entry at `level` for an address.
fn flip(memory: &mut Tables, root: Frame, levels: Levels, address: u64, level: Level, bits: u64) {
    let way = follow(&Ram(memory), root, levels, address);
    let step = way.steps().iter().find(|step| step.level == level).unwrap();
    memory.write(step.table, step.index, step.entry.0 ^ bits);
}

#[test]
fn each_violation_says_what_is_and_what_must_be() {
    let cases = [
        (IMAGE + 0x1000, Entry::P, "is not mapped; must be 0x1235000, r-x, PAT0"),
        (IMAGE + 0x1000, 1 << 12, "is 0x1234000, r-x, PAT0; must be 0x1235000, r-x, PAT0"),
        (IMAGE + 0x1000, Entry::RW, "is 0x1235000, rwx, PAT0; must be 0x1235000, r-x, PAT0"),
        (IMAGE + 0x8000, Entry::NX, "is 0x123c000, r-x, PAT0; must be 0x123c000, r--, PAT0"),
        (HEAP + 0x1000, 1 << 25, "is 0x2301000, rw-, PAT0; must be a frame of the heap, rw-, PAT0"),
        (DEVICE, Entry::PWT, "is 0xfed00000, rw-, PAT2; must be 0xfed00000, rw-, PAT3"),
        (IMAGE + 0xa000, Entry::P, "is 0x0, r-x, PAT0; must not be mapped"),
        (
            IMAGE + 0x2000,
            1 << 50,
            "is broken: reserved bits 0x4000000000000 set in the PTE; must be 0x1236000, r-x, PAT0",
        ),
    ];
    for (address, bits, words) in cases {
        let (mut memory, root) = built(Levels::Four);
        flip(&mut memory, root, Levels::Four, address, Level::Pt, bits);
        let (_, found) = audited(&memory, root, Levels::Four, true);
        let [violation] = found[..] else { panic!("{words}: {found:?}") };
        assert_eq!((violation.address, violation.last), (address, address + 4095));
        assert_eq!(violation.to_string(), words);
        flip(&mut memory, root, Levels::Four, address, Level::Pt, bits);
        assert_eq!(audited(&memory, root, Levels::Four, true).1, []);
    }
}

#[test]
fn without_nx_execution_is_not_looked_at() {
    let (mut memory, root) = built(Levels::Four);
    flip(&mut memory, root, Levels::Four, HEAP, Level::Pt, Entry::NX);
    assert_eq!(audited(&memory, root, Levels::Four, true).1.len(), 1);
    assert_eq!(audited(&memory, root, Levels::Four, false).1.len(), 0);
}

#[test]
fn a_lost_window_is_one_violation_for_each_range_of_it() {
    let (mut memory, root) = built(Levels::Four);
    flip(&mut memory, root, Levels::Four, RAM + 0x1000, Level::Pml4, Entry::P);
    let (audited, found) = audited(&memory, root, Levels::Four, true);
    let [violation] = found[..] else { panic!("{found:?}") };
    assert_eq!((violation.address, violation.last), (RAM + 0x1000, RAM + 0x50_0fff));
    assert!(audited.complete);
}

#[test]
fn tables_without_an_end_are_given_up() {
    let (mut memory, root) = built(Levels::Four);
    // The root as its own page directory, 512 times.
    for index in 0..512 {
        memory.write(root, index, root.start_address() | Entry::P | Entry::RW);
    }
    let mut count = 0_u32;
    let walk = |address| Some(follow(&Ram(&memory), root, Levels::Four, address));
    let audited = audit(Levels::Four, true, walk, expected, owner_of, |_| count += 1);
    assert!(!audited.complete);
    assert!(count > 1000);
}

proptest! {
    #[test]
    fn any_bit_that_means_something_is_found(
        five: bool,
        range in 0..5_usize,
        page in 0..0x500_u64,
        level in 1..=4_u8,
        bit in 0..64_u32,
    ) {
        let levels = if five { Levels::Five } else { Levels::Four };
        let (mut memory, root) = built(levels);
        let (first, last, _) = plan()[range];
        let address = first + page * 4096 % (last - first + 1);
        let way = follow(&Ram(&memory), root, levels, address);
        let step = way.steps().iter().find(|step| step.level as u8 == level);
        let step = *step.unwrap_or(&way.steps()[way.steps().len() - 1]);
        let is_leaf = step.entry.is_leaf(step.level);
        memory.write(step.table, step.index, step.entry.0 ^ 1 << bit);

        // US counts where every level has it, and none here has.
        let unseen = Entry::SOFTWARE | Entry::A | Entry::D | Entry::G | Entry::US
            // Only the leaf says how a page is cached.
            | if is_leaf { 0 } else { Entry::PWT | Entry::PCD };
        // Further up, a right that is taken away is missed by pages that have it alone.
        let writable = range < 3;
        let missed = match 1 << bit {
            Entry::RW => is_leaf || writable,
            Entry::NX => is_leaf || range == 3,
            // The heap's pages may have any of its frames.
            other if range == 1 && is_leaf && other & 0x3000 != 0 => false,
            other => other & unseen == 0,
        };
        let (audited, found) = audited(&memory, root, levels, true);
        prop_assert!(audited.complete);
        if 1 << bit & unseen != 0 {
            prop_assert_eq!(found, []);
        } else if missed {
            prop_assert!(!found.is_empty(), "bit {} of the {}", bit, step.level.entry_name());
            let near = |v: &Violation| v.address <= address && address <= v.last;
            prop_assert!(found.iter().any(near), "{:x?}", found);
        }
    }
}
