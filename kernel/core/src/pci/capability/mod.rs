//! Capabilities: the linked lists of what else a function can do.
//!
//! The first list lies in the first 256 bytes and links by 8-bit offsets (6.7),
//! the second from 0x100 on by 12-bit ones (PCI Express Base Specification 5.0,
//! 7.6.3). A list that loops, points into the header or never ends is cut.

mod express;
pub mod msi;
pub mod msix;
mod power;

use core::fmt;

pub use express::Express;
pub use msi::{Msi, MsiError};
pub use msix::{MsiX, Place};
pub use power::Power;

use super::config::{EXTENDED_BYTES, PLAIN_BYTES};
use super::header::{Function, Layout, Status, register};
use super::{Address, ConfigSpace};

/// Numbers of the capabilities that are decoded here.
pub mod id {
    /// Power management.
    pub const POWER: u16 = 0x01;
    /// Message signalled interrupts.
    pub const MSI: u16 = 0x05;
    /// What the vendor likes.
    pub const VENDOR: u16 = 0x09;
    /// PCI Express.
    pub const EXPRESS: u16 = 0x10;
    /// Message signalled interrupts through a table in memory.
    pub const MSI_X: u16 = 0x11;
}

/// A link of one of the lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability {
    /// Which list, and its number there.
    pub kind: Kind,
    /// Where it is.
    pub offset: u16,
}

/// Which list a capability is in, and which one it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// In the first 256 bytes.
    Plain(u16),
    /// Behind them.
    Extended(u16),
}

impl Kind {
    /// Its name, by the PCI Code and ID Assignment Specification.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        let (names, number): (&[&str], u16) = match self {
            Self::Plain(number) => (&PLAIN_NAMES, number),
            Self::Extended(number) => (&EXTENDED_NAMES, number),
        };
        names.get(usize::from(number)).copied().filter(|name| !name.is_empty())
    }
}

const PLAIN_NAMES: [&str; 21] = [
    "Null",
    "Power Management",
    "AGP",
    "Vital Product Data",
    "Slot ID",
    "MSI",
    "CompactPCI hot-swap",
    "PCI-X",
    "HyperTransport",
    "Vendor Specific Information",
    "Debug port",
    "CompactPCI central resource control",
    "Hot-plug capable",
    "Subsystem",
    "AGP3",
    "Secure device",
    "Express",
    "MSI-X",
    "SATA HBA",
    "PCI Advanced Features",
    "Enhanced Allocation",
];

const EXTENDED_NAMES: [&str; 47] = [
    "Null",
    "Advanced Error Reporting",
    "Virtual Channel",
    "Device Serial Number",
    "Power Budgeting",
    "Root Complex Link",
    "Root Complex Internal Link",
    "Root Complex Event Collector",
    "Multi-Function Virtual Channel",
    "Virtual Channel",
    "Root Complex Register Block",
    "Vendor Specific Information",
    "Configuration Access Correlation",
    "Access Control Services",
    "Alternative Routing-ID Interpretation (ARI)",
    "Address Translation Service (ATS)",
    "Single Root I/O Virtualization (SR-IOV)",
    "Multi-Root I/O Virtualization (MR-IOV)",
    "Multicast",
    "Page Request Interface (PRI)",
    "Reserved for AMD",
    "Physical Resizable BAR",
    "Dynamic Power Allocation",
    "Transaction Processing Hints",
    "Latency Tolerance Reporting",
    "Secondary PCI Express",
    "Protocol Multiplexing",
    "Process Address Space ID (PASID)",
    "LN Requester",
    "Downstream Port Containment",
    "L1 PM Substates",
    "Precision Time Measurement",
    "PCI Express over M-PHY",
    "FRS Queueing",
    "Readiness Time Reporting",
    "Designated Vendor-Specific",
    "Virtual Resizable BAR",
    "Data Link Feature",
    "Physical Layer 16.0 GT/s",
    "Lane Margining at the Receiver",
    "Hierarchy ID",
    "Native PCIe Enclosure Management",
    "Physical Layer 32.0 GT/s",
    "Alternate Protocol",
    "System Firmware Intermediary",
    "Shadow Functions",
    "Data Object Exchange",
];

impl fmt::Display for Capability {
    /// `[40] MSI`, `[100] Advanced Error Reporting`, `[54] capability 0x77`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{:02x}] ", self.offset)?;
        match (self.kind.name(), self.kind) {
            (Some(name), _) => f.write_str(name),
            (None, Kind::Plain(number)) => write!(f, "capability {number:#04x}"),
            (None, Kind::Extended(number)) => write!(f, "extended capability {number:#06x}"),
        }
    }
}

/// The capabilities in the first 256 bytes, in the list's order.
pub fn plain<'a, C: ConfigSpace>(
    space: &'a C,
    function: Function,
) -> impl Iterator<Item = Capability> + use<'a, C> {
    let at = function.address;
    let status = space.read_u16(at, register::STATUS);
    let pointer = if function.layout == Layout::CardBus { 0x14 } else { 0x34 };
    let listed = status & Status::CAPABILITIES != 0 && status != u16::MAX;
    let first = listed.then(|| space.read_u8(at, pointer));
    List { seen: [0; 16], next: first.map_or(0, u16::from) }.read(
        PLAIN_BYTES,
        0x40,
        move |offset| {
            let [id, next] = space.read_u16(at, offset).to_le_bytes();
            (Kind::Plain(id.into()), next.into())
        },
    )
}

/// The capabilities from 0x100 on; none where they cannot be reached. A
/// conventional function may show anything there, so only PCI Express ones are
/// asked.
pub fn extended<'a, C: ConfigSpace>(
    space: &'a C,
    function: Function,
) -> impl Iterator<Item = Capability> + use<'a, C> {
    let at = function.address;
    let reached =
        space.reach(at) >= EXTENDED_BYTES && find(space, &function, id::EXPRESS).is_some();
    let header = if reached { space.read_u32(at, PLAIN_BYTES) } else { 0 };
    let first = if matches!(header, 0 | u32::MAX) { 0 } else { PLAIN_BYTES };
    List { seen: [0; 16], next: first }.read(EXTENDED_BYTES, PLAIN_BYTES, move |offset| {
        let header = space.read_u32(at, offset);
        (Kind::Extended(header as u16), (header >> 20) as u16)
    })
}

/// The first capability of this number in the first 256 bytes.
#[must_use]
pub fn find(space: &impl ConfigSpace, function: &Function, number: u16) -> Option<Capability> {
    plain(space, *function).find(|found| found.kind == Kind::Plain(number))
}

/// A list that is followed once through.
struct List {
    /// One bit for every four bytes.
    seen: [u64; 16],
    next: u16,
}

impl List {
    /// Follows it between `start` and `end`; `link` reads kind and next offset.
    fn read(
        mut self,
        end: u16,
        start: u16,
        mut link: impl FnMut(u16) -> (Kind, u16),
    ) -> impl Iterator<Item = Capability> {
        core::iter::from_fn(move || {
            let offset = self.next & !3;
            let is_new = (start..end).contains(&offset) && self.visit(offset);
            is_new.then(|| {
                let (kind, next) = link(offset);
                self.next = next;
                Capability { kind, offset }
            })
        })
    }

    /// True the first time.
    fn visit(&mut self, offset: u16) -> bool {
        let bit = 1 << (offset / 4 % 64);
        self.seen.get_mut(usize::from(offset / 256)).is_some_and(|word| {
            let is_new = *word & bit == 0;
            *word |= bit;
            is_new
        })
    }
}

/// What a capability says, where it is one of those known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Details {
    /// Message signalled interrupts.
    Msi(Msi),
    /// The same, through a table.
    MsiX(MsiX),
    /// Power management.
    Power(Power),
    /// PCI Express.
    Express(Express),
    /// A structure of a virtio device: its kind's number, and its register.
    Virtio(u8, u8),
    /// Another one.
    None,
}

/// The vendor of virtio devices (Virtual I/O Device Specification 1.2, 4.1.2).
const VIRTIO: u16 = 0x1af4;

impl Details {
    /// Reads them.
    #[must_use]
    pub fn read(space: &impl ConfigSpace, function: &Function, capability: Capability) -> Self {
        let (at, offset) = (function.address, capability.offset);
        match capability.kind {
            Kind::Plain(id::POWER) => Self::Power(Power::read(space, at, offset)),
            Kind::Plain(id::MSI) => Self::Msi(Msi::read(space, at, offset)),
            Kind::Plain(id::EXPRESS) => Self::Express(Express::read(space, at, offset)),
            Kind::Plain(id::MSI_X) => Self::MsiX(MsiX::read(space, at, offset)),
            Kind::Plain(id::VENDOR) if function.ids.vendor == VIRTIO => {
                let byte = |more| byte_at(space, at, offset, more);
                Self::Virtio(byte(3), byte(4))
            }
            _ => Self::None,
        }
    }
}

impl fmt::Display for Details {
    /// Begins with what separates it from the capability's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Msi(msi) => write!(f, ": {msi}"),
            Self::MsiX(msix) => write!(f, ": {msix}"),
            Self::Power(power) => write!(f, " {power}"),
            Self::Express(express) => write!(f, " {express}"),
            Self::Virtio(kind, bar) => {
                let kinds = ["", "common", "notifications", "ISR", "device", "PCI access"];
                match kinds.get(usize::from(*kind)).filter(|name| !name.is_empty()) {
                    Some(name) => write!(f, ": virtio {name}, BAR {bar}"),
                    None => write!(f, ": virtio structure {kind}, BAR {bar}"),
                }
            }
            Self::None => Ok(()),
        }
    }
}

/// Registers of a capability near the end of the space do not exist.
fn byte_at(space: &impl ConfigSpace, at: Address, offset: u16, more: u16) -> u8 {
    space.read_u8(at, offset.saturating_add(more))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::Fake;
    use super::*;

    fn express(fake: &Fake) -> (Address, Function) {
        let at = "00:01.0".parse().unwrap();
        fake.add(at, vec![0; 4096], vec![0; 4096]);
        fake.set(at, 0, &[0xf4, 0x1a, 0x41, 0x10, 0, 0, 0x10, 0]);
        fake.set(at, 0x34, &[0x40]);
        (at, Function::find(fake, at).unwrap())
    }

    #[test]
    fn both_lists_are_followed() {
        let fake = Fake::new();
        let (at, function) = express(&fake);
        fake.set(at, 0x40, &[0x10, 0xfd]);
        fake.set(at, 0xfc, &[0x77, 0x50]);
        fake.set(at, 0x50, &[0x09, 0, 0x10, 2, 4]);
        fake.set(at, 0x100, &[1, 0, 2, 0x20]);
        fake.set(at, 0x200, &[0xff, 0xff, 1, 0]);
        let list = |list: Vec<Capability>| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        let found = plain(&fake, function).collect();
        assert_eq!(
            list(found),
            ["[40] Express", "[fc] capability 0x77", "[50] Vendor Specific Information"]
        );
        let found = extended(&fake, function).collect();
        assert_eq!(
            list(found),
            ["[100] Advanced Error Reporting", "[200] extended capability 0xffff"]
        );
        let virtio = find(&fake, &function, id::VENDOR).unwrap();
        assert_eq!(
            Details::read(&fake, &function, virtio).to_string(),
            ": virtio notifications, BAR 4"
        );
    }

    #[test]
    fn loops_and_links_into_the_header_end() {
        let fake = Fake::new();
        let (at, function) = express(&fake);
        fake.set(at, 0x40, &[0x10, 0x60]);
        fake.set(at, 0x60, &[5, 0x40]);
        fake.set(at, 0x100, &[1, 0, 1, 0x10]);
        assert_eq!(plain(&fake, function).count(), 2);
        assert_eq!(extended(&fake, function).count(), 1);
        fake.set(at, 0x60, &[5, 0x10]);
        assert_eq!(plain(&fake, function).count(), 2);
        // Without the status bit the pointer means nothing.
        fake.set(at, 6, &[0]);
        assert_eq!(plain(&fake, function).count(), 0);
        assert_eq!(extended(&fake, function).count(), 0);
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_words(
            seed in prop::collection::vec(any::<u8>(), 4096), layout in 0..3u8, plain_only: bool,
        ) {
            let fake = Fake::new();
            let at = "00:01.0".parse().unwrap();
            let length = if plain_only { 256 } else { 4096 };
            fake.add(at, seed[..length].to_vec(), vec![0; length]);
            fake.set(at, 0x0e, &[layout]);
            fake.set(at, 6, &[0x10]);
            if let Some(function) = Function::find(&fake, at) {
                let all: Vec<_> =
                    plain(&fake, function).chain(extended(&fake, function)).collect();
                prop_assert!(all.len() <= 48 + 960);
                for capability in all {
                    let details = Details::read(&fake, &function, capability);
                    let words = format!("{capability}{details}");
                    prop_assert!(!words.is_empty());
                }
            }
        }
    }
}
