//! The embedded controller: its protocol through two ports (ACPI 6.5, 12.2
//! and 12.3). Polled; each wait has a limit.

use crate::hardware::{Access, Hardware, HardwareFault, Width};

/// Ports of an embedded controller, by ECDT or by `_CRS` of PNP0C09.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EcPorts {
    /// The data port, usually 62h.
    pub data: u16,
    /// The port of commands and status, usually 66h.
    pub command: u16,
}

/// Status: output buffer full, a byte waits to be read.
const OBF: u64 = 1 << 0;
/// Status: input buffer full, the controller has not taken the last byte yet.
const IBF: u64 = 1 << 1;
/// Command: read a byte.
const RD_EC: u64 = 0x80;
/// Command: write a byte.
const WR_EC: u64 = 0x81;
/// Maximum wait for one flag: polls of `POLL_US` each, half a second in all.
const POLLS: u32 = 50_000;
const POLL_US: u64 = 10;

/// Reads a byte at an offset of the controller's space.
pub(crate) fn read<H: Hardware + ?Sized>(
    hardware: &mut H,
    ports: Option<EcPorts>,
    offset: u8,
) -> Access<u8> {
    let ports = known(ports)?;
    send(hardware, ports, ports.command, RD_EC)?;
    send(hardware, ports, ports.data, u64::from(offset))?;
    wait(hardware, ports, OBF, OBF)?;
    hardware.read_port(ports.data, Width::Byte).map(|value| value.to_le_bytes()[0])
}

/// Writes a byte at an offset of the controller's space.
pub(crate) fn write<H: Hardware + ?Sized>(
    hardware: &mut H,
    ports: Option<EcPorts>,
    offset: u8,
    value: u8,
) -> Access<()> {
    let ports = known(ports)?;
    send(hardware, ports, ports.command, WR_EC)?;
    send(hardware, ports, ports.data, u64::from(offset))?;
    send(hardware, ports, ports.data, u64::from(value))?;
    wait(hardware, ports, IBF, 0)
}

fn known(ports: Option<EcPorts>) -> Access<EcPorts> {
    ports.ok_or(HardwareFault::Refused("no embedded controller is known: no ECDT, no PNP0C09"))
}

/// Sends a byte as soon as the controller can take one.
fn send<H: Hardware + ?Sized>(
    hardware: &mut H,
    ports: EcPorts,
    port: u16,
    value: u64,
) -> Access<()> {
    wait(hardware, ports, IBF, 0)?;
    hardware.write_port(port, Width::Byte, value)
}

/// Waits until a flag of the status has a value.
fn wait<H: Hardware + ?Sized>(
    hardware: &mut H,
    ports: EcPorts,
    flag: u64,
    value: u64,
) -> Access<()> {
    for _ in 0..POLLS {
        if hardware.read_port(ports.command, Width::Byte)? & flag == value {
            return Ok(());
        }
        if hardware.cancelled() {
            break;
        }
        hardware.stall_us(POLL_US);
    }
    Err(HardwareFault::Timeout("the embedded controller"))
}

impl EcPorts {
    /// Reads the ports from the ECDT: two generic addresses, control then data
    /// (ACPI 6.5, 5.2.16). Only I/O ports are taken.
    pub fn from_ecdt(table: &[u8]) -> Option<Self> {
        const CONTROL: usize = 36;
        const DATA: usize = 48;
        Some(Self { command: port(table.get(CONTROL..)?)?, data: port(table.get(DATA..)?)? })
    }

    /// Reads the ports from the bytes of a `_CRS`: the first two I/O
    /// descriptors are data and command, in this order (ACPI 6.5, 12.11).
    pub fn from_crs(resources: &[u8]) -> Option<Self> {
        let mut rest = resources;
        let mut ports = alloc::vec::Vec::new();
        while ports.len() < 2 {
            let (tag, length) = descriptor(rest)?;
            let port = match tag {
                IO_DESCRIPTOR => Some(u16::from_le_bytes([*rest.get(2)?, *rest.get(3)?])),
                FIXED_IO_DESCRIPTOR => Some(u16::from_le_bytes([*rest.get(1)?, *rest.get(2)?])),
                END_TAG => return None,
                _ => None,
            };
            ports.extend(port);
            rest = rest.get(length..)?;
        }
        Some(Self { data: *ports.first()?, command: *ports.get(1)? })
    }
}

/// Tags of small resource descriptors, without their length bits (6.4.2).
const IO_DESCRIPTOR: u8 = 0x08 << 3;
const FIXED_IO_DESCRIPTOR: u8 = 0x09 << 3;
const END_TAG: u8 = 0x0F << 3;

/// Returns a resource descriptor's tag and its whole length.
fn descriptor(bytes: &[u8]) -> Option<(u8, usize)> {
    let first = *bytes.first()?;
    if first & 0x80 == 0 {
        return Some((first & 0x78, usize::from(first & 0x07).saturating_add(1)));
    }
    let length = u16::from_le_bytes([*bytes.get(1)?, *bytes.get(2)?]);
    Some((first, usize::from(length).saturating_add(3)))
}

/// Reads an I/O port from a generic address structure (ACPI 6.5, 5.2.3.2).
fn port(address: &[u8]) -> Option<u16> {
    const SYSTEM_IO: u8 = 1;
    let [low, high, ..] = *address.get(4..)?.first_chunk::<8>()?;
    let port = u16::from_le_bytes([low, high]);
    (*address.first()? == SYSTEM_IO && port != 0).then_some(port)
}
