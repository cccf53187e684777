//! What a loader hands over, whichever it was.

use core::ffi::CStr;

use crate::memory::Map;

/// The firmware below, with the protocol's numbers.
#[derive(Clone, Copy)]
pub(crate) enum Firmware {
    Bios = 0,
    Efi32 = 1,
    Efi64 = 2,
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
    /// The first address behind it.
    pub(crate) fn end(&self) -> u64 {
        self.address.saturating_add(u64::from(self.pitch) * u64::from(self.height))
    }

    /// Whether the figures fit each other and the direct map.
    pub(crate) fn is_sane(&self) -> bool {
        let line_bits = u64::from(self.width) * u64::from(self.bits_per_pixel);
        self.address != 0
            && self.end() < 1 << 46
            && self.width != 0
            && self.height != 0
            && u64::from(self.pitch) * 8 >= line_bits
            && matches!(self.bits_per_pixel, 15 | 16 | 24 | 32)
    }
}

/// All that was handed over. (Filled in place: the map is large for a stack.)
pub(crate) struct Handover {
    pub(crate) map: Map,
    pub(crate) facts: Facts,
}

/// What there is besides memory. Addresses are physical; what they lead to was
/// taken out of the map's usable memory.
pub(crate) struct Facts {
    /// The first module: the kernel file.
    pub(crate) file: Option<&'static [u8]>,
    /// Empty where there is none.
    pub(crate) cmdline: &'static CStr,
    pub(crate) rsdp: Option<u64>,
    pub(crate) framebuffer: Option<Framebuffer>,
    pub(crate) firmware: Firmware,
}

impl Handover {
    pub(crate) const fn new() -> Self {
        let firmware = Firmware::Bios;
        let facts = Facts { file: None, cmdline: c"", rsdp: None, framebuffer: None, firmware };
        Self { map: Map::new(), facts }
    }
}
