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
//! | [`gas`] | a register in any address space |
//! | [`fadt`] | registers, flags, where the DSDT is; a padded copy that is safe to hand on |
//! | [`madt`] | processors and interrupt controllers |
//! | [`hpet`], [`mcfg`], [`srat`] | timer, PCI configuration in memory, what is near to what |
//! | [`resource`] | what `_CRS` says: interrupts, ports, memory |
//! | [`mod@check`] | what is odd about tables that passed |
//! | [`views`] | all of them over any bytes, for fuzzing |
//! | [`s5`] | the sleep type for "soft off", out of AML bytes |
//!
//! Section numbers are those of the ACPI Specification 6.5.

pub mod bbn;
pub mod check;
pub mod eisa;
pub mod fadt;
pub mod gas;
pub mod hpet;
pub mod madt;
pub mod mcfg;
pub mod resource;
pub mod rsdp;
pub mod s5;
pub mod sdt;
pub mod srat;
pub mod stores;
#[cfg(test)]
pub(crate) mod testing;
pub mod views;

pub use sdt::{Header, Signature, TableProblem};

/// The sum of all bytes, modulo 256. A table that is whole sums to 0 (5.2.6).
///
/// Tables are summed while booting, and a DSDT has thousands of bytes, so it
/// takes eight at a time: the bytes with even and with odd index are added up
/// in four lanes of 16 bits, which hold 128 rounds before they are folded. Not
/// inlined: its callers are built to be small.
#[must_use]
#[inline(never)]
pub fn sum(bytes: &[u8]) -> u8 {
    const EVEN: u64 = 0x00ff_00ff_00ff_00ff;
    const ROUNDS: usize = 128;
    let mut sum = 0u8;
    for block in bytes.chunks(8 * ROUNDS) {
        let (words, rest) = block.as_chunks();
        let lanes = words.iter().fold(0u64, |lanes, word| {
            let word = u64::from_le_bytes(*word);
            lanes.wrapping_add(word & EVEN).wrapping_add((word >> 8) & EVEN)
        });
        // The low byte of each lane counts; the high byte is its carry.
        let [a, _, b, _, c, _, d, _] = lanes.to_le_bytes();
        sum = rest.iter().chain(&[a, b, c, d]).fold(sum, |sum, byte| sum.wrapping_add(*byte));
    }
    sum
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

#[cfg(test)]
mod tests;
