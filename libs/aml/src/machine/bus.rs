//! Accesses to hardware: a region's words through the right door.

use super::Machine;
use crate::error::Fault;
use crate::hardware::{HardwareFault, PciAddress, Width};
use crate::heap::Handle;
use crate::namespace::NodeId;
use crate::object::Object;
use crate::region::Space;

/// Where a region's words are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    door: Door,
    /// Start of the region in its space.
    start: u64,
    /// Length of the region.
    length: u64,
}

#[derive(Clone, Copy, Debug)]
enum Door {
    Memory,
    Ports,
    Pci(PciAddress),
    Embedded,
    Cmos,
    Table(Handle),
    Other(Space),
}

impl Machine<'_> {
    /// Finds a region's words; for PCI this may evaluate names of its devices.
    pub(super) fn target(&mut self, node: NodeId) -> Result<Target, Fault> {
        let Object::Region(region) = self.state.names.object(node)? else {
            return Err(Fault::Type { wanted: "an operation region", found: "something else" });
        };
        let (space, start, length) = (region.space, region.offset, region.length);
        let door = match (space, region.pci, region.table) {
            (_, _, Some(handle)) => Door::Table(handle),
            (Space::MEMORY, ..) => Door::Memory,
            (Space::IO, ..) => Door::Ports,
            (Space::PCI_CONFIG, Some(address), _) => Door::Pci(address),
            (Space::PCI_CONFIG, None, _) => Door::Pci(self.pci_address(node)?),
            (Space::EMBEDDED_CONTROL, ..) => Door::Embedded,
            (Space::CMOS, ..) => Door::Cmos,
            (other, ..) => Door::Other(other),
        };
        Ok(Target { door, start, length })
    }

    /// The address of an access, if all of it is in the region.
    fn address(target: &Target, offset: u64, width: Width) -> Result<u64, Fault> {
        let end = offset.saturating_add(u64::from(width.bytes()));
        if end > target.length {
            return Err(Fault::RegionLimit { end, length: target.length });
        }
        target.start.checked_add(offset).ok_or(Fault::RegionLimit { end, length: target.length })
    }

    pub(super) fn read_target(
        &mut self,
        target: &Target,
        offset: u64,
        width: Width,
    ) -> Result<u64, Fault> {
        let address = Self::address(target, offset, width)?;
        let value = match target.door {
            Door::Memory => self.hardware.read_memory(address, width)?,
            Door::Ports => self.read_ports(address, width)?,
            Door::Pci(function) => {
                self.hardware.read_pci(function, pci_offset(address, width)?, width)?
            }
            Door::Embedded => self.read_bytes(address, width, Self::read_ec_byte)?,
            Door::Cmos => self.read_bytes(address, width, |machine, offset| {
                Ok(machine.hardware.read_cmos(offset)?)
            })?,
            Door::Table(handle) => self.read_table(handle, address, width)?,
            Door::Other(space) => self.hardware.read_space(space.name(), address, width)?,
        };
        Ok(value)
    }

    pub(super) fn write_target(
        &mut self,
        target: &Target,
        offset: u64,
        width: Width,
        value: u64,
    ) -> Result<(), Fault> {
        let address = Self::address(target, offset, width)?;
        match target.door {
            Door::Memory => self.hardware.write_memory(address, width, value)?,
            Door::Ports => self.write_ports(address, width, value)?,
            Door::Pci(function) => {
                self.hardware.write_pci(function, pci_offset(address, width)?, width, value)?;
            }
            Door::Embedded => self.write_bytes(address, width, value, Self::write_ec_byte)?,
            Door::Cmos => self.write_bytes(address, width, value, |machine, offset, byte| {
                Ok(machine.hardware.write_cmos(offset, byte)?)
            })?,
            Door::Table(handle) => self.write_table(handle, address, width, value)?,
            Door::Other(space) => self.hardware.write_space(space.name(), address, width, value)?,
        }
        Ok(())
    }

    /// Reads ports; eight bytes as two accesses, since ports have no more than four.
    fn read_ports(&mut self, address: u64, width: Width) -> Result<u64, Fault> {
        if width == Width::QWord {
            let low = self.hardware.read_port(port(address, Width::DWord)?, Width::DWord)?;
            let high = port(address.saturating_add(4), Width::DWord)?;
            let high = self.hardware.read_port(high, Width::DWord)?;
            return Ok((low & 0xFFFF_FFFF) | (high << 32));
        }
        Ok(self.hardware.read_port(port(address, width)?, width)?)
    }

    fn write_ports(&mut self, address: u64, width: Width, value: u64) -> Result<(), Fault> {
        if width == Width::QWord {
            let low = port(address, Width::DWord)?;
            let high = port(address.saturating_add(4), Width::DWord)?;
            self.hardware.write_port(low, Width::DWord, value & 0xFFFF_FFFF)?;
            return Ok(self.hardware.write_port(high, Width::DWord, value >> 32)?);
        }
        Ok(self.hardware.write_port(port(address, width)?, width, value)?)
    }

    /// Reads a word of a space that has bytes only.
    fn read_bytes(
        &mut self,
        address: u64,
        width: Width,
        read: impl Fn(&mut Self, u8) -> Result<u8, Fault>,
    ) -> Result<u64, Fault> {
        let mut value = 0;
        for position in (0..width.bytes()).rev() {
            let byte = read(self, byte_offset(address, position)?)?;
            value = (value << 8) | u64::from(byte);
        }
        Ok(value)
    }

    /// Writes a word of a space that has bytes only.
    fn write_bytes(
        &mut self,
        address: u64,
        width: Width,
        value: u64,
        write: impl Fn(&mut Self, u8, u8) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        for (position, byte) in (0..width.bytes()).zip(value.to_le_bytes()) {
            write(self, byte_offset(address, position)?, byte)?;
        }
        Ok(())
    }

    fn read_ec_byte(&mut self, offset: u8) -> Result<u8, Fault> {
        let ports = self.state.ec_ports;
        Ok(self.hardware.read_ec(ports, offset)?)
    }

    fn write_ec_byte(&mut self, offset: u8, value: u8) -> Result<(), Fault> {
        let ports = self.state.ec_ports;
        Ok(self.hardware.write_ec(ports, offset, value)?)
    }

    fn read_table(&self, handle: Handle, address: u64, width: Width) -> Result<u64, Fault> {
        let start = usize::try_from(address).unwrap_or(usize::MAX);
        let bytes = self.state.heap.bytes(handle)?;
        let rest = bytes.get(start..).unwrap_or_default();
        let word = rest.iter().take(width.bytes() as usize);
        Ok(word.rev().fold(0, |number, &byte| (number << 8) | u64::from(byte)))
    }

    /// Writes the copy of a table that a region has; the firmware's stays.
    fn write_table(
        &mut self,
        handle: Handle,
        address: u64,
        width: Width,
        value: u64,
    ) -> Result<(), Fault> {
        let start = usize::try_from(address).unwrap_or(usize::MAX);
        let bytes = self.state.heap.bytes_mut(handle)?;
        let rest = bytes.get_mut(start..).unwrap_or_default();
        let new = value.to_le_bytes().into_iter().take(width.bytes() as usize);
        rest.iter_mut().zip(new).for_each(|(old, new)| *old = new);
        Ok(())
    }
}

fn port(address: u64, width: Width) -> Result<u16, Fault> {
    let last = address.saturating_add(u64::from(width.bytes()).saturating_sub(1));
    match (u16::try_from(address), u16::try_from(last)) {
        (Ok(port), Ok(_)) => Ok(port),
        _ => Err(HardwareFault::Refused("a port above FFFFh").into()),
    }
}

fn pci_offset(address: u64, width: Width) -> Result<u16, Fault> {
    const EXTENDED_SPACE: u64 = 0x1000;
    let end = address.saturating_add(u64::from(width.bytes()));
    match u16::try_from(address) {
        Ok(offset) if end <= EXTENDED_SPACE => Ok(offset),
        _ => Err(HardwareFault::Refused("beyond a PCI function's configuration space").into()),
    }
}

fn byte_offset(address: u64, position: u32) -> Result<u8, Fault> {
    u8::try_from(address.saturating_add(u64::from(position)))
        .map_err(|_| HardwareFault::Refused("beyond the 256 bytes of the space").into())
}
