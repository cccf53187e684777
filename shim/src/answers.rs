//! The answers to the kernel's requests.
//!
//! Each is a row of words in one stretch of bootloader-reclaimable memory; what
//! is not in `give` stays unanswered, as the protocol says.

use crate::elf::Kernel;
use crate::handover::{Framebuffer, Handover, Rsdp};
use crate::machine;
use crate::memory::{Kind, Map};
use crate::paging::HHDM;
use crate::refusal::Refusal;
use crate::requests::{Id, PAGING_MODE, Requests, STACK_SIZE};

const BOOTLOADER_INFO: Id = [0xf550_38d8_e2a1_202f, 0x2794_26fc_f5f5_9740];
const EXECUTABLE_CMDLINE: Id = [0x4b16_1536_e598_651e, 0xb390_ad4a_2f1f_303a];
const FIRMWARE_TYPE: Id = [0x8c2f_75d9_0bef_28a8, 0x7045_a468_8eac_00c3];
const HHDM_OFFSET: Id = [0x48dc_f1cb_8ad2_b852, 0x6398_4e95_9a98_244b];
const EXECUTABLE_ADDRESS: Id = [0x71ba_7686_3cc5_5f63, 0xb264_4a48_c516_a487];
const RSDP: Id = [0xc5e7_7b6b_397e_7b43, 0x2763_7845_accd_cf3c];
const TSC_FREQUENCY: Id = [0x10f2_ee1d_87d1_95e4, 0xf747_a2b7_8f6d_db31];
const FRAMEBUFFER: Id = [0x9d58_27dc_d881_dd75, 0xa314_8604_f6fa_b11b];
const MEMORY_MAP: Id = [0x67cf_3d9d_378a_806f, 0xe304_acdf_c50c_3c62];

/// Words for everything but the memory map and the command line.
const SMALL_ANSWERS: usize = 128;
/// Regions that may still be taken after the answers' own memory: page tables
/// lie side by side, so that a few are plenty.
const SPARE_REGIONS: usize = 64;
/// An entry of the memory map: three words, and a pointer to it.
const WORDS_PER_REGION: usize = 4;

/// The memory for the answers, filled from the start.
pub(crate) struct Answers {
    words: &'static mut [u64],
    used: usize,
    /// The RSDP's physical address.
    rsdp: Option<u64>,
}

impl Answers {
    /// Takes the memory. A copied RSDP gets a page of its own, marked as ACPI
    /// data: it has to last as long as the tables that it leads to.
    pub(crate) fn new(handover: &mut Handover) -> Result<Self, Refusal> {
        let map = &mut handover.map;
        let rsdp = match handover.rsdp {
            Rsdp::Absent => None,
            Rsdp::At(address) => Some(address),
            Rsdp::Copy(bytes) => {
                let page = map.alloc(bytes.len() as u64, Kind::AcpiReclaimable, "the RSDP")?;
                // SAFETY: a page that was taken for this alone.
                unsafe { (page as *mut [u8; 36]).write(bytes) };
                Some(page)
            }
        };
        let regions = map.regions().len() + SPARE_REGIONS;
        let words = SMALL_ANSWERS + handover.cmdline().len() / 8 + regions * WORDS_PER_REGION;
        let base = handover.map.alloc(words as u64 * 8, Kind::Reclaimable, "the answers")?;
        // SAFETY: zeroed pages that were taken for this alone, and last.
        let words = unsafe { core::slice::from_raw_parts_mut(base as *mut u64, words) };
        Ok(Self { words, used: 0, rsdp })
    }

    /// Appends words; gives their address in the direct map.
    fn put(&mut self, words: &[u64]) -> Result<u64, Refusal> {
        let place = self.words.get_mut(self.used..self.used + words.len());
        let place = place.ok_or(Refusal::TooLittleMemory { what: "the answers", bytes: words.len() as u64 * 8 })?;
        place.copy_from_slice(words);
        self.used += words.len();
        Ok(HHDM + place.as_ptr() as u64)
    }

    /// Appends a text and its terminating zero.
    fn put_text(&mut self, text: &[u8]) -> Result<u64, Refusal> {
        let start = self.put(&[])?;
        for chunk in text.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.put(&[u64::from_le_bytes(word)])?;
        }
        self.put(&[0])?;
        Ok(start)
    }

    /// Answers every request that can be answered. The memory map comes last:
    /// from then on nothing may be taken any more.
    pub(crate) fn give(
        mut self,
        requests: &mut Requests,
        handover: &mut Handover,
        kernel: &Kernel,
        physical: u64,
    ) -> Result<(), Refusal> {
        let (name, version) = (self.put_text(b"Valhalla shim")?, self.put_text(env!("CARGO_PKG_VERSION").as_bytes())?);
        let cmdline = self.put_text(handover.cmdline())?;
        self.answer(requests, BOOTLOADER_INFO, &[name, version])?;
        self.answer(requests, EXECUTABLE_CMDLINE, &[cmdline])?;
        self.answer(requests, FIRMWARE_TYPE, &[handover.firmware as u64])?;
        self.answer(requests, HHDM_OFFSET, &[HHDM])?;
        self.answer(requests, EXECUTABLE_ADDRESS, &[physical, kernel.base()])?;
        self.answer(requests, PAGING_MODE, &[0])?; // four levels
        self.answer(requests, STACK_SIZE, &[])?; // the answer itself says that it was heeded
        if let Some(physical) = self.rsdp {
            self.answer(requests, RSDP, &[HHDM + physical])?;
        }
        if let Some(hz) = machine::tsc_hz() {
            self.answer(requests, TSC_FREQUENCY, &[hz])?;
        }
        if let Some(framebuffer) = handover.framebuffer {
            let list = self.put_framebuffer(&framebuffer)?;
            self.answer(requests, FRAMEBUFFER, &[1, list])?;
        }
        let list = self.put_map(&mut handover.map)?;
        self.answer(requests, MEMORY_MAP, &[handover.map.regions().len() as u64, list])
    }

    /// Answers one request, if the kernel makes it; the response is of revision 0.
    fn answer(&mut self, requests: &mut Requests, id: Id, fields: &[u64]) -> Result<(), Refusal> {
        if let Some(place) = requests.response(id) {
            *place = self.put(&[0])?;
            self.put(fields)?;
        }
        Ok(())
    }

    /// The framebuffer and a list of one pointer to it; gives the list.
    fn put_framebuffer(&mut self, it: &Framebuffer) -> Result<u64, Refusal> {
        const RGB: u8 = 1;
        let [red, red_at, green, green_at, blue, blue_at] = it.masks;
        let format = u64::from_le_bytes([it.bits_per_pixel, 0, RGB, red, red_at, green, green_at, blue]);
        let (width, height, pitch) = (it.width.into(), it.height.into(), it.pitch.into());
        // The last two words are the EDID's size and address: there is none.
        let words = [HHDM + it.address, width, height, pitch, format, blue_at.into(), 0, 0];
        let framebuffer = self.put(&words)?;
        self.put(&[framebuffer])
    }

    /// The entries and the list of pointers to them; gives the list.
    fn put_map(&mut self, map: &mut Map) -> Result<u64, Refusal> {
        map.sort();
        let first = self.put(&[])?;
        for region in map.regions() {
            self.put(&[region.start, region.end - region.start, region.kind as u64])?;
        }
        let list = self.put(&[])?;
        for index in 0..map.regions().len() as u64 {
            self.put(&[first + index * 24])?;
        }
        Ok(list)
    }
}
