//! Builds tables for the tests of this folder.

use super::sdt::seal;
use super::sum;

/// A whole table with a right length and sum.
pub(crate) fn table(signature: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 36];
    bytes.extend(body);
    let length = bytes.len() as u32;
    bytes[..4].copy_from_slice(signature);
    bytes[4..8].copy_from_slice(&length.to_le_bytes());
    bytes[8] = 1;
    bytes[10..16].copy_from_slice(b"VALHAL");
    seal(&mut bytes);
    bytes
}

/// An RSDP with right sums.
pub(crate) fn rsdp(revision: u8, rsdt: u32, xsdt: u64) -> Vec<u8> {
    let mut bytes = b"RSD PTR \0VALHAL".to_vec();
    bytes.push(revision);
    bytes.extend(rsdt.to_le_bytes());
    bytes.extend(36u32.to_le_bytes());
    bytes.extend(xsdt.to_le_bytes());
    bytes.extend([0; 4]);
    bytes[8] = sum(&bytes[..20]).wrapping_neg();
    bytes[32] = sum(&bytes).wrapping_neg();
    bytes
}
