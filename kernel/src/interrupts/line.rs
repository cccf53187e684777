//! Names of wires: a line of the ISA bus, a pin of an I/O APIC, or both at once.

use core::fmt;
use valhalla_core::apic::{Polarity, Trigger};

/// Number of ISA lines.
pub(super) const ISA_LINES: usize = 16;

/// An ISA interrupt line, 0 to 15.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IsaIrq(u8);

impl IsaIrq {
    /// The interval timer.
    pub const TIMER: Self = Self(0);
    /// The keyboard.
    pub const KEYBOARD: Self = Self(1);
    /// The second and the fourth serial port.
    pub const COM2: Self = Self(3);
    /// The first and the third serial port.
    pub const COM1: Self = Self(4);
    /// The real-time clock.
    pub const RTC: Self = Self(8);
    /// The mouse.
    pub const MOUSE: Self = Self(12);

    /// Returns the line of this number, if there is one.
    #[must_use]
    pub const fn new(line: u8) -> Option<Self> {
        if (line as usize) < ISA_LINES { Some(Self(line)) } else { None }
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// All sixteen.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..ISA_LINES as u8).map(Self)
    }
}

impl fmt::Display for IsaIrq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IRQ {}", self.0)
    }
}

/// A global system interrupt: the number that ACPI gives to every pin of every
/// I/O APIC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gsi(pub u32);

impl fmt::Display for Gsi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GSI {}", self.0)
    }
}

/// A line: where a device's wire ends, in the terms of both controllers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The line of the ISA bus that it is, if it is one.
    pub isa: Option<IsaIrq>,
    /// The pin of an I/O APIC, if it reaches one.
    pub gsi: Option<Gsi>,
    /// Which level asserts it.
    pub polarity: Polarity,
    /// What of it interrupts.
    pub trigger: Trigger,
}

impl Line {
    /// Returns true when both are the same wire.
    pub(super) fn is(&self, other: &Self) -> bool {
        (self.isa.is_some() && self.isa == other.isa)
            || (self.gsi.is_some() && self.gsi == other.gsi)
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.isa, self.gsi) {
            (Some(irq), _) => write!(f, "{irq}"),
            (None, Some(gsi)) => write!(f, "{gsi}"),
            (None, None) => f.write_str("a line"),
        }
    }
}
