//! Definition blocks: a header of 36 bytes, then AML.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::fmt;

use crate::error::Fault;
use crate::namespace::NodeId;

/// Length of the header that every table begins with (ACPI 6.5, 5.2.6).
pub(crate) const HEADER: usize = 36;

/// A table's signature, such as `DSDT`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signature(pub [u8; 4]);

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|&byte| match byte {
            0x20..=0x7E => write!(f, "{}", char::from(byte)),
            _ => write!(f, "?"),
        })
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A definition block that is loaded, or about to be.
#[derive(Debug)]
pub(crate) struct Table {
    /// The whole table, header included, as long as its header says.
    pub(crate) bytes: Rc<[u8]>,
    pub(crate) signature: Signature,
    pub(crate) revision: u8,
    /// Names that its code created, if AML loaded it and so can unload it.
    pub(crate) created: Vec<NodeId>,
    /// It has been unloaded: its number stays, its names are gone.
    pub(crate) is_unloaded: bool,
}

impl Table {
    /// Reads a table's header and takes as many bytes as it says.
    pub(crate) fn new(bytes: &[u8]) -> Result<Self, Fault> {
        let signature =
            chunk(bytes, 0).ok_or(Fault::BadTable("a table shorter than its header"))?;
        let length = chunk(bytes, 4).map_or(0, u32::from_le_bytes);
        let revision = bytes.get(8).copied().unwrap_or_default();
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length < HEADER {
            return Err(Fault::BadTable("a table shorter than its header"));
        }
        if length > u32::MAX as usize / 2 {
            return Err(Fault::BadTable("a table of more than two gigabytes"));
        }
        let bytes = bytes.get(..length).ok_or(Fault::BadTable("a table that ends too early"))?;
        Ok(Self {
            bytes: Rc::from(bytes),
            signature: Signature(signature),
            revision,
            created: Vec::new(),
            is_unloaded: false,
        })
    }

    /// Compares OEM ID and OEM table ID, as `LoadTable` does: an empty wish fits all.
    pub(crate) fn fits(bytes: &[u8], signature: &[u8], oem: &[u8], oem_table: &[u8]) -> bool {
        let same = |at: usize, length: usize, wish: &[u8]| {
            let mut padded: Vec<u8> = wish.to_vec();
            padded.resize(length, 0);
            wish.is_empty()
                || at.checked_add(length).and_then(|end| bytes.get(at..end)) == Some(&padded)
        };
        same(0, 4, signature) && same(10, 6, oem) && same(16, 8, oem_table)
    }
}

/// Four bytes at an offset.
fn chunk(bytes: &[u8], at: usize) -> Option<[u8; 4]> {
    bytes.get(at..)?.first_chunk::<4>().copied()
}
