//! Tests of the MADT walk: every entry type, and every way to be wrong.

use proptest::prelude::*;

use super::*;
use crate::acpi::testing::table;

pub(super) fn madt(entries: &[&[u8]]) -> Vec<u8> {
    let mut body = 0xfee0_0000u32.to_le_bytes().to_vec();
    body.extend(1u32.to_le_bytes());
    body.extend(entries.concat());
    table(b"APIC", &body)
}

pub(super) const CPU: [u8; 8] = [0, 8, 0, 0, 1, 0, 0, 0];
const PLUGGABLE: [u8; 8] = [0, 8, 1, 1, 2, 0, 0, 0];
const ABSENT: [u8; 8] = [0, 8, 2, 2, 0, 0, 0, 0];

pub(super) fn x2apic(id: u32) -> [u8; 16] {
    let mut entry = [9, 16, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
    entry[4..8].copy_from_slice(&id.to_le_bytes());
    entry
}

#[test]
fn every_known_entry_is_read() {
    let bytes = madt(&[
        &CPU,
        &[1, 12, 7, 0, 0, 0, 0xc0, 0xfe, 24, 0, 0, 0],
        &[2, 10, 0, 9, 9, 0, 0, 0, 0x0d, 0],
        &[3, 8, 5, 0, 2, 0, 0, 0],
        &[4, 6, 0xff, 0, 0, 1],
        &[5, 12, 0, 0, 0, 0, 0xe0, 0xfe, 1, 0, 0, 0],
        &x2apic(300),
        &[10, 12, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0],
        &[0x7f, 3, 0],
    ]);
    let read: Vec<_> = entries(&bytes).map(Result::unwrap).collect();
    assert_eq!(
        read,
        [
            Entry::LocalApic { uid: 0, apic_id: 0, flags: 1 },
            Entry::IoApic { id: 7, address: 0xfec0_0000, gsi_base: 24 },
            Entry::SourceOverride { bus: 0, source: 9, gsi: 9, flags: 0x0d },
            Entry::NmiSource { gsi: 2, flags: 5 },
            Entry::LocalApicNmi { uid: u32::MAX, flags: 0, lint: 1 },
            Entry::LocalApicAddress(0x1_fee0_0000),
            Entry::X2Apic { uid: 0, x2apic_id: 300, flags: 1 },
            Entry::LocalApicNmi { uid: 3, flags: 0, lint: 1 },
            Entry::Unknown(0x7f),
        ]
    );
    let facts = facts(&bytes);
    assert_eq!((facts.lapic_address, facts.legacy_pic), (0x1_fee0_0000, true));
    assert_eq!((facts.processors, facts.io_apics, facts.overrides, facts.unknown), (2, 1, 1, 1));
    assert_eq!(facts.problem, None);
}

#[test]
fn processors_are_counted_once() {
    let facts = facts(&madt(&[&CPU, &CPU, &PLUGGABLE, &ABSENT, &x2apic(0), &x2apic(255)]));
    assert_eq!((facts.processors, facts.pluggable), (3, 1));
    let only_x2 = super::facts(&madt(&[&x2apic(0), &x2apic(1)]));
    assert_eq!(only_x2.processors, 2);
}

#[test]
fn length_zero_ends_the_walk() {
    let bytes = madt(&[&CPU, &[1, 0], &CPU]);
    let read: Vec<_> = entries(&bytes).collect();
    assert_eq!(read.len(), 2);
    assert_eq!(read[1], Err(Problem::NoLength { offset: 52 }));
    assert_eq!(facts(&bytes).problem, Some(Problem::NoLength { offset: 52 }));
}

#[test]
fn a_truncated_entry_ends_the_walk() {
    let read: Vec<_> = entries(&madt(&[&CPU, &CPU[..7]])).collect();
    assert_eq!(read[1], Err(Problem::PastEnd { offset: 52 }));
    let read: Vec<_> = entries(&madt(&[&CPU, &[0]])).collect();
    assert_eq!(read[1], Err(Problem::PastEnd { offset: 52 }));
}

#[test]
fn an_entry_too_short_for_its_type_is_skipped() {
    let bytes = madt(&[&[0, 4, 0, 0], &CPU]);
    let facts = facts(&bytes);
    assert_eq!(facts.processors, 1);
    let problem = facts.problem.unwrap();
    assert_eq!(problem, Problem::TooShort { offset: 44, kind: 0 });
    assert_eq!(problem.to_string(), "the entry at offset 44 is too short for its type 0: skipped");
}

proptest! {
    #[test]
    fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..2048)) {
        prop_assert!(entries(&bytes).count() <= bytes.len() / 2 + 1);
        let _ = facts(&bytes);
    }

    #[test]
    fn whole_entries_are_all_found(count in 0..300usize) {
        let list: Vec<&[u8]> = (0..count).map(|_| CPU.as_slice()).collect();
        let facts = facts(&madt(&list));
        prop_assert_eq!(facts.processors as usize, count);
        prop_assert_eq!(facts.problem, None);
    }
}
