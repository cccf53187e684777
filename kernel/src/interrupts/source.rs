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

use super::controller::RouteError;
use super::line::{Gsi, IsaIrq};
use core::fmt;
use valhalla_core::interrupt::owners::{MAX_OWNERS, Refusal};

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
