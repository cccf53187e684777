//! Configuration by memory: 4 KiB for each function, where the MCFG says.
//!
//! A segment can be 256 MiB large and nobody looks at most of it, so a bus (1
//! MiB) is mapped when a register of it is asked for, and a few stay mapped
//! (PCI Express Base Specification 5.0, 7.2.2).

use super::Value;
use crate::memory::{Caching, mmio};
use valhalla_core::acpi::mcfg::{BUS_BYTES, Window};
use valhalla_core::pci::Address;
use valhalla_core::pci::config::EXTENDED_BYTES;

/// Windows that are kept. PCs have one, large servers one a socket.
const MAX_WINDOWS: usize = 16;
/// Buses that stay mapped.
const MAX_MAPPED: usize = 4;

/// The windows, and the buses that are mapped now.
#[derive(Debug)]
pub(super) struct Ecam {
    windows: [Option<Window>; MAX_WINDOWS],
    mapped: [Option<Bus>; MAX_MAPPED],
    /// Which mapping goes next.
    oldest: usize,
}

#[derive(Debug)]
struct Bus {
    segment: u16,
    bus: u8,
    mapping: mmio::Mapping,
}

impl Ecam {
    pub(super) const fn new() -> Self {
        Self { windows: [None; MAX_WINDOWS], mapped: [const { None }; MAX_MAPPED], oldest: 0 }
    }

    /// Adds a window; hands it back when there is no room.
    pub(super) fn add(&mut self, window: Window) -> Result<(), Window> {
        let free = self.windows.iter_mut().find(|slot| slot.is_none()).ok_or(window)?;
        *free = Some(window);
        Ok(())
    }

    /// The windows, in the order in which they came.
    pub(super) fn windows(&self) -> impl Iterator<Item = Window> {
        self.windows.iter().flatten().copied()
    }

    /// Forgets the windows of segment 0.
    pub(super) fn forget_segment_0(&mut self) {
        for slot in &mut self.windows {
            slot.take_if(|window| window.segment == 0);
        }
        self.mapped = [const { None }; MAX_MAPPED];
    }

    /// Whether a window shows the function's bus.
    pub(super) fn shows(&self, function: Address) -> bool {
        self.place_of(function).is_some()
    }

    /// Reads a register; `None` where no window is, or it cannot be mapped.
    pub(super) fn read<T: Value>(&mut self, function: Address, offset: u16) -> Option<T> {
        let register = self.register::<T>(function, offset)?;
        // SAFETY: `register` is mapped and aligned for `T`, an integer; reading
        // configuration space has no effect beside the device's own.
        Some(unsafe { register.read_volatile() })
    }

    /// Writes a register; `None` as for `read`.
    pub(super) fn write<T: Value>(
        &mut self,
        function: Address,
        offset: u16,
        value: T,
    ) -> Option<()> {
        let register = self.register::<T>(function, offset)?;
        // SAFETY: as in `read`; what the value does to the device is for the
        // caller to know.
        unsafe { register.write_volatile(value) };
        Some(())
    }

    /// Where the register is mapped.
    fn register<T>(&mut self, function: Address, offset: u16) -> Option<*mut T> {
        let end = offset.checked_add(size_of::<T>() as u16)?;
        if end > EXTENDED_BYTES || !offset.is_multiple_of(size_of::<T>() as u16) {
            return None;
        }
        let bus = self.bus(function)?;
        let offset = usize::from(function.place()) << 12 | usize::from(offset);
        // The result is below `BUS_BYTES`, all of which are mapped.
        Some(bus.wrapping_add(offset).cast())
    }

    /// Where the function's bus is mapped; maps it if it is not.
    fn bus(&mut self, function: Address) -> Option<*mut u8> {
        let (segment, bus) = (function.segment(), function.bus());
        let is_it = |mapped: &&Bus| (mapped.segment, mapped.bus) == (segment, bus);
        if let Some(found) = self.mapped.iter().flatten().find(is_it) {
            return Some(found.mapping.start().as_ptr());
        }
        let physical = self.place_of(function)?;
        let mapping =
            mmio::map(physical, BUS_BYTES, Caching::Uncached, "PCI configuration").ok()?;
        let start = mapping.start().as_ptr();
        if let Some(slot) = self.mapped.get_mut(self.oldest) {
            *slot = Some(Bus { segment, bus, mapping });
        }
        self.oldest = (self.oldest + 1) % MAX_MAPPED;
        Some(start)
    }

    fn place_of(&self, function: Address) -> Option<u64> {
        let mut windows = self.windows().filter(|window| window.segment == function.segment());
        windows.find_map(|window| window.bus(function.bus()))
    }
}
