//! The registers that every function has: who it is, and what it may do.

use core::fmt;

use super::{Address, ConfigSpace};

/// Offsets of registers (6.1).
pub mod register {
    /// Vendor, 16 bits; all ones where no function is.
    pub const VENDOR: u16 = 0x00;
    /// Command, 16 bits.
    pub const COMMAND: u16 = 0x04;
    /// Status, 16 bits; ones that are written clear.
    pub const STATUS: u16 = 0x06;
    /// Revision, interface, subclass and base class, a byte each.
    pub const CLASS: u16 = 0x08;
    /// Header type: layout, and whether the device has several functions.
    pub const HEADER_TYPE: u16 = 0x0e;
    /// Bridges: primary, secondary and subordinate bus, a byte each.
    pub const BUSES: u16 = 0x18;
    /// Subsystem vendor and subsystem, of plain functions.
    pub const SUBSYSTEM: u16 = 0x2c;
    /// Interrupt line, 8 bits: what the firmware routed the pin to.
    pub const INTERRUPT_LINE: u16 = 0x3c;
    /// Interrupt pin, 8 bits: 1 to 4 for INTA# to INTD#, 0 for none.
    pub const INTERRUPT_PIN: u16 = 0x3d;
}

/// Vendor and device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ids {
    /// Who made it.
    pub vendor: u16,
    /// The maker's number for it.
    pub device: u16,
}

impl fmt::Display for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:04x}", self.vendor, self.device)
    }
}

impl Ids {
    fn from_register(register: u32) -> Self {
        let [a, b, c, d] = register.to_le_bytes();
        Self { vendor: u16::from_le_bytes([a, b]), device: u16::from_le_bytes([c, d]) }
    }
}

/// What a function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    /// Base class.
    pub base: u8,
    /// Subclass.
    pub sub: u8,
    /// Programming interface.
    pub interface: u8,
}

impl Class {
    /// Whether it is a bridge between the processor and PCI.
    #[must_use]
    pub const fn is_host_bridge(self) -> bool {
        self.base == 6 && self.sub == 0
    }
}

/// The layout of the registers from 0x10 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Type 0: a device.
    Device,
    /// Type 1: a bridge to another PCI bus.
    Bridge,
    /// Type 2: a bridge to a `CardBus` slot.
    CardBus,
    /// None that is known.
    Unknown(u8),
}

/// A function that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// Where.
    pub address: Address,
    /// Who made it.
    pub ids: Ids,
    /// What it is.
    pub class: Class,
    /// Its maker's revision.
    pub revision: u8,
    /// How its registers are laid out.
    pub layout: Layout,
    /// Whether functions 1 to 7 have to be looked for.
    pub has_siblings: bool,
}

impl Function {
    /// Looks for a function; `None` where there is none.
    #[must_use]
    pub fn find(space: &impl ConfigSpace, address: Address) -> Option<Self> {
        let ids = Ids::from_register(space.read_u32(address, register::VENDOR));
        // Zeros come from broken bridges, and no maker has that number.
        if matches!(ids.vendor, 0 | u16::MAX) {
            return None;
        }
        let [revision, interface, sub, base] =
            space.read_u32(address, register::CLASS).to_le_bytes();
        let header = space.read_u8(address, register::HEADER_TYPE);
        let layout = match header & 0x7f {
            0 => Layout::Device,
            1 => Layout::Bridge,
            2 => Layout::CardBus,
            other => Layout::Unknown(other),
        };
        let class = Class { base, sub, interface };
        Some(Self { address, ids, class, revision, layout, has_siblings: header & 0x80 != 0 })
    }

    /// Maker and number of the board that it is part of, if that says anything.
    #[must_use]
    pub fn subsystem(&self, space: &impl ConfigSpace) -> Option<Ids> {
        if self.layout != Layout::Device {
            return None;
        }
        let ids = Ids::from_register(space.read_u32(self.address, register::SUBSYSTEM));
        (!matches!(ids.vendor, 0 | u16::MAX)).then_some(ids)
    }

    /// The interrupt pin, `A` to `D`.
    #[must_use]
    pub fn pin(&self, space: &impl ConfigSpace) -> Option<char> {
        match space.read_u8(self.address, register::INTERRUPT_PIN) {
            1 => Some('A'),
            2 => Some('B'),
            3 => Some('C'),
            4 => Some('D'),
            _ => None,
        }
    }

    /// The 8259 line that the firmware routed the pin to; `None` for 0xFF, which
    /// means that it did not.
    #[must_use]
    pub fn line(&self, space: &impl ConfigSpace) -> Option<u8> {
        let line = space.read_u8(self.address, register::INTERRUPT_LINE);
        (line < 16).then_some(line)
    }
}

/// The command register (6.2.2); prints the names of the bits that are set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Control(pub u16);

impl Control {
    /// Answers to accesses of its ports.
    pub const IO: u16 = 1 << 0;
    /// Answers to accesses of its memory.
    pub const MEMORY: u16 = 1 << 1;
    /// May access memory by itself.
    pub const BUS_MASTER: u16 = 1 << 2;
    /// May not raise its interrupt pin.
    pub const INTX_DISABLE: u16 = 1 << 10;
}

const CONTROL_BITS: [(u16, &str); 11] = [
    (0, "I/O"),
    (1, "Mem"),
    (2, "BusMaster"),
    (3, "SpecCycle"),
    (4, "MemWINV"),
    (5, "VGASnoop"),
    (6, "ParErr"),
    (7, "Stepping"),
    (8, "SERR"),
    (9, "FastB2B"),
    (10, "DisINTx"),
];

const STATUS_BITS: [(u16, &str); 11] = [
    (3, "INTx"),
    (4, "Cap"),
    (5, "66MHz"),
    (6, "UDF"),
    (7, "FastB2B"),
    (8, "ParErr"),
    (11, ">TAbort"),
    (12, "<TAbort"),
    (13, "<MAbort"),
    (14, ">SERR"),
    (15, "<PERR"),
];

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("all off");
        }
        bits(f, self.0, &CONTROL_BITS)
    }
}

/// The status register (6.2.3); prints the names of the bits that are set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Status(pub u16);

impl Status {
    /// There is a list of capabilities.
    pub const CAPABILITIES: u16 = 1 << 4;
    /// The device wants its interrupt pin raised.
    pub const INTX: u16 = 1 << 3;
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        bits(f, self.0, &STATUS_BITS)?;
        let space =
            if STATUS_BITS.iter().any(|(bit, _)| self.0 >> bit & 1 == 1) { " " } else { "" };
        let speed = match self.0 >> 9 & 3 {
            0 => "fast",
            1 => "medium",
            2 => "slow",
            _ => "??",
        };
        write!(f, "{space}DEVSEL={speed}")
    }
}

/// Each name with a `+`, as `lspci -vv` writes what is set.
fn bits(f: &mut fmt::Formatter<'_>, value: u16, names: &[(u16, &str)]) -> fmt::Result {
    let set = names.iter().filter(|(bit, _)| value >> bit & 1 == 1);
    set.enumerate().try_for_each(|(number, (_, name))| {
        write!(f, "{}{name}+", if number == 0 { "" } else { " " })
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::Fake;
    use super::*;

    #[test]
    fn a_function_is_read() {
        let fake = Fake::new();
        let at = fake.device("00:03.0", 0x1234, 0x11e8, [0, 0xff, 0x10]);
        fake.set(at, 0x2c, &[0xf4, 0x1a, 0, 0x11]);
        fake.set(at, 0x3c, &[11, 1]);
        let found = Function::find(&fake, at).unwrap();
        assert_eq!(found.ids.to_string(), "1234:11e8");
        assert_eq!(found.class, Class { base: 0, sub: 0xff, interface: 0x10 });
        assert_eq!(found.subsystem(&fake).unwrap().to_string(), "1af4:1100");
        assert_eq!((found.pin(&fake), found.line(&fake)), (Some('A'), Some(11)));
        assert_eq!(Function::find(&fake, "00:04.0".parse().unwrap()), None);
    }

    #[test]
    fn bits_by_name() {
        assert_eq!(Control(0x0107).to_string(), "I/O+ Mem+ BusMaster+ SERR+");
        assert_eq!(Control(0).to_string(), "all off");
        assert_eq!(Status(0x2290).to_string(), "Cap+ FastB2B+ <MAbort+ DEVSEL=medium");
        assert_eq!(Status(0).to_string(), "DEVSEL=fast");
    }
}
