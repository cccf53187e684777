//! The local APIC (SDM Vol. 3A, chapter 11): the processor's own controller.
//!
//! It takes messages (from I/O APICs, from devices that signal by message, from
//! other processors and from itself), has a timer, and two pins. Where it is
//! enabled, the 8259s reach the processor through its pin LINT0 and NMI through
//! LINT1. Firmware opens both ("virtual wire mode"), but loaders may close them
//! again: Limine 12 does, and without [`Pins`] not one timer tick arrives.
//!
//! | file | what |
//! | --- | --- |
//! | [`access`] | the registers, in memory or as MSRs |
//! | [`base`] | switching it on, in xAPIC or x2APIC mode |
//! | [`error`] | its own errors, counted |
//! | [`ipi`] | interrupts to processors |
//! | [`timer`] | its timer |

pub mod access;
mod base;
pub mod error;
pub mod ipi;
pub mod timer;

pub use access::Access;
use access::{Register, read, write};
pub use base::LocalApic;

use super::{vectors, wiring};
use crate::cpu::elapsed;
use core::sync::atomic::{AtomicU64, Ordering};
use valhalla_core::acpi::madt::wiring::Nmi;
use valhalla_core::apic::{Delivery, Polarity, Trigger, lvt};
use valhalla_core::options::X2apicChoice;

/// Spurious-vector register: software enable.
const SVR_ENABLE: u32 = 1 << 8;
/// LVT entry: blocked.
const LVT_MASKED: u32 = 1 << 16;

/// What the two pins do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pins {
    /// LINT0 is the 8259s, LINT1 is NMI.
    VirtualWire,
    /// The 8259s are left out: LINT0 is closed, LINT1 is NMI.
    NmiOnly,
}

static SPURIOUS: AtomicU64 = AtomicU64::new(0);

/// How the registers are reached; `None` where there is nothing to reach.
#[must_use]
pub fn access() -> Access {
    access::access()
}

/// Finds the local APIC and lets the 8259s and NMI through it. Before the 8259s
/// are used.
pub(super) fn init(x2apic: X2apicChoice) -> LocalApic {
    let found = base::find(x2apic);
    if access() == Access::None {
        return found;
    }
    // What the firmware or the loader may have left running would arrive on
    // vectors that are not theirs any more.
    let last = read(Register::Version) >> 16 & 0xff;
    for (needs, register) in [
        (0, Register::LvtTimer),
        (3, Register::LvtError),
        (4, Register::LvtPerformance),
        (5, Register::LvtThermal),
        (6, Register::LvtCmci),
    ] {
        if last >= needs {
            write(register, LVT_MASKED);
        }
    }
    // While software-disabled, every LVT entry is forced to be masked (11.4.7.2).
    write(Register::SpuriousVector, SVR_ENABLE | u32::from(vectors::SPURIOUS));
    write(Register::TaskPriority, 0);
    set_pins(Pins::VirtualWire);
    error::init();
    found
}

/// Sets LINT0 and LINT1. Where the firmware tells of NMI pins, they are as it
/// says; the 8259s keep LINT0 all the same, because nothing arrives without.
pub(super) fn set_pins(pins: Pins) {
    let nmi_on = |lint| wiring::get().local_nmis().find(|nmi| nmi.pin == lint);
    let nmi = |nmi: Nmi| lvt::pin(Delivery::Nmi, nmi.polarity, nmi.trigger);
    let lint0 = match (pins, nmi_on(0)) {
        (Pins::VirtualWire, _) => lvt::pin(Delivery::ExtInt, Polarity::ActiveHigh, Trigger::Edge),
        (Pins::NmiOnly, Some(pin)) => nmi(pin),
        (Pins::NmiOnly, None) => LVT_MASKED,
    };
    let usual = lvt::pin(Delivery::Nmi, Polarity::ActiveHigh, Trigger::Edge);
    let lint1 = nmi_on(1).map_or(usual, nmi);
    write(Register::LvtLint0, lint0);
    write(Register::LvtLint1, lint1);
}

/// This processor's id; 0 where there is no local APIC.
#[must_use]
pub fn id() -> u32 {
    match access() {
        Access::None => 0,
        Access::Memory => read(Register::Id) >> 24,
        Access::Msr => read(Register::Id),
    }
}

/// The bit of `vector` in one of the three 256-bit registers.
fn bit_of(first: Register, vector: u8) -> bool {
    access::read_nth(first, u16::from(vector / 32)) >> (vector % 32) & 1 == 1
}

/// Whether `vector` is in service: taken, and not yet ended.
pub(super) fn is_in_service(vector: u8) -> bool {
    bit_of(Register::InService, vector)
}

/// Whether `vector` waits to be taken.
pub(super) fn is_requested(vector: u8) -> bool {
    bit_of(Register::Request, vector)
}

/// Whether any vector is in service.
#[must_use]
pub fn is_busy() -> bool {
    (0..8).any(|n| access::read_nth(Register::InService, n) != 0)
}

/// Ends the interrupt in service, the only one: handlers do not nest.
pub(super) fn end_of_interrupt() {
    write(Register::EndOfInterrupt, 0);
}

/// Counts an interrupt with nothing in service, so nothing is ended (11.9).
pub(super) fn count_spurious() {
    SPURIOUS.fetch_add(1, Ordering::Relaxed);
}

/// Spurious interrupts of the local APIC so far.
#[must_use]
pub fn spurious_count() -> u64 {
    SPURIOUS.load(Ordering::Relaxed)
}

/// How long what has been taken may take to be handled.
const DRAIN_LIMIT_NS: u64 = 100_000_000;

/// Lets what waits on `vector`, to which nothing is sent any more, be handled.
pub(super) fn drain_vector(vector: u8) {
    drain(|| is_requested(vector));
}

/// Lets interrupts in, which are off, as long as one `is_waiting`, for a bounded time.
pub(super) fn drain(mut is_waiting: impl FnMut() -> bool) {
    // What is not handled by then strikes later: nothing is lost.
    let _ = elapsed::wait_until(DRAIN_LIMIT_NS, || {
        if !is_waiting() {
            return Some(());
        }
        breathe();
        None
    });
}

/// Interrupts on, for the instruction that follows STI and one more.
pub(super) fn breathe() {
    // SAFETY: every vector has an entry that keeps all registers.
    unsafe { core::arch::asm!("sti", "nop", "cli", options(nostack)) };
}

/// What a register says, for people; 0 without a local APIC.
#[must_use]
pub fn register(register: Register) -> u32 {
    read(register)
}

/// The 256 bits of a register of vectors, in eight words.
#[must_use]
pub fn vector_bits(first: Register) -> [u32; 8] {
    [0, 1, 2, 3, 4, 5, 6, 7].map(|n| access::read_nth(first, n))
}
