//! Resource descriptors, as `_CRS` gives them: which interrupts, ports and
//! memory a device uses (ACPI 6.5, 6.4).
//!
//! A buffer of small items (a byte of type and length) and large ones (a byte
//! of type, two of length). An item that reaches past the buffer ends it.

use super::{u8_at, u16_at, u32_at, u64_at};
use core::fmt;

/// One resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// Interrupts of the 8259s, a bit each.
    Irqs {
        /// Bit n is IRQ n.
        mask: u16,
        /// How they are signalled.
        signal: Signal,
    },
    /// A global system interrupt (the first, where several are listed).
    Gsi {
        /// Its number.
        gsi: u32,
        /// How it is signalled.
        signal: Signal,
    },
    /// A range of ports.
    Ports {
        /// The first.
        start: u64,
        /// How many.
        length: u64,
    },
    /// A range of memory.
    Memory {
        /// Where it begins.
        start: u64,
        /// Bytes.
        length: u64,
    },
    /// A range of bus numbers.
    Buses {
        /// The first.
        start: u64,
        /// How many.
        length: u64,
    },
    /// DMA channels, a bit each.
    Dma(u8),
    /// An item that is not decoded here.
    Other(u8),
}

/// How an interrupt is signalled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal {
    /// By level, else by edge.
    pub level: bool,
    /// Active low, else high.
    pub low: bool,
    /// Shared with others.
    pub shared: bool,
}

impl Signal {
    /// What a short IRQ item without flags means: edge, high, exclusive.
    const ISA: Self = Self { level: false, low: false, shared: false };
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.level { "level" } else { "edge" })?;
        f.write_str(if self.low { ", active low" } else { ", active high" })?;
        f.write_str(if self.shared { ", shared" } else { "" })
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Irqs { mask, signal } => {
                f.write_str("IRQ")?;
                for line in (0..16).filter(|line| mask >> line & 1 != 0) {
                    write!(f, " {line}")?;
                }
                write!(f, "{} ({signal})", if mask == 0 { " none" } else { "" })
            }
            Self::Gsi { gsi, signal } => write!(f, "GSI {gsi} ({signal})"),
            Self::Ports { start, length } => range(f, "ports", start, length),
            Self::Memory { start, length } => range(f, "memory", start, length),
            Self::Buses { start, length } => range(f, "buses", start, length),
            Self::Dma(mask) => write!(f, "DMA channels {mask:#010b}"),
            Self::Other(kind) => write!(f, "item {kind:#04x}"),
        }
    }
}

fn range(f: &mut fmt::Formatter<'_>, name: &str, start: u64, length: u64) -> fmt::Result {
    match length.checked_sub(1).and_then(|last| start.checked_add(last)) {
        Some(last) => write!(f, "{name} {start:#x} to {last:#x}"),
        None => write!(f, "{name}: none"),
    }
}

/// The resources of a buffer, up to its end tag.
pub fn resources(buffer: &[u8]) -> impl Iterator<Item = Resource> {
    let mut rest = buffer;
    core::iter::from_fn(move || {
        let tag = u8_at(rest, 0)?;
        let (kind, head, length) = if tag & 0x80 == 0 {
            (tag >> 3, 1, usize::from(tag & 7))
        } else {
            (tag, 3, usize::from(u16_at(rest, 1)?))
        };
        let end = head + length;
        let body = rest.get(head..end)?;
        rest = rest.get(end..)?;
        const END_TAG: u8 = 0x0f;
        (kind != END_TAG).then(|| decode(kind, body).unwrap_or(Resource::Other(kind)))
    })
}

fn decode(kind: u8, body: &[u8]) -> Option<Resource> {
    Some(match kind {
        0x04 => {
            let signal = u8_at(body, 2).map_or(Signal::ISA, |flags| Signal {
                level: flags & 1 == 0,
                low: flags & 1 << 3 != 0,
                shared: flags & 1 << 4 != 0,
            });
            Resource::Irqs { mask: u16_at(body, 0)?, signal }
        }
        0x05 => Resource::Dma(u8_at(body, 0)?),
        0x08 => Resource::Ports {
            start: u64::from(u16_at(body, 1)?),
            length: u64::from(u8_at(body, 6)?),
        },
        0x09 => Resource::Ports {
            start: u64::from(u16_at(body, 0)?),
            length: u64::from(u8_at(body, 2)?),
        },
        0x85 => Resource::Memory {
            start: u64::from(u32_at(body, 1)?),
            length: u64::from(u32_at(body, 13)?),
        },
        0x86 => Resource::Memory {
            start: u64::from(u32_at(body, 1)?),
            length: u64::from(u32_at(body, 5)?),
        },
        0x87 => space(body, 4, |body, at| u32_at(body, at).map(u64::from))?,
        0x88 => space(body, 2, |body, at| u16_at(body, at).map(u64::from))?,
        0x8a => space(body, 8, u64_at)?,
        0x89 => {
            let flags = u8_at(body, 0)?;
            let signal = Signal {
                level: flags & 1 << 1 == 0,
                low: flags & 1 << 2 != 0,
                shared: flags & 1 << 3 != 0,
            };
            Resource::Gsi { gsi: u32_at(body, 2)?, signal }
        }
        _ => return None,
    })
}

/// An address space item: type, two bytes of flags, then granularity, minimum,
/// maximum, translation and length, `width` bytes each.
fn space(
    body: &[u8],
    width: usize,
    read: impl Fn(&[u8], usize) -> Option<u64>,
) -> Option<Resource> {
    let (start, length) = (read(body, 3 + width)?, read(body, 3 + 4 * width)?);
    Some(match u8_at(body, 0)? {
        0 => Resource::Memory { start, length },
        1 => Resource::Ports { start, length },
        2 => Resource::Buses { start, length },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(buffer: &[u8]) -> Vec<String> {
        resources(buffer).map(|resource| resource.to_string()).collect()
    }

    #[test]
    fn the_usual_items_are_read() {
        // As QEMU's link devices and its keyboard have them.
        assert_eq!(
            words(&[0x89, 6, 0, 0x09, 1, 10, 0, 0, 0, 0x79, 0]),
            ["GSI 10 (level, active high, shared)"]
        );
        assert_eq!(words(&[0x22, 2, 0, 0x79, 0]), ["IRQ 1 (edge, active high)"]);
        assert_eq!(words(&[0x23, 0, 2, 0x18, 0x79, 0]), ["IRQ 9 (level, active low, shared)"]);
        let ports = [0x47, 1, 0x60, 0, 0x60, 0, 1, 1, 0x79, 0];
        assert_eq!(words(&ports), ["ports 0x60 to 0x60"]);
        let buses = [0x88, 13, 0, 2, 12, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 1, 0x79, 0];
        assert_eq!(words(&buses), ["buses 0x0 to 0xff"]);
    }

    #[test]
    fn an_item_past_the_end_ends_it() {
        assert_eq!(words(&[0x22, 2, 0, 0x89, 200, 0, 1]), ["IRQ 1 (edge, active high)"]);
        assert_eq!(words(&[0x22]), [""; 0]);
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = words(&bytes);
        }
    }
}
