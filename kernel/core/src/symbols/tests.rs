//! Any bytes at all end in an answer; the packer's tests show that it is right.

use super::packed::{LONGEST, PAIR_BYTES, Packed};
use super::rows::{Line, Rows};
use super::{HEADER_BYTES, MAGIC, Symbols};
use proptest::prelude::*;

/// Two functions of four bytes at 0x1000, `ab` and `c`, the first with a line.
fn small() -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    let index = HEADER_BYTES + PAIR_BYTES;
    let (files, names, records) = (index + 8, index + 12, index + 14);
    let table: [u8; 14] = [0, 4, 1, 128, 4, 236, 0, 0, 9, 0, 4, 1, b'c', 0];
    for number in [records + table.len(), 2] {
        bytes.extend((number as u32).to_le_bytes());
    }
    bytes.extend(0x1000_u64.to_le_bytes());
    for number in [index, files, 1, records] {
        bytes.extend((number as u32).to_le_bytes());
    }
    bytes.extend(b"ab");
    bytes.resize(index + 8, 0);
    bytes.extend((names as u32).to_le_bytes());
    bytes.extend([1, b'f']);
    bytes.extend(table);
    bytes
}

#[test]
fn a_table_made_by_hand_is_read() {
    let bytes = small();
    let symbols = Symbols::parse(&bytes).unwrap();
    let show = |address| symbols.lookup(address).map(|location| location.to_string());
    assert_eq!(show(0xfff), None);
    assert_eq!(show(0x1000).unwrap(), "ab+0x0 (f:9)");
    assert_eq!(show(0x1003).unwrap(), "ab+0x3 (f:9)");
    assert_eq!(show(0x1004).unwrap(), "c+0x0");
    assert_eq!(show(0x1008), None);
    assert_eq!(show(u64::MAX), None);
}

#[test]
fn a_table_that_is_cut_or_missing_is_none() {
    let bytes = small();
    assert!(Symbols::parse(&[0; 64]).is_none());
    for end in 0..bytes.len() {
        assert!(Symbols::parse(&bytes[..end]).is_none());
    }
}

#[test]
fn pairs_of_themselves_end() {
    let pairs = [128; PAIR_BYTES];
    assert!(Packed::new(&[128; 300], &pairs).to_string().len() <= LONGEST);
    assert_eq!(Packed::new(b"a\x07b", &[]).to_string(), "a?b");
    assert_eq!(Packed::new(&[200], &[]).to_string(), "");
}

#[test]
fn recent_files_are_remembered() {
    // File 3 line 100; file 4 line 7 at +16; back to file 3, one line on, 4 bytes
    // further; 2 bytes and 2 lines further; 3 bytes of no line.
    let bytes = [236, 0, 3, 100, 236, 16, 4, 7, 100 + 32 + 3, 2, 5 + 4, 238 + 2];
    let line = |file, line| Some(Line { file, line });
    let rows: Vec<_> = Rows::new(&bytes).collect();
    assert_eq!(
        rows,
        [(0, line(3, 100)), (16, line(4, 7)), (20, line(3, 101)), (22, line(3, 103)), (25, None)]
    );
    assert_eq!(Rows::new(&bytes).at(21), line(3, 101));
}

proptest! {
    #[test]
    fn any_bytes_end_in_an_answer(body in prop::collection::vec(any::<u8>(), 0..600), address: u64) {
        let mut bytes = small();
        let fixed = bytes.len();
        bytes.extend(body);
        let length = (bytes.len() as u32).to_le_bytes();
        bytes[8..12].copy_from_slice(&length);
        // Everything behind the counts is anything: pairs, index, records.
        bytes.copy_within(fixed.., HEADER_BYTES);
        let symbols = Symbols::parse(&bytes).unwrap();
        for address in [address, 0x1000 + address % 64, 0x1000 + (address & 0xffff)] {
            if let Some(location) = symbols.lookup(address) {
                prop_assert!(location.to_string().len() < 2 * LONGEST + 64);
            }
        }
    }

    #[test]
    fn any_changed_byte_ends_in_an_answer(at in 0..400_usize, value: u8, address in 0xff0..0x1020_u64) {
        let mut bytes = small();
        let length = bytes.len();
        bytes[at % length] = value;
        if let Some(symbols) = Symbols::parse(&bytes) {
            let _ = symbols.lookup(address).map(|location| location.to_string());
        }
    }
}
