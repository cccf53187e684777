//! The VGA's registers: their ports, and the two ways to reach an indexed one.
//!
//! IBM Personal System/2 Hardware Interface Technical Reference, "Video
//! Subsystem"; the numbers are the same on every VGA.

use crate::cpu::port::Port;

/// Attribute controller: index and data, in turns.
pub(super) const ATTRIBUTE: Port<u8> = Port::new(0x3c0);
/// Miscellaneous output, when written.
pub(super) const MISC_OUTPUT: Port<u8> = Port::new(0x3c2);
/// Sequencer: index here, data one port up.
pub(super) const SEQUENCER: u16 = 0x3c4;
/// DAC: which bits of a pixel reach the palette.
pub(super) const PIXEL_MASK: Port<u8> = Port::new(0x3c6);
/// DAC: the palette entry that the next writes to [`DAC_DATA`] set.
pub(super) const DAC_WRITE_INDEX: Port<u8> = Port::new(0x3c8);
/// DAC: red, green and blue in turns, six bits each.
pub(super) const DAC_DATA: Port<u8> = Port::new(0x3c9);
/// Miscellaneous output, when read.
pub(super) const MISC_OUTPUT_READ: Port<u8> = Port::new(0x3cc);
/// Graphics controller: index here, data one port up.
pub(super) const GRAPHICS: u16 = 0x3ce;
/// CRT controller at its colour address: index here, data one port up.
pub(super) const CRTC: u16 = 0x3d4;
/// Input status 1 at its colour address; a read makes [`ATTRIBUTE`] expect an index.
pub(super) const INPUT_STATUS_1: Port<u8> = Port::new(0x3da);

/// Writes register `index` of the controller at port `controller`.
#[inline]
pub(super) fn write_indexed(controller: u16, index: u8, value: u8) {
    // A word write to the index port is an index and a data write in one access.
    let both = Port::<u16>::new(controller);
    // SAFETY: the ports are the VGA's, which this driver owns; its registers
    // decide what is shown and where plane memory appears in the VGA's own
    // window, and reach no other memory.
    unsafe { both.write(u16::from_le_bytes([index, value])) };
}

/// Reads register `index` of the controller at port `controller`.
pub(super) fn read_indexed(controller: u16, index: u8) -> u8 {
    // SAFETY: as above; reading these registers has no effect.
    unsafe {
        Port::<u8>::new(controller).write(index);
        Port::<u8>::new(controller + 1).read()
    }
}
