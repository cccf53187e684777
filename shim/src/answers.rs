//! The answers to the kernel's requests.
//!
//! Each is a row of words in one stretch of bootloader-reclaimable memory; what
//! is not in `give` stays unanswered, as the protocol says.

use core::ffi::CStr;

use crate::Result;
use crate::elf::Kernel;
use crate::handover::{Facts, Framebuffer};
use crate::memory::{Kind, Map};
use crate::paging::HHDM;
use crate::requests::{Id, PAGING_MODE, Requests, STACK_SIZE};

const BOOTLOADER_INFO: Id = [0xf550_38d8_e2a1_202f, 0x2794_26fc_f5f5_9740];
const EXECUTABLE_CMDLINE: Id = [0x4b16_1536_e598_651e, 0xb390_ad4a_2f1f_303a];
const FIRMWARE_TYPE: Id = [0x8c2f_75d9_0bef_28a8, 0x7045_a468_8eac_00c3];
const HHDM_OFFSET: Id = [0x48dc_f1cb_8ad2_b852, 0x6398_4e95_9a98_244b];
const EXECUTABLE_ADDRESS: Id = [0x71ba_7686_3cc5_5f63, 0xb264_4a48_c516_a487];
const RSDP: Id = [0xc5e7_7b6b_397e_7b43, 0x2763_7845_accd_cf3c];
const FRAMEBUFFER: Id = [0x9d58_27dc_d881_dd75, 0xa314_8604_f6fa_b11b];
const MEMORY_MAP: Id = [0x67cf_3d9d_378a_806f, 0xe304_acdf_c50c_3c62];

const NAME: &CStr = c"Valhalla shim";
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
/// Words for everything but the memory map, with room to spare.
const SMALL_ANSWERS: usize = 128;

/// Answers every request that can be answered. From then on nothing may be taken
/// from the map: the kernel has it.
pub(crate) fn give(
    requests: &mut Requests,
    map: &mut Map,
    kernel: &Kernel,
    facts: &Facts,
) -> Result<()> {
    // Each region takes three words and a pointer; taking may split one in three.
    let cmdline = facts.cmdline.to_bytes_with_nul();
    let words = SMALL_ANSWERS + cmdline.len().div_ceil(8) + (map.sorted().len() + 2) * 4;
    let no_room = c"too little memory for the answers";
    let place = map.alloc(words as u64 * 8, Kind::Reclaimable, no_room)?;
    // SAFETY: zeroed pages that were taken for this alone, and last.
    let words = unsafe { core::slice::from_raw_parts_mut(place as *mut u64, words) };
    let mut answers = Answers { words, used: 0, requests };

    // The shim's own texts are in its image, which is mapped as RAM as well.
    answers
        .give(BOOTLOADER_INFO, &[HHDM + NAME.as_ptr() as u64, HHDM + VERSION.as_ptr() as u64])?;
    let cmdline = answers.put_text(cmdline)?;
    answers.give(EXECUTABLE_CMDLINE, &[cmdline])?;
    answers.give(FIRMWARE_TYPE, &[facts.firmware as u64])?;
    answers.give(HHDM_OFFSET, &[HHDM])?;
    answers.give(EXECUTABLE_ADDRESS, &[kernel.physical, kernel.base()])?;
    answers.give(PAGING_MODE, &[0])?; // four levels
    answers.give(STACK_SIZE, &[])?; // the answer itself says that it was heeded
    if let Some(physical) = facts.rsdp {
        answers.give(RSDP, &[HHDM + physical])?;
    }
    if let Some(screen) = &facts.framebuffer {
        let framebuffer = answers.put_framebuffer(screen)?;
        let list = answers.put(&[framebuffer])?;
        answers.give(FRAMEBUFFER, &[1, list])?;
    }

    let (regions, entries) = (map.sorted(), answers.put(&[])?);
    for region in regions {
        answers.put(&[region.start, region.end - region.start, region.kind as u64])?;
    }
    let list = answers.put(&[])?;
    for index in 0..regions.len() as u64 {
        answers.put(&[entries + index * 24])?;
    }
    answers.give(MEMORY_MAP, &[regions.len() as u64, list])
}

/// The memory for the answers, filled from the start.
struct Answers<'a> {
    words: &'static mut [u64],
    used: usize,
    requests: &'a mut Requests,
}

impl Answers<'_> {
    /// Answers one request, if the kernel makes it, with response revision 0.
    fn give(&mut self, id: Id, fields: &[u64]) -> Result<()> {
        let response = self.put(&[0])?;
        self.put(fields)?;
        if let Some([_, place, ..]) = self.requests.get(id)? {
            *place = response;
        }
        Ok(())
    }

    /// Appends words; gives their address in the direct map.
    fn put(&mut self, words: &[u64]) -> Result<u64> {
        let place = self.words.get_mut(self.used..self.used + words.len());
        let place = place.ok_or(c"internal error: the answers do not fit")?;
        place.copy_from_slice(words);
        self.used += words.len();
        Ok(HHDM + place.as_ptr() as u64)
    }

    /// Appends a text of the loader's, which may lie where the direct map is not:
    /// qboot keeps its command line in the firmware's memory (`-machine microvm`).
    fn put_text(&mut self, text: &[u8]) -> Result<u64> {
        let place = self.put(&[])?;
        for bytes in text.chunks(8) {
            let mut word = [0; 8];
            word.iter_mut().zip(bytes).for_each(|(to, byte)| *to = *byte);
            self.put(&[u64::from_le_bytes(word)])?;
        }
        Ok(place)
    }

    /// The protocol's description of a framebuffer, without an EDID.
    fn put_framebuffer(&mut self, it: &Framebuffer) -> Result<u64> {
        const RGB: u8 = 1;
        let [red, red_at, green, green_at, blue, blue_at] = it.masks;
        let format = [it.bits_per_pixel, 0, RGB, red, red_at, green, green_at, blue];
        let (width, height, pitch) = (it.width.into(), it.height.into(), it.pitch.into());
        let format = u64::from_le_bytes(format);
        self.put(&[HHDM + it.address, width, height, pitch, format, blue_at.into(), 0, 0])
    }
}
