//! The PVH start information (Xen's `hvm_start_info`), as `qemu -kernel` gives it.

use crate::handover::{CMDLINE_MAX, Handover, Rsdp};
use crate::memory::Kind;
use crate::physical::{bytes, text, u32_at, u64_at};
use crate::refusal::Refusal;

const MAGIC: u32 = 0x336e_c578;
/// Bytes of the structure from version 1 on, which brought the memory map.
const INFO_BYTES: u64 = 56;
const MODULE_BYTES: u64 = 32;
const MAP_ENTRY_BYTES: usize = 24;

/// Reads the structure at `info` into `handover`.
pub(crate) fn read(info: u64, handover: &mut Handover) -> Result<(), Refusal> {
    // SAFETY: the loader is done; nothing writes to it until all is copied out.
    let info = unsafe { bytes(info, INFO_BYTES) }.ok_or(Refusal::NotALoader)?;
    if u32_at(info, 0) != Some(MAGIC) {
        return Err(Refusal::NotALoader);
    }
    if u32_at(info, 4).is_none_or(|version| version < 1) {
        return Err(Refusal::NoMemoryMap);
    }
    fill(info, handover).ok_or(Refusal::BrokenInformation("PVH start information"))?
}

/// `None` when a pointer or length leads nowhere.
fn fill(info: &[u8], handover: &mut Handover) -> Option<Result<(), Refusal>> {
    let entries = u64::from(u32_at(info, 48)?);
    // SAFETY: as in `read`.
    let map = unsafe { bytes(u64_at(info, 40)?, entries * MAP_ENTRY_BYTES as u64) }?;
    for entry in map.chunks_exact(MAP_ENTRY_BYTES) {
        let kind = Kind::from_e820(u32_at(entry, 16)?);
        if let Err(refusal) = handover.map.add(u64_at(entry, 0)?, u64_at(entry, 8)?, kind) {
            return Some(Err(refusal));
        }
    }
    if u32_at(info, 12)? > 0 {
        // SAFETY: as in `read`; the module itself is kept out of the allocator's hands.
        let module = unsafe { bytes(u64_at(info, 16)?, MODULE_BYTES) }?;
        let (address, length) = (u64_at(module, 0)?, u64_at(module, 8)?);
        if length > 0 {
            // SAFETY: as above.
            handover.kernel = Some(unsafe { bytes(address, length) }?);
        }
    }
    match u64_at(info, 32)? {
        0 => {}
        address => handover.rsdp = Rsdp::At(address),
    }
    match u64_at(info, 24)? {
        0 => Some(Ok(())),
        address => {
            // SAFETY: as in `read`.
            let cmdline = unsafe { text(address, CMDLINE_MAX) };
            Some(cmdline.ok_or(Refusal::CommandLineTooLong).and_then(|text| handover.set_cmdline(text)))
        }
    }
}
