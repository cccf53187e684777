//! Configuration by ports: an address in one, data through the other.
//!
//! Reaches 256 bytes of each function of segment 0 (PCI Local Bus Specification
//! 3.0, 3.2.2.3.2). The two ports belong together: whoever uses them holds the
//! lock of the parent module.

use super::Value;
use crate::cpu::port::Port;
use valhalla_core::pci::Address;
use valhalla_core::pci::config::PLAIN_BYTES;
use x86_64::structures::port::{PortRead, PortWrite};

const ADDRESS: Port<u32> = Port::new(0xcf8);
const DATA: u16 = 0xcfc;
/// Address register: accesses to the data port are configuration cycles.
const ENABLE: u32 = 1 << 31;

/// The two ports, on a machine that has them.
#[derive(Debug)]
pub(super) struct Ports(());

impl Ports {
    /// Looks for the address register, which keeps what is written to it, and
    /// for any device on bus 0: a port that merely keeps a value is no PCI.
    pub(super) fn find() -> Option<Self> {
        // SAFETY: where there is PCI these ports are its; elsewhere no device
        // of a PC has a register of 32 bits there, and the value is put back.
        let keeps = unsafe {
            let before = ADDRESS.read();
            ADDRESS.write(ENABLE);
            let keeps = ADDRESS.read() == ENABLE;
            ADDRESS.write(before);
            keeps
        };
        let ports = Self(());
        let answers =
            |function| !matches!(ports.read::<u32>(function, 0), None | Some(0 | u32::MAX));
        (keeps && Address::devices(0, 0).any(answers)).then_some(ports)
    }

    /// Reads a register; `None` where ports do not reach.
    pub(super) fn read<T: Value + PortRead>(&self, function: Address, offset: u16) -> Option<T> {
        let data = select::<T>(function, offset)?;
        // SAFETY: configuration cycles move no memory; reading a register of
        // this kind has no effect beside the device's own.
        Some(unsafe { Port::<T>::new(data).read() })
    }

    /// Writes a register; `None` where ports do not reach.
    pub(super) fn write<T: Value + PortWrite>(
        &self,
        function: Address,
        offset: u16,
        value: T,
    ) -> Option<()> {
        let data = select::<T>(function, offset)?;
        // SAFETY: as in `read`; what the value does to the device is for the
        // caller to know.
        unsafe { Port::<T>::new(data).write(value) };
        Some(())
    }
}

/// Chooses the register, and says through which port it is reached.
fn select<T>(function: Address, offset: u16) -> Option<u16> {
    let aligned = offset.is_multiple_of(size_of::<T>() as u16);
    if function.segment() != 0 || offset >= PLAIN_BYTES || !aligned {
        return None;
    }
    let place = u32::from(function.bus()) << 16 | u32::from(function.place()) << 8;
    // SAFETY: the address register, by itself, changes nothing.
    unsafe { ADDRESS.write(ENABLE | place | u32::from(offset & !3)) };
    Some(DATA + (offset & 3))
}
