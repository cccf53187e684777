//! Views over known tables, and over any bytes.

use proptest::prelude::*;

use super::check::Oddity;
use super::gas::{Gas, Space};
use super::testing::table;
use super::{check, hpet, srat, views};

#[test]
fn an_hpet_is_read() {
    // As QEMU writes it: id 0x8086a201, memory, 0xfed00000.
    let mut body = 0x8086_a201u32.to_le_bytes().to_vec();
    body.extend([0, 0, 0, 0]);
    body.extend(0xfed0_0000u64.to_le_bytes());
    body.extend([0, 0, 0, 0]);
    let hpet = hpet::parse(&table(b"HPET", &body)).unwrap();
    assert_eq!((hpet.base.space, hpet.base.address), (Space::Memory, 0xfed0_0000));
    assert_eq!((hpet.revision, hpet.comparators, hpet.vendor), (1, 3, 0x8086));
    assert!(hpet.is_64_bit && hpet.replaces_legacy);
    assert_eq!(hpet::parse(&table(b"HPET", &body[..19])), None);
}

#[test]
fn an_srat_ends_at_an_entry_without_length() {
    let mut body = vec![0; 12];
    body.extend([0, 16, 1, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    body.extend([9, 0, 1, 1]);
    let srat = table(b"SRAT", &body);
    let entries: Vec<_> = srat::entries(&srat).collect();
    assert_eq!(entries, [srat::Entry::Processor { domain: 1, apic_id: 7, enabled: true }]);
}

#[test]
fn a_slit_must_hold_its_matrix() {
    let mut body = 2u64.to_le_bytes().to_vec();
    body.extend([10, 20, 20, 10]);
    let slit = table(b"SLIT", &body);
    let rows: Vec<_> = srat::distances(&slit).unwrap().rows().collect();
    assert_eq!(rows, [[10, 20], [20, 10]]);
    assert!(srat::distances(&slit[..slit.len() - 1]).is_none());
}

#[test]
fn a_register_says_where_it_is() {
    let bytes = [1, 16, 0, 2, 4, 6, 0, 0, 0, 0, 0, 0];
    let gas = Gas::parse(&bytes, 0).unwrap();
    assert_eq!(gas.to_string(), "port 0x604, 16 bits");
    assert_eq!(Gas::parse(&bytes, 1), None);
    assert_eq!(Gas::port(0, 2).to_string(), "none");
}

#[test]
fn a_fadt_that_disagrees_with_itself_is_odd() {
    let mut body = vec![0u8; 208];
    body[20..24].copy_from_slice(&0x600u32.to_le_bytes());
    body[52] = 4;
    body[112..124].copy_from_slice(&[1, 32, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0]);
    let mut found = Vec::new();
    check::fadt(&table(b"FACP", &body), &mut |oddity| found.push(oddity));
    assert!(found.contains(&Oddity::Disagree("PM1a_EVT_BLK", 0x600, 0x700)));
    assert!(found.contains(&Oddity::MissingRegister("PM1a_CNT_BLK")));
}

#[test]
fn a_madt_with_two_of_one_id_and_no_io_apic_is_odd() {
    let mut body = 0xfee0_0000u32.to_le_bytes().to_vec();
    body.extend([1, 0, 0, 0]);
    for uid in 0..2 {
        body.extend([0, 8, uid, 3, 1, 0, 0, 0]);
    }
    let mut found = Vec::new();
    check::madt(&table(b"APIC", &body), &mut |oddity| found.push(oddity));
    assert_eq!(found, [Oddity::NoIoApic, Oddity::SameId("processor", 3)]);
}

proptest! {
    #[test]
    fn any_bytes_can_be_read_as_anything(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        views::read_all(&bytes);
        views::read_all(&table(b"FACP", &bytes));
    }

    #[test]
    fn the_sum_is_what_it_says(bytes in prop::collection::vec(any::<u8>(), 0..4000)) {
        let plain = bytes.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
        prop_assert_eq!(super::sum(&bytes), plain);
    }

    #[test]
    fn full_lanes_do_not_spill(length in 0..3000usize) {
        let plain = (length as u8).wrapping_mul(255);
        prop_assert_eq!(super::sum(&vec![255; length]), plain);
    }
}
