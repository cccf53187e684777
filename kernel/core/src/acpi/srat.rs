//! The SRAT and the SLIT: which processors and which memory are near to one
//! another, and how far the groups are apart (ACPI 6.5, 5.2.16 and 5.2.17).

use super::{u8_at, u32_at, u64_at};

/// Bytes before the first entry.
const HEADER: usize = 48;

/// One entry. A proximity domain is a group of what is near to one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Type 0 or 2: a processor.
    Processor {
        /// Its group.
        domain: u32,
        /// Its APIC id.
        apic_id: u32,
        /// It counts.
        enabled: bool,
    },
    /// Type 1: a range of memory.
    Memory {
        /// Its group.
        domain: u32,
        /// Where it begins, physical.
        start: u64,
        /// Bytes.
        length: u64,
        /// Bit 0 enabled, bit 1 pluggable, bit 2 non-volatile.
        flags: u32,
    },
    /// A type that is not decoded here.
    Other(u8),
}

/// The entries of a table. An entry without length, or one that reaches past
/// the end, ends them.
pub fn entries(table: &[u8]) -> impl Iterator<Item = Entry> {
    let mut rest = table.get(HEADER..).unwrap_or(&[]);
    core::iter::from_fn(move || {
        let length = usize::from(u8_at(rest, 1)?);
        let (entry, behind) = rest.split_at_checked(length.max(2))?;
        rest = if length < 2 { &[] } else { behind };
        (length >= 2).then(|| decode(entry).unwrap_or(Entry::Other(u8_at(entry, 0).unwrap_or(0))))
    })
}

fn decode(entry: &[u8]) -> Option<Entry> {
    const ENABLED: u32 = 1;
    Some(match u8_at(entry, 0)? {
        0 => Entry::Processor {
            // The low byte and the three high ones are apart.
            domain: u32::from(u8_at(entry, 2)?) | u32_at(entry, 8)? & 0xffff_ff00,
            apic_id: u32::from(u8_at(entry, 3)?),
            enabled: u32_at(entry, 4)? & ENABLED != 0,
        },
        1 => Entry::Memory {
            domain: u32_at(entry, 2)?,
            start: u64_at(entry, 8)?,
            length: u64_at(entry, 16)?,
            flags: u32_at(entry, 28)?,
        },
        2 => Entry::Processor {
            domain: u32_at(entry, 4)?,
            apic_id: u32_at(entry, 8)?,
            enabled: u32_at(entry, 12)? & ENABLED != 0,
        },
        other => Entry::Other(other),
    })
}

/// The distances between groups: a row for each, 10 is "the same".
#[derive(Clone, Copy, Debug)]
pub struct Distances<'a> {
    count: usize,
    matrix: &'a [u8],
}

/// Reads a SLIT; `None` where its matrix is not all there.
#[must_use]
pub fn distances(slit: &[u8]) -> Option<Distances<'_>> {
    let count = usize::try_from(u64_at(slit, 36)?).ok()?;
    let matrix = slit.get(44..)?.get(..count.checked_mul(count)?)?;
    Some(Distances { count, matrix })
}

impl<'a> Distances<'a> {
    /// The rows.
    pub fn rows(&self) -> impl Iterator<Item = &'a [u8]> {
        self.matrix.chunks_exact(self.count.max(1))
    }
}
