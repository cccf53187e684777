//! PCI Express: what kind of port a function is, and its link (PCI Express Base
//! Specification 5.0, 7.5.3).

use core::fmt;

use super::super::{Address, ConfigSpace};

/// What the capability says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Express {
    capabilities: u16,
    link_capabilities: u32,
    link_status: u16,
}

impl Express {
    pub(super) fn read(space: &impl ConfigSpace, at: Address, offset: u16) -> Self {
        Self {
            capabilities: space.read_u16(at, offset.saturating_add(2)),
            link_capabilities: space.read_u32(at, offset.saturating_add(0x0c)),
            link_status: space.read_u16(at, offset.saturating_add(0x12)),
        }
    }

    const fn kind(self) -> &'static str {
        match self.capabilities >> 4 & 15 {
            0 => "Endpoint",
            1 => "Legacy Endpoint",
            4 => "Root Port",
            5 => "Upstream Port",
            6 => "Downstream Port",
            7 => "PCI-Express to PCI/PCI-X Bridge",
            8 => "PCI/PCI-X to PCI-Express Bridge",
            9 => "Root Complex Integrated Endpoint",
            10 => "Root Complex Event Collector",
            _ => "Unknown type",
        }
    }

    /// Part of the chip set: its link, if it has registers for one, is nothing.
    const fn is_integrated(self) -> bool {
        matches!(self.capabilities >> 4 & 15, 9 | 10)
    }
}

/// A link's speed and width.
struct Link {
    speed: u32,
    width: u32,
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.speed {
            1 => f.write_str("2.5GT/s")?,
            2 => f.write_str("5GT/s")?,
            3 => f.write_str("8GT/s")?,
            4 => f.write_str("16GT/s")?,
            5 => f.write_str("32GT/s")?,
            6 => f.write_str("64GT/s")?,
            _ => f.write_str("unknown speed")?,
        }
        write!(f, " x{}", self.width)
    }
}

impl fmt::Display for Express {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(v{}) {}", self.capabilities & 15, self.kind())?;
        if self.capabilities & 1 << 8 != 0 {
            f.write_str(" (Slot)")?;
        }
        if self.is_integrated() {
            return Ok(());
        }
        let (can, is) = (self.link_capabilities, u32::from(self.link_status));
        let can = Link { speed: can & 15, width: can >> 4 & 63 };
        let is = Link { speed: is & 15, width: is >> 4 & 63 };
        write!(f, ", link {is} of {can}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_words() {
        let port = Express { capabilities: 0x142, link_capabilities: 0x43, link_status: 0x11 };
        assert_eq!(port.to_string(), "(v2) Root Port (Slot), link 2.5GT/s x1 of 8GT/s x4");
        let inside = Express { capabilities: 0x92, ..port };
        assert_eq!(inside.to_string(), "(v2) Root Complex Integrated Endpoint");
    }
}
