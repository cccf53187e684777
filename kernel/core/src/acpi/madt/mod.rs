//! The Multiple APIC Description Table: processors and interrupt controllers.
//!
//! After the header come the local APIC's address, flags, and entries of a
//! type byte, a length byte and what the type says (ACPI 6.5, 5.2.12). The
//! walk never trusts a length: an entry of length zero or one that reaches
//! past the table ends it with a [`Problem`], an entry shorter than its type
//! is a problem of its own and the walk goes on behind it, and unknown types
//! are handed out as such, because new versions add them.

mod facts;
pub mod wiring;
mod words;

pub use facts::{Facts, facts};
pub use wiring::Wiring;
pub use words::IntiFlags;

use core::fmt;

use super::{u8_at, u16_at, u32_at, u64_at};

/// Bytes of the table before the first entry.
pub const MIN_LENGTH: u32 = 44;

/// One entry of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Type 0: a processor with an 8-bit APIC id.
    LocalApic {
        /// The processor's number in AML.
        uid: u8,
        /// Its APIC id.
        apic_id: u8,
        /// Bit 0 enabled, bit 1 online capable.
        flags: u32,
    },
    /// Type 1: an I/O APIC.
    IoApic {
        /// Its id.
        id: u8,
        /// Physical address of its registers.
        address: u32,
        /// The first global system interrupt that it serves.
        gsi_base: u32,
    },
    /// Type 2: an ISA interrupt that arrives as another global one.
    SourceOverride {
        /// The bus; 0 is ISA, and there is no other.
        bus: u8,
        /// The ISA line.
        source: u8,
        /// Where it arrives.
        gsi: u32,
        /// Polarity in bits 0 and 1, trigger mode in bits 2 and 3.
        flags: u16,
    },
    /// Type 3: a global system interrupt that is an NMI.
    NmiSource {
        /// Which one.
        gsi: u32,
        /// As in [`Entry::SourceOverride`].
        flags: u16,
    },
    /// Type 4 or 10: the local APIC pin that NMI is wired to.
    LocalApicNmi {
        /// The processor; `u32::MAX` is all of them.
        uid: u32,
        /// As in [`Entry::SourceOverride`].
        flags: u16,
        /// LINT0 or LINT1.
        lint: u8,
    },
    /// Type 5: the 64-bit physical address of the local APICs.
    LocalApicAddress(u64),
    /// Type 9: a processor with a 32-bit x2APIC id.
    X2Apic {
        /// The processor's number in AML.
        uid: u32,
        /// Its x2APIC id.
        x2apic_id: u32,
        /// Bit 0 enabled, bit 1 online capable.
        flags: u32,
    },
    /// A type that this walker does not know.
    Unknown(u8),
}

/// What is wrong with an entry. Offsets count from the start of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Length zero or one: there is no next entry to go to. Ends the walk.
    NoLength {
        /// Where.
        offset: u32,
    },
    /// It reaches past the table. Ends the walk.
    PastEnd {
        /// Where.
        offset: u32,
    },
    /// Shorter than its type is. The walk goes on behind it.
    TooShort {
        /// Where.
        offset: u32,
        /// Its type.
        kind: u8,
    },
}

impl Problem {
    /// Where the entry starts, in bytes from the start of the table.
    #[must_use]
    pub fn offset(self) -> u32 {
        match self {
            Self::NoLength { offset } | Self::PastEnd { offset } => offset,
            Self::TooShort { offset, .. } => offset,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLength { offset } => {
                write!(f, "the entry at offset {offset} has no length: the rest is not read")
            }
            Self::PastEnd { offset } => {
                write!(f, "the entry at offset {offset} reaches past the table: it is not read")
            }
            Self::TooShort { offset, kind } => {
                write!(f, "the entry at offset {offset} is too short for its type {kind}: skipped")
            }
        }
    }
}

/// Walks the entries of a MADT.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    rest: &'a [u8],
    offset: u32,
}

/// The entries of `table`, which is what [`super::sdt::check`] returned.
#[must_use]
pub fn entries(table: &[u8]) -> Entries<'_> {
    Entries { rest: table.get(MIN_LENGTH as usize..).unwrap_or(&[]), offset: MIN_LENGTH }
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        let kind = u8_at(self.rest, 0)?;
        let offset = self.offset;
        let length = match u8_at(self.rest, 1) {
            Some(length) if length >= 2 => length,
            Some(_) => return self.end(Problem::NoLength { offset }),
            None => return self.end(Problem::PastEnd { offset }),
        };
        let Some((entry, rest)) = self.rest.split_at_checked(usize::from(length)) else {
            return self.end(Problem::PastEnd { offset });
        };
        self.rest = rest;
        self.offset = offset.saturating_add(u32::from(length));
        Some(decode(kind, entry).ok_or(Problem::TooShort { offset, kind }))
    }
}

impl Entries<'_> {
    fn end(&mut self, problem: Problem) -> Option<Result<Entry, Problem>> {
        self.rest = &[];
        Some(Err(problem))
    }
}

fn decode(kind: u8, entry: &[u8]) -> Option<Entry> {
    Some(match kind {
        0 => Entry::LocalApic {
            uid: u8_at(entry, 2)?,
            apic_id: u8_at(entry, 3)?,
            flags: u32_at(entry, 4)?,
        },
        1 => Entry::IoApic {
            id: u8_at(entry, 2)?,
            address: u32_at(entry, 4)?,
            gsi_base: u32_at(entry, 8)?,
        },
        2 => Entry::SourceOverride {
            bus: u8_at(entry, 2)?,
            source: u8_at(entry, 3)?,
            gsi: u32_at(entry, 4)?,
            flags: u16_at(entry, 8)?,
        },
        3 => Entry::NmiSource { flags: u16_at(entry, 2)?, gsi: u32_at(entry, 4)? },
        4 => Entry::LocalApicNmi {
            uid: match u8_at(entry, 2)? {
                u8::MAX => u32::MAX,
                uid => u32::from(uid),
            },
            flags: u16_at(entry, 3)?,
            lint: u8_at(entry, 5)?,
        },
        5 => Entry::LocalApicAddress(u64_at(entry, 4)?),
        9 => Entry::X2Apic {
            x2apic_id: u32_at(entry, 4)?,
            flags: u32_at(entry, 8)?,
            uid: u32_at(entry, 12)?,
        },
        10 => Entry::LocalApicNmi {
            flags: u16_at(entry, 2)?,
            uid: u32_at(entry, 4)?,
            lint: u8_at(entry, 8)?,
        },
        other => Entry::Unknown(other),
    })
}

#[cfg(test)]
mod tests;
