//! Partition tables of an image: the MBR's, which every image has, and a GPT's.

use std::ops::Range;

use crate::{Failure, Outcome, ensure};

/// Bytes of a sector of a disk.
pub const SECTOR: usize = 512;

/// An entry of the MBR's table that is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    /// Status 0x80: what a BIOS boots from.
    pub active: bool,
    /// Type, such as 0xef for an EFI system partition.
    pub kind: u8,
    /// First sector.
    pub start: u32,
    /// Number of sectors.
    pub count: u32,
}

impl Partition {
    /// Its bytes, by offset in the image.
    #[must_use]
    pub fn bytes(&self) -> Range<usize> {
        let start = self.start as usize * SECTOR;
        start..start + self.count as usize * SECTOR
    }
}

/// Reads the MBR's table, and refuses what a strict BIOS would refuse.
///
/// # Errors
/// Without a signature; unless exactly one entry is active; where a status is
/// neither 0 nor 0x80, or partitions overlap, start at sector 0 or end behind the image.
pub fn mbr(image: &[u8]) -> Outcome<Vec<Partition>> {
    let sector = image.get(..SECTOR).ok_or_else(|| Failure::new("no first sector"))?;
    ensure(sector[510..] == [0x55, 0xaa], || "the MBR has no signature".into())?;
    let mut found = Vec::new();
    for entry in sector[446..510].chunks_exact(16) {
        let (status, kind) = (entry[0], entry[4]);
        let partition = Partition {
            active: status == 0x80,
            kind,
            start: number(&entry[8..12]) as u32,
            count: number(&entry[12..16]) as u32,
        };
        ensure(matches!(status, 0 | 0x80), || format!("status {status:#x} in the MBR"))?;
        if kind == 0 {
            ensure(entry.iter().all(|byte| *byte == 0), || format!("half an entry: {entry:x?}"))?;
        } else {
            found.push(partition);
        }
    }
    let active = found.iter().filter(|partition| partition.active).count();
    ensure(active == 1, || format!("{active} active partitions: {found:x?}"))?;
    let mut free_from = 1;
    let mut in_order = found.clone();
    in_order.sort_by_key(|partition| partition.start);
    for partition in &in_order {
        ensure(partition.start as usize >= free_from, || format!("overlap: {found:x?}"))?;
        free_from = partition.start as usize + partition.count as usize;
    }
    ensure(free_from * SECTOR <= image.len(), || format!("behind the image's end: {found:x?}"))?;
    Ok(found)
}

/// Checks a GPT (UEFI Specification 2.10, chapter 5.3) and returns how many
/// partitions it has; `None` where there is none, at either end.
///
/// # Errors
/// Where a header or a table is missing, has a wrong sum, fewer than 128
/// entries, another place than it says, or differs from its copy at the image's end.
pub fn gpt(image: &[u8]) -> Outcome<Option<usize>> {
    let last = image.len() / SECTOR - 1;
    let starts = |sector: usize| image[sector * SECTOR..].starts_with(b"EFI PART");
    match (starts(1), starts(last)) {
        (false, false) => Ok(None),
        (true, true) => {
            let first = gpt_header(image, 1, last).map_err(|why| why.during("first header"))?;
            let backup = gpt_header(image, last, 1).map_err(|why| why.during("backup header"))?;
            ensure(first == backup, || "the two tables differ".into())?;
            let used = first.chunks(128).filter(|entry| entry[..16] != [0; 16]);
            Ok(Some(used.count()))
        }
        (first, _) => {
            let missing = if first { "backup at the image's end" } else { "first header" };
            Err(Failure::new(format!("a GPT without its {missing}")))
        }
    }
}

/// The table of the header at `here`, whose copy is at `other`.
fn gpt_header(image: &[u8], here: usize, other: usize) -> Outcome<&[u8]> {
    let header = &image[here * SECTOR..][..SECTOR];
    let field = |at: usize, size: usize| number(&header[at..at + size]) as usize;
    let size = field(12, 4);
    ensure((92..=SECTOR).contains(&size), || format!("header of {size} bytes"))?;
    let mut summed = header[..size].to_vec();
    summed[16..20].fill(0);
    ensure(crc32(&summed) as usize == field(16, 4), || "wrong sum of the header".into())?;
    let places = (field(24, 8), field(32, 8));
    ensure(places == (here, other), || format!("{places:?} is not ({here}, {other})"))?;
    let (table, entries, entry_size) = (field(72, 8), field(80, 4), field(84, 4));
    ensure(entry_size == 128 && entries >= 128, || {
        format!("{entries} entries of {entry_size} bytes")
    })?;
    let bytes = table * SECTOR..table * SECTOR + entries * entry_size;
    let table = image.get(bytes).ok_or_else(|| Failure::new("the table is behind the end"))?;
    ensure(crc32(table) as usize == field(88, 4), || "wrong sum of the table".into())?;
    Ok(table)
}

/// Little-endian number of up to eight bytes.
pub(crate) fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// CRC-32 of ISO 3309, as UEFI takes it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            sum >> 1 ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
        })
    })
}

#[cfg(test)]
mod tests;
