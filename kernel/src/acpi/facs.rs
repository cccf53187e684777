//! The FACS: the page that firmware and kernel share, for the global lock
//! (ACPI 6.5, 5.2.10). It has no checksum, because both write to it.

use super::map;
use super::tables;
use crate::memory::mmio::Mapping;
use valhalla_core::acpi::Signature;
use valhalla_core::acpi::fadt::Fadt;

/// Bytes of the structure that the global lock is in.
const LENGTH: u64 = 64;

/// Maps it, if it is where the FADT says and looks like one.
pub(super) fn map() -> Option<Mapping> {
    let address = Fadt(tables()?.get(Signature::FADT)?.bytes()).facs()?;
    if !address.is_multiple_of(LENGTH) {
        return None;
    }
    let mapping = map::aml_memory(address, LENGTH)?;
    // SAFETY: the bytes are mapped, and any bytes are valid `u8`s.
    let head = unsafe { mapping.start().cast::<[u8; 8]>().read() };
    let length = head.last_chunk().map(|length| u32::from_le_bytes(*length));
    (head.starts_with(b"FACS") && length.is_some_and(|length| u64::from(length) >= LENGTH))
        .then_some(mapping)
}
