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
//! The files stand in this order, and each uses those above it alone:
//!
//! | file | what |
//! | --- | --- |
//! | [`line`] | names of wires |
//! | [`vectors`] | which are whose, and how many interrupts came |
//! | [`wiring`] | which wire ends where, as the firmware says |
//! | [`lapic`] | the local APIC |
//! | [`controller`] | what the 8259s and the APICs have in common |
//! | [`ioapic`] | the I/O APICs |
//! | [`pic`] | the 8259s |
//! | [`current`] | which of them brings the lines now |
//! | [`source`] | what drivers ask for |
//! | [`routes`] | the list of claims |
//! | [`list`] | the same, for people |
//! | [`claim`](mod@claim) | what drivers get |
//! | [`moves`] | a line moves to another vector |
//! | [`mode`] | the way from one controller to the other |
//! | [`storm`] | interrupts of nobody, and those that never end |
//! | [`dispatch`] | what happens for each interrupt |
//! | [`isa`] | the sixteen ISA lines, for drivers and commands |

mod claim;
mod controller;
mod current;
mod dispatch;
pub mod ioapic;
pub mod isa;
pub mod lapic;
mod line;
pub mod list;
pub mod mode;
pub mod moves;
pub mod pic;
pub mod routes;
mod source;
pub mod storm;
pub mod vectors;
pub mod wiring;

pub use claim::{Claim, claim};
pub use dispatch::strays;
pub use line::{Gsi, IsaIrq, Line};
pub use routes::Handler;
pub use source::{ClaimError, Source};

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
    wiring::init(plan.madt, plan.sci);
    routes::set_handler(vectors::ERROR, "APIC errors", lapic::error::on_error);
    // It comes first, because loaders leave its pins masked.
    let lapic = lapic::init(plan.x2apic);
    let pic = pic::start();
    ioapic::init();
    mode::set_pc_compatible(plan.pc_compatible);
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
    let Err(error) = tried else {
        log::info!(target: "interrupts", "the I/O APICs bring the lines ({})", mode::current());
        return;
    };
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
