//! Interrupts from devices: who brings them, who handles them, how many.
//!
//! A driver claims a [`Source`], an ISA line, a global interrupt or a message,
//! and is not told by which controller it comes ([`claim`]). The first two come
//! by a controller of lines, messages straight to the local APIC.
//!
//! ```text
//!   device --> 8259 slave --> 8259 master --> LINT0 of the local APIC --> CPU
//!                IRQ 8..15      IRQ 0..7        (ExtINT: "ask the 8259")
//!   PCI device -- a write to 0xfee00000 ----> local APIC --------------> CPU
//! ```
//!
//! | file | what |
//! | --- | --- |
//! | [`source`] | what drivers ask for, and get |
//! | [`isa`] | the sixteen ISA lines |
//! | [`routes`] | the list of claims, and the vectors they are on |
//! | [`vectors`] | entries and counts |
//! | [`storm`] | interrupts of nobody, and those that never end |
//! | [`pic`], [`lapic`] | the controllers |

mod controller;
pub mod isa;
pub mod lapic;
mod mode;
pub mod pic;
pub mod routes;
pub mod source;
pub mod storm;
pub mod vectors;
mod wiring;

pub use controller::Line;
pub use isa::IsaIrq;
pub use source::{Claim, ClaimError, Gsi, Source, claim};
pub use vectors::Handler;

use core::fmt;

/// What controls interrupts on this machine.
#[derive(Clone, Copy, Debug)]
pub struct Controllers {
    /// The pair of 8259s.
    pub pic: pic::Presence,
    /// The local APIC.
    pub lapic: lapic::LocalApic,
}

impl fmt::Display for Controllers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.pic, self.lapic)
    }
}

/// Sets up both, with every line masked. Interrupts must be off; the caller
/// turns them on when every handler is in place.
pub fn init() -> Controllers {
    vectors::init();
    // It comes first, because loaders leave its pins masked.
    let lapic = lapic::init();
    let pic = pic::init();
    isa::install_entries();
    let controllers = Controllers { pic, lapic };
    log::info!(target: "interrupts", "{controllers}");
    controllers
}
