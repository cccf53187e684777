//! The PVH start information (Xen's `hvm_start_info`), as `qemu -kernel` gives it.

use core::ffi::CStr;

use crate::Result;
use crate::handover::Handover;
use crate::memory::Kind;
use crate::physical::{bytes, u32_at, u64_at};

const MAGIC: u32 = 0x336e_c578;
/// Bytes of the structure from version 1 on, which brought the memory map.
const INFO_BYTES: u64 = 56;
const MODULE_BYTES: u64 = 32;
const MAP_ENTRY_BYTES: usize = 24;
const CMDLINE_BYTES: u64 = 4096;

/// Reads the structure at `info`.
pub(crate) fn read(info: u64, handover: &mut Handover) -> Result<()> {
    // SAFETY: here and below, the loader is done, and nothing is written
    // before the map says what is free; what is kept is taken out of it.
    let info = unsafe { bytes(info, INFO_BYTES) };
    let Some(info) = info.ok().filter(|info| u32_at(info, 0) == Ok(MAGIC)) else {
        return Err(c"started neither by PVH (qemu -kernel) nor by Multiboot2 (GRUB)");
    };
    if u32_at(info, 4)? == 0 {
        return Err(c"this PVH loader is too old: it gives no memory map");
    }
    let Handover { map, facts } = handover;
    let map_bytes = u64::from(u32_at(info, 48)?) * MAP_ENTRY_BYTES as u64;
    // SAFETY: as above.
    for entry in unsafe { bytes(u64_at(info, 40)?, map_bytes) }?.chunks_exact(MAP_ENTRY_BYTES) {
        map.add_e820(u64_at(entry, 0)?, u64_at(entry, 8)?, u32_at(entry, 16)?)?;
    }
    map.settle()?;
    if u32_at(info, 12)? > 0 {
        // SAFETY: as above.
        let module = unsafe { bytes(u64_at(info, 16)?, MODULE_BYTES) }?;
        let (address, length) = (u64_at(module, 0)?, u64_at(module, 8)?);
        if length > 0 {
            // SAFETY: as above; `start` takes the file out of the map.
            facts.file = Some(unsafe { bytes(address, length) }?);
        }
    }
    facts.rsdp = Some(u64_at(info, 32)?).filter(|&address| address != 0);
    let address = u64_at(info, 24)?;
    if address != 0 {
        // SAFETY: as above.
        let text = CStr::from_bytes_until_nul(unsafe { bytes(address, CMDLINE_BYTES) }?);
        let text = text.map_err(|_| c"the command line is longer than 4095 bytes")?;
        map.take(address, address + text.count_bytes() as u64 + 1, Kind::Reclaimable)?;
        facts.cmdline = text;
    }
    Ok(())
}
