//! The hardware that AML reaches, behind one trait.

use core::fmt;

use crate::embedded::{self, EcPorts};

/// Width of one access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Width {
    /// One byte.
    Byte,
    /// Two bytes.
    Word,
    /// Four bytes.
    DWord,
    /// Eight bytes.
    QWord,
}

impl Width {
    /// Bytes of an access.
    pub const fn bytes(self) -> u32 {
        match self {
            Self::Byte => 1,
            Self::Word => 2,
            Self::DWord => 4,
            Self::QWord => 8,
        }
    }
}

/// A PCI function: where its configuration space is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PciAddress {
    /// Segment group, by `_SEG`.
    pub segment: u16,
    /// Bus number.
    pub bus: u8,
    /// Device number, below 32.
    pub device: u8,
    /// Function number, below 8.
    pub function: u8,
}

impl fmt::Display for PciAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { segment, bus, device, function } = self;
        write!(f, "{segment:04x}:{bus:02x}:{device:02x}.{function}")
    }
}

/// Why hardware was not reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HardwareFault {
    /// An address space that has no driver here, by its name in the standard.
    NoDriver(&'static str),
    /// An address that may not be touched, or that cannot be known; the words say why.
    Refused(&'static str),
    /// A device that did not answer within its time.
    Timeout(&'static str),
}

impl fmt::Display for HardwareFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDriver(space) => write!(f, "no driver for the address space {space}"),
            Self::Refused(why) => write!(f, "{why}"),
            Self::Timeout(what) => write!(f, "{what} did not answer in time"),
        }
    }
}

/// Result of an access to hardware.
pub type Access<T> = Result<T, HardwareFault>;

/// What the interpreter asks of the machine it runs on.
///
/// Values are little-endian in the low bytes of a `u64`. Spaces without a
/// driver answer with the method's default: a refusal that names the space.
pub trait Hardware {
    /// Reads physical memory.
    fn read_memory(&mut self, address: u64, width: Width) -> Access<u64>;
    /// Writes physical memory.
    fn write_memory(&mut self, address: u64, width: Width, value: u64) -> Access<()>;
    /// Reads an I/O port.
    fn read_port(&mut self, port: u16, width: Width) -> Access<u64>;
    /// Writes an I/O port.
    fn write_port(&mut self, port: u16, width: Width, value: u64) -> Access<()>;
    /// Reads a PCI function's configuration space.
    fn read_pci(&mut self, address: PciAddress, offset: u16, width: Width) -> Access<u64>;
    /// Writes a PCI function's configuration space.
    fn write_pci(
        &mut self,
        address: PciAddress,
        offset: u16,
        width: Width,
        value: u64,
    ) -> Access<()>;

    /// Returns the bus behind a bridge, or nothing if the function is no
    /// bridge. The default reads header type and secondary bus number.
    fn secondary_bus(&mut self, bridge: PciAddress) -> Access<Option<u8>> {
        const HEADER_TYPE: u16 = 0x0E;
        const SECONDARY_BUS: u16 = 0x19;
        let header = self.read_pci(bridge, HEADER_TYPE, Width::Byte)? & 0x7F;
        if header != 1 && header != 2 {
            return Ok(None);
        }
        let bus = self.read_pci(bridge, SECONDARY_BUS, Width::Byte)?;
        Ok(u8::try_from(bus & 0xFF).ok())
    }

    /// Reads a byte of the embedded controller. The default speaks the
    /// controller's protocol through its ports.
    fn read_ec(&mut self, ports: Option<EcPorts>, offset: u8) -> Access<u8> {
        embedded::read(self, ports, offset)
    }
    /// Writes a byte of the embedded controller.
    fn write_ec(&mut self, ports: Option<EcPorts>, offset: u8, value: u8) -> Access<()> {
        embedded::write(self, ports, offset, value)
    }
    /// Reads a byte of the CMOS memory. The default goes through ports 70h and 71h.
    fn read_cmos(&mut self, offset: u8) -> Access<u8> {
        self.write_port(CMOS_INDEX, Width::Byte, u64::from(offset & 0x7F))?;
        self.read_port(CMOS_DATA, Width::Byte).map(|value| value.to_le_bytes()[0])
    }
    /// Writes a byte of the CMOS memory.
    fn write_cmos(&mut self, offset: u8, value: u8) -> Access<()> {
        self.write_port(CMOS_INDEX, Width::Byte, u64::from(offset & 0x7F))?;
        self.write_port(CMOS_DATA, Width::Byte, u64::from(value))
    }
    /// Reads any other space: by default there is no driver.
    fn read_space(&mut self, space: &'static str, _address: u64, _width: Width) -> Access<u64> {
        Err(HardwareFault::NoDriver(space))
    }
    /// Writes any other space: by default there is no driver.
    fn write_space(
        &mut self,
        space: &'static str,
        _address: u64,
        _width: Width,
        _value: u64,
    ) -> Access<()> {
        Err(HardwareFault::NoDriver(space))
    }

    /// Time since some fixed point, in units of 100 nanoseconds (`Timer`).
    fn timer_100ns(&mut self) -> u64;
    /// Waits some microseconds, busily.
    fn stall_us(&mut self, us: u64);
    /// Waits some milliseconds.
    fn sleep_ms(&mut self, ms: u64);

    /// Tries to take the global lock that firmware shares with the system
    /// (FACS; ACPI 6.5, 5.2.10.1). Returns false while the firmware has it.
    fn take_global_lock(&mut self) -> bool {
        true
    }
    /// Gives the global lock back.
    fn give_global_lock(&mut self) {}

    /// Returns a firmware table for `LoadTable` and `DataTableRegion`; an empty
    /// identification fits any.
    fn firmware_table(
        &mut self,
        _signature: &[u8],
        _oem: &[u8],
        _oem_table: &[u8],
    ) -> Option<alloc::vec::Vec<u8>> {
        None
    }

    /// Takes a line that AML wrote to the object `Debug`.
    fn debug(&mut self, _line: &str) {}
    /// Told that AML has met an error that it calls fatal (`Fatal`). A system
    /// shall shut down; the code goes on for as long as it does not.
    fn fatal(&mut self, _kind: u8, _code: u32, _argument: u64) {}
    /// Asked now and then during an evaluation: true ends it.
    fn cancelled(&mut self) -> bool {
        false
    }
}

const CMOS_INDEX: u16 = 0x70;
const CMOS_DATA: u16 = 0x71;
