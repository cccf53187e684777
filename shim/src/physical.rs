//! Reading what the loader left in memory, with every length checked.

use crate::Result;

/// What the early tables reach: the first 4 GiB, one to one.
pub(crate) const REACH: u64 = 1 << 32;

/// The bytes at a physical address. Address 0 is what loaders use for "none".
///
/// # Safety
/// Nothing may write there as long as the slice is in use.
pub(crate) unsafe fn bytes(address: u64, length: u64) -> Result<&'static [u8]> {
    if address == 0 || address.checked_add(length).is_none_or(|end| end > REACH) {
        return Err(c"the loader points to nothing, or above 4 GiB");
    }
    // SAFETY: identity-mapped, not null, and unchanging by the caller's promise.
    // Where there is no RAM the bus answers with ones: wrong, but not unsound.
    Ok(unsafe { core::slice::from_raw_parts(address as *const u8, length as usize) })
}

fn array_at<const N: usize>(bytes: &[u8], offset: usize) -> Result<[u8; N]> {
    let array = bytes.get(offset..).and_then(|rest| rest.first_chunk());
    array.copied().ok_or(c"cut short: the kernel file, or what the loader says")
}

/// The little-endian 16 bits at an offset.
pub(crate) fn u16_at(bytes: &[u8], offset: usize) -> Result<u16> {
    array_at(bytes, offset).map(u16::from_le_bytes)
}

/// The little-endian 32 bits at an offset.
pub(crate) fn u32_at(bytes: &[u8], offset: usize) -> Result<u32> {
    array_at(bytes, offset).map(u32::from_le_bytes)
}

/// The little-endian 64 bits at an offset.
pub(crate) fn u64_at(bytes: &[u8], offset: usize) -> Result<u64> {
    array_at(bytes, offset).map(u64::from_le_bytes)
}
