//! The words of the APIC: what its registers mean, bit by bit.
//!
//! Registers of the local APIC and the I/O APIC are decoded here from plain
//! numbers, and made from what they should say, so that the host tests both
//! directions. Who reads and writes them is the kernel's `interrupts` folder.
//!
//! | file | what |
//! | --- | --- |
//! | [`redirection`] | the I/O APIC's redirection table entries |
//! | [`lvt`] | the local vector table: timer, LINT0, LINT1, error and so on |
//! | [`esr`] | what the error status register counts |
//! | [`message`] | address and data of a message-signalled interrupt |
//!
//! Chapters are those of the Intel SDM Vol. 3A; "82093AA" is the I/O APIC's
//! data sheet.

pub mod esr;
pub mod lvt;
pub mod message;
pub mod redirection;

use core::fmt;

/// Which level of a line means "asserted".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Polarity {
    /// The high one, as on the ISA bus.
    #[default]
    ActiveHigh,
    /// The low one, as on PCI.
    ActiveLow,
}

impl fmt::Display for Polarity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::ActiveHigh => "high",
            Self::ActiveLow => "low",
        })
    }
}

/// What of a line interrupts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trigger {
    /// Becoming asserted, as on the ISA bus.
    #[default]
    Edge,
    /// Being asserted, as on PCI: again and again until the device lets go.
    Level,
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Edge => "edge",
            Self::Level => "level",
        })
    }
}

/// How an interrupt is delivered to the processor (11.5.1, 11.6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// With the vector of the entry.
    Fixed,
    /// With that vector, to whoever runs at the lowest priority.
    LowestPriority,
    /// As a system management interrupt.
    Smi,
    /// As a non-maskable interrupt.
    Nmi,
    /// As INIT.
    Init,
    /// As a start-up request to another processor.
    StartUp,
    /// As the 8259 says, which is asked for the vector.
    ExtInt,
    /// A code that the manual reserves.
    Reserved,
}

impl Delivery {
    /// The three bits of an entry.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        match bits & 7 {
            0 => Self::Fixed,
            1 => Self::LowestPriority,
            2 => Self::Smi,
            4 => Self::Nmi,
            5 => Self::Init,
            6 => Self::StartUp,
            7 => Self::ExtInt,
            _ => Self::Reserved,
        }
    }

    /// As the three bits of an entry.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::Fixed => 0,
            Self::LowestPriority => 1,
            Self::Smi => 2,
            Self::Reserved => 3,
            Self::Nmi => 4,
            Self::Init => 5,
            Self::StartUp => 6,
            Self::ExtInt => 7,
        }
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Fixed => "fixed",
            Self::LowestPriority => "lowest",
            Self::Smi => "SMI",
            Self::Nmi => "NMI",
            Self::Init => "INIT",
            Self::StartUp => "start-up",
            Self::ExtInt => "ExtINT",
            Self::Reserved => "reserved",
        })
    }
}

/// Whether an entry lets its interrupt through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mask {
    /// It does not.
    #[default]
    Masked,
    /// It does.
    Open,
}

impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Masked => "masked",
            Self::Open => "open",
        })
    }
}
