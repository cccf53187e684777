//! The MCFG: where PCI Express configuration space lies in memory.
//!
//! Each entry names a window of 1 MiB a bus: 32 devices of 8 functions of 4 KiB
//! (PCI Firmware Specification 3.3, 4.1.2). The window's base is that of bus 0,
//! also where the entry's first bus is another one. Entries that make no sense
//! are left out, each with its reason.

use core::fmt;

use super::{u8_at, u16_at, u64_at};

/// Bytes of a table without entries: the header and eight reserved bytes.
pub const MIN_LENGTH: u32 = 44;
/// Bytes of an entry.
const ENTRY: usize = 16;
/// Bytes of configuration space that a bus has.
pub const BUS_BYTES: u64 = 1 << 20;

/// The buses of a segment that one window shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The physical address that bus 0 has, or would have.
    base: u64,
    /// The PCI segment group.
    pub segment: u16,
    /// The first bus.
    pub first: u8,
    /// The last bus.
    pub last: u8,
}

impl Window {
    /// The physical address of `bus`; `None` for a bus that it does not show.
    #[must_use]
    pub fn bus(&self, bus: u8) -> Option<u64> {
        (self.first..=self.last)
            .contains(&bus)
            .then(|| self.base.saturating_add(u64::from(bus) * BUS_BYTES))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = self.base.saturating_add(u64::from(self.first) * BUS_BYTES);
        let Self { segment, first, last, .. } = self;
        write!(f, "segment {segment}, buses {first:02x} to {last:02x} at {start:#x}")
    }
}

/// Why an entry is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryProblem {
    /// Its base is zero, off a MiB, or so high that a bus is beyond 52 bits.
    Base(u64),
    /// Its last bus is before its first.
    Buses {
        /// The first bus.
        first: u8,
        /// The last bus.
        last: u8,
    },
}

impl fmt::Display for EntryProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base(base) => write!(f, "configuration space cannot be at {base:#x}"),
            Self::Buses { first, last } => write!(f, "it ends at bus {last} and begins at {first}"),
        }
    }
}

/// The entries of a whole table, in its order. Bytes behind the last whole
/// entry are not looked at.
pub fn windows(table: &[u8]) -> impl Iterator<Item = Result<Window, EntryProblem>> {
    let entries = table.get(MIN_LENGTH as usize..).unwrap_or(&[]);
    entries.chunks_exact(ENTRY).filter_map(|entry| {
        let base = u64_at(entry, 0)?;
        let (segment, first, last) = (u16_at(entry, 8)?, u8_at(entry, 10)?, u8_at(entry, 11)?);
        Some(check(Window { base, segment, first, last }))
    })
}

fn check(window: Window) -> Result<Window, EntryProblem> {
    let Window { base, first, last, .. } = window;
    if last < first {
        return Err(EntryProblem::Buses { first, last });
    }
    let end = base.checked_add((u64::from(last) + 1) * BUS_BYTES);
    let fits = end.is_some_and(|end| end <= 1 << 52);
    if base == 0 || !base.is_multiple_of(BUS_BYTES) || !fits {
        return Err(EntryProblem::Base(base));
    }
    Ok(window)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::table;
    use super::*;

    fn entry(base: u64, segment: u16, first: u8, last: u8) -> Vec<u8> {
        let mut bytes = base.to_le_bytes().to_vec();
        bytes.extend(segment.to_le_bytes());
        bytes.extend([first, last, 0, 0, 0, 0]);
        bytes
    }

    fn read(entries: &[Vec<u8>]) -> Vec<Result<Window, EntryProblem>> {
        let mut body = vec![0; 8];
        entries.iter().for_each(|entry| body.extend(entry));
        windows(&table(b"MCFG", &body)).collect()
    }

    #[test]
    fn several_segments() {
        let found = read(&[entry(0xb000_0000, 0, 0, 255), entry(0x80_0000_0000, 1, 0x10, 0x1f)]);
        let (one, two) = (found[0].unwrap(), found[1].unwrap());
        assert_eq!(one.bus(2), Some(0xb020_0000));
        assert_eq!((two.bus(0xf), two.bus(0x10)), (None, Some(0x80_0100_0000)));
        assert_eq!(two.to_string(), "segment 1, buses 10 to 1f at 0x8001000000");
    }

    #[test]
    fn nonsense_is_left_out() {
        let found = read(&[
            entry(0, 0, 0, 255),
            entry(0xb000_0800, 0, 0, 255),
            entry(0xf_ffff_fff0_0000, 0, 0, 1),
            entry(0xb000_0000, 0, 2, 1),
            entry(0xb000_0000, 0, 1, 1),
        ]);
        assert_eq!(
            found[..3],
            [0, 0xb000_0800, 0xf_ffff_fff0_0000].map(|base| { Err(EntryProblem::Base(base)) })
        );
        assert_eq!(found[3], Err(EntryProblem::Buses { first: 2, last: 1 }));
        assert!(found[4].is_ok());
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_windows_that_fit(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            for window in windows(&bytes).flatten() {
                for bus in 0..=255 {
                    prop_assert!(window.bus(bus).is_none_or(|at| at + BUS_BYTES <= 1 << 52));
                }
            }
        }
    }
}
