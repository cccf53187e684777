//! What a loader hands over, whichever it was.
//!
//! All of it is copied out of the loader's memory at once, except the kernel
//! file: the rest may lie in RAM that the shim is about to use.

use crate::memory::Map;
use crate::refusal::Refusal;

/// The longest command line, in bytes without its end.
pub(crate) const CMDLINE_MAX: usize = 2047;

/// The firmware below, with the protocol's numbers.
#[derive(Clone, Copy)]
#[repr(u64)]
pub(crate) enum Firmware {
    Bios = 0,
    Efi32 = 1,
    Efi64 = 2,
}

/// Where the RSDP is: Multiboot2 hands over a copy, PVH the address.
#[derive(Clone, Copy)]
pub(crate) enum Rsdp {
    Absent,
    At(u64),
    Copy([u8; 36]),
}

/// A linear framebuffer with red, green and blue fields.
#[derive(Clone, Copy)]
pub(crate) struct Framebuffer {
    pub(crate) address: u64,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Bytes from one line to the next.
    pub(crate) pitch: u32,
    pub(crate) bits_per_pixel: u8,
    /// Size and shift of red, green and blue, in the protocol's order.
    pub(crate) masks: [u8; 6],
}

impl Framebuffer {
    /// The first address behind it; wraps nowhere, by [`Self::is_sane`].
    pub(crate) fn end(&self) -> u64 {
        self.address + u64::from(self.pitch) * u64::from(self.height)
    }

    /// Whether the figures fit each other and the address space.
    pub(crate) fn is_sane(&self) -> bool {
        self.address != 0
            && self.address < 1 << 46
            && self.width != 0
            && self.height != 0
            && self.height <= 1 << 16
            && u64::from(self.pitch) * 8 >= u64::from(self.width) * u64::from(self.bits_per_pixel)
            && matches!(self.bits_per_pixel, 15 | 16 | 24 | 32)
    }
}

/// All that was handed over.
pub(crate) struct Handover {
    pub(crate) map: Map,
    pub(crate) kernel: Option<&'static [u8]>,
    pub(crate) rsdp: Rsdp,
    pub(crate) framebuffer: Option<Framebuffer>,
    pub(crate) firmware: Firmware,
    cmdline: [u8; CMDLINE_MAX + 1],
    cmdline_length: usize,
}

impl Handover {
    pub(crate) const fn new() -> Self {
        Self {
            map: Map::new(),
            kernel: None,
            rsdp: Rsdp::Absent,
            framebuffer: None,
            firmware: Firmware::Bios,
            cmdline: [0; CMDLINE_MAX + 1],
            cmdline_length: 0,
        }
    }

    /// Keeps a copy of the command line.
    pub(crate) fn set_cmdline(&mut self, text: &[u8]) -> Result<(), Refusal> {
        let place = self.cmdline.get_mut(..text.len()).ok_or(Refusal::CommandLineTooLong)?;
        place.copy_from_slice(text);
        self.cmdline_length = text.len();
        Ok(())
    }

    pub(crate) fn cmdline(&self) -> &[u8] {
        self.cmdline.get(..self.cmdline_length).unwrap_or_default()
    }
}
