//! The way from the 8259s to the I/O APICs, or back, while everything runs.
//!
//! An edge is remembered by the controller that saw it, and by no other: an
//! 8259 keeps it in its request register, masked or not; an I/O APIC forgets
//! what comes while a pin is masked. So that nothing is lost and nothing comes
//! twice:
//!
//! ```text
//!  PIC -> APIC                          APIC -> PIC
//!  mask the 8259s, end what is taken    start the 8259s anew: they forget
//!  route and open the pins              mask the pins, end what is taken
//!  requested at the 8259 and not at     requested at both: open the pins
//!  the local APIC: came in between,     again and start over; at the 8259
//!  send it to ourselves                 alone: came in between, stays there
//!                                       open the 8259s' lines
//! ```

pub use super::current::{Mode, current};

use super::claim::claim;
use super::controller::RouteError;
use super::current::{controller, set_current};
use super::ioapic;
use super::lapic::{self, Access, Pins, ipi};
use super::line::IsaIrq;
use super::pic::{self, Presence};
use super::routes::{self, Route};
use super::source::Source;
use super::vectors;
use crate::cpu::elapsed;
use crate::cpu::port::Port;
use core::fmt;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use spin::Once;
use valhalla_core::apic::{Mask, Trigger};
use valhalla_core::interrupt::owners::Names;
use x86_64::instructions::interrupts;

/// Why the mode stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModeError {
    /// There are no 8259s.
    NoPic,
    /// There is no local APIC, or it is out of reach.
    NoLocalApic,
    /// The MADT lists no I/O APIC that can be used.
    NoIoApic,
    /// This processor's id does not fit into a redirection entry.
    WideApicId(u32),
    /// A claimed source could not be had any more.
    Loses {
        /// Whose it is.
        names: Names,
        /// Why.
        error: RouteError,
    },
    /// An interrupt that the processor sent to itself did not arrive.
    NoSelfInterrupt,
    /// A line was made to interrupt, and nothing came.
    NoLineInterrupt,
}

impl fmt::Display for ModeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPic => f.write_str("there are no 8259s"),
            Self::NoLocalApic => f.write_str("there is no local APIC in reach"),
            Self::NoIoApic => f.write_str("the MADT lists no I/O APIC that can be used"),
            Self::WideApicId(id) => {
                write!(f, "this processor's APIC id {id} does not fit into an I/O APIC's entry")
            }
            Self::Loses { names, error } => write!(f, "the {names} would go without: {error}"),
            Self::NoSelfInterrupt => {
                f.write_str("an interrupt that the processor sent to itself did not arrive")
            }
            Self::NoLineInterrupt => {
                f.write_str("the timer's interrupt did not come through the I/O APIC")
            }
        }
    }
}

/// Tells whether the machine may have an interrupt mode register.
static HAS_IMCR: AtomicBool = AtomicBool::new(false);
/// Why the I/O APICs were seen not to bring interrupts: nobody goes there again.
static REFUTED: Once<ModeError> = Once::new();
static SWITCHES: AtomicU64 = AtomicU64::new(0);
static RESENT: AtomicU64 = AtomicU64::new(0);

/// How often an edge may strike just while the 8259s are made to forget. Tries, no
/// wait: what each of them waits for is bounded by time.
const MOST_TRIES: u32 = 100;
/// How long something that was made to interrupt may take to do so.
const ARRIVAL_LIMIT_NS: u64 = 100_000_000;

/// Interrupt mode configuration register (MultiProcessor Specification 3.6.2.1):
/// index and data. PC-compatible machines that have one start with the 8259s
/// wired to the processor's pin, past the local APIC.
const IMCR: [Port<u8>; 2] = [Port::new(0x22), Port::new(0x23)];
const IMCR_INDEX: u8 = 0x70;

/// Changes of mode so far, and how many edges had to be sent again because
/// they came in the middle of one.
#[must_use]
pub fn statistics() -> (u64, u64) {
    (SWITCHES.load(Ordering::Relaxed), RESENT.load(Ordering::Relaxed))
}

/// Tells whether the firmware says that this is a PC with 8259s (PCAT_COMPAT).
pub(super) fn set_pc_compatible(compatible: bool) {
    HAS_IMCR.store(compatible, Ordering::Relaxed);
}

/// Changes the mode; every claim goes with it. Nothing happens where it is
/// that mode already.
///
/// # Errors
///
/// [`ModeError`]; the mode is the old one then.
pub fn set(mode: Mode) -> Result<(), ModeError> {
    if mode == current() {
        return Ok(());
    }
    check(mode)?;
    interrupts::without_interrupts(|| match mode {
        Mode::Apic => to_apic(),
        Mode::Pic => to_pic(),
    });
    SWITCHES.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

/// Checks that every claim can be had in `mode`.
fn check(mode: Mode) -> Result<(), ModeError> {
    if let (Mode::Apic, Some(error)) = (mode, REFUTED.get()) {
        return Err(*error);
    }
    match mode {
        Mode::Pic if pic::presence() == Presence::Absent => return Err(ModeError::NoPic),
        Mode::Apic if lapic::access() == Access::None => return Err(ModeError::NoLocalApic),
        Mode::Apic if ioapic::all().next().is_none() => return Err(ModeError::NoIoApic),
        // Eight bits, and all ones mean every processor.
        Mode::Apic if lapic::id() >= 255 => return Err(ModeError::WideApicId(lapic::id())),
        Mode::Pic | Mode::Apic => {}
    }
    let mut lost = Ok(());
    routes::for_each(|route| {
        if let Some(Err(error)) = route.line().map(|line| mode.controller().reaches(line)) {
            lost = Err(ModeError::Loses { names: route.owners.names(), error });
        }
    });
    lost
}

/// Interrupts are off, as in all that follows.
fn to_apic() {
    pic::mask_all();
    // What an 8259 had offered already is taken.
    lapic::breathe();
    lapic::set_pins(Pins::NmiOnly);
    enter(Mode::Apic);
    ioapic::open_nmi_sources();
    for_each_requested_edge(|route| {
        if !lapic::is_requested(route.vector) && ipi::send_to_self(route.vector).is_ok() {
            RESENT.fetch_add(1, Ordering::Relaxed);
        }
    });
}

fn to_pic() {
    for _ in 0..MOST_TRIES {
        let _ = pic::start();
        ioapic::mask_all();
        let mut twice = false;
        for_each_requested_edge(|route| twice |= lapic::is_requested(route.vector));
        if twice {
            routes::for_each(|route| route.apply_mask());
        }
        lapic::drain(|| {
            let mut is_waiting = false;
            routes::for_each(|route| {
                is_waiting |= route.line().is_some() && lapic::is_requested(route.vector);
            });
            is_waiting
        });
        if !twice {
            break;
        }
    }
    lapic::set_pins(Pins::VirtualWire);
    enter(Mode::Pic);
}

/// Makes it the mode, routes every line there, and opens what is to be open.
fn enter(mode: Mode) {
    set_current(mode);
    if HAS_IMCR.load(Ordering::Relaxed) {
        let [index, data] = IMCR;
        // SAFETY: the register is this module's. Where there is none nobody
        // listens at these ports.
        unsafe {
            index.write(IMCR_INDEX);
            data.write(u8::from(mode == Mode::Apic));
        }
    }
    routes::for_each(|route| {
        let Some(line) = route.line().copied() else { return };
        // The 8259s have a vector for each line, and no other.
        if let (Mode::Pic, Some(irq)) = (mode, line.isa) {
            route.carry_to(vectors::usual(irq));
        }
        controller().route(&line, route.vector);
        route.apply_mask();
    });
}

/// Each open claim of an ISA line that interrupts by edges, and asks its 8259 for
/// service now.
fn for_each_requested_edge(mut each: impl FnMut(&Route)) {
    let requests = pic::requests();
    routes::for_each(|route| {
        if let Some(line) = route.line()
            && pic::bit(line) & requests != 0
            && line.trigger == Trigger::Edge
            && route.mask() == Mask::Open
        {
            each(route);
        }
    });
}

/// Sees that interrupts arrive in APIC mode: one of our own, and one of `line`, which
/// `strike` makes interrupt once. Every other line must be masked. `strike` answers
/// false where it cannot. What was not seen then is not tried again.
pub(super) fn prove(line: IsaIrq, strike: fn() -> bool) -> Result<(), ModeError> {
    look(line, strike).inspect_err(|error| {
        REFUTED.call_once(|| *error);
    })
}

fn look(line: IsaIrq, strike: fn() -> bool) -> Result<(), ModeError> {
    routes::set_handler(vectors::SELF, "start-up test", |_| ());
    let sent = ipi::send_to_self(vectors::SELF).is_ok();
    if !sent || !arrives(|| vectors::counts(vectors::SELF).arrived) {
        return Err(ModeError::NoSelfInterrupt);
    }
    let Ok(claim) = claim(Source::Isa(line), "start-up", |_| ()) else {
        // Wired to no pin: there is nothing to be seen.
        return Ok(());
    };
    if strike() && !arrives(|| claim.counts().arrived) {
        return Err(ModeError::NoLineInterrupt);
    }
    Ok(())
}

/// Lets interrupts in until `count` is not 0, for a bounded time.
fn arrives(count: impl Fn() -> u64) -> bool {
    interrupts::enable();
    let arrived = elapsed::wait_until(ARRIVAL_LIMIT_NS, || (count() > 0).then_some(()));
    interrupts::disable();
    arrived.is_some()
}
