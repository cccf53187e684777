//! A machine that is not there: a read gives what was written, else zero.
//!
//! The model that ACPICA's `acpiexec` runs AML on, so that results can be
//! compared. Tests and tools use it.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::embedded::EcPorts;
use crate::hardware::{Access, Hardware, PciAddress, Width};

/// Time that a wait takes longer than it was asked to, as on a system where
/// others run.
const LATENESS_US: u64 = 50;

/// A machine of memory alone, in every address space.
#[derive(Debug, Default)]
pub struct Model {
    bytes: BTreeMap<(&'static str, u64), u8>,
    /// Firmware tables, for `LoadTable` and `DataTableRegion`.
    pub tables: Vec<Vec<u8>>,
    /// Lines that AML wrote to `Debug`.
    pub debug: Vec<String>,
    /// Microseconds that AML has waited.
    pub waited_us: u64,
    timer: u64,
}

impl Model {
    /// A machine whose every byte is zero.
    pub fn new() -> Self {
        Self::default()
    }

    fn read(&self, space: &'static str, address: u64, width: Width) -> u64 {
        (0..u64::from(width.bytes())).rev().fold(0, |value, position| {
            let byte = self.bytes.get(&(space, address.wrapping_add(position)));
            (value << 8) | u64::from(byte.copied().unwrap_or_default())
        })
    }

    fn write(&mut self, space: &'static str, address: u64, width: Width, value: u64) {
        for (position, byte) in (0..u64::from(width.bytes())).zip(value.to_le_bytes()) {
            self.bytes.insert((space, address.wrapping_add(position)), byte);
        }
    }

    /// Puts bytes into physical memory.
    pub fn fill_memory(&mut self, address: u64, bytes: &[u8]) {
        for (position, &byte) in (0_u64..).zip(bytes) {
            self.bytes.insert(("SystemMemory", address.wrapping_add(position)), byte);
        }
    }
}

impl Hardware for Model {
    fn read_memory(&mut self, address: u64, width: Width) -> Access<u64> {
        Ok(self.read("SystemMemory", address, width))
    }

    fn write_memory(&mut self, address: u64, width: Width, value: u64) -> Access<()> {
        self.write("SystemMemory", address, width, value);
        Ok(())
    }

    fn read_port(&mut self, port: u16, width: Width) -> Access<u64> {
        Ok(self.read("SystemIO", u64::from(port), width))
    }

    fn write_port(&mut self, port: u16, width: Width, value: u64) -> Access<()> {
        self.write("SystemIO", u64::from(port), width, value);
        Ok(())
    }

    fn read_pci(&mut self, address: PciAddress, offset: u16, width: Width) -> Access<u64> {
        Ok(self.read("PCI_Config", pci_key(address, offset), width))
    }

    fn write_pci(
        &mut self,
        address: PciAddress,
        offset: u16,
        width: Width,
        value: u64,
    ) -> Access<()> {
        self.write("PCI_Config", pci_key(address, offset), width, value);
        Ok(())
    }

    /// Every function above another is a bridge; its bus follows from its place.
    fn secondary_bus(&mut self, bridge: PciAddress) -> Access<Option<u8>> {
        let place = bridge.device.wrapping_mul(8).wrapping_add(bridge.function);
        Ok(Some(bridge.bus.wrapping_add(place).wrapping_add(1)))
    }

    fn read_ec(&mut self, _ports: Option<EcPorts>, offset: u8) -> Access<u8> {
        let value = self.read("EmbeddedControl", u64::from(offset), Width::Byte);
        Ok(value.to_le_bytes()[0])
    }

    fn write_ec(&mut self, _ports: Option<EcPorts>, offset: u8, value: u8) -> Access<()> {
        self.write("EmbeddedControl", u64::from(offset), Width::Byte, u64::from(value));
        Ok(())
    }

    fn read_cmos(&mut self, offset: u8) -> Access<u8> {
        Ok(self.read("SystemCMOS", u64::from(offset), Width::Byte).to_le_bytes()[0])
    }

    fn write_cmos(&mut self, offset: u8, value: u8) -> Access<()> {
        self.write("SystemCMOS", u64::from(offset), Width::Byte, u64::from(value));
        Ok(())
    }

    fn read_space(&mut self, space: &'static str, address: u64, width: Width) -> Access<u64> {
        Ok(self.read(space, address, width))
    }

    fn write_space(
        &mut self,
        space: &'static str,
        address: u64,
        width: Width,
        value: u64,
    ) -> Access<()> {
        self.write(space, address, width, value);
        Ok(())
    }

    fn timer_100ns(&mut self) -> u64 {
        self.timer = self.timer.wrapping_add(10);
        self.timer
    }

    fn stall_us(&mut self, us: u64) {
        self.waited_us = self.waited_us.saturating_add(us);
        let passed = us.saturating_add(LATENESS_US);
        self.timer = self.timer.wrapping_add(passed.saturating_mul(10));
    }

    fn sleep_ms(&mut self, ms: u64) {
        self.stall_us(ms.saturating_mul(1000));
    }

    fn firmware_table(
        &mut self,
        signature: &[u8],
        oem: &[u8],
        oem_table: &[u8],
    ) -> Option<Vec<u8>> {
        let fits = |table: &&Vec<u8>| crate::table::Table::fits(table, signature, oem, oem_table);
        self.tables.iter().find(fits).cloned()
    }

    fn debug(&mut self, line: &str) {
        self.debug.push(line.into());
    }
}

fn pci_key(address: PciAddress, offset: u16) -> u64 {
    let PciAddress { segment, bus, device, function } = address;
    let [low, high] = offset.to_le_bytes();
    let place = device.wrapping_mul(8).wrapping_add(function);
    let [s0, s1] = segment.to_le_bytes();
    u64::from_le_bytes([low, high, place, bus, s0, s1, 0, 0])
}
