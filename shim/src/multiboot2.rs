//! The Multiboot2 boot information, as GRUB gives it on BIOS and UEFI.
//!
//! A list of tags (Multiboot2 specification 2.0, section 3.6), each a type and
//! a size of 32 bits, padded to 8 bytes.

use core::ffi::CStr;

use crate::handover::{Firmware, Framebuffer, Handover};
use crate::memory::Kind;
use crate::physical::{bytes, u32_at, u64_at};
use crate::{Refusal, Result};

/// What a Multiboot2 loader leaves in EAX.
pub(crate) const MAGIC: u32 = 0x36d7_6289;

const BROKEN: Refusal = c"the loader's Multiboot2 tags are broken";

/// Reads the list at `info`.
pub(crate) fn read(info: u64, handover: &mut Handover) -> Result<()> {
    // SAFETY: the loader is done; before anything is written, the whole list is
    // taken out of the memory that may be.
    let total = u64::from(u32_at(unsafe { bytes(info, 8) }?, 0)?);
    // SAFETY: as above.
    let mut rest = unsafe { bytes(info, total) }?.get(8..).ok_or(BROKEN)?;
    loop {
        let (kind, size) = (u32_at(rest, 0)?, u32_at(rest, 4)? as usize);
        if kind == 0 {
            break;
        }
        read_tag(kind, rest.get(8..size).ok_or(BROKEN)?, handover)?;
        rest = rest.get(size.next_multiple_of(8)..).ok_or(BROKEN)?;
    }
    handover.map.settle()?;
    // GRUB's copy of the RSDP is in the list. It has to last as long as the
    // tables that it leads to, so the list is kept as what they are.
    handover.map.take(info, info + total, Kind::AcpiReclaimable)
}

/// One tag, without its type and size.
fn read_tag(kind: u32, body: &'static [u8], handover: &mut Handover) -> Result<()> {
    let Handover { map, facts } = handover;
    let address = Some(body.as_ptr() as u64);
    match kind {
        1 => facts.cmdline = CStr::from_bytes_until_nul(body).unwrap_or_default(),
        3 if facts.file.is_none() => {
            let (start, end) = (u32_at(body, 0)?.into(), u32_at(body, 4)?.into());
            let length = u64::checked_sub(end, start).ok_or(BROKEN)?;
            // SAFETY: `start` in `main` takes the file out of the map.
            facts.file = Some(unsafe { bytes(start, length) }?);
        }
        6 => {
            let size = (u32_at(body, 0)? as usize).max(24);
            for entry in body.get(8..).ok_or(BROKEN)?.chunks_exact(size) {
                map.add_e820(u64_at(entry, 0)?, u64_at(entry, 8)?, u32_at(entry, 16)?)?;
            }
        }
        8 => facts.framebuffer = framebuffer(body).filter(Framebuffer::is_sane),
        11 => facts.firmware = Firmware::Efi32,
        12 => facts.firmware = Firmware::Efi64,
        // The RSDP of ACPI 1.0, and the later one, which is preferred.
        14 if body.len() >= 20 && facts.rsdp.is_none() => facts.rsdp = address,
        15 if body.len() >= 36 => facts.rsdp = address,
        _ => {}
    }
    Ok(())
}

/// `None` for a text mode or a palette, which the Limine protocol cannot say.
fn framebuffer(body: &[u8]) -> Option<Framebuffer> {
    const RGB: u8 = 1;
    let [bits_per_pixel, RGB, _, _, red_at, red, green_at, green, blue_at, blue] =
        *body.get(20..)?.first_chunk()?
    else {
        return None;
    };
    Some(Framebuffer {
        address: u64_at(body, 0).ok()?,
        pitch: u32_at(body, 8).ok()?,
        width: u32_at(body, 12).ok()?,
        height: u32_at(body, 16).ok()?,
        bits_per_pixel,
        masks: [red, red_at, green, green_at, blue, blue_at],
    })
}
