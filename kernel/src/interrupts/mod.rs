//! Interrupts from devices: who controls them, who handles them, how many.
//!
//! The controller is the pair of 8259s ([`pic`]), its sixteen ISA lines are
//! what drivers register for ([`isa`]). Where there is a local APIC it sits
//! between the 8259s and the processor and is set to let them through
//! ([`lapic`]); it comes first, because loaders leave its pins masked.
//!
//! ```text
//!   device --> 8259 slave --> 8259 master --> LINT0 of the local APIC --> CPU
//!                IRQ 8..15      IRQ 0..7        (ExtINT: "ask the 8259")
//! ```

pub mod isa;
pub mod lapic;
pub mod pic;

pub use isa::IsaIrq;

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

/// Sets up both, with every ISA line masked. Interrupts must be off; the
/// caller turns them on when every handler is in place.
pub fn init() -> Controllers {
    let lapic = lapic::init();
    let pic = pic::init();
    isa::init();
    let controllers = Controllers { pic, lapic };
    log::info!(target: "interrupts", "{controllers}");
    controllers
}
