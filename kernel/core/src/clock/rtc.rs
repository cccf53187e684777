//! What the registers of a PC's real-time clock mean.
//!
//! The MC146818 and its heirs keep the time in bytes that may be BCD or binary,
//! of 12 or 24 hours, by two bits of register B; the year has two digits, and
//! the century is in a byte that only the FADT names (ACPI 6.5, 5.2.9,
//! `CENTURY`). A dead battery, a program with other ideas or no clock at all
//! leave any byte anywhere, so each is looked at.

use core::fmt;

use crate::calendar::{DateTime, OutOfRange};

/// Register B: no update is made while a program writes the time (`SET`).
pub const B_SET: u8 = 1 << 7;
/// Register B: interrupt at a fixed rate (`PIE`).
pub const B_PERIODIC: u8 = 1 << 6;
/// Register B: interrupt at the alarm (`AIE`).
pub const B_ALARM: u8 = 1 << 5;
/// Register B: interrupt after each update, once a second (`UIE`).
pub const B_UPDATE_ENDED: u8 = 1 << 4;
/// Register B: the time is binary, not BCD (`DM`).
pub const B_BINARY: u8 = 1 << 2;
/// Register B: hours go from 0 to 23 (`24/12`).
pub const B_24_HOURS: u8 = 1 << 1;
/// Register D: the battery has held (`VRT`).
pub const D_VALID: u8 = 1 << 7;
/// Hours in 12-hour mode: afternoon.
const PM: u8 = 1 << 7;

/// Two-digit years from here on are of the twentieth century, where there is
/// no century byte: PCs are not older, and will not be for decades.
const FIRST_OF_1900S: u16 = 70;

/// The time registers as they were read, undecoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Registers {
    /// Register 0x00.
    pub second: u8,
    /// Register 0x02.
    pub minute: u8,
    /// Register 0x04, with the afternoon bit in 12-hour mode.
    pub hour: u8,
    /// Register 0x07.
    pub day: u8,
    /// Register 0x08.
    pub month: u8,
    /// Register 0x09: two digits.
    pub year: u8,
    /// What the register that the FADT names holds, if it names one.
    pub century: Option<u8>,
    /// Register B: how the others are to be read.
    pub status_b: u8,
    /// Register D: whether they are to be believed.
    pub status_d: u8,
}

/// Why the registers tell no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nonsense {
    /// Every register reads 0xFF: nothing answers at the ports.
    Absent,
    /// A byte that should be BCD has a digit above 9.
    NotBcd(u8),
    /// A 12-hour clock shows an hour that it has not.
    HourOf12(u8),
    /// A field of the date or the time is out of its range.
    OutOfRange(OutOfRange),
    /// The battery has been flat, so the rest means nothing.
    BatteryFlat,
    /// A program holds the clock, to set it (`SET` in register B).
    Held,
}

impl fmt::Display for Nonsense {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("every register reads 0xff: there is no clock"),
            Self::NotBcd(byte) => write!(f, "a register reads {byte:#04x}, which is not BCD"),
            Self::HourOf12(hour) => write!(f, "a 12-hour clock has no hour {hour}"),
            Self::OutOfRange(field) => field.fmt(f),
            Self::BatteryFlat => f.write_str("its battery has been flat (VRT is 0 in register D)"),
            Self::Held => f.write_str("it is held, to be set (SET is 1 in register B)"),
        }
    }
}

impl Registers {
    /// The time that they show.
    ///
    /// # Errors
    ///
    /// Why they show none.
    pub fn decode(&self) -> Result<DateTime, Nonsense> {
        let time = [self.second, self.minute, self.hour, self.day, self.month, self.year];
        if time.iter().chain([&self.status_b, &self.status_d]).all(|byte| *byte == u8::MAX) {
            return Err(Nonsense::Absent);
        }
        let year = u16::from(self.number(self.year)?);
        let century = self.century.and_then(|byte| self.number(byte).ok());
        let year = match century {
            // A byte that is no century is another's: some firmware names one
            // and keeps something else in it.
            Some(century @ 19..=99) => u16::from(century) * 100 + year % 100,
            _ if year >= FIRST_OF_1900S => 1900 + year,
            _ => 2000 + year,
        };
        let date = (year, self.number(self.month)?, self.number(self.day)?);
        let time = (self.hour()?, self.number(self.minute)?, self.number(self.second)?);
        let time = DateTime::new(date, time).map_err(Nonsense::OutOfRange)?;
        match (self.status_d & D_VALID, self.status_b & B_SET) {
            (0, _) => Err(Nonsense::BatteryFlat),
            (_, 0) => Ok(time),
            _ => Err(Nonsense::Held),
        }
    }

    fn hour(&self) -> Result<u8, Nonsense> {
        if self.status_b & B_24_HOURS != 0 {
            return self.number(self.hour);
        }
        match (self.number(self.hour & !PM)?, self.hour & PM) {
            (hour @ 1..=12, 0) => Ok(hour % 12),
            (hour @ 1..=12, _) => Ok(hour % 12 + 12),
            (hour, _) => Err(Nonsense::HourOf12(hour)),
        }
    }

    fn number(&self, byte: u8) -> Result<u8, Nonsense> {
        match (byte >> 4, byte & 0xf) {
            _ if self.status_b & B_BINARY != 0 => Ok(byte),
            (tens @ 0..=9, ones @ 0..=9) => Ok(tens * 10 + ones),
            _ => Err(Nonsense::NotBcd(byte)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BCD_24: Registers = Registers {
        second: 0x58,
        minute: 0x59,
        hour: 0x23,
        day: 0x31,
        month: 0x12,
        year: 0x99,
        century: Some(0x19),
        status_b: B_24_HOURS,
        status_d: D_VALID,
    };

    fn shows(registers: Registers, text: &str) {
        let decoded = registers.decode();
        let shown = decoded.map_or_else(|why| why.to_string(), |time| time.to_string());
        assert_eq!(shown, text, "{registers:x?}");
    }

    #[test]
    fn all_four_ways_to_write_it() {
        shows(BCD_24, "1999-12-31T23:59:58");
        shows(Registers { hour: 0x91, status_b: 0, ..BCD_24 }, "1999-12-31T23:59:58");
        let binary = Registers { second: 58, minute: 59, day: 31, month: 12, ..BCD_24 };
        let binary = Registers { year: 99, century: Some(19), ..binary };
        shows(
            Registers { hour: 23, status_b: B_BINARY | B_24_HOURS, ..binary },
            "1999-12-31T23:59:58",
        );
        shows(Registers { hour: 11 | PM, status_b: B_BINARY, ..binary }, "1999-12-31T23:59:58");
        // Noon and midnight are where 12-hour clocks are odd.
        shows(Registers { hour: 0x12, status_b: 0, ..BCD_24 }, "1999-12-31T00:59:58");
        shows(Registers { hour: 0x92, status_b: 0, ..BCD_24 }, "1999-12-31T12:59:58");
    }

    #[test]
    fn the_century_and_what_to_do_without() {
        shows(Registers { century: Some(0x20), ..BCD_24 }, "2099-12-31T23:59:58");
        for century in [None, Some(0), Some(0xff)] {
            shows(Registers { century, ..BCD_24 }, "1999-12-31T23:59:58");
            shows(Registers { century, year: 0x26, ..BCD_24 }, "2026-12-31T23:59:58");
        }
    }

    #[test]
    fn nonsense_is_refused_in_words() {
        let all = Registers {
            second: 0xff,
            minute: 0xff,
            hour: 0xff,
            day: 0xff,
            month: 0xff,
            year: 0xff,
            century: Some(0xff),
            status_b: 0xff,
            status_d: 0xff,
        };
        shows(all, "every register reads 0xff: there is no clock");
        let held = Registers { status_b: B_SET | B_24_HOURS, status_d: D_VALID, ..all };
        shows(held, "a register reads 0xff, which is not BCD");
        shows(Registers { month: 0x13, ..BCD_24 }, "there is no month 13");
        shows(Registers { day: 0x45, ..BCD_24 }, "there is no day 45");
        shows(Registers { second: 0x99, ..BCD_24 }, "there is no second 99");
        shows(Registers { hour: 0x13, status_b: 0, ..BCD_24 }, "a 12-hour clock has no hour 13");
        shows(Registers { hour: 0x00, status_b: 0, ..BCD_24 }, "a 12-hour clock has no hour 0");
        shows(
            Registers { status_d: 0, ..BCD_24 },
            "its battery has been flat (VRT is 0 in register D)",
        );
        shows(
            Registers { status_b: B_SET | B_24_HOURS, ..BCD_24 },
            "it is held, to be set (SET is 1 in register B)",
        );
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_a_value(
            [second, minute, hour, day, month, year, status_b, status_d]: [u8; 8],
            century: Option<u8>,
        ) {
            let registers = Registers {
                second, minute, hour, day, month, year, century, status_b, status_d,
            };
            match registers.decode() {
                Ok(time) => prop_assert_eq!(time.to_string().len(), 19),
                Err(why) => prop_assert!(!why.to_string().is_empty()),
            }
        }
    }
}
