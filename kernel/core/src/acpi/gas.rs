//! The Generic Address Structure: a register in any address space.
//!
//! Twelve bytes that say in which space a register lies, how wide it is and
//! where (ACPI 6.5, 5.2.3.2). Nothing is believed here; who uses one decides
//! which spaces it can reach.

use super::{u8_at, u64_at};
use core::fmt;

/// Bytes of the structure.
pub const LENGTH: usize = 12;

/// A register, as the firmware describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gas {
    /// Which address space.
    pub space: Space,
    /// Bits of the register.
    pub bit_width: u8,
    /// Where in the first byte it begins.
    pub bit_offset: u8,
    /// How to access it: 0 undefined, 1 byte, 2 word, 3 double word, 4 quad word.
    pub access_size: u8,
    /// Where, in that space.
    pub address: u64,
}

/// Address spaces that a register can lie in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// Physical memory.
    Memory,
    /// I/O ports.
    Port,
    /// PCI configuration, segment 0, bus 0.
    PciConfig,
    /// The processor's own: "functional fixed hardware".
    FixedHardware,
    /// Another one, by number.
    Other(u8),
}

impl Space {
    const fn from_number(number: u8) -> Self {
        match number {
            0 => Self::Memory,
            1 => Self::Port,
            2 => Self::PciConfig,
            0x7f => Self::FixedHardware,
            other => Self::Other(other),
        }
    }
}

impl Gas {
    /// Reads the structure at `offset`; `None` where the table ends before.
    #[must_use]
    pub fn parse(table: &[u8], offset: usize) -> Option<Self> {
        let bytes = table.get(offset..)?.get(..LENGTH)?;
        Some(Self {
            space: Space::from_number(u8_at(bytes, 0)?),
            bit_width: u8_at(bytes, 1)?,
            bit_offset: u8_at(bytes, 2)?,
            access_size: u8_at(bytes, 3)?,
            address: u64_at(bytes, 4)?,
        })
    }

    /// A register of so many bytes at a port, as the old 32-bit fields of the
    /// FADT mean it.
    #[must_use]
    pub const fn port(address: u32, bytes: u8) -> Self {
        Self {
            space: Space::Port,
            bit_width: bytes.saturating_mul(8),
            bit_offset: 0,
            access_size: 0,
            address: address as u64,
        }
    }

    /// Whether it says anything: an address of zero means "not there".
    #[must_use]
    pub const fn is_there(&self) -> bool {
        self.address != 0
    }

    /// The register `bytes` further on, in the same space.
    #[must_use]
    pub const fn at_offset(self, bytes: u64) -> Self {
        Self { address: self.address.wrapping_add(bytes), ..self }
    }
}

impl fmt::Display for Gas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_there() {
            return f.write_str("none");
        }
        match self.space {
            Space::Memory => write!(f, "memory {:#x}", self.address)?,
            Space::Port => write!(f, "port {:#x}", self.address)?,
            Space::PciConfig => write!(
                f,
                "PCI configuration of 00:{:02x}.{:x}, offset {:#x}",
                self.address >> 32 & 0xffff,
                self.address >> 16 & 0xffff,
                self.address & 0xffff
            )?,
            Space::FixedHardware => write!(f, "fixed hardware {:#x}", self.address)?,
            Space::Other(number) => write!(f, "space {number:#04x}, {:#x}", self.address)?,
        }
        if self.bit_width != 0 {
            write!(f, ", {} bits", self.bit_width)?;
        }
        if self.bit_offset != 0 {
            write!(f, " from bit {}", self.bit_offset)?;
        }
        Ok(())
    }
}
