//! An entry of the local vector table (11.5.1): what one local source does.

use super::{Delivery, Mask, Polarity, Trigger};
use core::fmt;

const SEND_PENDING: u32 = 1 << 12;
const ACTIVE_LOW: u32 = 1 << 13;
const REMOTE_IRR: u32 = 1 << 14;
const LEVEL: u32 = 1 << 15;
const MASKED: u32 = 1 << 16;

/// Which register it is: not every entry has every field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The timer: a mode instead of a delivery.
    Timer,
    /// LINT0 and LINT1: everything.
    Pin,
    /// Error: a vector and a mask.
    Error,
    /// Performance counters, thermal sensor, corrected machine checks.
    Other,
}

/// How the timer counts (11.5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerMode {
    /// Down to zero, once.
    OneShot,
    /// Down to zero, and again.
    Periodic,
    /// Not at all: until the time-stamp counter reaches a value.
    TscDeadline,
    /// A code that the manual reserves.
    Reserved,
}

impl TimerMode {
    /// Bits 17 and 18 of the entry.
    #[must_use]
    pub const fn from_bits(entry: u32) -> Self {
        match entry >> 17 & 3 {
            0 => Self::OneShot,
            1 => Self::Periodic,
            2 => Self::TscDeadline,
            _ => Self::Reserved,
        }
    }

    /// As bits 17 and 18 of the entry.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::OneShot => 0,
            Self::Periodic => 1 << 17,
            Self::TscDeadline => 2 << 17,
            Self::Reserved => 3 << 17,
        }
    }
}

impl fmt::Display for TimerMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::OneShot => "one-shot",
            Self::Periodic => "periodic",
            Self::TscDeadline => "TSC-deadline",
            Self::Reserved => "reserved mode",
        })
    }
}

/// An entry, for reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LvtEntry {
    /// Which register it came from.
    pub kind: Kind,
    /// What the register said.
    pub bits: u32,
}

impl LvtEntry {
    /// The interrupt vector.
    #[must_use]
    pub const fn vector(self) -> u8 {
        self.bits as u8
    }

    /// How it reaches the processor; the timer and errors are always fixed.
    #[must_use]
    pub const fn delivery(self) -> Delivery {
        match self.kind {
            Kind::Timer | Kind::Error => Delivery::Fixed,
            Kind::Pin | Kind::Other => Delivery::from_bits(self.bits >> 8),
        }
    }

    /// Whether it is let through.
    #[must_use]
    pub const fn mask(self) -> Mask {
        if self.bits & MASKED != 0 { Mask::Masked } else { Mask::Open }
    }
}

/// As `vector 0xf0 periodic, masked` or `NMI, edge high, open`.
impl fmt::Display for LvtEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, self.delivery()) {
            (Kind::Timer, _) => {
                write!(f, "vector {:#04x}, {}", self.vector(), TimerMode::from_bits(self.bits))?;
            }
            (_, Delivery::Fixed) => write!(f, "vector {:#04x}", self.vector())?,
            (_, other) => write!(f, "{other}")?,
        }
        if self.kind == Kind::Pin {
            let level = if self.bits & LEVEL != 0 { Trigger::Level } else { Trigger::Edge };
            let low = self.bits & ACTIVE_LOW != 0;
            let polarity = if low { Polarity::ActiveLow } else { Polarity::ActiveHigh };
            write!(f, ", {level} {polarity}")?;
        }
        write!(f, ", {}", self.mask())?;
        if self.bits & SEND_PENDING != 0 {
            f.write_str(", send pending")?;
        }
        if self.kind == Kind::Pin && self.bits & REMOTE_IRR != 0 {
            f.write_str(", remote IRR")?;
        }
        Ok(())
    }
}

/// A pin that is an NMI or the 8259's, as LINT0 and LINT1 are.
#[must_use]
pub const fn pin(delivery: Delivery, polarity: Polarity, trigger: Trigger) -> u32 {
    let low = if matches!(polarity, Polarity::ActiveLow) { ACTIVE_LOW } else { 0 };
    // NMI and ExtINT are edge and level by themselves (11.5.1); only a fixed
    // interrupt listens to the bit.
    let level = if matches!(trigger, Trigger::Level) && matches!(delivery, Delivery::Fixed) {
        LEVEL
    } else {
        0
    };
    delivery.bits() << 8 | low | level
}

/// The value of the timer's divide configuration register for a division by
/// `by`: 1, 2, 4 ... 128 (11.5.4).
#[must_use]
pub const fn divide_bits(by: u8) -> Option<u32> {
    match by {
        1 => Some(0b1011),
        2 => Some(0b0000),
        4 => Some(0b0001),
        8 => Some(0b0010),
        16 => Some(0b0011),
        32 => Some(0b1000),
        64 => Some(0b1001),
        128 => Some(0b1010),
        _ => None,
    }
}

/// What the divide configuration register divides by.
#[must_use]
pub const fn divided_by(register: u32) -> u8 {
    match register & 3 | register >> 1 & 4 {
        7 => 1,
        code => 2 << code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_say_what_they_do() {
        let say = |kind, bits| LvtEntry { kind, bits }.to_string();
        assert_eq!(say(Kind::Timer, 0x200f0), "vector 0xf0, periodic, open");
        assert_eq!(say(Kind::Timer, 0x1_0000), "vector 0x00, one-shot, masked");
        assert_eq!(say(Kind::Pin, 0x700), "ExtINT, edge high, open");
        assert_eq!(
            say(Kind::Pin, 0x3000 | 0xc400),
            "NMI, level low, open, send pending, remote IRR"
        );
        assert_eq!(say(Kind::Error, 0xf1), "vector 0xf1, open");
        assert_eq!(pin(Delivery::Nmi, Polarity::ActiveLow, Trigger::Level), 0x2400);
    }

    #[test]
    fn division_goes_both_ways() {
        for by in [1, 2, 4, 8, 16, 32, 64, 128] {
            assert_eq!(divide_bits(by).map(divided_by), Some(by));
        }
        assert_eq!(divide_bits(3), None);
    }
}
