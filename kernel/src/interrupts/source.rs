//! What a driver asks for: a source of interrupts, never a controller.
//!
//! ```text
//!   Source::Isa(IsaIrq::KEYBOARD)     a line of the ISA bus, 0 to 15
//!   Source::Gsi(Gsi(16))              a pin of an I/O APIC
//!   Source::Msi                       a message; the claim says which to send
//!         |
//!      claim(source, name, handler) -> Claim
//! ```
//!
//! Where the line is wired to, what its polarity is, which controller brings it
//! now and how an interrupt is ended there is not the driver's business, and
//! may change under it while it runs.

use super::isa::IsaIrq;
use super::routes::{self, Handler, RouteError};
use super::vectors::Counts;
use core::fmt;
use valhalla_core::apic::Mask;
use valhalla_core::apic::message::Message;
use valhalla_core::interrupt::owners::{MAX_OWNERS, Refusal};

/// A global system interrupt: the number that ACPI gives to every pin of every
/// I/O APIC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gsi(pub u32);

impl fmt::Display for Gsi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GSI {}", self.0)
    }
}

/// Where interrupts come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A line of the ISA bus.
    Isa(IsaIrq),
    /// A pin of an I/O APIC: low and level, as PCI's are. A pin that an ISA
    /// line is wired to is that line.
    Gsi(Gsi),
    /// A message that a PCI device sends (MSI, MSI-X).
    Msi,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Isa(irq) => irq.fmt(f),
            Self::Gsi(gsi) => gsi.fmt(f),
            Self::Msi => f.write_str("MSI"),
        }
    }
}

/// Why a source cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimError {
    /// Another driver has it, and it cannot be shared.
    Taken {
        /// Which.
        by: &'static str,
    },
    /// As many drivers share it as can.
    Crowded,
    /// No controller of this machine brings it, in the present mode.
    Unreachable(RouteError),
    /// Messages go to the local APIC, and there is none.
    NoLocalApic,
    /// This processor's id does not fit into a message.
    WideApicId(u32),
    /// Every vector is taken.
    NoVector,
    /// The list of claims is full.
    TooMany,
}

impl fmt::Display for ClaimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken { by } => write!(f, "{by} has it already"),
            Self::Crowded => write!(f, "{MAX_OWNERS} drivers share it already"),
            Self::Unreachable(error) => error.fmt(f),
            Self::NoLocalApic => f.write_str("there is no local APIC to send messages to"),
            Self::WideApicId(id) => {
                write!(f, "this processor's APIC id {id} does not fit into a message")
            }
            Self::NoVector => f.write_str("every vector is taken"),
            Self::TooMany => f.write_str("the list of claims is full"),
        }
    }
}

impl From<Refusal> for ClaimError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Exclusive { by } => Self::Taken { by },
            Refusal::Full => Self::Crowded,
        }
    }
}

/// A source that is ours, open, with a handler. Dropping it masks the source
/// and frees its vector, unless other drivers share the line: quieten the device
/// first, which neither a message nor a shared line does.
#[derive(Debug)]
#[must_use = "the source is given back when this is dropped; `keep` keeps it"]
pub struct Claim {
    id: usize,
}

impl Claim {
    pub(super) const fn new(id: usize) -> Self {
        Self { id }
    }

    /// Keeps the source for good.
    pub fn keep(self) {
        core::mem::forget(self);
    }

    /// The vector that it arrives on now.
    #[must_use]
    pub fn vector(&self) -> u8 {
        routes::vector_of(self.id)
    }

    /// For [`Source::Msi`]: what the device has to send, and where. Programme it
    /// into the MSI capability (address, data) or a row of the MSI-X table, and
    /// only then let the device send.
    #[must_use]
    pub fn message(&self) -> Option<Message> {
        routes::message_of(self.id)
    }

    /// Blocks the source, a shared line for all; its handler stays. Nothing can
    /// block a message: mask it at the device.
    pub fn mask(&self) {
        routes::set_mask(self.id, Mask::Masked);
    }

    /// Lets the source through again, once no other owner blocks it.
    pub fn unmask(&self) {
        routes::set_mask(self.id, Mask::Open);
    }

    /// What has come so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        super::vectors::counts(self.vector())
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        routes::release(self.id);
    }
}

/// Makes `handler` the one for `source` and lets the source through. `name`
/// says whose it is. The handler runs with interrupts off; the entry ends the
/// interrupt after it. A line that is level-triggered can be claimed by several
/// drivers: the handler of each is called, and asks its own device.
///
/// # Errors
///
/// [`ClaimError`]; nothing has changed then.
pub fn claim(source: Source, name: &'static str, handler: Handler) -> Result<Claim, ClaimError> {
    routes::claim(source, name, handler).map(Claim::new)
}
