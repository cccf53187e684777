//! Region lists as firmware should never report them.

use proptest::prelude::*;

use super::*;
use crate::frames::PAGE_SIZE;
use RegionKind::{AcpiNvs, AcpiReclaimable, Bad, Framebuffer, Reserved, Usable};

fn region(start: u64, end: u64, kind: RegionKind) -> Region {
    Region { start, end, kind }
}

/// Normalises with room for every split; also checks the invariants.
fn normalised(entries: &[Region]) -> Vec<Region> {
    let mut storage = vec![Region::EMPTY; entries.len() * 2 + 1];
    let mut list = RegionList::new(&mut storage);
    entries.iter().for_each(|&entry| list.push(entry));
    list.normalise();
    assert_eq!(list.dropped(), 0);
    check_invariants(list.as_slice());
    let once = list.as_slice().to_vec();
    list.normalise();
    assert_eq!(once, list.as_slice(), "normalising twice changes something");
    once
}

fn check_invariants(entries: &[Region]) {
    for entry in entries {
        assert!(entry.start < entry.end && entry.end <= PHYSICAL_LIMIT, "{entry:x?}");
        assert_eq!((entry.start | entry.end) % PAGE_SIZE, 0, "{entry:x?}");
    }
    for pair in entries.windows(2) {
        assert!(pair[0].end <= pair[1].start, "{pair:x?}");
        let joined = pair[0].end == pair[1].start && pair[0].kind == pair[1].kind;
        assert!(!joined, "neighbours not merged: {pair:x?}");
    }
}

#[test]
fn a_good_list_stays_as_it_is() {
    let entries = [
        region(0x1000, 0x9_f000, Usable),
        region(0x9_f000, 0x10_0000, Reserved),
        region(0x10_0000, 0x7fe_0000, Usable),
        region(0x7fe_0000, 0x800_0000, AcpiReclaimable),
    ];
    assert_eq!(normalised(&entries), entries);
}

#[test]
fn usable_shrinks_and_the_rest_grows() {
    let list = normalised(&[region(0, 0x9_fc00, Usable), region(0x9_fc00, 0xa_0000, Reserved)]);
    assert_eq!(list, [region(0, 0x9_f000, Usable), region(0x9_f000, 0xa_0000, Reserved)]);
}

#[test]
fn halves_of_a_page_are_a_page() {
    let list = normalised(&[region(0x1800, 0x2000, Usable), region(0x1000, 0x1800, Usable)]);
    assert_eq!(list, [region(0x1000, 0x2000, Usable)]);
}

#[test]
fn a_hole_splits_what_surrounds_it() {
    let list = normalised(&[region(0, 0x10_0000, Usable), region(0x4000, 0x5000, AcpiNvs)]);
    let expected = [
        region(0, 0x4000, Usable),
        region(0x4000, 0x5000, AcpiNvs),
        region(0x5000, 0x10_0000, Usable),
    ];
    assert_eq!(list, expected);
}

#[test]
fn the_more_restrictive_kind_wins() {
    let list = normalised(&[
        region(0x3000, 0x6000, Reserved),
        region(0x1000, 0x4000, Bad),
        region(0x5000, 0x9000, Usable),
    ]);
    let expected = [
        region(0x1000, 0x4000, Bad),
        region(0x4000, 0x6000, Reserved),
        region(0x6000, 0x9000, Usable),
    ];
    assert_eq!(list, expected);
}

#[test]
fn wrapping_and_empty_entries() {
    assert_eq!(normalised(&[region(0x5000, 0x1000, Usable), region(7, 7, Bad)]), []);
    assert_eq!(
        normalised(&[region(0x5000, 0x1000, Reserved)]),
        [region(0x5000, PHYSICAL_LIMIT, Reserved)]
    );
    let top = Region::from_start_and_length(0xfffc_0000, u64::MAX, Reserved);
    assert_eq!(normalised(&[top]), [region(0xfffc_0000, PHYSICAL_LIMIT, Reserved)]);
    assert_eq!(normalised(&[region(u64::MAX - 1, u64::MAX, Reserved)]), []);
}

#[test]
fn sums() {
    let mut storage = [Region::EMPTY; 4];
    let mut list = RegionList::new(&mut storage);
    list.push(region(0x1000, 0x3000, Usable));
    list.push(region(0x10_0000, 0x20_0000, Usable));
    list.push(region(1 << 40, (1 << 40) + 0x1000, Reserved));
    list.normalise();
    assert_eq!(list.usable_bytes(), 0x2000 + 0x10_0000);
    assert_eq!(list.highest_usable(), 0x20_0000);
    assert_eq!(list.into_slice().len(), 3);
}

#[test]
fn a_full_list_loses_usable_memory_and_says_so() {
    let mut storage = [Region::EMPTY; 2];
    let mut list = RegionList::new(&mut storage);
    list.push(region(0x1000, 0x2000, Usable));
    list.push(region(0x10_0000, 0x20_0000, Usable));
    list.push(region(0x1f_0000, 0x1f_1000, Reserved));
    assert_eq!(list.dropped(), 1, "the smallest made room");
    list.normalise();
    // The reservation splits the usable entry and there is no third place.
    assert_eq!(list.dropped(), 2);
    let expected = [region(0x10_0000, 0x1f_0000, Usable), region(0x1f_0000, 0x1f_1000, Reserved)];
    assert_eq!(list.as_slice(), expected);
}

#[test]
fn no_storage_at_all() {
    let mut list = RegionList::new(&mut []);
    list.push(region(0, 0x1000, Usable));
    list.push(region(0, 0x1000, Bad));
    list.normalise();
    assert_eq!((list.dropped(), list.iter().count()), (2, 0));
    assert_eq!((list.usable_bytes(), list.highest_usable()), (0, 0));
}

#[test]
fn a_thousand_entries() {
    // Nested, interleaved, backwards: the worst that still has a pattern.
    let mut entries = Vec::new();
    for n in 0..250 {
        entries.push(region(n * 0x3000, (1000 - n) * 0x3000, Usable));
        entries.push(region((999 - n) * 0x5000, (1000 - n) * 0x5000 + 0x123, AcpiNvs));
        entries.push(region(n * 0x7000 + 0x800, n * 0x7000 + 0x900, Bad));
        entries.push(region(n * 0x100, n * 0x8000, Reserved));
    }
    assert!(!normalised(&entries).is_empty());
}

fn kinds() -> impl Strategy<Value = RegionKind> {
    prop_oneof![
        4 => Just(Usable),
        1 => Just(RegionKind::BootloaderReclaimable),
        1 => Just(AcpiReclaimable),
        1 => Just(AcpiNvs),
        1 => Just(Framebuffer),
        1 => Just(Reserved),
        1 => Just(Bad),
    ]
}

/// Entries inside 64 pages, at byte granularity that meets page edges often.
fn crowded() -> impl Strategy<Value = Vec<Region>> {
    let entry = (0..64 * 8_u64, 0..64 * 8_u64, kinds())
        .prop_map(|(start, end, kind)| region(start * 512, end * 512, kind));
    prop::collection::vec(entry, 0..40)
}

/// What each page of 64 must become, found the slow way.
fn expected_pages(entries: &[Region]) -> Vec<Option<RegionKind>> {
    let covers = |entry: &Region, from: u64, to: u64| {
        let end =
            if entry.end < entry.start && entry.kind != Usable { u64::MAX } else { entry.end };
        entry.start < to && from < end && entry.start < end
    };
    (0..64)
        .map(|page| {
            let (from, to) = (page * PAGE_SIZE, (page + 1) * PAGE_SIZE);
            let touching = || entries.iter().filter(|entry| covers(entry, from, to));
            match touching().map(|entry| entry.kind).max() {
                Some(Usable) => (0..8)
                    .all(|part| {
                        let at = from + part * 512;
                        touching().any(|entry| covers(entry, at, at + 512))
                    })
                    .then_some(Usable),
                kind => kind,
            }
        })
        .collect()
}

fn kind_at(entries: &[Region], address: u64) -> Option<RegionKind> {
    entries.iter().find(|entry| (entry.start..entry.end).contains(&address)).map(|it| it.kind)
}

proptest! {
    #[test]
    fn every_page_gets_the_right_kind(entries in crowded()) {
        let list = normalised(&entries);
        for (page, kind) in (0..).zip(expected_pages(&entries)) {
            prop_assert_eq!(kind_at(&list, page * PAGE_SIZE), kind, "page {}", page);
        }
    }

    #[test]
    fn anything_goes_in(entries in prop::collection::vec((any::<u64>(), any::<u64>(), kinds()), 0..60)) {
        let entries: Vec<_> =
            entries.into_iter().map(|(start, end, kind)| region(start, end, kind)).collect();
        normalised(&entries);
    }

    /// However little fits: what is usable in the end is usable in truth.
    #[test]
    fn a_short_list_errs_on_the_safe_side(entries in crowded(), room in 0..12_usize) {
        let mut storage = vec![Region::EMPTY; room];
        let mut list = RegionList::new(&mut storage);
        entries.iter().for_each(|&entry| list.push(entry));
        list.normalise();
        check_invariants(list.as_slice());
        let truth = expected_pages(&entries);
        for (page, kind) in (0..).zip(&truth) {
            if kind_at(list.as_slice(), page * PAGE_SIZE) == Some(Usable) {
                prop_assert_eq!(*kind, Some(Usable), "page {}", page);
            }
        }
        if list.dropped() == 0 {
            for (page, kind) in (0..).zip(truth) {
                let found = kind_at(list.as_slice(), page * PAGE_SIZE);
                // Merging early to save room may lose halves of usable pages.
                prop_assert!(found == kind || (kind == Some(Usable) && found.is_none()));
            }
        }
    }
}
