//! The FADT: addresses, copies, views over any bytes.

use proptest::prelude::*;

use super::super::sdt::check;
use super::super::testing::table;
use super::*;

#[test]
fn the_wide_address_comes_first() {
    let mut body = [0u8; 208];
    body[4..8].copy_from_slice(&0x1000u32.to_le_bytes());
    let fadt = table(b"FACP", &body);
    assert_eq!(dsdt_addresses(&fadt).collect::<Vec<_>>(), [0x1000]);
    body[104..112].copy_from_slice(&0x2000u64.to_le_bytes());
    let fadt = table(b"FACP", &body);
    assert_eq!(dsdt_addresses(&fadt).collect::<Vec<_>>(), [0x2000, 0x1000]);
    body[104..112].copy_from_slice(&0x1000u64.to_le_bytes());
    let fadt = table(b"FACP", &body);
    assert_eq!(dsdt_addresses(&fadt).collect::<Vec<_>>(), [0x1000]);
}

#[test]
fn a_short_fadt_is_padded_and_a_bad_dsdt_is_gone() {
    let mut body = [0xffu8; 80];
    body[..4].fill(9);
    let copy = padded_copy(&table(b"FACP", &body), None);
    let (header, bytes, sum) = check(&copy).unwrap();
    assert!(sum.is_right());
    assert_eq!((header.length as usize, bytes[36]), (COPY_LENGTH, 9));
    assert_eq!(dsdt_addresses(&copy).count(), 0);
    assert!(copy[116..].iter().all(|byte| *byte == 0));
}

proptest! {
    #[test]
    fn any_bytes_end_in_a_table(
        bytes in prop::collection::vec(any::<u8>(), 0..400), dsdt in any::<Option<u64>>()
    ) {
        let copy = padded_copy(&bytes, dsdt);
        prop_assert!(check(&copy).is_ok_and(|(.., sum)| sum.is_right()));
        let found = dsdt_addresses(&copy).next();
        prop_assert_eq!(found, dsdt.filter(|address| *address != 0));
        let _ = dsdt_addresses(&bytes).count();
    }
}
