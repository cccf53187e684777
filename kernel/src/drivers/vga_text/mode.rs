//! VGA mode 3 by hand: 80x25 characters of 9x16 pixels, 720x400 on the screen.
//!
//! Loaders leave a graphics mode behind wherever they can set one, and there is no
//! BIOS to call from here. So the registers are set to what the BIOS's own table
//! has for mode 3. An ordinary VGA, for which loaders know no other mode, is in
//! mode 3 already: its clock and its timing stay the firmware's.
//!
//! Either way the screen gets what is ours: attribute bit 7 is a background colour,
//! not blinking, and colours and font are the console's.
//!
//! Values: IBM VGA BIOS parameter table, mode 3+ (400 lines).

use core::ptr::NonNull;

use valhalla_core::pixel::palette;
use valhalla_core::terminal::Colour;
use valhalla_core::vga::CRTC_REGISTERS;

use super::adapter::{self, Adapter};
use super::registers::{
    ATTRIBUTE, CRTC, DAC_DATA, DAC_WRITE_INDEX, GRAPHICS, INPUT_STATUS_1, MISC_OUTPUT, PIXEL_MASK,
    SEQUENCER, read_indexed, write_indexed,
};
use crate::boot::Framebuffer;
use crate::drivers::font;

/// 28 MHz dot clock, 400 lines, colour port addresses, memory enabled.
const MISC_720X400: u8 = 0x67;

/// Sequencer 0: both resets released.
const SEQ_RUN: (u8, u8) = (0, 0x03);
/// Sequencer 0: synchronous reset, while clocks change.
const SEQ_RESET: (u8, u8) = (0, 0x01);
/// Sequencer 1: 9 dots a character, screen off.
const SEQ_DARK: (u8, u8) = (1, 0x20);
/// Sequencer 1, by its index.
const SEQ_CLOCKING: u8 = 1;
/// [`SEQ_CLOCKING`]: screen off.
const SEQ_SCREEN_OFF: u8 = 0x20;
/// Text: planes 0 and 1 (character, attribute), font map 0, odd/even addressing.
const SEQ_TEXT: [(u8, u8); 3] = [(2, 0x03), (3, 0x00), (4, 0x02)];
/// Font upload: plane 2 alone, sequential addressing.
const SEQ_FONT: [(u8, u8); 2] = [(2, 0x04), (4, 0x06)];
/// Graphics, text: registers 0 to 8; 5 and 6 say odd/even and window 0xB8000.
const GRAPHICS_TEXT: [u8; 9] = [0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x00, 0xff];
/// Graphics, font upload: no set/reset, no rotation, write mode 0, window 0xA0000, all bits.
const GRAPHICS_FONT: [(u8, u8); 5] = [(1, 0x00), (3, 0x00), (5, 0x00), (6, 0x04), (8, 0xff)];

/// CRTC register with the bit that protects registers 0 to 7.
const CRTC_VERTICAL_RETRACE_END: u8 = 0x11;
/// Protects registers 0 to 7 against writes.
const CRTC_PROTECT: u8 = 0x80;
/// CRTC registers from 0 on.
const CRTC_TEXT: [u8; CRTC_REGISTERS] = [
    0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, // horizontal timing, overflow bits
    0x00, 0x4f, 0x0d, 0x0e, 0x00, 0x00, 0x00, 0x00, // 16 lines a row, cursor, start 0
    0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, // vertical timing, 80 cells a row
    0xff, // line compare: no split screen
];

/// First of the six CRTC registers of cursor and start address; none of the timing.
const CRTC_CURSOR: u8 = 0x0a;

/// Palette index (DAC entry) of each of the sixteen colours, as the BIOS has it.
const DAC_ENTRIES: [u8; 16] = [
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f,
];
/// Attribute registers: text, bit 7 is background, line-drawing characters repeat
/// their eighth column in the ninth; black border; four planes; no palette offset.
const ATTRIBUTE_TEXT: [(u8, u8); 4] = [(0x10, 0x04), (0x11, 0x00), (0x12, 0x0f), (0x14, 0x00)];
/// Attribute register: pixels by which the picture is shifted.
const ATTRIBUTE_PANNING: u8 = 0x13;
/// [`ATTRIBUTE_PANNING`]: none, with 9 dots a character.
const PANNING_9_DOTS: u8 = 0x08;
/// Attribute index: the palette is in use again, the screen on.
const ATTRIBUTE_LIT: u8 = 0x20;

/// A glyph occupies 32 bytes of plane 2, whatever its height.
const FONT_STRIDE: usize = 32;

/// Why text mode cannot be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModeError {
    /// The way out of this adapter's current mode is not known.
    NotKnown(Adapter),
}

impl core::fmt::Display for ModeError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self::NotKnown(adapter) = self;
        write!(f, "no text mode: {adapter}")
    }
}

/// Sets text mode and loads the font, if the adapter is one that is known, or an
/// ordinary one in text mode already: where the loader set up no `framebuffer`, its
/// registers tell. A known adapter stays dark: `VgaText::start` turns it on once the
/// character memory is clean.
///
/// # Safety
/// `window` is the start of physical 0xA0000-0xAFFFF, mapped writable and
/// uncached, and nobody else uses the adapter.
///
/// # Errors
/// [`ModeError::NotKnown`], and nothing was changed.
pub unsafe fn set_text_mode(
    window: NonNull<u8>,
    framebuffer: Option<&Framebuffer>,
) -> Result<Adapter, ModeError> {
    let adapter = adapter::probe();
    match adapter {
        Adapter::Bochs(_) | Adapter::Cirrus => {
            adapter::leave_extended_modes(adapter);
            set_timing();
        }
        Adapter::UnknownVga if framebuffer.is_none() && adapter::mode_registers().is_mode_3() => {
            let ours = (0..).zip(CRTC_TEXT).skip(CRTC_CURSOR.into()).take(6);
            ours.for_each(|(index, value)| write_indexed(CRTC, index, value));
        }
        Adapter::UnknownVga | Adapter::None => return Err(ModeError::NotKnown(adapter)),
    }
    // SAFETY: the caller's promise, handed on.
    unsafe { load_font(window) };
    set(SEQ_TEXT, SEQUENCER);
    set_all(GRAPHICS_TEXT, GRAPHICS);
    set_palette();
    Ok(adapter)
}

/// Sets clock and timing of 720x400 pixels, with the screen dark.
fn set_timing() {
    set([SEQ_RESET, SEQ_DARK], SEQUENCER);
    // SAFETY: a register of the VGA, which is this driver's.
    unsafe { MISC_OUTPUT.write(MISC_720X400) };
    set([SEQ_RUN], SEQUENCER);
    let protect = read_indexed(CRTC, CRTC_VERTICAL_RETRACE_END) & !CRTC_PROTECT;
    write_indexed(CRTC, CRTC_VERTICAL_RETRACE_END, protect);
    set_all(CRTC_TEXT, CRTC);
    // SAFETY: a register of the VGA; the read makes the first write an index.
    unsafe {
        INPUT_STATUS_1.read();
        ATTRIBUTE.write(ATTRIBUTE_PANNING);
        ATTRIBUTE.write(PANNING_9_DOTS);
    }
}

/// Turns the screen on.
pub(super) fn light() {
    let clocking = read_indexed(SEQUENCER, SEQ_CLOCKING) & !SEQ_SCREEN_OFF;
    write_indexed(SEQUENCER, SEQ_CLOCKING, clocking);
    // SAFETY: two registers of the VGA; the read makes the write an index.
    unsafe {
        INPUT_STATUS_1.read();
        ATTRIBUTE.write(ATTRIBUTE_LIT);
    }
}

fn set<const N: usize>(pairs: [(u8, u8); N], controller: u16) {
    for (index, value) in pairs {
        write_indexed(controller, index, value);
    }
}

fn set_all<const N: usize>(values: [u8; N], controller: u16) {
    for (index, value) in (0..).zip(values) {
        write_indexed(controller, index, value);
    }
}

/// # Safety
/// As for [`set_text_mode`].
unsafe fn load_font(window: NonNull<u8>) {
    set(SEQ_FONT, SEQUENCER);
    set(GRAPHICS_FONT, GRAPHICS);
    for (code, glyph) in font::CODE_PAGE_437.iter().enumerate() {
        let rows = font::GLYPH_ROWS.get(usize::from(*glyph)).unwrap_or(&[0; 16]);
        let (halves, _) = rows.as_chunks::<8>();
        for (offset, half) in (code * FONT_STRIDE..).step_by(8).zip(halves) {
            // SAFETY: 256 glyphs of 32 bytes fill 8 KiB of the 64 KiB window; it
            // begins on a page, so that multiples of 8 are aligned.
            unsafe { window.byte_add(offset).cast().write_volatile(u64::from_le_bytes(*half)) };
        }
    }
}

fn set_palette() {
    // SAFETY: registers of the VGA's attribute controller and DAC, in the order
    // that their manual asks for; they decide about colours and nothing else.
    unsafe {
        PIXEL_MASK.write(0xff);
        INPUT_STATUS_1.read();
        for ((index, entry), colour) in (0..).zip(DAC_ENTRIES).zip(Colour::ALL) {
            ATTRIBUTE.write(index);
            ATTRIBUTE.write(entry);
            DAC_WRITE_INDEX.write(entry);
            let rgb = palette(colour);
            for channel in [rgb.r, rgb.g, rgb.b] {
                DAC_DATA.write(channel >> 2);
            }
        }
        for (index, value) in ATTRIBUTE_TEXT {
            ATTRIBUTE.write(index);
            ATTRIBUTE.write(value);
        }
    }
}
