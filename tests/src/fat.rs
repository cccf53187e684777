//! FAT12 and FAT16 as far as the images need it: where a file of the root lies.

use std::ops::Range;

use crate::partitions::number;
use crate::{Failure, Outcome, ensure};

/// Returns the bytes, by offset in the volume, of a file in the root directory
/// whose clusters are one run. `name` as the directory has it: `VALHALLALOG`
/// is `VALHALLA.LOG`.
///
/// # Errors
/// Where the volume is no FAT12 or FAT16, or the file is missing, empty, or in
/// more than one run.
pub fn contiguous(volume: &[u8], name: &[u8; 11]) -> Outcome<Range<usize>> {
    let field = |at: usize, size: usize| {
        volume.get(at..at + size).map(number).ok_or_else(|| Failure::new("the volume is too short"))
    };
    // BIOS parameter block (Microsoft's FAT specification 1.03).
    let sector = field(11, 2)? as usize;
    let cluster = field(13, 1)? as usize * sector;
    let table = field(14, 2)? as usize * sector;
    let root = table + (field(16, 1)? * field(22, 2)?) as usize * sector;
    let data = root + field(17, 2)? as usize * 32;
    let sectors = field(19, 2)? as usize;
    ensure(sector == 512 && cluster > 0 && data < sectors * sector, || {
        format!("no FAT volume: {:x?}", &volume[..36])
    })?;
    let clusters = (sectors * sector - data) / cluster;

    let mut files = volume.get(root..data).unwrap_or_default().chunks_exact(32);
    // Attribute 8 is the volume's label, which may have the same name.
    let file = files.find(|entry| entry[..11] == *name && entry[11] & 8 == 0);
    let file = file.ok_or_else(|| Failure::new("no such file in the root directory"))?;
    let (first, size) = (number(&file[26..28]) as usize, number(&file[28..32]) as usize);
    ensure(size > 0, || "the file is empty".into())?;
    let last = first + size.div_ceil(cluster) - 1;
    for at in first..=last {
        // FAT12 below 4085 clusters: one and a half bytes an entry.
        let (next, end) = if clusters < 4085 {
            (field(table + at * 3 / 2, 2)? >> (at % 2 * 4) & 0xfff, 0xff8)
        } else {
            (field(table + at * 2, 2)?, 0xfff8)
        };
        let right = if at == last { next >= end } else { next == at as u64 + 1 };
        ensure(right, || format!("cluster {at} of {first}..={last} is followed by {next:#x}"))?;
    }
    let start = data + (first - 2) * cluster;
    Ok(start..start + size)
}

#[cfg(test)]
mod tests {
    use super::contiguous;

    /// FAT12, a sector a cluster; a file of 1200 bytes in clusters 2, 3 and 4.
    fn volume() -> Vec<u8> {
        let mut volume = vec![0; 64 * 512];
        (volume[12], volume[13], volume[14], volume[16]) = (2, 1, 1, 2);
        (volume[17], volume[19], volume[22]) = (16, 64, 1);
        // Entries 2, 3, 4: 003, 004, fff.
        volume[512 + 3..512 + 8].copy_from_slice(&[0x03, 0x40, 0x00, 0xff, 0x0f]);
        let root = 3 * 512;
        volume[root..root + 12].copy_from_slice(b"VALHALLALOG\x08");
        volume[root + 32..root + 44].copy_from_slice(b"VALHALLALOG\x20");
        volume[root + 58] = 2;
        volume[root + 60..root + 62].copy_from_slice(&1200_u16.to_le_bytes());
        volume
    }

    #[test]
    fn a_run_is_found_and_a_gap_refused() {
        assert_eq!(contiguous(&volume(), b"VALHALLALOG").unwrap(), 2048..3248);
        assert!(contiguous(&volume(), b"OTHER   LOG").is_err());
        for (at, value) in [(512 + 3, 5), (512 + 6, 0), (3 * 512 + 61, 0xff), (22, 200)] {
            let mut bad = volume();
            bad[at] = value;
            assert!(contiguous(&bad, b"VALHALLALOG").is_err(), "{at:#x}");
        }
    }
}
