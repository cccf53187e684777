//! ACPI tables as bytes: what may be believed, and what they say.
//!
//! Firmware tables are input like any other: lengths can be wild, sums wrong,
//! entries of length zero. Everything here works on `&[u8]` that somebody else
//! has mapped, bounds every step by that slice and answers in values, so that
//! the host can test it with hostile input. The kernel's `acpi` folder adds
//! the machine: mapping, ports, power off.
//!
//! | file | what |
//! | --- | --- |
//! | [`rsdp`] | the anchor that the boot loader hands over |
//! | [`sdt`] | the header that all tables share, sums, RSDT and XSDT |
//! | [`fadt`] | where the DSDT is; a padded copy that is safe to hand on |
//! | [`madt`] | processors and interrupt controllers |
//! | [`s5`] | the sleep type for "soft off", out of AML bytes |
//!
//! Section numbers are those of the ACPI Specification 6.5.

pub mod fadt;
pub mod madt;
pub mod rsdp;
pub mod s5;
pub mod sdt;
#[cfg(test)]
pub(crate) mod testing;

pub use sdt::{Header, Signature, TableProblem};

/// The sum of all bytes, modulo 256. A table that is whole sums to 0 (5.2.6).
#[must_use]
pub fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

/// `N` bytes at `offset`, or `None` where they would reach past the end.
pub(crate) fn array<const N: usize>(bytes: &[u8], offset: usize) -> Option<[u8; N]> {
    bytes.get(offset..)?.first_chunk().copied()
}

/// The byte at `offset`.
pub(crate) fn u8_at(bytes: &[u8], offset: usize) -> Option<u8> {
    bytes.get(offset).copied()
}

/// The little-endian 16-bit value at `offset`, aligned or not.
pub(crate) fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    array(bytes, offset).map(u16::from_le_bytes)
}

/// The little-endian 32-bit value at `offset`, aligned or not.
pub(crate) fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    array(bytes, offset).map(u32::from_le_bytes)
}

/// The little-endian 64-bit value at `offset`, aligned or not.
pub(crate) fn u64_at(bytes: &[u8], offset: usize) -> Option<u64> {
    array(bytes, offset).map(u64::from_le_bytes)
}
