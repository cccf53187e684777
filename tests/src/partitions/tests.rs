//! Unit tests: tables that are right, and one fault at a time.

use super::{SECTOR, crc32, gpt, mbr};

/// 200 sectors with an active partition 64..100 and another 100..200.
fn image() -> Vec<u8> {
    let mut image = vec![0; 200 * SECTOR];
    image[510..512].copy_from_slice(&[0x55, 0xaa]);
    for (at, status, kind, start, count) in [(446, 0x80, 0x17, 64, 36), (462, 0, 0xef, 100, 100)] {
        image[at] = status;
        image[at + 4] = kind;
        image[at + 8] = start;
        image[at + 12] = count;
    }
    image
}

#[test]
fn an_mbr_is_read() {
    let found = mbr(&image()).unwrap();
    assert_eq!(found.len(), 2);
    assert!(found[0].active && !found[1].active);
    assert_eq!(found[1].bytes(), 100 * SECTOR..200 * SECTOR);
}

#[test]
fn a_bad_mbr_is_refused() {
    // Signature, second active, none active, bad status, overlap, behind the end, half.
    for (at, value) in
        [(510, 0), (462, 0x80), (446, 0), (446, 1), (470, 99), (474, 101), (479, 1), (450, 0)]
    {
        let mut bad = image();
        bad[at] = value;
        assert!(mbr(&bad).is_err(), "{at} {value:#x}");
    }
}

/// The same with a GPT of `entries` entries, one of them in use.
fn with_gpt(entries: u32) -> Vec<u8> {
    let mut image = image();
    let table_size = entries as usize * 128;
    for (here, other, table) in [(1_u64, 199_u64, 2_u64), (199, 1, 150)] {
        let start = table as usize * SECTOR;
        image[start] = 0xaa;
        let sum = crc32(&image[start..start + table_size]);
        let header = &mut image[here as usize * SECTOR..][..92];
        header[..8].copy_from_slice(b"EFI PART");
        header[12..16].copy_from_slice(&92_u32.to_le_bytes());
        header[24..32].copy_from_slice(&here.to_le_bytes());
        header[32..40].copy_from_slice(&other.to_le_bytes());
        header[72..80].copy_from_slice(&table.to_le_bytes());
        header[80..84].copy_from_slice(&entries.to_le_bytes());
        header[84..88].copy_from_slice(&128_u32.to_le_bytes());
        header[88..92].copy_from_slice(&sum.to_le_bytes());
        let sum = crc32(header);
        header[16..20].copy_from_slice(&sum.to_le_bytes());
    }
    image
}

#[test]
fn a_gpt_is_read() {
    assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    assert_eq!(gpt(&image()).unwrap(), None);
    assert_eq!(gpt(&with_gpt(128)).unwrap(), Some(1));
}

#[test]
fn a_bad_gpt_is_refused() {
    assert!(gpt(&with_gpt(44)).is_err(), "44 entries");
    assert!(gpt(&with_gpt(128)[..199 * SECTOR]).is_err(), "no backup at the end");
    let mut longer = with_gpt(128);
    longer.extend([0; SECTOR]);
    assert!(gpt(&longer).is_err(), "the backup is not at the end");
    for at in [SECTOR, SECTOR + 30, 2 * SECTOR + 5, 150 * SECTOR + 5, 199 * SECTOR + 30] {
        let mut bad = with_gpt(128);
        bad[at] ^= 1;
        assert!(gpt(&bad).is_err(), "{at:#x}");
    }
}
