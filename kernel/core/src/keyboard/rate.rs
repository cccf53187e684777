//! How a held key repeats: the byte that follows keyboard command 0xF3.
//!
//! IBM PS/2 Hardware Interface Technical Reference, "Set Typematic Rate/Delay".

use core::fmt;

/// Repeats a second and the delay before the first, as the keyboard has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(u8);

/// Microseconds of a repeat at the fastest rate, for each of its eight parts.
const PART_US: u32 = 4170;
/// Milliseconds in a step of the delay.
const DELAY_STEP_MS: u32 = 250;

impl Rate {
    /// What a keyboard does unless told: 10.9 a second after half a second.
    pub const DEFAULT: Self = Self(0x2b);

    /// The nearest that there is; 2 to 30 a second, 250 to 1000 ms.
    #[must_use]
    pub fn nearest(a_second: u32, delay_ms: u32) -> Self {
        let wanted_us = 1_000_000 / a_second.clamp(1, 100);
        let rate = (0..32_u8).min_by_key(|rate| Self(*rate).period_us().abs_diff(wanted_us));
        let delay = (0..4_u8).min_by_key(|delay| Self(*delay << 5).delay_ms().abs_diff(delay_ms));
        Self(rate.unwrap_or(0) | delay.unwrap_or(0) << 5)
    }

    /// The byte for the keyboard.
    #[must_use]
    pub const fn byte(self) -> u8 {
        self.0
    }

    /// From the byte for the keyboard; its top bit means nothing.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Self {
        Self(byte & 0x7f)
    }

    /// Microseconds from one repeat to the next.
    const fn period_us(self) -> u32 {
        (8 + (self.0 & 7) as u32) * (1 << (self.0 >> 3 & 3)) * PART_US
    }

    /// Milliseconds from the press to the first repeat.
    const fn delay_ms(self) -> u32 {
        ((self.0 >> 5 & 3) as u32 + 1) * DELAY_STEP_MS
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (10_000_000 + self.period_us() / 2) / self.period_us();
        write!(f, "{}.{} a second after {} ms", tenths / 10, tenths % 10, self.delay_ms())
    }
}

#[cfg(test)]
mod tests {
    use super::Rate;

    #[test]
    fn the_manuals_values() {
        for (byte, words) in [
            (0x00, "30.0 a second after 250 ms"),
            (0x2b, "10.9 a second after 500 ms"),
            (0x7f, "2.0 a second after 1000 ms"),
            (0x44, "20.0 a second after 750 ms"),
        ] {
            assert_eq!(Rate::from_byte(byte).to_string(), words);
        }
    }

    #[test]
    fn the_nearest_is_found() {
        for (rate, delay, byte) in
            [(30, 250, 0x00), (11, 500, 0x2b), (2, 1000, 0x7f), (0, 9999, 0x7f), (99, 0, 0x00)]
        {
            assert_eq!(Rate::nearest(rate, delay).byte(), byte, "{rate} {delay}");
        }
    }
}
