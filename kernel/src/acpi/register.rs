//! Registers that the FADT describes: in port, memory or PCI space.

use super::map;
use super::pci::Config;
use crate::cpu::port::Port;
use core::ptr::with_exposed_provenance_mut;
use valhalla_core::acpi::gas::{Gas, Space};
use valhalla_core::pci::{Address, ConfigSpace};

/// A register that can be reached. Memory stays mapped for good.
#[derive(Clone, Copy, Debug)]
pub(super) struct Register(Kind);

#[derive(Clone, Copy, Debug)]
enum Kind {
    Port(u16),
    Memory(usize),
    PciConfig(Address, u16),
}

impl Register {
    /// Finds the way to a register of `bytes` bytes; `None` for one in a space
    /// that cannot be reached, or at an address that makes no sense.
    pub(super) fn new(gas: Gas, bytes: u64) -> Option<Self> {
        if !gas.is_there() {
            return None;
        }
        let kind = match gas.space {
            Space::Port => Kind::Port(u16::try_from(gas.address).ok()?),
            Space::Memory if gas.address.is_multiple_of(bytes) => {
                let start = map::register(gas.address, bytes)?.leak();
                Kind::Memory(start.as_ptr().expose_provenance())
            }
            Space::PciConfig => {
                let device = u8::try_from(gas.address >> 32 & 0xffff).ok()?;
                let function = u8::try_from(gas.address >> 16 & 0xffff).ok()?;
                Kind::PciConfig(Address::new(0, 0, device, function)?, gas.address as u16)
            }
            _ => return None,
        };
        Some(Self(kind))
    }

    pub(super) fn read_u8(self) -> u8 {
        match self.0 {
            // SAFETY: the FADT says which register this is, and those that are
            // read here read without effect.
            Kind::Port(port) => unsafe { Port::new(port).read() },
            // SAFETY: as above; the byte is mapped for good.
            Kind::Memory(at) => unsafe { with_exposed_provenance_mut::<u8>(at).read_volatile() },
            Kind::PciConfig(function, offset) => Config.read_u8(function, offset),
        }
    }

    pub(super) fn write_u8(self, value: u8) {
        match self.0 {
            // SAFETY: the FADT says which register this is; a port moves no
            // memory of ours.
            Kind::Port(port) => unsafe { Port::new(port).write(value) },
            // SAFETY: as above; the byte is mapped for good.
            Kind::Memory(at) => unsafe {
                with_exposed_provenance_mut::<u8>(at).write_volatile(value);
            },
            Kind::PciConfig(function, offset) => Config.write_u8(function, offset, value),
        }
    }

    pub(super) fn read_u16(self) -> u16 {
        match self.0 {
            // SAFETY: as in `read_u8`.
            Kind::Port(port) => unsafe { Port::new(port).read() },
            // SAFETY: as in `read_u8`; two bytes are mapped, and aligned.
            Kind::Memory(at) => unsafe { with_exposed_provenance_mut::<u16>(at).read_volatile() },
            Kind::PciConfig(function, offset) => Config.read_u16(function, offset),
        }
    }

    pub(super) fn write_u16(self, value: u16) {
        match self.0 {
            // SAFETY: as in `write_u8`.
            Kind::Port(port) => unsafe { Port::new(port).write(value) },
            // SAFETY: as in `write_u8`; two bytes are mapped, and aligned.
            Kind::Memory(at) => unsafe {
                with_exposed_provenance_mut::<u16>(at).write_volatile(value);
            },
            Kind::PciConfig(function, offset) => Config.write_u16(function, offset, value),
        }
    }
}
