//! Which wire ends where, as the MADT tells (ACPI 6.5, 5.2.12.3 to 5.2.12.9).
//!
//! The ISA lines end at the I/O APIC's pins of the same number, high and edge,
//! unless an override says otherwise. The SCI's is the exception: low and level,
//! and shared (5.2.9, `SCI_INT`), so that is what an override leaves unsaid there.
//! Firmware errs: overrides for lines that
//! do not exist, two for one line, reserved codes, I/O APICs at address 0 or on
//! top of each other. What cannot be followed is refused with a [`Complaint`],
//! and the rest stands.

use super::{Entry, entries};
use crate::apic::{Polarity, Trigger};
use core::fmt;

/// Room for I/O APICs. Large machines have one a socket and one a bridge.
pub const MAX_IO_APICS: usize = 16;
/// Room for NMI sources, and for NMI pins of local APICs that differ.
pub const MAX_NMIS: usize = 8;
/// Room for complaints.
pub const MAX_COMPLAINTS: usize = 16;
/// Lines of the ISA bus.
pub const ISA_LINES: usize = 16;
/// How that bus does it.
const ISA_BUS: (Polarity, Trigger) = (Polarity::ActiveHigh, Trigger::Edge);

/// An I/O APIC as the table lists it: how many pins it has, it says itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IoApicClaim {
    /// Its id.
    pub id: u8,
    /// Physical address of its registers.
    pub address: u32,
    /// The first global system interrupt that it serves.
    pub gsi_base: u32,
}

/// Where an ISA line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IsaLine {
    /// At which pin; `None` when another line has been given that pin.
    pub gsi: Option<u32>,
    /// Which level asserts it.
    pub polarity: Polarity,
    /// What of it interrupts.
    pub trigger: Trigger,
    /// Whether an override says so.
    pub overridden: bool,
}

/// A pin that is an NMI: of an I/O APIC (a GSI) or of local APICs (0 or 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nmi {
    /// The GSI, or the number of the LINT pin.
    pub pin: u32,
    /// Which level asserts it.
    pub polarity: Polarity,
    /// What of it interrupts.
    pub trigger: Trigger,
}

/// Something in the table that is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Complaint {
    /// An override for a line that ISA does not have, or for another bus.
    NoSuchLine {
        /// The bus.
        bus: u8,
        /// The line.
        source: u8,
    },
    /// A second override for a line; the first stands.
    TwiceOverridden(u8),
    /// Two lines are given one pin; the first has it.
    PinTaken {
        /// The line that goes without.
        source: u8,
        /// The pin.
        gsi: u32,
    },
    /// The code for polarity or trigger is a reserved one; ISA's is taken.
    ReservedFlags(u16),
    /// Two I/O APICs at one address or from one GSI on; the first stands.
    SameIoApic(IoApicClaim),
    /// An I/O APIC where none can be.
    BadAddress(IoApicClaim),
    /// A local APIC has the pins LINT0 and LINT1 and no other.
    NoSuchPin(u8),
    /// There is no room for another one.
    NoRoom(&'static str),
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchLine { bus: 0, source } => {
                write!(f, "an override is for IRQ {source}, which ISA does not have")
            }
            Self::NoSuchLine { bus, .. } => {
                write!(f, "an override is for bus {bus}, which is not ISA")
            }
            Self::TwiceOverridden(source) => {
                write!(f, "IRQ {source} is overridden twice: the first stands")
            }
            Self::PinTaken { source, gsi } => {
                write!(f, "IRQ {source} is given GSI {gsi}, which another line has")
            }
            Self::ReservedFlags(flags) => {
                write!(f, "polarity and trigger {flags:#x} are reserved codes: taken as ISA's")
            }
            Self::SameIoApic(claim) => {
                write!(f, "{claim} is on top of another one: not used")
            }
            Self::BadAddress(claim) => {
                write!(f, "{claim} cannot be there: not used")
            }
            Self::NoSuchPin(lint) => {
                write!(f, "a local APIC's NMI is on LINT{lint}, which it does not have")
            }
            Self::NoRoom(what) => write!(f, "there are too many {what}: some are not used"),
        }
    }
}

impl fmt::Display for IoApicClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "I/O APIC {} at {:#x}, from GSI {}", self.id, self.address, self.gsi_base)
    }
}

/// Pins of an I/O APIC, once it has said how many: `base` and `base + pins - 1`
/// are the first and the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pins {
    /// The first global system interrupt.
    pub base: u32,
    /// How many.
    pub count: u32,
}

impl Pins {
    /// The pin `gsi` counted from the first, if it is one of them.
    #[must_use]
    pub const fn pin(self, gsi: u32) -> Option<u32> {
        match gsi.checked_sub(self.base) {
            Some(pin) if pin < self.count => Some(pin),
            _ => None,
        }
    }

    /// Whether both serve a common pin.
    #[must_use]
    pub const fn overlap(self, other: Self) -> bool {
        other.pin(self.base).is_some() && self.count > 0
            || self.pin(other.base).is_some() && other.count > 0
    }
}

/// A list of fixed room.
#[derive(Clone, Copy, Debug)]
struct Few<T, const N: usize> {
    items: [Option<T>; N],
}

impl<T: Copy, const N: usize> Few<T, N> {
    const EMPTY: Self = Self { items: [None; N] };

    fn iter(&self) -> impl Iterator<Item = T> {
        self.items.iter().flatten().copied()
    }

    /// Whether there was room.
    fn push(&mut self, item: T) -> bool {
        match self.items.iter_mut().find(|slot| slot.is_none()) {
            Some(slot) => {
                *slot = Some(item);
                true
            }
            None => false,
        }
    }
}

/// What the table says about wires.
#[derive(Clone, Copy, Debug)]
pub struct Wiring {
    io_apics: Few<IoApicClaim, MAX_IO_APICS>,
    isa: [IsaLine; ISA_LINES],
    nmi_sources: Few<Nmi, MAX_NMIS>,
    local_nmis: Few<Nmi, MAX_NMIS>,
    complaints: Few<Complaint, MAX_COMPLAINTS>,
    largest_apic_id: u32,
}

impl Wiring {
    /// What holds where there is no table: ISA lines at the pins of their number.
    /// `sci` is the line that the FADT names, if it is one of them.
    #[must_use]
    pub const fn new(sci: Option<u8>) -> Self {
        let plain = IsaLine {
            gsi: None,
            polarity: Polarity::ActiveHigh,
            trigger: Trigger::Edge,
            overridden: false,
        };
        let mut isa = [plain; ISA_LINES];
        let mut line = 0;
        while line < ISA_LINES {
            isa[line].gsi = Some(line as u32);
            line += 1;
        }
        if let Some(sci) = sci
            && (sci as usize) < ISA_LINES
        {
            isa[sci as usize].polarity = Polarity::ActiveLow;
            isa[sci as usize].trigger = Trigger::Level;
        }
        Self {
            io_apics: Few::EMPTY,
            isa,
            nmi_sources: Few::EMPTY,
            local_nmis: Few::EMPTY,
            complaints: Few::EMPTY,
            largest_apic_id: 0,
        }
    }

    /// Reads `table`, a whole MADT; `sci` as for [`new`](Self::new).
    #[must_use]
    pub fn read(table: &[u8], sci: Option<u8>) -> Self {
        let mut wiring = Self::new(sci);
        for entry in entries(table).flatten() {
            wiring.add(entry);
        }
        wiring.drop_taken_pins();
        wiring
    }

    fn add(&mut self, entry: Entry) {
        match entry {
            Entry::LocalApic { apic_id, flags, .. } => self.see_id(u32::from(apic_id), flags),
            Entry::X2Apic { x2apic_id, flags, .. } => self.see_id(x2apic_id, flags),
            Entry::IoApic { id, address, gsi_base } => {
                self.add_io_apic(IoApicClaim { id, address, gsi_base });
            }
            Entry::SourceOverride { bus, source, gsi, flags } => {
                self.add_override(bus, source, gsi, flags);
            }
            Entry::NmiSource { gsi, flags } => {
                let (polarity, trigger) = self.flags(flags, ISA_BUS);
                if !self.nmi_sources.push(Nmi { pin: gsi, polarity, trigger }) {
                    self.complain(Complaint::NoRoom("NMI sources"));
                }
            }
            Entry::LocalApicNmi { flags, lint, .. } => self.add_local_nmi(flags, lint),
            Entry::LocalApicAddress(_) | Entry::Unknown(_) => {}
        }
    }

    fn see_id(&mut self, id: u32, flags: u32) {
        // Neither ready nor ever to be: a placeholder whose id says nothing.
        if flags & 3 != 0 {
            self.largest_apic_id = self.largest_apic_id.max(id);
        }
    }

    fn add_io_apic(&mut self, claim: IoApicClaim) {
        let same = self
            .io_apics
            .iter()
            .any(|other| other.address == claim.address || other.gsi_base == claim.gsi_base);
        if claim.address == 0 || claim.address & 0xf != 0 {
            self.complain(Complaint::BadAddress(claim));
        } else if same {
            self.complain(Complaint::SameIoApic(claim));
        } else if !self.io_apics.push(claim) {
            self.complain(Complaint::NoRoom("I/O APICs"));
        }
    }

    fn add_override(&mut self, bus: u8, source: u8, gsi: u32, flags: u16) {
        let line = match self.isa.get(usize::from(source)) {
            Some(line) if bus == 0 => *line,
            _ => return self.complain(Complaint::NoSuchLine { bus, source }),
        };
        if line.overridden {
            return self.complain(Complaint::TwiceOverridden(source));
        }
        let (polarity, trigger) = self.flags(flags, (line.polarity, line.trigger));
        if let Some(line) = self.isa.get_mut(usize::from(source)) {
            *line = IsaLine { gsi: Some(gsi), polarity, trigger, overridden: true };
        }
    }

    fn add_local_nmi(&mut self, flags: u16, lint: u8) {
        if lint > 1 {
            return self.complain(Complaint::NoSuchPin(lint));
        }
        let (polarity, trigger) = self.flags(flags, ISA_BUS);
        let nmi = Nmi { pin: u32::from(lint), polarity, trigger };
        // One entry a processor says the same again and again.
        if !self.local_nmis.iter().any(|other| other == nmi) && !self.local_nmis.push(nmi) {
            self.complain(Complaint::NoRoom("NMI pins"));
        }
    }

    /// Polarity and trigger (ACPI 6.5, table 5.26); 0 is "as the bus does it",
    /// which is `usual`.
    fn flags(&mut self, flags: u16, usual: (Polarity, Trigger)) -> (Polarity, Trigger) {
        if flags & 3 == 2 || flags >> 2 & 3 == 2 {
            self.complain(Complaint::ReservedFlags(flags & 0xf));
        }
        let polarity = match flags & 3 {
            1 => Polarity::ActiveHigh,
            3 => Polarity::ActiveLow,
            _ => usual.0,
        };
        let trigger = match flags >> 2 & 3 {
            1 => Trigger::Edge,
            3 => Trigger::Level,
            _ => usual.1,
        };
        (polarity, trigger)
    }

    /// A line that is moved to a pin takes it from the line of that number:
    /// IRQ 0 at GSI 2 leaves IRQ 2, the 8259s' cascade, without one. Of two
    /// lines that are moved to one pin, the lower has it.
    fn drop_taken_pins(&mut self) {
        let mut taken = Few::<u32, ISA_LINES>::EMPTY;
        let mut refused = Few::<(u8, u32), ISA_LINES>::EMPTY;
        for (source, line) in (0u8..).zip(&mut self.isa).filter(|(_, line)| line.overridden) {
            let Some(gsi) = line.gsi else { continue };
            if taken.iter().any(|other| other == gsi) {
                line.gsi = None;
                refused.push((source, gsi));
            } else {
                taken.push(gsi);
            }
        }
        for line in self.isa.iter_mut().filter(|line| !line.overridden) {
            line.gsi = line.gsi.filter(|gsi| taken.iter().all(|other| other != *gsi));
        }
        refused.iter().for_each(|(source, gsi)| self.complain(Complaint::PinTaken { source, gsi }));
    }

    fn complain(&mut self, complaint: Complaint) {
        if !self.complaints.iter().any(|other| other == complaint) {
            // More than fit say nothing new.
            self.complaints.push(complaint);
        }
    }

    /// The I/O APICs that can be, in the table's order.
    pub fn io_apics(&self) -> impl Iterator<Item = IoApicClaim> {
        self.io_apics.iter()
    }

    /// Where the ISA line `irq` ends; `None` for a line that there is not.
    #[must_use]
    pub fn isa(&self, irq: u8) -> Option<IsaLine> {
        self.isa.get(usize::from(irq)).copied()
    }

    /// The pin `gsi` for a PCI device, with the ISA line that ends there: low and
    /// level as PCI has it, unless an override says otherwise.
    #[must_use]
    pub fn pci_pin(&self, gsi: u32) -> (Option<u8>, Polarity, Trigger) {
        let irq = self.isa_on(gsi);
        match irq.and_then(|irq| self.isa(irq)) {
            Some(line) if line.overridden => (irq, line.polarity, line.trigger),
            _ => (irq, Polarity::ActiveLow, Trigger::Level),
        }
    }

    /// The ISA line that ends at `gsi`.
    #[must_use]
    pub fn isa_on(&self, gsi: u32) -> Option<u8> {
        (0u8..).zip(&self.isa).find(|(_, line)| line.gsi == Some(gsi)).map(|(irq, _)| irq)
    }

    /// Pins of I/O APICs that are NMIs.
    pub fn nmi_sources(&self) -> impl Iterator<Item = Nmi> {
        self.nmi_sources.iter()
    }

    /// Pins of local APICs that are NMIs, each once.
    pub fn local_nmis(&self) -> impl Iterator<Item = Nmi> {
        self.local_nmis.iter()
    }

    /// What is not followed.
    pub fn complaints(&self) -> impl Iterator<Item = Complaint> {
        self.complaints.iter()
    }

    /// The largest id of a processor that is, or can be, there. From 255 on
    /// only x2APIC mode can name it.
    #[must_use]
    pub const fn largest_apic_id(&self) -> u32 {
        self.largest_apic_id
    }
}

#[cfg(test)]
mod tests;
