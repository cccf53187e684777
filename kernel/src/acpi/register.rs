//! Registers that the FADT describes: in port or in memory space.

use super::map;
use crate::cpu::port::Port;
use acpi::address::{AddressSpace, GenericAddress};
use core::ptr::NonNull;

/// The register is in an address space that cannot be written here (PCI
/// configuration, say), or at an address that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreachable;

/// A 16-bit register: PM1 control.
pub(super) enum Register16 {
    Port(Port<u16>),
    Memory(NonNull<u16>),
}

impl Register16 {
    pub(super) fn new(address: GenericAddress) -> Option<Self> {
        match address.address_space {
            AddressSpace::SystemIo => {
                let port = u16::try_from(address.address).ok().filter(|port| *port != 0)?;
                Some(Self::Port(Port::new(port)))
            }
            AddressSpace::SystemMemory if address.address.is_multiple_of(2) => {
                Some(Self::Memory(map::register(address.address, 2)?.leak().cast()))
            }
            _ => None,
        }
    }

    pub(super) fn read(&self) -> u16 {
        match self {
            // SAFETY: the FADT says that this is the PM1 control register,
            // which reads without effect.
            Self::Port(port) => unsafe { port.read() },
            // SAFETY: as above; two bytes are mapped, and aligned.
            Self::Memory(register) => unsafe { register.as_ptr().read_volatile() },
        }
    }

    pub(super) fn write(&self, value: u16) {
        match self {
            // SAFETY: the FADT says that this is the PM1 control register; it
            // moves no memory.
            Self::Port(port) => unsafe { port.write(value) },
            // SAFETY: as above; two bytes are mapped, and aligned.
            Self::Memory(register) => unsafe { register.as_ptr().write_volatile(value) },
        }
    }
}

/// Writes a byte register in port or memory space.
pub(super) fn write_u8(address: GenericAddress, value: u8) -> Result<(), Unreachable> {
    match address.address_space {
        AddressSpace::SystemIo => {
            let port = u16::try_from(address.address).map_err(|_| Unreachable)?;
            // SAFETY: the FADT says what this register is; a port moves no
            // memory of ours.
            unsafe { Port::<u8>::new(port).write(value) };
            Ok(())
        }
        AddressSpace::SystemMemory => {
            let register = map::register(address.address, 1).ok_or(Unreachable)?;
            // SAFETY: the byte is mapped, and the FADT says what it is.
            unsafe { register.start().as_ptr().write_volatile(value) };
            Ok(())
        }
        _ => Err(Unreachable),
    }
}
