//! Page tables in an emulated memory, good ones and hostile ones.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use PageSize::{Size1GiB, Size2MiB, Size4KiB};

/// Memory that holds tables and nothing else. Touching a frame that was not
/// allocated is a bug, and panics.
pub(super) struct Tables {
    pub(super) tables: BTreeMap<u64, [u64; ENTRIES]>,
    /// How many more there may be.
    room: usize,
    next: u64,
}

impl Tables {
    pub(super) fn new(room: usize) -> (Self, Frame) {
        let mut tables = Self { tables: BTreeMap::new(), room: room + 1, next: 0x100 };
        let root = tables.allocate().unwrap();
        (tables, root)
    }
}

impl TableMemory for Tables {
    fn read(&self, table: Frame, index: usize) -> u64 {
        self.tables[&table.number()][index]
    }

    fn write(&mut self, table: Frame, index: usize, entry: u64) {
        self.tables.get_mut(&table.number()).unwrap()[index] = entry;
    }

    fn allocate(&mut self) -> Result<Frame, OutOfMemory> {
        self.room = self.room.checked_sub(1).ok_or(OutOfMemory)?;
        self.next += 1;
        self.tables.insert(self.next, [0; ENTRIES]);
        Ok(Frame::new(self.next))
    }

    fn free(&mut self, table: Frame) {
        assert!(self.tables.remove(&table.number()).is_some());
        self.room += 1;
    }
}

const DATA: Mapping = Mapping::new(Rights::ReadWrite);
const HIGHER_HALF: u64 = 0xffff_8000_0000_0000;

fn leaf(memory: &Tables, root: Frame, levels: Levels, address: u64) -> Leaf {
    match walk(memory, root, levels, address).outcome {
        Outcome::Mapped(leaf) => leaf,
        other => panic!("{address:#x}: {other}"),
    }
}

/// Counts the tables that were cleared, those that were written once, and the
/// entries that were looked at.
struct Counted {
    tables: Tables,
    cleared: u32,
    filled: u32,
    reads: std::cell::Cell<u32>,
}

impl TableMemory for Counted {
    fn read(&self, table: Frame, index: usize) -> u64 {
        self.reads.set(self.reads.get() + 1);
        self.tables.read(table, index)
    }
    fn write(&mut self, table: Frame, index: usize, entry: u64) {
        self.tables.write(table, index, entry);
    }
    fn allocate(&mut self) -> Result<Frame, OutOfMemory> {
        self.cleared += 1;
        self.tables.allocate()
    }
    fn allocate_filled(&mut self, first: u64, step: u64) -> Result<Frame, OutOfMemory> {
        self.filled += 1;
        self.tables.allocate_filled(first, step)
    }
    fn free(&mut self, table: Frame) {
        self.tables.free(table);
    }
}

#[test]
fn a_table_that_is_filled_is_written_once() {
    let (tables, root) = Tables::new(100);
    let mut memory = Counted { tables, cleared: 0, filled: 0, reads: 0.into() };
    // From the middle of a gibibyte on: half a table, 62 full ones, half a table.
    let pages = (63 << 30) / PAGE_SIZE;
    let first = Frame::containing(512 << 20);
    let range = PageRange { virtual_address: HIGHER_HALF + (512 << 20), first, pages };
    map_range(&mut memory, root, Levels::Four, range, DATA, Size2MiB).unwrap();
    // The page-directory-pointer table, and the two halves.
    assert_eq!((memory.cleared, memory.filled), (3, 62));
    assert!(memory.reads.get() < 1000, "{} entries looked at", memory.reads.get());
    for at in (512_u64 << 20..(63 << 30) + (512 << 20)).step_by(2 << 20) {
        assert_eq!(leaf(&memory.tables, root, Levels::Four, HIGHER_HALF + at).physical, at);
    }
}

#[test]
fn every_size_and_both_depths() {
    for levels in [Levels::Four, Levels::Five] {
        for size in [Size4KiB, Size2MiB, Size1GiB] {
            let (mut memory, root) = Tables::new(9);
            let (address, frame) = (HIGHER_HALF + (7 << 30), Frame::containing(3 << 30));
            assert_eq!(map(&mut memory, root, levels, address, frame, size, DATA), Ok(()));

            let at = address + size.bytes() - 1;
            let way = walk(&memory, root, levels, at);
            let names: Vec<_> = way.steps().iter().map(|step| step.level.entry_name()).collect();
            let all = ["PML5E", "PML4E", "PDPTE", "PDE", "PTE"];
            let first = if levels == Levels::Five { 0 } else { 1 };
            assert_eq!(names, all[first..=5 - size.level() as usize]);

            let leaf = leaf(&memory, root, levels, at);
            assert_eq!((leaf.physical, leaf.size), ((3 << 30) + size.bytes() - 1, size));
            assert_eq!((leaf.writable, leaf.user, leaf.executable), (true, false, false));

            let again = map(&mut memory, root, levels, address, frame, Size4KiB, DATA);
            assert_eq!(again, Err(MapError::AlreadyMapped));
            if size == Size4KiB {
                assert_eq!(unmap_page(&mut memory, root, levels, at), Ok(frame));
                assert_eq!(map(&mut memory, root, levels, address, frame, size, DATA), Ok(()));
            } else {
                let split = unmap_page(&mut memory, root, levels, at);
                assert_eq!(split, Err(UnmapError::SplitsPage));
            }
            let unmapped = unmap(&mut memory, root, levels, at).unwrap();
            assert_eq!(unmapped, Unmapped { frame, size });
            let level = size.level();
            let way = walk(&memory, root, levels, address);
            assert_eq!(way.outcome, Outcome::NotPresent { level });
            assert_eq!(unmap(&mut memory, root, levels, at), Err(UnmapError::NotMapped));
            assert_eq!(unmap_page(&mut memory, root, levels, at), Err(UnmapError::NotMapped));

            let tables = names.len() - 1;
            assert_eq!(free_empty_tables(&mut memory, root, levels, address), tables);
            assert_eq!(memory.tables.len(), 1);
            assert_eq!(memory.tables[&root.number()], [0; ENTRIES]);
        }
    }
}

#[test]
fn canonical_addresses() {
    let four = [(0x7fff_ffff_ffff, true), (0x8000_0000_0000, false), (HIGHER_HALF, true)];
    for (address, canonical) in four {
        assert_eq!(Levels::Four.is_canonical(address), canonical);
        assert!(Levels::Five.is_canonical(address));
    }
    assert!(Levels::Five.is_canonical(0xff00_0000_0000_0000));
    assert!(!Levels::Five.is_canonical(0x0100_0000_0000_0000));

    let (mut memory, root) = Tables::new(9);
    let hole = 0x8000_0000_0000;
    assert_eq!(walk(&memory, root, Levels::Four, hole).outcome, Outcome::NonCanonical);
    assert!(walk(&memory, root, Levels::Four, hole).steps().is_empty());
    let mapped = map(&mut memory, root, Levels::Four, hole, Frame::new(1), Size4KiB, DATA);
    assert_eq!(mapped, Err(MapError::NonCanonical));
    assert_eq!(unmap(&mut memory, root, Levels::Four, hole), Err(UnmapError::NonCanonical));
    for (start, pages) in [(hole - 0x1000, 2), (HIGHER_HALF, u64::MAX), (!0xfff, 2)] {
        let range = PageRange { virtual_address: start, first: Frame::new(1), pages };
        let result = map_range(&mut memory, root, Levels::Four, range, DATA, Size1GiB);
        assert!(matches!(result, Err(MapError::NonCanonical | MapError::Misaligned)));
        let result = unmap_range(&mut memory, root, Levels::Four, start, pages, |_| ());
        assert_eq!(result, Err(UnmapError::NonCanonical));
    }
    assert_eq!(memory.tables.len(), 1);
}

#[test]
fn misaligned() {
    let (mut memory, root) = Tables::new(9);
    let mut map = |address, number, size| {
        map(&mut memory, root, Levels::Four, address, Frame::new(number), size, DATA)
    };
    assert_eq!(map(0x1001, 1, Size4KiB), Err(MapError::Misaligned));
    assert_eq!(map(0x20_0000, 1, Size2MiB), Err(MapError::Misaligned));
    assert_eq!(map(0x1000, 512, Size2MiB), Err(MapError::Misaligned));
    assert_eq!(map(0x1000, 1 << 40, Size4KiB), Err(MapError::Misaligned));
    assert_eq!(map(0x1000, u64::MAX, Size4KiB), Err(MapError::Misaligned));
}

#[test]
fn rights_and_caching_reach_the_entry() {
    let (mut memory, root) = Tables::new(99);
    let cases = [
        (Rights::Read, Size4KiB, Entry::NX),
        (Rights::ReadWrite, Size2MiB, Entry::NX | Entry::RW | Entry::PS),
        (Rights::ReadExecute, Size4KiB, 0),
    ];
    for (number, (rights, size, bits)) in (1..).zip(cases) {
        let address = number << 30;
        let mapping = Mapping::new(rights).global();
        map(&mut memory, root, Levels::Four, address, Frame::new(512), size, mapping).unwrap();
        let leaf = leaf(&memory, root, Levels::Four, address);
        assert_eq!(leaf.entry.0, bits | Entry::P | Entry::G | 0x20_0000);
        assert!(leaf.global && !(leaf.writable && leaf.executable));
    }
    for index in 0..8 {
        let caching = PatIndex::new(index).unwrap();
        for (gib, size) in [(100, Size4KiB), (200, Size2MiB), (300, Size1GiB)] {
            let address = (gib + u64::from(index)) << 30;
            let mapping = DATA.cached(caching);
            map(&mut memory, root, Levels::Four, address, Frame::new(0), size, mapping).unwrap();
            let leaf = leaf(&memory, root, Levels::Four, address);
            assert_eq!((leaf.caching, leaf.physical), (caching, 0));
        }
    }
    assert_eq!(PatIndex::new(8), None);
}

#[test]
fn rights_add_up_over_the_levels() {
    let (mut memory, root) = Tables::new(9);
    map(&mut memory, root, Levels::Four, 0x1000, Frame::new(5), Size4KiB, DATA).unwrap();
    let way = walk(&memory, root, Levels::Four, 0x1000);
    let [top, .., last] = way.steps() else { panic!() };
    // Executable and user at the leaf alone, read-only at the top alone.
    memory.write(last.table, last.index, last.entry.0 & !Entry::NX | Entry::US);
    memory.write(top.table, top.index, top.entry.0 & !Entry::RW | Entry::NX);
    let leaf = leaf(&memory, root, Levels::Four, 0x1000);
    assert_eq!((leaf.writable, leaf.user, leaf.executable), (false, false, false));
}

#[test]
fn broken_entries_are_named() {
    struct Narrow(Tables);
    impl TableMemory for Narrow {
        fn read(&self, table: Frame, index: usize) -> u64 {
            self.0.read(table, index)
        }
        fn write(&mut self, table: Frame, index: usize, entry: u64) {
            self.0.write(table, index, entry);
        }
        fn allocate(&mut self) -> Result<Frame, OutOfMemory> {
            self.0.allocate()
        }
        fn free(&mut self, table: Frame) {
            self.0.free(table);
        }
        fn is_reachable(&self, table: Frame) -> bool {
            self.0.tables.contains_key(&table.number())
        }
        fn physical_bits(&self) -> u32 {
            40
        }
    }
    let (tables, root) = Tables::new(9);
    let mut memory = Narrow(tables);
    map(&mut memory, root, Levels::Four, 0, Frame::new(512), Size2MiB, DATA).unwrap();
    let way = walk(&memory, root, Levels::Four, 0);
    let [pml4e, pdpte, pde] = way.steps() else { panic!() };
    let cases = [
        (pml4e, Entry::PS, Level::Pml4),
        (pml4e, 1 << 40, Level::Pml4),
        (pdpte, Entry::PS | 1 << 29, Level::Pdpt),
        (pde, 1 << 13, Level::Pd),
        (pde, 1 << 51, Level::Pd),
    ];
    for (step, bits, level) in cases {
        memory.write(step.table, step.index, step.entry.0 | bits);
        match walk(&memory, root, Levels::Four, 0).outcome {
            Outcome::Reserved { level: found, bits: named } => {
                assert_eq!(found, level);
                assert_ne!(named & bits, 0);
            }
            other => panic!("{other}"),
        }
        assert_eq!(for_each_leaf(&memory, root, Levels::Four, |_, _| panic!()).broken, 1);
        memory.write(step.table, step.index, step.entry.0);
    }
    let table = Frame::new(0xdead);
    memory.write(pdpte.table, pdpte.index, table.start_address() | Entry::P);
    let outcome = walk(&memory, root, Levels::Four, 0).outcome;
    assert_eq!(outcome, Outcome::Unreachable { level: Level::Pd, table });
    assert_eq!(for_each_leaf(&memory, root, Levels::Four, |_, _| panic!()).broken, 1);
}

#[test]
fn a_range_takes_the_largest_pages() {
    let (mut memory, root) = Tables::new(99);
    // From 4 KiB before a GiB to 4 KiB behind the next but one.
    let (start, pages) = ((5 << 30) - 0x1000, (2 << 18) + 2);
    let first = Frame::new((9 << 18) - 1);
    let range = PageRange { virtual_address: start, first, pages };
    map_range(&mut memory, root, Levels::Four, range, DATA, Size1GiB).unwrap();
    let mut sizes = Vec::new();
    let visited = for_each_leaf(&memory, root, Levels::Four, |address, leaf| {
        assert_eq!(address - start, leaf.physical - first.start_address());
        sizes.push(leaf.size);
    });
    assert_eq!(sizes, [Size4KiB, Size1GiB, Size1GiB, Size4KiB]);
    assert_eq!((visited.tables, visited.broken), (6, 0));

    let mut freed = Vec::new();
    unmap_range(&mut memory, root, Levels::Four, start, pages, |page| freed.push(page)).unwrap();
    assert_eq!(freed.iter().map(|page| page.size.frames()).sum::<u64>(), pages);
    assert_eq!(freed[0], Unmapped { frame: first, size: Size4KiB });
    for_each_leaf(&memory, root, Levels::Four, |_, _| panic!("something is left"));

    // The tables are there now, so the same range takes smaller pages there.
    map_range(&mut memory, root, Levels::Four, range, DATA, Size2MiB).unwrap();
    assert_eq!(leaf(&memory, root, Levels::Four, 6 << 30).size, Size2MiB);
}

#[test]
fn a_range_goes_around_tables_and_not_over_pages() {
    let (mut memory, root) = Tables::new(99);
    let levels = Levels::Five;
    map(&mut memory, root, levels, 0x40_1000, Frame::new(1), Size4KiB, DATA).unwrap();
    let range = PageRange { virtual_address: 0, first: Frame::new(0), pages: 4 * 512 };
    let refused = map_range(&mut memory, root, levels, range, DATA, Size1GiB);
    assert_eq!(refused, Err(MapError::AlreadyMapped));
    let mut left = Vec::new();
    for_each_leaf(&memory, root, levels, |address, _| left.push(address));
    assert_eq!(left, [0x40_1000], "what was mapped is undone, what was there stays");

    let _ = unmap(&mut memory, root, levels, 0x40_1000).unwrap();
    map_range(&mut memory, root, levels, range, DATA, Size1GiB).unwrap();
    let sizes = [0, 0x20_0000, 0x40_0000, 0x5f_f000, 0x60_0000]
        .map(|address| leaf(&memory, root, levels, address).size);
    assert_eq!(sizes, [Size2MiB, Size2MiB, Size4KiB, Size4KiB, Size2MiB]);
    assert_eq!(
        unmap_range(&mut memory, root, levels, 0x1000, 1, |_| ()),
        Err(UnmapError::SplitsPage)
    );
    assert_eq!(
        unmap_range(&mut memory, root, levels, 0x20_0000, 511, |_| ()),
        Err(UnmapError::SplitsPage)
    );
    assert_eq!(
        unmap_range(&mut memory, root, levels, 0x60_0000, 513, |_| ()),
        Err(UnmapError::NotMapped)
    );
}

#[test]
fn out_of_memory_leaves_nothing_mapped() {
    for room in 0..4 {
        let (mut memory, root) = Tables::new(room);
        let range = PageRange { virtual_address: 0x1f_f000, first: Frame::new(7), pages: 2 };
        let result = map_range(&mut memory, root, Levels::Four, range, DATA, Size4KiB);
        assert_eq!(result, Err(MapError::OutOfMemory));
        for_each_leaf(&memory, root, Levels::Four, |_, _| panic!("something is left"));
    }
}

#[test]
fn the_last_page_of_all() {
    let (mut memory, root) = Tables::new(99);
    let pages = 1 + 512;
    let virtual_address = 0_u64.wrapping_sub(pages * PAGE_SIZE);
    let range = PageRange { virtual_address, first: Frame::new(511), pages };
    map_range(&mut memory, root, Levels::Four, range, DATA, Size2MiB).unwrap();
    let last = leaf(&memory, root, Levels::Four, u64::MAX);
    assert_eq!((last.physical, last.size), (0x3f_ffff, Size2MiB));
    unmap_range(&mut memory, root, Levels::Four, virtual_address, pages, |_| ()).unwrap();
    for_each_leaf(&memory, root, Levels::Four, |_, _| panic!("something is left"));
}

#[test]
fn entries_in_words() {
    let entry = Entry(Entry::NX | 0x20_0000 | 0x1fb | 1 << 52);
    assert_eq!(
        entry.describe(Level::Pt).to_string(),
        "4 KiB page at 0x200000, writable, supervisor, no-execute, write-through (PWT), \
         cache-disable (PCD), PAT, global, accessed, dirty, software bits 0x10000000000000"
    );
    assert_eq!(
        Entry(0x3000 | Entry::P | Entry::US | Entry::PS).describe(Level::Pml4).to_string(),
        "table at 0x3000, read-only, user, executable, RESERVED bits 0x80"
    );
    assert_eq!(Entry(0).describe(Level::Pd).to_string(), "empty");
    assert!(Entry(2).describe(Level::Pd).to_string().starts_with("not present"));

    let (mut memory, root) = Tables::new(9);
    let text = Mapping::new(Rights::ReadExecute);
    map(&mut memory, root, Levels::Four, 0x1000, Frame::new(2), Size4KiB, text).unwrap();
    let way = walk(&memory, root, Levels::Four, 0x1234);
    assert_eq!(
        way.steps()[3].to_string(),
        "PTE     1 at 0x104008: 0x0000000000002001  4 KiB page at 0x2000, read-only, supervisor, \
         executable"
    );
    assert_eq!(
        format!("{:#}", way.steps()[3]),
        "PTE     1 at 0x104008: 0x0000000000002001  4 KiB page at 0x2000\n            \
         read-only, supervisor, executable"
    );
    assert_eq!(
        way.outcome.to_string(),
        "mapped to 0x2234 (4 KiB), read-only, supervisor, executable, PAT0"
    );
}

/// Tables of random entries: each names a table that is as random, for ever
/// and in circles. Sparse at the top, or a visit would take as long.
struct Hostile {
    seed: u64,
    bits: u64,
    sparse: bool,
}

impl TableMemory for Hostile {
    fn read(&self, table: Frame, index: usize) -> u64 {
        assert!(index < ENTRIES);
        let mut x = self.seed ^ table.number().wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ index as u64;
        for _ in 0..3 {
            x = (x ^ x >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        }
        if self.sparse && x >> 40 & 0xff != 0 {
            return 0;
        }
        // Few distinct tables, so that there are cycles.
        x & self.bits
    }

    fn write(&mut self, _: Frame, index: usize, _: u64) {
        assert!(index < ENTRIES);
    }

    fn allocate(&mut self) -> Result<Frame, OutOfMemory> {
        Err(OutOfMemory)
    }

    fn free(&mut self, _: Frame) {}
}

fn depths() -> impl Strategy<Value = Levels> {
    prop_oneof![Just(Levels::Four), Just(Levels::Five)]
}

fn sizes() -> impl Strategy<Value = PageSize> {
    prop_oneof![Just(Size4KiB), Just(Size2MiB), Just(Size1GiB)]
}

proptest! {
    #[test]
    fn hostile_tables_do_no_harm(
        seed: u64,
        bits in prop_oneof![Just(u64::MAX), Just(0x7fff), Just(0x8000_0000_0000_7f7f), any::<u64>()],
        levels in depths(),
        addresses in prop::collection::vec(any::<u64>(), 1..50),
    ) {
        let mut memory = Hostile { seed, bits, sparse: false };
        for address in addresses {
            let address = levels.sign_extend(address);
            let way = walk(&memory, Frame::new(seed % 8), levels, address);
            prop_assert!((1..=5).contains(&way.steps().len()));
            let _words = (way.outcome.to_string(), way.steps().last().map(Step::to_string));
            let root = Frame::new(seed);
            let page = address & !0xfff;
            let _ = map(&mut memory, root, levels, page, root, Size4KiB, DATA);
            let _ = unmap(&mut memory, root, levels, address);
            let range = PageRange { virtual_address: page, first: Frame::new(3), pages: 1000 };
            let _ = map_range(&mut memory, root, levels, range, DATA, Size2MiB);
            let _ = unmap_range(&mut memory, root, levels, page, 1000, |_| ());
            free_empty_tables(&mut memory, root, levels, address);
        }
    }

    #[test]
    fn a_visit_of_hostile_tables_ends(seed: u64, levels in depths()) {
        let memory = Hostile { seed, bits: 0x8000_0000_0000_7f7f, sparse: true };
        let mut last = None;
        for_each_leaf(&memory, Frame::new(1), levels, |address, _| {
            assert!(levels.is_canonical(address));
            assert!(last < Some(address), "not in order");
            last = Some(address);
        });
    }

    /// Pages at random places, some of them on top of each other: what a walk
    /// says is what a plain list of the pages says.
    #[test]
    fn as_a_list_of_pages_would(
        levels in depths(),
        pages in prop::collection::vec((0..2_u64, 0..4_u64, 0..4_u64, 0..3_u64, sizes(), 0..1000_u64), 1..40),
        gone in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let (mut memory, root) = Tables::new(1000);
        let mut mapped: BTreeMap<u64, (u64, PageSize)> = BTreeMap::new();
        for (half, gib, mib, page, size, frame) in pages {
            let address = half * HIGHER_HALF + (gib << 30) + (mib << 21) + (page << 12);
            let address = address & !(size.bytes() - 1);
            let first = Frame::new(frame * size.frames());
            let result = map(&mut memory, root, levels, address, first, size, DATA);
            let overlaps = mapped.iter().any(|(&at, (_, other))| {
                at < address + size.bytes() && address < at + other.bytes()
            });
            match result {
                Ok(()) => {
                    prop_assert!(!overlaps);
                    mapped.insert(address, (first.start_address(), size));
                }
                Err(error) => {
                    prop_assert_eq!(error, MapError::AlreadyMapped);
                    prop_assert!(overlaps);
                }
            }
        }
        let all: Vec<_> = mapped.keys().copied().collect();
        for index in gone {
            let address = *index.get(&all);
            let result = unmap(&mut memory, root, levels, address);
            let expected = mapped
                .remove(&address)
                .map(|(physical, size)| Unmapped { frame: Frame::containing(physical), size });
            prop_assert_eq!(result.ok(), expected);
            free_empty_tables(&mut memory, root, levels, address);
        }
        let mut found = BTreeMap::new();
        let visited = for_each_leaf(&memory, root, levels, |address, leaf| {
            found.insert(address, (leaf.physical, leaf.size));
        });
        prop_assert_eq!(visited.tables as usize, memory.tables.len(), "a table was lost");
        prop_assert_eq!(&found, &mapped);
        for (address, (physical, size)) in mapped {
            let leaf = leaf(&memory, root, levels, address + size.bytes() / 2);
            prop_assert_eq!(leaf.physical, physical + size.bytes() / 2);
            let _ = unmap(&mut memory, root, levels, address).unwrap();
            free_empty_tables(&mut memory, root, levels, address);
        }
        prop_assert_eq!(memory.tables.len(), 1);
    }

    #[test]
    fn ranges_map_every_page_to_its_frame(
        levels in depths(),
        largest in sizes(),
        at in 0..3000_u64,
        frame in 0..3000_u64,
        aligned: bool,
        pages in 0..3000_u64,
    ) {
        let (mut memory, root) = Tables::new(1000);
        let frame = if aligned { at + 512 * (frame % 4) } else { frame };
        let virtual_address = HIGHER_HALF + (1 << 30) - (1500 << 12) + at * PAGE_SIZE;
        let range = PageRange { virtual_address, first: Frame::new(frame), pages };
        map_range(&mut memory, root, levels, range, DATA, largest).unwrap();
        for page in 0..pages {
            let leaf = leaf(&memory, root, levels, virtual_address + page * PAGE_SIZE);
            prop_assert_eq!(leaf.physical, (frame + page) * PAGE_SIZE);
            prop_assert!(leaf.size <= largest);
        }
        let mut bytes = 0;
        let mut frames = BTreeSet::new();
        for_each_leaf(&memory, root, levels, |_, leaf| bytes += leaf.size.bytes());
        prop_assert_eq!(bytes, pages * PAGE_SIZE, "more than the range");
        unmap_range(&mut memory, root, levels, virtual_address, pages, |page| {
            frames.extend((0..page.size.frames()).map(|n| page.frame.number() + n));
        }).unwrap();
        prop_assert!(frames.into_iter().eq(frame..frame + pages));
        for_each_leaf(&memory, root, levels, |_, _| panic!("something is left"));
    }
}
