//! What the `acpi` crate may ask of this machine.
//!
//! The crate's `Handler` cannot fail, and asks for more than reading tables
//! needs: registers, PCI configuration, a clock and mutexes are for AML.
//! For trying out damaged AML there is a handler that reaches nothing.

use super::pci::Config;
use super::view::FRAME_BYTES;
use super::{facs, map};
use crate::cpu::elapsed;
use crate::cpu::port::Port;
use crate::memory::{Caching, hhdm, mmio};
use acpi::aml::AmlError;
use acpi::{Handle, PciAddress, PhysicalMapping};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
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

/// The mutex that is the firmware's, `\_GL`. The crate takes its first mutex for
/// it, spins while it is taken, by itself too, and never tells of its release: so
/// `\_GL` gets this one, and the crate's has no name.
pub(super) const GLOBAL_LOCK: Handle = Handle(0);

/// The function that the next access to PCI configuration space is for, as
/// `aml::regions` found it; [`NONE`] where it is not known.
static EXPECTED: AtomicU64 = AtomicU64::new(NONE);
const NONE: u64 = u64::MAX;

/// Whether an access was refused because its function is not known.
static REFUSED: AtomicBool = AtomicBool::new(false);

/// Says for which function the next access to PCI configuration space is.
pub(super) fn expect_pci(function: Address) {
    let [segment, bus] = [u64::from(function.segment()), u64::from(function.bus())];
    EXPECTED.store(segment << 16 | bus << 8 | u64::from(function.place()), Ordering::Relaxed);
}

/// Returns whether AML reached for a PCI function that is not known, since this was
/// asked before; and expects none from here on.
pub(super) fn refused_pci() -> bool {
    EXPECTED.store(NONE, Ordering::Relaxed);
    REFUSED.swap(false, Ordering::Relaxed)
}

/// The longest [`stall`](acpi::Handler::stall), in microseconds. Firmware
/// should not ask for more than 100.
const MAX_STALL_US: u64 = 100_000;

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

    /// The function that AML means; `None` for one that is not known: it reads as all
    /// ones, nothing is written, and [`refused_pci`] tells. What the crate makes up is
    /// not used: bus 0, and device 0 where it finds no `_ADR`.
    fn function(&self) -> Option<Address> {
        let expected = EXPECTED.swap(NONE, Ordering::Relaxed);
        if !self.reaches() {
            return None;
        }
        let segment = u16::try_from(expected >> 16).ok();
        let [place, bus, ..] = expected.to_le_bytes();
        let function = segment.and_then(|it| Address::new(it, bus, place >> 3, place & 7));
        REFUSED.fetch_or(function.is_none(), Ordering::Relaxed);
        function
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

    fn read_pci_u8(&self, _: PciAddress, offset: u16) -> u8 {
        self.function().map_or(u8::MAX, |function| Config.read_u8(function, offset))
    }
    fn read_pci_u16(&self, _: PciAddress, offset: u16) -> u16 {
        self.function().map_or(u16::MAX, |function| Config.read_u16(function, offset))
    }
    fn read_pci_u32(&self, _: PciAddress, offset: u16) -> u32 {
        self.function().map_or(u32::MAX, |function| Config.read_u32(function, offset))
    }
    fn write_pci_u8(&self, _: PciAddress, offset: u16, value: u8) {
        self.function().into_iter().for_each(|at| Config.write_u8(at, offset, value));
    }
    fn write_pci_u16(&self, _: PciAddress, offset: u16, value: u16) {
        self.function().into_iter().for_each(|at| Config.write_u16(at, offset, value));
    }
    fn write_pci_u32(&self, _: PciAddress, offset: u16, value: u32) {
        self.function().into_iter().for_each(|at| Config.write_u32(at, offset, value));
    }

    fn nanos_since_boot(&self) -> u64 {
        elapsed::now_ns()
    }

    fn stall(&self, microseconds: u64) {
        if self.reaches() {
            elapsed::stall(microseconds.min(MAX_STALL_US) * 1_000);
        }
    }

    /// The guarded call around AML ends a sleep that is too long.
    fn sleep(&self, milliseconds: u64) {
        if self.reaches() {
            elapsed::stall(milliseconds.saturating_mul(1_000_000));
        }
    }

    /// One question runs at a time and owns what it takes, so every mutex but the
    /// firmware's is free or its own already.
    fn create_mutex(&self) -> Handle {
        static NEXT: AtomicU32 = AtomicU32::new(GLOBAL_LOCK.0 + 1);
        Handle(NEXT.fetch_add(1, Ordering::Relaxed))
    }
    fn acquire(&self, mutex: Handle, timeout_ms: u16) -> Result<(), AmlError> {
        if mutex == GLOBAL_LOCK && self.reaches() && !facs::acquire(timeout_ms) {
            return Err(AmlError::MutexAcquireTimeout);
        }
        Ok(())
    }
    fn release(&self, mutex: Handle) {
        if mutex == GLOBAL_LOCK && self.reaches() {
            facs::release();
        }
    }
}
