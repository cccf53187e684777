//! System description tables: the header they share, their sum, their list.
//!
//! A table is believed when its length is possible and all of it is there. Its bytes
//! should sum to zero (ACPI 6.5, 5.2.6); as in ACPICA, which firmware is tried with,
//! one that does not is used with a warning. The RSDT lists tables by 32-bit
//! addresses (5.2.7), the XSDT by 64-bit ones (5.2.8), which sit at offset 36
//! and are therefore never aligned: they are read byte by byte here.

use core::fmt;

use super::{array, sum, u8_at, u32_at};

/// Bytes of the header that every table starts with.
pub const HEADER_LENGTH: usize = 36;
/// The longest table that is believed: 1 MiB. The largest DSDTs of servers are
/// some hundreds of KiB, and a wild length must not cost a gigabyte of mapping
/// and summing.
pub const MAX_LENGTH: u32 = 1 << 20;

/// The four letters that name a table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature(pub [u8; 4]);

impl Signature {
    /// Differentiated System Description Table: the firmware's main AML.
    pub const DSDT: Self = Self(*b"DSDT");
    /// Fixed ACPI Description Table; its signature is not its name.
    pub const FADT: Self = Self(*b"FACP");
    /// High Precision Event Timer.
    pub const HPET: Self = Self(*b"HPET");
    /// Multiple APIC Description Table; its signature is not its name.
    pub const MADT: Self = Self(*b"APIC");
    /// PCI Express memory-mapped configuration.
    pub const MCFG: Self = Self(*b"MCFG");
    /// Distances between proximity domains.
    pub const SLIT: Self = Self(*b"SLIT");
    /// Which processors and which memory are near to one another.
    pub const SRAT: Self = Self(*b"SRAT");
    /// Root table with 32-bit addresses.
    pub const RSDT: Self = Self(*b"RSDT");
    /// Secondary System Description Table: more AML.
    pub const SSDT: Self = Self(*b"SSDT");
    /// Root table with 64-bit addresses.
    pub const XSDT: Self = Self(*b"XSDT");
}

impl fmt::Display for Signature {
    /// Four characters, whatever the bytes are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        text(&self.0, f)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Writes a fixed-size firmware string: `?` for what is not printable ASCII,
/// nothing for the padding of zeros or blanks at the end.
pub fn text(bytes: &[u8], out: &mut impl fmt::Write) -> fmt::Result {
    let end = bytes.iter().rposition(|byte| !matches!(byte, 0 | b' ')).map_or(0, |last| last + 1);
    bytes.iter().take(end).try_for_each(|byte| {
        out.write_char(if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '?' })
    })
}

/// Why a table was not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableProblem {
    /// Its length is below what its kind needs: says `length`, needs `needs`.
    TooShort {
        /// The length in the header.
        length: u32,
        /// The least a table of this kind has.
        needs: u32,
    },
    /// Its length is beyond [`MAX_LENGTH`].
    TooLong {
        /// The length in the header.
        length: u32,
    },
    /// It runs past the memory that it starts in.
    PastEnd {
        /// The length in the header.
        length: u32,
    },
    /// Another signature than the place it was found in calls for.
    WrongSignature(Signature),
    /// Its address is in no memory that the firmware listed.
    Unmapped,
    /// Whole, but an entry in it is not, at this offset.
    BadEntry(u32),
    /// One of this kind was there before, and there can be only one.
    Duplicate,
    /// Good, but the list of tables was full.
    NoRoom,
}

impl fmt::Display for TableProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { length, needs } => {
                write!(f, "too short: length {length}, at least {needs} needed")
            }
            Self::TooLong { length } => {
                write!(f, "length wild: {length} bytes, more than {MAX_LENGTH} are not believed")
            }
            Self::PastEnd { length } => {
                write!(f, "length wild: {length} bytes reach past the memory it lies in")
            }
            Self::WrongSignature(wanted) => write!(f, "wrong signature: {wanted} belongs here"),
            Self::Unmapped => f.write_str("unmapped: not in memory that the firmware listed"),
            Self::BadEntry(offset) => write!(f, "bad entry at offset {offset}"),
            Self::Duplicate => f.write_str("a second one of its kind: the first one counts"),
            Self::NoRoom => f.write_str("no room left in the list of tables"),
        }
    }
}

/// The sum of a table's bytes, which is 0 where it is right; else it shows as a
/// sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum(pub u8);

impl Sum {
    /// Whether the table is as its maker left it, as far as a sum can say.
    #[must_use]
    pub const fn is_right(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bad checksum: the bytes sum to {}, not 0; used all the same", self.0)
    }
}

/// The common header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Which table it is.
    pub signature: Signature,
    /// Bytes of the whole table, the header included.
    pub length: u32,
    /// The version of this kind of table.
    pub revision: u8,
    /// The maker, six bytes, usually ASCII.
    pub oem_id: [u8; 6],
    /// The maker's name for the table, eight bytes, usually ASCII.
    pub oem_table_id: [u8; 8],
}

impl Header {
    /// Reads a header and checks that its length is possible. Nothing is said
    /// about the sum yet: that needs the whole table, and [`check`].
    pub fn parse(bytes: &[u8]) -> Result<Self, TableProblem> {
        Self::fields(bytes).ok_or(TableProblem::PastEnd { length: 36 })?.bounded()
    }

    fn fields(bytes: &[u8]) -> Option<Self> {
        let header = bytes.get(..HEADER_LENGTH)?;
        Some(Self {
            signature: Signature(array(header, 0)?),
            length: u32_at(header, 4)?,
            revision: u8_at(header, 8)?,
            oem_id: array(header, 10)?,
            oem_table_id: array(header, 16)?,
        })
    }

    fn bounded(self) -> Result<Self, TableProblem> {
        let length = self.length;
        match length {
            0..36 => Err(TableProblem::TooShort { length, needs: 36 }),
            36..=MAX_LENGTH => Ok(self),
            _ => Err(TableProblem::TooLong { length }),
        }
    }
}

/// Checks a whole table and returns its header, exactly its bytes, and their sum.
/// `bytes` starts at the table and may be longer.
pub fn check(bytes: &[u8]) -> Result<(Header, &[u8], Sum), TableProblem> {
    let header = Header::parse(bytes)?;
    let past_end = TableProblem::PastEnd { length: header.length };
    let length = usize::try_from(header.length).map_err(|_| past_end)?;
    let table = bytes.get(..length).ok_or(past_end)?;
    Ok((header, table, Sum(sum(table))))
}

/// The addresses that an RSDT or XSDT lists, zeros left out. `table` is what
/// [`check`] returned; any other signature lists nothing.
pub fn root_entries(table: &[u8]) -> impl Iterator<Item = u64> {
    let width = match table.first_chunk() {
        Some(b"RSDT") => 4,
        Some(b"XSDT") => 8,
        _ => usize::MAX,
    };
    let body = table.get(HEADER_LENGTH..).unwrap_or(&[]);
    body.chunks_exact(width).map(little_endian).filter(|address| *address != 0)
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |value, byte| (value << 8) | u64::from(*byte))
}

/// Writes an XSDT of our own over `addresses` into `out` and returns its
/// length, or `None` where it does not fit.
pub fn build_xsdt(out: &mut [u8], addresses: impl Iterator<Item = u64>) -> Option<usize> {
    let mut length = HEADER_LENGTH;
    for address in addresses {
        out.get_mut(length..length.checked_add(8)?)?.copy_from_slice(&address.to_le_bytes());
        length = length.checked_add(8)?;
    }
    let table = out.get_mut(..length)?;
    table.get_mut(..HEADER_LENGTH)?.fill(0);
    table.get_mut(..4)?.copy_from_slice(&Signature::XSDT.0);
    table.get_mut(4..8)?.copy_from_slice(&u32::try_from(length).ok()?.to_le_bytes());
    *table.get_mut(8)? = 1;
    table.get_mut(10..16)?.copy_from_slice(b"VALHAL");
    table.get_mut(16..24)?.copy_from_slice(b"CHECKED ");
    seal(table);
    Some(length)
}

/// Sets the checksum byte so that the whole table sums to zero.
pub(super) fn seal(table: &mut [u8]) {
    if let Some(checksum) = table.get_mut(9) {
        *checksum = 0;
    }
    let wrong = sum(table);
    if let Some(checksum) = table.get_mut(9) {
        *checksum = wrong.wrapping_neg();
    }
}

#[cfg(test)]
mod tests;
