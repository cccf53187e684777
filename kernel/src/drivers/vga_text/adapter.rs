//! Which VGA is this, and can it be brought back to text mode?
//!
//! Every PC adapter since 1987 has the VGA's registers, but each leaves its own
//! high-resolution modes by registers of its own. The two known here are what
//! virtual machines show: Bochs (QEMU `-vga std`, VirtualBox, bhyve) and Cirrus
//! Logic CL-GD54xx. Others stay in the mode that they are in: a wrong guess is a
//! dark screen.

use crate::cpu::port::Port;
use valhalla_core::vga::ModeRegisters;

use super::registers::{
    CRTC, GRAPHICS, MISC_OUTPUT_READ, PIXEL_MASK, SEQUENCER, read_indexed, write_indexed,
};

/// What answers at the VGA's ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adapter {
    /// Bochs display interface (DISPI), with its version: 0xB0C0 and up.
    Bochs(u16),
    /// Cirrus Logic CL-GD54xx.
    Cirrus,
    /// A VGA whose way back to text mode is not known here, or an ordinary one.
    UnknownVga,
    /// No VGA at all.
    None,
}

impl core::fmt::Display for Adapter {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Bochs(version) => write!(f, "Bochs VGA (interface {version:#06x})"),
            Self::Cirrus => f.write_str("Cirrus Logic VGA"),
            Self::UnknownVga => f.write_str("a VGA of unknown make"),
            Self::None => f.write_str("no VGA"),
        }
    }
}

/// Bochs: selects a DISPI register.
const DISPI_INDEX: Port<u16> = Port::new(0x1ce);
/// Bochs: the selected DISPI register.
const DISPI_DATA: Port<u16> = Port::new(0x1cf);
/// DISPI register: the interface's version.
const DISPI_ID: u16 = 0;
/// DISPI register: 0 switches the extended modes off.
const DISPI_ENABLE: u16 = 4;

/// Graphics: text or pixels, and the window in which the memory appears.
const GRAPHICS_MISCELLANEOUS: u8 = 0x06;

/// Cirrus, sequencer: extended registers are open while this holds
/// [`SR6_UNLOCKED`].
const SR6_UNLOCK: u8 = 0x06;
/// Reads back as itself on a Cirrus, as 0x0F while locked.
const SR6_UNLOCKED: u8 = 0x12;
/// What [`SR6_UNLOCK`] reads after anything else was written.
const SR6_LOCKED: u8 = 0x0f;
/// Cirrus, sequencer: extended modes; 0 is plain VGA.
const SR7_EXTENDED_MODE: u8 = 0x07;
/// Cirrus, graphics: the two banks' offsets, and the bank mode.
const GR_BANKS: [u8; 3] = [0x09, 0x0a, 0x0b];
/// Cirrus, CRTC: extended display controls and overlay, with the high bits of
/// start address and row offset.
const CR_EXTENDED: [u8; 2] = [0x1b, 0x1d];

/// Looks at the ports. Changes nothing on the screen.
#[must_use]
pub fn probe() -> Adapter {
    let version = read_dispi(DISPI_ID);
    if (0xb0c0..=0xb0cf).contains(&version) {
        return Adapter::Bochs(version);
    }
    // SAFETY: reading the miscellaneous output register has no effect.
    if unsafe { MISC_OUTPUT_READ.read() } == 0xff {
        return Adapter::None;
    }
    // A register with four bits, to be sure: does it keep what it is given?
    let kept = read_indexed(GRAPHICS, 0);
    write_indexed(GRAPHICS, 0, 0x05);
    let first = read_indexed(GRAPHICS, 0) & 0x0f;
    write_indexed(GRAPHICS, 0, 0x0a);
    let second = read_indexed(GRAPHICS, 0) & 0x0f;
    write_indexed(GRAPHICS, 0, kept);
    if (first, second) != (0x05, 0x0a) {
        return Adapter::None;
    }
    write_indexed(SEQUENCER, SR6_UNLOCK, 0);
    let locked = read_indexed(SEQUENCER, SR6_UNLOCK);
    write_indexed(SEQUENCER, SR6_UNLOCK, SR6_UNLOCKED);
    if locked == SR6_LOCKED && read_indexed(SEQUENCER, SR6_UNLOCK) == SR6_UNLOCKED {
        Adapter::Cirrus
    } else {
        Adapter::UnknownVga
    }
}

/// Reads what the registers tell about the mode. True for a VGA in none of its
/// maker's own modes.
pub(super) fn mode_registers() -> ModeRegisters {
    ModeRegisters {
        miscellaneous: read_indexed(GRAPHICS, GRAPHICS_MISCELLANEOUS),
        crtc: core::array::from_fn(|index| read_indexed(CRTC, index as u8)),
    }
}

/// Leaves the adapter's own modes, so that the VGA's registers rule again.
pub(super) fn leave_extended_modes(adapter: Adapter) {
    match adapter {
        Adapter::Bochs(_) => write_dispi(DISPI_ENABLE, 0),
        Adapter::Cirrus => {
            write_indexed(SEQUENCER, SR6_UNLOCK, SR6_UNLOCKED);
            write_indexed(SEQUENCER, SR7_EXTENDED_MODE, 0);
            GR_BANKS.into_iter().for_each(|index| write_indexed(GRAPHICS, index, 0));
            CR_EXTENDED.into_iter().for_each(|index| write_indexed(CRTC, index, 0));
            // The hidden DAC register appears after four reads of the pixel mask.
            // SAFETY: Cirrus's documented way; the register only selects how
            // pixels become colours.
            unsafe {
                for _ in 0..4 {
                    PIXEL_MASK.read();
                }
                PIXEL_MASK.write(0);
            }
        }
        Adapter::UnknownVga | Adapter::None => {}
    }
}

fn read_dispi(register: u16) -> u16 {
    // SAFETY: selects and reads a register; where there is no DISPI, nobody
    // listens at these ports.
    unsafe {
        DISPI_INDEX.write(register);
        DISPI_DATA.read()
    }
}

fn write_dispi(register: u16, value: u16) {
    // SAFETY: called once `probe` has seen the interface; what is written
    // changes the picture, not memory.
    unsafe {
        DISPI_INDEX.write(register);
        DISPI_DATA.write(value);
    }
}
