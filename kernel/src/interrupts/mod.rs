//! Interrupts from devices: who brings them, who handles them, how many.
//!
//! A driver claims a [`Source`], an ISA line, a global interrupt or a message,
//! and is not told by which controller it comes ([`claim`]). The first two come
//! by a controller of lines, messages straight to the local APIC.
//!
//! ```text
//!   device --> 8259 slave --> 8259 master --> LINT0 of the local APIC --> CPU
//!                IRQ 8..15      IRQ 0..7        (ExtINT: "ask the 8259")
//!   device --> pin of an I/O APIC ----------> local APIC --------------> CPU
//!   PCI device -- a write to 0xfee00000 ----> local APIC --------------> CPU
//! ```
//!
//! Which of the first two it is can be changed while everything runs ([`mode`]).
//!
//! | file | what |
//! | --- | --- |
//! | [`source`] | what drivers ask for, and get |
//! | [`isa`] | the sixteen ISA lines |
//! | [`routes`] | the list of claims, and the vectors they are on |
//! | [`vectors`] | which are whose, and the counts |
//! | [`dispatch`] | what happens for each interrupt |
//! | [`storm`] | interrupts of nobody, and those that never end |
//! | [`pic`], [`ioapic`], [`lapic`] | the controllers |
//! | [`mode`] | which of them bring the lines |

mod controller;
mod dispatch;
pub mod ioapic;
pub mod isa;
pub mod lapic;
pub mod mode;
pub mod pic;
pub mod routes;
pub mod source;
pub mod storm;
pub mod vectors;
mod wiring;

pub use controller::Line;
pub use dispatch::strays;
pub use isa::IsaIrq;
pub use routes::Handler;
pub use source::{Claim, ClaimError, Gsi, Source, claim};

use mode::{Mode, ModeError};
use valhalla_core::options::{IrqChoice, X2apicChoice};

/// What the machine says, and what the person at it wants.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// The MADT, whole and checked, if there is one.
    pub madt: Option<&'a [u8]>,
    /// The line or pin of the SCI, as the FADT says.
    pub sci: Option<u16>,
    /// Whether the MADT says that there are 8259s.
    pub pc_compatible: bool,
    /// `irq=`
    pub irq: IrqChoice,
    /// `x2apic=`
    pub x2apic: X2apicChoice,
    /// Makes the interval timer interrupt once, so that the way through the
    /// I/O APIC can be seen to work; false where there is no timer.
    pub strike: fn() -> bool,
}

/// What controls interrupts on this machine, as start-up found it.
#[derive(Clone, Copy, Debug)]
pub struct Controllers {
    /// The pair of 8259s.
    pub pic: pic::Presence,
    /// The local APIC.
    pub lapic: lapic::LocalApic,
}

/// Sets all of them up, with every line masked, and chooses who brings the
/// lines. Interrupts must be off; the caller turns them on when every handler
/// is in place.
pub fn init(plan: &Plan<'_>) -> Controllers {
    let wiring = wiring::init(plan.madt, plan.sci);
    let ids_need_it = wiring.largest_apic_id() >= 255;
    // It comes first, because loaders leave its pins masked.
    let lapic = lapic::init(lapic::X2apic { choice: plan.x2apic, ids_need_it });
    let pic = pic::start();
    ioapic::init(wiring);
    mode::set_pc_compatible(plan.pc_compatible);
    isa::route_unclaimed();
    log::info!(target: "interrupts", "{pic}");
    log::info!(target: "interrupts", "{lapic}");
    for io_apic in ioapic::all() {
        log::info!(target: "interrupts", "{}, {} pins", io_apic.claim, io_apic.pins.count);
    }
    choose_mode(plan);
    Controllers { pic, lapic }
}

/// Goes over to the I/O APICs where that is wanted and seen to work.
fn choose_mode(plan: &Plan<'_>) {
    if plan.irq == IrqChoice::Pic {
        log::info!(target: "interrupts", "the 8259s bring the lines: irq=pic");
        return;
    }
    let tried = mode::set(Mode::Apic).and_then(|()| mode::prove(IsaIrq::TIMER, plan.strike));
    match tried {
        Ok(()) => {
            log::info!(target: "interrupts", "the I/O APICs bring the lines ({})", mode::current());
        }
        Err(error) => {
            let wanted = if plan.irq == IrqChoice::Apic { "irq=apic: " } else { "" };
            let is_no_surprise = matches!(error, ModeError::NoIoApic | ModeError::NoLocalApic);
            let level = match plan.irq {
                IrqChoice::Auto if is_no_surprise => log::Level::Info,
                _ => log::Level::Warn,
            };
            let rest = match mode::set(Mode::Pic) {
                Ok(()) => "the 8259s bring the lines",
                // Nothing is worse than before.
                Err(_) => "no controller is seen to bring the lines",
            };
            log::log!(target: "interrupts", level, "{wanted}{error}: {rest}");
        }
    }
}
