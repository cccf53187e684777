//! The mode of a VGA, as its registers tell it.
//!
//! IBM Personal System/2 Hardware Interface Technical Reference, "Video
//! Subsystem". The registers rule the picture only while the adapter is in none
//! of its maker's own modes, which they know nothing of.

/// Number of the CRT controller's standard registers: 0 to 0x18.
pub const CRTC_REGISTERS: usize = 0x19;

/// Graphics register 6: the screen shows pixels, not characters.
const MISC_GRAPHICS: u8 = 1 << 0;
/// Graphics register 6: where the adapter's memory appears.
const MISC_WINDOW: u8 = 3 << 2;
/// [`MISC_WINDOW`]: 0xB8000 to 0xBFFFF.
const WINDOW_B8000: u8 = 3 << 2;

/// CRTC: last cell of a line that is shown.
const HORIZONTAL_DISPLAY_END: usize = 0x01;
/// CRTC: bits 8 and 9 of vertical positions.
const OVERFLOW: usize = 0x07;
/// CRTC: height of a character, less one, and each line twice.
const MAXIMUM_SCAN_LINE: usize = 0x09;
/// [`MAXIMUM_SCAN_LINE`]: each line is shown twice.
const DOUBLE_SCAN: u8 = 1 << 7;
/// CRTC: last line that is shown, bits 0 to 7.
const VERTICAL_DISPLAY_END: usize = 0x12;
/// CRTC: distance of two rows of characters, in words of two cells.
const OFFSET: usize = 0x13;

/// The registers that decide what a VGA shows.
#[derive(Clone, Copy, Debug)]
pub struct ModeRegisters {
    /// Graphics register 6, "miscellaneous".
    pub miscellaneous: u8,
    /// CRTC registers from 0 on.
    pub crtc: [u8; CRTC_REGISTERS],
}

impl ModeRegisters {
    /// Returns whether this is mode 3 as every VGA's BIOS sets it: 80x25 characters
    /// of 16 lines at 0xB8000.
    #[must_use]
    pub const fn is_mode_3(&self) -> bool {
        let crtc = &self.crtc;
        let overflow = crtc[OVERFLOW] as u16;
        let last_line =
            crtc[VERTICAL_DISPLAY_END] as u16 | (overflow >> 1 & 1) << 8 | (overflow >> 6 & 1) << 9;
        self.miscellaneous & MISC_GRAPHICS == 0
            && self.miscellaneous & MISC_WINDOW == WINDOW_B8000
            && crtc[HORIZONTAL_DISPLAY_END] == 80 - 1
            && crtc[OFFSET] == 80 / 2
            && crtc[MAXIMUM_SCAN_LINE] & (DOUBLE_SCAN | 0x1f) == 16 - 1
            && last_line == 25 * 16 - 1
    }
}

#[cfg(test)]
mod tests {
    use super::{CRTC_REGISTERS, ModeRegisters};

    /// Mode 3 by the BIOS's table: 400 lines.
    const MODE_3: ModeRegisters = ModeRegisters {
        miscellaneous: 0x0e,
        crtc: [
            0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00, 0x00,
            0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff,
        ],
    };
    /// Mode 0x12: 640x480, 16 colours.
    const MODE_12: ModeRegisters = ModeRegisters {
        miscellaneous: 0x05,
        crtc: [
            0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0x0b, 0x3e, 0x00, 0x40, 0x00, 0x00, 0x00, 0x00,
            0x00, 0x00, 0xea, 0x8c, 0xdf, 0x28, 0x00, 0xe7, 0x04, 0xe3, 0xff,
        ],
    };

    fn with(index: usize, value: u8) -> ModeRegisters {
        let mut changed = MODE_3;
        changed.crtc[index] = value;
        changed
    }

    #[test]
    fn mode_3_is_told_wherever_its_cursor_and_its_first_cell_are() {
        assert!(MODE_3.is_mode_3());
        for index in 0x0a..=0x0f {
            assert!(with(index, 0x21).is_mode_3(), "{index:#x}");
        }
        // The split line's bits share registers with those that count.
        assert!(with(0x09, 0x0f).is_mode_3());
        assert!(with(0x07, 0x0f).is_mode_3());
    }

    #[test]
    fn another_mode_is_none() {
        assert!(!MODE_12.is_mode_3());
        for (index, value) in [
            (0x01, 0x27), // 40 columns
            (0x09, 0x47), // 50 rows
            (0x09, 0xc7), // 25 rows of 8 lines, each shown twice
            (0x07, 0x1d), // 144 lines
            (0x07, 0x5f), // 912 lines
            (0x12, 0x5d), // 350 lines
            (0x13, 0x50), // 160 cells from row to row
        ] {
            assert!(!with(index, value).is_mode_3(), "{index:#x} = {value:#x}");
        }
    }

    #[test]
    fn graphics_another_window_or_no_answer_is_none() {
        for miscellaneous in [0x0f, 0x0a, 0x02, 0x06, 0xff] {
            assert!(!ModeRegisters { miscellaneous, ..MODE_3 }.is_mode_3(), "{miscellaneous:#x}");
        }
        let silent = ModeRegisters { miscellaneous: 0xff, crtc: [0xff; CRTC_REGISTERS] };
        assert!(!silent.is_mode_3());
    }
}
