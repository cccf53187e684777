//! Reading what the loader left in memory, with every length checked.

/// What the early tables reach: the first 4 GiB, one to one.
pub(crate) const REACH: u64 = 1 << 32;

/// The `length` bytes at a physical address; `None` where the shim cannot
/// reach them, or for address 0, which loaders use for "none".
///
/// # Safety
/// Nothing may write there as long as the slice is in use.
pub(crate) unsafe fn bytes(address: u64, length: u64) -> Option<&'static [u8]> {
    let end = address.checked_add(length)?;
    if address == 0 || end > REACH {
        return None;
    }
    // SAFETY: identity-mapped, not null, and unchanging by the caller's promise.
    // Where there is no RAM the bus answers with ones: wrong, but not unsound.
    Some(unsafe { core::slice::from_raw_parts(address as *const u8, length as usize) })
}

/// The 0-terminated text at a physical address, without its end.
///
/// # Safety
/// As for [`bytes`].
pub(crate) unsafe fn text(address: u64, max: usize) -> Option<&'static [u8]> {
    // SAFETY: the caller's promise. Reading up to `max` bytes stays below 4 GiB.
    let bytes = unsafe { bytes(address, (max as u64 + 1).min(REACH.checked_sub(address)?)) }?;
    bytes.split(|&byte| byte == 0).next().filter(|text| text.len() <= max)
}

/// The little-endian 16 bits at an offset.
pub(crate) fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(offset..)?.first_chunk()?))
}

/// The little-endian 32 bits at an offset.
pub(crate) fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(offset..)?.first_chunk()?))
}

/// The little-endian 64 bits at an offset.
pub(crate) fn u64_at(bytes: &[u8], offset: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(offset..)?.first_chunk()?))
}
