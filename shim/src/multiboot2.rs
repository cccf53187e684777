//! The Multiboot2 boot information, as GRUB gives it on BIOS and UEFI.
//!
//! A list of tags (Multiboot2 specification 2.0, section 3.6), each a type and
//! a size of 32 bits, padded to 8 bytes.

use crate::handover::{CMDLINE_MAX, Firmware, Framebuffer, Handover, Rsdp};
use crate::memory::Kind;
use crate::physical::{bytes, u32_at, u64_at};
use crate::refusal::Refusal;

/// What a Multiboot2 loader leaves in EAX.
pub(crate) const MAGIC: u32 = 0x36d7_6289;

const BROKEN: Refusal = Refusal::BrokenInformation("Multiboot2 tags");

/// Reads the list at `info` into `handover`.
pub(crate) fn read(info: u64, handover: &mut Handover) -> Result<(), Refusal> {
    // SAFETY: the loader is done; nothing writes to it until all is copied out.
    let head = unsafe { bytes(info, 8) }.ok_or(BROKEN)?;
    let total = u64::from(u32_at(head, 0).ok_or(BROKEN)?);
    // SAFETY: as above.
    let mut rest = unsafe { bytes(info, total) }.and_then(|all| all.get(8..)).ok_or(BROKEN)?;
    loop {
        let kind = u32_at(rest, 0).ok_or(BROKEN)?;
        let size = u32_at(rest, 4).ok_or(BROKEN)? as usize;
        let body = rest.get(8..size).ok_or(BROKEN)?;
        if kind == 0 {
            return Ok(());
        }
        tag(kind, body, handover)?;
        rest = rest.get(size.next_multiple_of(8)..).ok_or(BROKEN)?;
    }
}

/// One tag, without its type and size.
fn tag(kind: u32, body: &'static [u8], handover: &mut Handover) -> Result<(), Refusal> {
    match kind {
        1 => {
            let text = body.split(|&byte| byte == 0).next().unwrap_or_default();
            if text.len() > CMDLINE_MAX {
                return Err(Refusal::CommandLineTooLong);
            }
            handover.set_cmdline(text)?;
        }
        3 if handover.kernel.is_none() => handover.kernel = Some(module(body).ok_or(BROKEN)?),
        6 => {
            let size = u32_at(body, 0).ok_or(BROKEN)? as usize;
            if size < 24 {
                return Err(BROKEN);
            }
            for entry in body.get(8..).unwrap_or_default().chunks_exact(size) {
                let kind = Kind::from_e820(u32_at(entry, 16).ok_or(BROKEN)?);
                let base = u64_at(entry, 0).ok_or(BROKEN)?;
                handover.map.add(base, u64_at(entry, 8).ok_or(BROKEN)?, kind)?;
            }
        }
        8 => handover.framebuffer = framebuffer(body).filter(Framebuffer::is_sane),
        11 => handover.firmware = Firmware::Efi32,
        12 => handover.firmware = Firmware::Efi64,
        // The old RSDP (20 bytes) and the new one (36), which is preferred.
        14 if matches!(handover.rsdp, Rsdp::Absent) => handover.rsdp = rsdp(body),
        15 => handover.rsdp = rsdp(body),
        _ => {}
    }
    Ok(())
}

fn module(body: &[u8]) -> Option<&'static [u8]> {
    let (start, end) = (u64::from(u32_at(body, 0)?), u64::from(u32_at(body, 4)?));
    // SAFETY: the module is kept out of the allocator's hands for good.
    unsafe { bytes(start, end.checked_sub(start)?) }
}

/// `None` for a text mode or a palette, which the Limine protocol cannot say.
fn framebuffer(body: &[u8]) -> Option<Framebuffer> {
    const RGB: u8 = 1;
    if *body.get(21)? != RGB {
        return None;
    }
    let [red_at, red, green_at, green, blue_at, blue] = *body.get(24..)?.first_chunk()?;
    Some(Framebuffer {
        address: u64_at(body, 0)?,
        pitch: u32_at(body, 8)?,
        width: u32_at(body, 12)?,
        height: u32_at(body, 16)?,
        bits_per_pixel: *body.get(20)?,
        masks: [red, red_at, green, green_at, blue, blue_at],
    })
}

fn rsdp(body: &[u8]) -> Rsdp {
    let mut copy = [0; 36];
    let length = body.len().min(copy.len());
    copy[..length].copy_from_slice(&body[..length]);
    Rsdp::Copy(copy)
}
