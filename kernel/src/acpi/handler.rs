//! What the `acpi` crate may ask of this machine.
//!
//! The crate's `Handler` cannot fail, and asks for more than reading tables
//! needs: registers, PCI configuration, a clock and mutexes are for AML. The
//! clock is handed in by `lib.rs`, because time stands to the right of ACPI.
//! For trying out damaged AML there is a handler that reaches nothing.

use super::map;
use super::pci::Config;
use super::view::FRAME_BYTES;
use crate::cpu::port::Port;
use crate::memory::{Caching, hhdm, mmio};
use acpi::aml::AmlError;
use acpi::{Handle, PciAddress, PhysicalMapping};
use core::ptr::NonNull;
use spin::Once;
use valhalla_core::pci::{Address, ConfigSpace};
use x86_64::structures::port::{PortRead, PortWrite};

/// The handler: it knows where our own root table is, which is RAM and so
/// reached through the direct map; all else is mapped as a device is.
#[derive(Clone, Copy, Debug)]
pub struct Handler {
    root_frame: u64,
    reach: Reach,
}

/// What AML can touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The machine: registers, ports, PCI.
    Machine,
    /// Nothing: all reads as ones, and what is written is gone.
    Nothing,
}

/// The clock that AML's timers and waits go by: nanoseconds since boot.
static CLOCK: Once<fn() -> u64> = Once::new();

/// Hands in the clock. A later one is not taken.
pub fn set_clock(now_ns: fn() -> u64) {
    CLOCK.call_once(|| now_ns);
}

fn now_ns() -> u64 {
    CLOCK.get().map_or(0, |now_ns| now_ns())
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
        Self { root_frame, reach: Reach::Machine }
    }

    /// The same for AML that is only tried.
    pub(super) const fn with_reach(self, reach: Reach) -> Self {
        Self { reach, ..self }
    }

    fn reaches(&self) -> bool {
        self.reach == Reach::Machine
    }

    fn is_in_root_frame(&self, start: u64, length: usize) -> bool {
        let end = start.saturating_add(length as u64);
        self.root_frame <= start && end <= self.root_frame.saturating_add(FRAME_BYTES as u64)
    }

    /// Reads a register in memory.
    fn read<T: Copy>(&self, address: usize, nothing: T) -> T {
        let mapping =
            self.reaches().then(|| map::aml_memory(address as u64, size_of::<T>() as u64));
        match mapping.flatten() {
            // SAFETY: enough bytes for a `T` are mapped, which is an integer
            // here; the crate asks for its own alignment.
            Some(register) => unsafe { register.start().cast::<T>().as_ptr().read_unaligned() },
            None => nothing,
        }
    }

    /// Writes a register in memory.
    fn write<T>(&self, address: usize, value: T) {
        let mapping =
            self.reaches().then(|| map::aml_memory(address as u64, size_of::<T>() as u64));
        if let Some(register) = mapping.flatten() {
            // SAFETY: as in `read`; that writing is right is for the firmware
            // to know, whose AML asked for it.
            unsafe { register.start().cast::<T>().as_ptr().write_unaligned(value) };
        }
    }

    fn read_port<T: PortRead>(&self, port: u16, nothing: T) -> T {
        if !self.reaches() {
            return nothing;
        }
        // SAFETY: port access moves no memory of ours; that this port is right
        // is for the firmware's tables to know.
        unsafe { Port::<T>::new(port).read() }
    }

    fn write_port<T: PortWrite>(&self, port: u16, value: T) {
        if self.reaches() {
            // SAFETY: as in `read_port`.
            unsafe { Port::<T>::new(port).write(value) }
        }
    }

    /// The function that AML means; `None` for one that cannot be, which reads
    /// as all ones, as PCI answers where no device is.
    fn function(&self, address: PciAddress) -> Option<Address> {
        let (device, function) = (address.device(), address.function());
        let address = Address::new(address.segment(), address.bus(), device, function);
        address.filter(|_| self.reaches())
    }
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
        self.read(address, u8::MAX)
    }
    fn read_u16(&self, address: usize) -> u16 {
        self.read(address, u16::MAX)
    }
    fn read_u32(&self, address: usize) -> u32 {
        self.read(address, u32::MAX)
    }
    fn read_u64(&self, address: usize) -> u64 {
        self.read(address, u64::MAX)
    }
    fn write_u8(&self, address: usize, value: u8) {
        self.write(address, value);
    }
    fn write_u16(&self, address: usize, value: u16) {
        self.write(address, value);
    }
    fn write_u32(&self, address: usize, value: u32) {
        self.write(address, value);
    }
    fn write_u64(&self, address: usize, value: u64) {
        self.write(address, value);
    }

    fn read_io_u8(&self, port: u16) -> u8 {
        self.read_port(port, u8::MAX)
    }
    fn read_io_u16(&self, port: u16) -> u16 {
        self.read_port(port, u16::MAX)
    }
    fn read_io_u32(&self, port: u16) -> u32 {
        self.read_port(port, u32::MAX)
    }
    fn write_io_u8(&self, port: u16, value: u8) {
        self.write_port(port, value);
    }
    fn write_io_u16(&self, port: u16, value: u16) {
        self.write_port(port, value);
    }
    fn write_io_u32(&self, port: u16, value: u32) {
        self.write_port(port, value);
    }

    fn read_pci_u8(&self, address: PciAddress, offset: u16) -> u8 {
        self.function(address).map_or(u8::MAX, |function| Config.read_u8(function, offset))
    }
    fn read_pci_u16(&self, address: PciAddress, offset: u16) -> u16 {
        self.function(address).map_or(u16::MAX, |function| Config.read_u16(function, offset))
    }
    fn read_pci_u32(&self, address: PciAddress, offset: u16) -> u32 {
        self.function(address).map_or(u32::MAX, |function| Config.read_u32(function, offset))
    }
    fn write_pci_u8(&self, address: PciAddress, offset: u16, value: u8) {
        self.function(address).into_iter().for_each(|at| Config.write_u8(at, offset, value));
    }
    fn write_pci_u16(&self, address: PciAddress, offset: u16, value: u16) {
        self.function(address).into_iter().for_each(|at| Config.write_u16(at, offset, value));
    }
    fn write_pci_u32(&self, address: PciAddress, offset: u16, value: u32) {
        self.function(address).into_iter().for_each(|at| Config.write_u32(at, offset, value));
    }

    fn nanos_since_boot(&self) -> u64 {
        now_ns()
    }

    fn stall(&self, microseconds: u64) {
        if self.reaches() {
            pause(microseconds.min(MAX_STALL_US));
        }
    }

    /// The guarded call around AML ends a sleep that is too long; a clock that
    /// stands still ends it as well.
    fn sleep(&self, milliseconds: u64) {
        let (began, wanted) = (now_ns(), milliseconds.saturating_mul(1_000_000));
        let mut rounds = milliseconds.saturating_mul(1000);
        while self.reaches() && rounds > 0 && now_ns().saturating_sub(began) < wanted {
            pause_us();
            rounds -= 1;
        }
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
