//! Tests of the table header, the sum and the two root tables.

use proptest::prelude::*;

use super::*;
use crate::acpi::testing::table;

fn root(signature: &[u8; 4], entries: &[u64]) -> Vec<u8> {
    let width = if signature == b"RSDT" { 4 } else { 8 };
    let body: Vec<u8> = entries.iter().flat_map(|e| e.to_le_bytes()[..width].to_vec()).collect();
    table(signature, &body)
}

#[test]
fn a_whole_table_passes_with_exactly_its_bytes() {
    let mut bytes = table(b"TEST", &[1, 2, 3]);
    bytes.extend([0xee; 10]);
    let (header, body, sum) = check(&bytes).unwrap();
    assert_eq!((header.signature.to_string().as_str(), header.length), ("TEST", 39));
    assert_eq!(body.len(), 39);
    assert!(sum.is_right());
}

#[test]
fn problems_are_named() {
    let good = table(b"TEST", &[0; 64]);
    let with_length = |length: u32| {
        let mut bytes = good.clone();
        bytes[4..8].copy_from_slice(&length.to_le_bytes());
        seal(&mut bytes);
        check(&bytes).map(|_| ()).unwrap_err()
    };
    assert_eq!(with_length(0), TableProblem::TooShort { length: 0, needs: 36 });
    assert_eq!(with_length(35), TableProblem::TooShort { length: 35, needs: 36 });
    assert_eq!(with_length(101), TableProblem::PastEnd { length: 101 });
    assert_eq!(with_length(u32::MAX), TableProblem::TooLong { length: u32::MAX });
}

#[test]
fn a_wrong_sum_is_told_and_the_table_used() {
    let mut flipped = table(b"TEST", &[0; 64]);
    flipped[50] = 7;
    let (header, body, sum) = check(&flipped).unwrap();
    assert_eq!((header.length, body, sum), (100, &*flipped, Sum(7)));
    assert!(!sum.is_right());
    let words = "bad checksum: the bytes sum to 7, not 0; used all the same";
    assert_eq!(sum.to_string(), words);
}

#[test]
fn roots_list_their_entries() {
    let rsdt = root(b"RSDT", &[0x1000, 0, 0xffff_f000]);
    assert_eq!(root_entries(&rsdt).collect::<Vec<_>>(), [0x1000, 0xffff_f000]);
    let xsdt = root(b"XSDT", &[0x1000, 0x12_3456_789a, 0]);
    assert_eq!(root_entries(&xsdt).collect::<Vec<_>>(), [0x1000, 0x12_3456_789a]);
    assert_eq!(root_entries(&table(b"APIC", &[1; 64])).count(), 0);
}

#[test]
fn text_survives_any_bytes() {
    let mut out = String::new();
    text(b"BO\xff\x1bHS\0 ", &mut out).unwrap();
    assert_eq!(out, "BO??HS");
}

proptest! {
    #[test]
    fn any_bytes_end_in_a_value(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        let _ = check(&bytes);
        prop_assert!(root_entries(&bytes).count() <= bytes.len());
    }

    #[test]
    fn one_flipped_bit_is_seen(
        body in prop::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>(),
        bit in 0..8u32
    ) {
        let mut bytes = table(b"TEST", &body);
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        // A flipped length may cut the table where the rest happens to sum to
        // zero; every other flip must be seen.
        if let Ok((header, _, Sum(0))) = check(&bytes) {
            prop_assert!((4..8).contains(&at));
            prop_assert_ne!(header.length as usize, bytes.len());
        }
    }

    #[test]
    fn our_own_root_passes_our_own_check(entries in prop::collection::vec(1..u64::MAX, 0..64)) {
        let mut out = [0xaa; 1024];
        let length = build_xsdt(&mut out, entries.iter().copied()).unwrap();
        let (header, built, sum) = check(&out[..length]).unwrap();
        prop_assert!(sum.is_right());
        prop_assert_eq!(header.signature, Signature::XSDT);
        prop_assert_eq!(root_entries(built).collect::<Vec<_>>(), entries.as_slice());
        let again = build_xsdt(&mut out[..length - 1], entries.iter().copied());
        prop_assert_eq!(again, None);
    }
}
