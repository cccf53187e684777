//! The Fixed ACPI Description Table: registers, flags, and a safe copy.
//!
//! The FADT grew with every version (116 bytes in ACPI 1.0, 276 today) and
//! firmware writes lengths in between. The `acpi` crate overlays one struct of
//! 276 bytes on it whatever its length is, and follows its DSDT address
//! unchecked. So that crate gets a copy: padded with zeros, which mean "not
//! there" in every field, and with a DSDT address only if that DSDT passed
//! (ACPI 6.5, 5.2.9).

pub mod fields;
mod view;

pub use view::{Fadt, GpeBlock, Pair, flag};

use super::sdt::{Signature, seal};
use super::{u32_at, u64_at};

/// Bytes of an ACPI 1.0 FADT, up to and with the flags. Shorter ones do not
/// say enough to be of use.
pub const MIN_LENGTH: u32 = 116;
/// Bytes of today's FADT, and of the padded copy.
pub const COPY_LENGTH: usize = 276;

/// Offset of the 32-bit DSDT address.
const DSDT: usize = 40;
/// Offset of the 64-bit DSDT address.
const X_DSDT: usize = 140;

/// Where the DSDT may be, in the order to try: the 64-bit address first, then
/// the 32-bit one. Zeros and repetitions are left out.
pub fn dsdt_addresses(table: &[u8]) -> impl Iterator<Item = u64> {
    let wide = u64_at(table, X_DSDT).filter(|address| *address != 0);
    let narrow = u32_at(table, DSDT).map(u64::from).filter(|address| *address != 0);
    wide.into_iter().chain(narrow.filter(|address| wide != Some(*address)))
}

/// A copy of [`COPY_LENGTH`] bytes with a right sum, zeros where the table
/// ends earlier, cut where it is longer, and `dsdt` as its only DSDT.
#[must_use]
pub fn padded_copy(table: &[u8], dsdt: Option<u64>) -> [u8; COPY_LENGTH] {
    let mut copy = [0; COPY_LENGTH];
    for (to, from) in copy.iter_mut().zip(table) {
        *to = *from;
    }
    let address = dsdt.unwrap_or(0);
    put(&mut copy, 0, &Signature::FADT.0);
    put(&mut copy, 4, &(COPY_LENGTH as u32).to_le_bytes());
    put(&mut copy, DSDT, &u32::try_from(address).unwrap_or(0).to_le_bytes());
    put(&mut copy, X_DSDT, &address.to_le_bytes());
    seal(&mut copy);
    copy
}

fn put(table: &mut [u8], offset: usize, bytes: &[u8]) {
    for (to, from) in table.iter_mut().skip(offset).zip(bytes) {
        *to = *from;
    }
}

#[cfg(test)]
mod tests;
