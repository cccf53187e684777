//! What the `acpi` crate may ask of this machine.
//!
//! The crate's `Handler` cannot fail, and asks for more than reading tables
//! needs: PCI configuration, a clock and mutexes are for AML. Clock and mutexes
//! answer as an empty machine would, and say so below: no AML runs yet.

use super::map;
use super::pci::Config;
use super::view::FRAME_BYTES;
use crate::cpu::port::Port;
use crate::memory::{Caching, hhdm, mmio};
use acpi::aml::AmlError;
use acpi::{Handle, PciAddress, PhysicalMapping};
use core::ptr::NonNull;
use valhalla_core::pci::{Address, ConfigSpace};

/// The handler: it knows where our own root table is, which is RAM and so
/// reached through the direct map; all else is mapped as a device is.
#[derive(Clone, Copy, Debug)]
pub struct Handler {
    root_frame: u64,
}

/// The longest [`stall`](acpi::Handler::stall), in microseconds. Firmware
/// should not ask for more than 100.
const MAX_STALL_US: u64 = 100_000;

/// Reads a byte through a port that no device uses, which takes about a
/// microsecond: the bus is that slow.
pub(super) fn pause_us() {
    // SAFETY: port 0x80 shows POST codes; reading it has no effect.
    unsafe { Port::<u8>::new(0x80).read() };
}

/// Waits for about so many microseconds, without a clock.
pub(super) fn pause(microseconds: u64) {
    (0..microseconds).for_each(|_| pause_us());
}

impl Handler {
    pub(super) const fn with_root_frame(root_frame: u64) -> Self {
        Self { root_frame }
    }

    fn is_in_root_frame(&self, start: u64, length: usize) -> bool {
        let end = start.saturating_add(length as u64);
        self.root_frame <= start && end <= self.root_frame.saturating_add(FRAME_BYTES as u64)
    }

    /// Reads a register in memory.
    fn read<T: Copy>(address: usize, nothing: T) -> T {
        match map::register(address as u64, size_of::<T>() as u64) {
            // SAFETY: `register` mapped enough bytes for a `T`, which is an
            // integer here; the crate asks for its own alignment.
            Some(register) => unsafe { register.start().cast::<T>().as_ptr().read_unaligned() },
            None => nothing,
        }
    }

    /// Writes a register in memory.
    fn write<T>(address: usize, value: T) {
        if let Some(register) = map::register(address as u64, size_of::<T>() as u64) {
            // SAFETY: as in `read`; that writing is right is for the firmware
            // to know, whose AML asked for it.
            unsafe { register.start().cast::<T>().as_ptr().write_unaligned(value) };
        }
    }
}

/// The function that AML means; `None` for one that cannot be, which reads as
/// all ones, as PCI answers where no device is.
fn function(address: PciAddress) -> Option<Address> {
    Address::new(address.segment(), address.bus(), address.device(), address.function())
}

impl acpi::Handler for Handler {
    /// Tables that the crate may see were mapped before, and mapping the same
    /// pages again cannot fail: a failure is a bug of ours, hence the panic.
    unsafe fn map_physical_region<T>(
        &self,
        address: usize,
        size: usize,
    ) -> PhysicalMapping<Self, T> {
        // The crate maps a table by its own length and may overlay a longer
        // struct: the rest of the struct must be there, whatever is in it.
        let length = size.max(size_of::<T>());
        let start = if self.is_in_root_frame(address as u64, length) {
            NonNull::new(hhdm::pointer(address as u64))
        } else {
            let mapping = mmio::map(address as u64, length as u64, Caching::WriteBack, map::TABLES);
            mapping.ok().map(mmio::Mapping::leak)
        };
        let Some(start) = start else {
            panic!("the acpi crate asked for {length} bytes at {address:#x}, which no table has")
        };
        PhysicalMapping {
            physical_start: address,
            virtual_start: start.cast::<T>(),
            region_length: size,
            mapped_length: length,
            handler: *self,
        }
    }

    fn unmap_physical_region<T>(region: &PhysicalMapping<Self, T>) {
        // Our own frame is not in the list of mappings, and not released.
        mmio::release(region.virtual_start.cast());
    }

    fn read_u8(&self, address: usize) -> u8 {
        Self::read(address, u8::MAX)
    }
    fn read_u16(&self, address: usize) -> u16 {
        Self::read(address, u16::MAX)
    }
    fn read_u32(&self, address: usize) -> u32 {
        Self::read(address, u32::MAX)
    }
    fn read_u64(&self, address: usize) -> u64 {
        Self::read(address, u64::MAX)
    }
    fn write_u8(&self, address: usize, value: u8) {
        Self::write(address, value);
    }
    fn write_u16(&self, address: usize, value: u16) {
        Self::write(address, value);
    }
    fn write_u32(&self, address: usize, value: u32) {
        Self::write(address, value);
    }
    fn write_u64(&self, address: usize, value: u64) {
        Self::write(address, value);
    }

    fn read_io_u8(&self, port: u16) -> u8 {
        // SAFETY: port access moves no memory of ours; that this port is right
        // is for the firmware's tables to know. The same holds for the next five.
        unsafe { Port::<u8>::new(port).read() }
    }
    fn read_io_u16(&self, port: u16) -> u16 {
        // SAFETY: as in `read_io_u8`.
        unsafe { Port::<u16>::new(port).read() }
    }
    fn read_io_u32(&self, port: u16) -> u32 {
        // SAFETY: as in `read_io_u8`.
        unsafe { Port::<u32>::new(port).read() }
    }
    fn write_io_u8(&self, port: u16, value: u8) {
        // SAFETY: as in `read_io_u8`.
        unsafe { Port::<u8>::new(port).write(value) }
    }
    fn write_io_u16(&self, port: u16, value: u16) {
        // SAFETY: as in `read_io_u8`.
        unsafe { Port::<u16>::new(port).write(value) }
    }
    fn write_io_u32(&self, port: u16, value: u32) {
        // SAFETY: as in `read_io_u8`.
        unsafe { Port::<u32>::new(port).write(value) }
    }

    fn read_pci_u8(&self, address: PciAddress, offset: u16) -> u8 {
        function(address).map_or(u8::MAX, |function| Config.read_u8(function, offset))
    }
    fn read_pci_u16(&self, address: PciAddress, offset: u16) -> u16 {
        function(address).map_or(u16::MAX, |function| Config.read_u16(function, offset))
    }
    fn read_pci_u32(&self, address: PciAddress, offset: u16) -> u32 {
        function(address).map_or(u32::MAX, |function| Config.read_u32(function, offset))
    }
    fn write_pci_u8(&self, address: PciAddress, offset: u16, value: u8) {
        function(address).into_iter().for_each(|at| Config.write_u8(at, offset, value));
    }
    fn write_pci_u16(&self, address: PciAddress, offset: u16, value: u16) {
        function(address).into_iter().for_each(|at| Config.write_u16(at, offset, value));
    }
    fn write_pci_u32(&self, address: PciAddress, offset: u16, value: u32) {
        function(address).into_iter().for_each(|at| Config.write_u32(at, offset, value));
    }

    /// Not there yet: only AML's timers ask, and no AML runs.
    fn nanos_since_boot(&self) -> u64 {
        0
    }

    fn stall(&self, microseconds: u64) {
        pause(microseconds.min(MAX_STALL_US));
    }

    fn sleep(&self, milliseconds: u64) {
        self.stall(milliseconds.saturating_mul(1000));
    }

    // One thread runs: a mutex is always free.
    fn create_mutex(&self) -> Handle {
        Handle(0)
    }
    fn acquire(&self, _: Handle, _: u16) -> Result<(), AmlError> {
        Ok(())
    }
    fn release(&self, _: Handle) {}
}
