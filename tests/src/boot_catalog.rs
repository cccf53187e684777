//! El Torito boot catalogue of an ISO (El Torito Specification 1.0, section 2).

use crate::partitions::number;
use crate::{Failure, Outcome, ensure};

/// Bytes of a sector of a CD.
const SECTOR: usize = 2048;

/// What starts an entry's image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// Platform 0: a BIOS.
    Bios,
    /// Platform 0xef: UEFI.
    Efi,
}

/// A bootable entry without emulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Firmware that it is for.
    pub platform: Platform,
    /// Number of sectors of 512 bytes that are loaded.
    pub count: usize,
    /// Offset of the image in bytes.
    pub start: usize,
}

/// Reads the catalogue.
///
/// # Errors
/// Where the boot record, the validation entry or its sum is wrong, an entry is
/// not bootable, emulates a disk or points behind the image, or there is none.
pub fn read(image: &[u8]) -> Outcome<Vec<Entry>> {
    let broken = |what: &str| Failure::new(format!("boot catalogue: {what}"));
    // Sector 17 is the boot record volume descriptor.
    let record = image.get(17 * SECTOR..18 * SECTOR).ok_or_else(|| broken("no boot record"))?;
    let named = record[..7] == *b"\0CD001\x01" && record[7..30] == *b"EL TORITO SPECIFICATION";
    ensure(named, || format!("no boot record: {:x?}", &record[..32]))?;
    let place = number(&record[0x47..0x4b]) as usize * SECTOR;
    let catalog = image.get(place..place + SECTOR).ok_or_else(|| broken("behind the end"))?;

    let mut lines = catalog.chunks_exact(32);
    let validation = lines.next().unwrap_or_default();
    let sum = validation.chunks(2).fold(0_u16, |sum, word| sum.wrapping_add(number(word) as u16));
    ensure(validation[0] == 1 && validation[30..] == [0x55, 0xaa] && sum == 0, || {
        format!("validation entry {validation:x?}, sum {sum:#x}")
    })?;
    let mut entries = vec![entry(image, validation[1], lines.next().unwrap_or_default())?];
    while let Some(header) = lines.next() {
        // 0x90: a section with more behind it; 0x91: the last one.
        if !matches!(header[0], 0x90 | 0x91) {
            break;
        }
        for _ in 0..number(&header[2..4]) {
            entries.push(entry(image, header[1], lines.next().unwrap_or_default())?);
        }
    }
    Ok(entries)
}

fn entry(image: &[u8], platform: u8, line: &[u8]) -> Outcome<Entry> {
    let platform = match platform {
        0 => Platform::Bios,
        0xef => Platform::Efi,
        other => return Err(Failure::new(format!("boot catalogue: platform {other:#x}"))),
    };
    ensure(line.len() == 32 && line[0] == 0x88 && line[1] == 0, || {
        format!("{platform:?}: not bootable, or emulation: {line:x?}")
    })?;
    let count = number(&line[6..8]) as usize;
    let start = number(&line[8..12]) as usize * SECTOR;
    ensure(count > 0 && start + count * 512 <= image.len(), || {
        format!("{platform:?}: {count} sectors at {start:#x}")
    })?;
    Ok(Entry { platform, count, start })
}

#[cfg(test)]
mod tests {
    use super::{Platform, SECTOR, read};

    fn image() -> Vec<u8> {
        let mut image = vec![0; 40 * SECTOR];
        image[17 * SECTOR..][..30].copy_from_slice(b"\0CD001\x01EL TORITO SPECIFICATION");
        image[17 * SECTOR + 0x47] = 19;
        let catalog = &mut image[19 * SECTOR..];
        catalog[0] = 1;
        catalog[30..32].copy_from_slice(&[0x55, 0xaa]);
        catalog[32] = 0x88;
        (catalog[38], catalog[40]) = (4, 20);
        (catalog[64], catalog[65], catalog[66]) = (0x91, 0xef, 1);
        (catalog[96], catalog[102], catalog[104]) = (0x88, 8, 30);
        // The words of the validation entry add up to nothing: 0x0001 and 0xaa55 are there.
        catalog[28..30].copy_from_slice(&0x55aa_u16.to_le_bytes());
        image
    }

    #[test]
    fn both_entries_are_found() {
        let entries = read(&image()).unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!((entries[0].platform, entries[0].count), (Platform::Bios, 4));
        assert_eq!((entries[1].platform, entries[1].start), (Platform::Efi, 30 * SECTOR));
    }

    #[test]
    fn one_fault_is_enough() {
        let catalog = 19 * SECTOR;
        for (at, value) in [
            (17 * SECTOR + 8, 0),
            (catalog + 2, 1),
            (catalog + 31, 0),
            (catalog + 32, 0),
            (catalog + 33, 4),
            (catalog + 65, 2),
            (catalog + 104, 40),
        ] {
            let mut bad = image();
            bad[at] = value;
            assert!(read(&bad).is_err(), "{at:#x}");
        }
    }
}
