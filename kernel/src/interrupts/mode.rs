//! Which controllers bring the lines: the 8259s or the I/O APICs, and the way
//! from one to the other while everything runs.
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

use super::controller::{Controller, RouteError};
use super::ioapic::{self, IoApics};
use super::isa::{self, IsaIrq};
use super::lapic::{self, Access, Pins, ipi};
use super::pic::{self, Pic};
use super::routes::{self, Path, Route};
use super::{vectors, wiring};
use crate::cpu::elapsed;
use crate::cpu::port::Port;
use core::fmt;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use spin::Once;
use valhalla_core::apic::{Mask, Trigger};
use valhalla_core::interrupt::owners::Names;
use x86_64::instructions::interrupts;

/// Who brings the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The pair of 8259s.
    Pic,
    /// The I/O APICs and the local APIC.
    Apic,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match (self, lapic::access()) {
            (Self::Pic, _) => "PIC",
            (Self::Apic, Access::Msr) => "x2APIC",
            (Self::Apic, _) => "xAPIC",
        })
    }
}

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

static MODE: AtomicU8 = AtomicU8::new(0);
/// Whether the machine may have an interrupt mode register.
static HAS_IMCR: AtomicBool = AtomicBool::new(false);
/// Why the I/O APICs were seen not to bring interrupts: nobody goes there again.
static REFUTED: Once<ModeError> = Once::new();
static SWITCHES: AtomicU64 = AtomicU64::new(0);
static RESENT: AtomicU64 = AtomicU64::new(0);

/// How often an edge may strike just while the 8259s are made to forget. Tries, no
/// wait: what each of them waits for is bounded by time.
const MOST_TRIES: u32 = 100;
/// How long what the local APIC has taken may take to be handled.
const DRAIN_LIMIT_NS: u64 = 100_000_000;

/// Interrupt mode configuration register (MultiProcessor Specification 3.6.2.1):
/// index and data. PC-compatible machines that have one start with the 8259s
/// wired to the processor's pin, past the local APIC.
const IMCR: [Port<u8>; 2] = [Port::new(0x22), Port::new(0x23)];
const IMCR_INDEX: u8 = 0x70;

/// Who brings the lines now.
#[must_use]
pub fn current() -> Mode {
    if MODE.load(Ordering::Relaxed) == 0 { Mode::Pic } else { Mode::Apic }
}

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

/// The controller that brings the lines now.
pub(super) fn controller() -> &'static dyn Controller {
    controller_of(current())
}

fn controller_of(mode: Mode) -> &'static dyn Controller {
    match mode {
        Mode::Pic => &Pic,
        Mode::Apic => &IoApics,
    }
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

/// Whether every claim can be had in `mode`.
fn check(mode: Mode) -> Result<(), ModeError> {
    if mode == Mode::Apic
        && let Some(error) = REFUTED.get()
    {
        return Err(*error);
    }
    match mode {
        Mode::Pic if pic::presence() == pic::Presence::Absent => return Err(ModeError::NoPic),
        Mode::Apic if lapic::access() == Access::None => return Err(ModeError::NoLocalApic),
        Mode::Apic if ioapic::all().next().is_none() => return Err(ModeError::NoIoApic),
        // Eight bits, and all ones mean every processor.
        Mode::Apic if lapic::id() >= 255 => return Err(ModeError::WideApicId(lapic::id())),
        Mode::Pic | Mode::Apic => {}
    }
    let mut lost = Ok(());
    routes::for_each(|route| {
        if let Path::Line(line) = &route.path
            && let Err(error) = controller_of(mode).reaches(line)
        {
            lost = Err(ModeError::Loses { names: route.owners.names(), error });
        }
    });
    lost
}

/// Interrupts are off, as in all that follows.
fn to_apic() {
    pic::close_all();
    // What an 8259 had offered already is taken.
    breathe();
    set_imcr(Mode::Apic);
    lapic::set_pins(Pins::NmiOnly);
    enter(Mode::Apic);
    ioapic::open_nmi_sources();
    let requests = pic::requests();
    for_each_open_edge(|irq, vector| {
        if requests & irq.bit() != 0
            && !lapic::is_requested(vector)
            && ipi::send_to_self(vector).is_ok()
        {
            RESENT.fetch_add(1, Ordering::Relaxed);
        }
    });
}

fn to_pic() {
    for _ in 0..MOST_TRIES {
        let _ = pic::start();
        ioapic::mask_all();
        let (requests, mut twice) = (pic::requests(), false);
        for_each_open_edge(|irq, vector| {
            twice |= requests & irq.bit() != 0 && lapic::is_requested(vector);
        });
        if twice {
            open_claims();
        }
        drain();
        if !twice {
            break;
        }
    }
    set_imcr(Mode::Pic);
    lapic::set_pins(Pins::VirtualWire);
    enter(Mode::Pic);
}

/// Makes it the mode, routes every line there, and opens
/// what is to be open.
fn enter(mode: Mode) {
    MODE.store(mode as u8, Ordering::Relaxed);
    routes::for_each(|route| {
        if mode == Mode::Pic {
            move_home(route);
        }
        if let Path::Line(line) = &route.path {
            // `check` has seen that it can be had.
            let _ = controller().route(line, route.vector);
        }
    });
    isa::route_unclaimed();
    open_claims();
}

/// The 8259s have a vector for each line, and no other.
fn move_home(route: &mut Route) {
    if let Path::Line(line) = &route.path
        && let Some(irq) = line.isa
        && route.vector != isa::usual_vector(irq)
    {
        routes::carry(route, isa::usual_vector(irq));
    }
}

fn open_claims() {
    routes::for_each(|route| {
        if let Path::Line(line) = &route.path
            && route.mask() == Mask::Open
        {
            controller().unmask(line);
        }
    });
}

/// Each claimed ISA line that is open and interrupts by an edge.
fn for_each_open_edge(mut each: impl FnMut(IsaIrq, u8)) {
    routes::for_each(|route| {
        if let Path::Line(line) = &route.path
            && let Some(irq) = line.isa
            && line.trigger == Trigger::Edge
            && route.mask() == Mask::Open
        {
            each(irq, route.vector);
        }
    });
}

/// Lets what waits at the local APIC be handled, until nothing of the lines
/// does.
fn drain() {
    until_drained(|| {
        let mut waiting = false;
        routes::for_each(|route| {
            waiting |= matches!(route.path, Path::Line(_)) && lapic::is_requested(route.vector);
        });
        waiting
    });
}

/// Lets what waits on `vector`, to which nothing is sent any more, be handled.
pub(super) fn drain_vector(vector: u8) {
    until_drained(|| lapic::is_requested(vector));
}

/// Lets interrupts in as long as one `is_waiting`, for a bounded time.
fn until_drained(mut is_waiting: impl FnMut() -> bool) {
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
fn breathe() {
    interrupts::enable();
    // SAFETY: no effect; whatever waits strikes behind it.
    unsafe { core::arch::asm!("nop", options(nomem, nostack, preserves_flags)) };
    interrupts::disable();
}

fn set_imcr(mode: Mode) {
    if HAS_IMCR.load(Ordering::Relaxed) {
        let [index, data] = IMCR;
        // SAFETY: the register is this module's. Where there is none nobody
        // listens at these ports.
        unsafe {
            index.write(IMCR_INDEX);
            data.write(u8::from(mode == Mode::Apic));
        }
    }
}

/// How long something that was made to interrupt may take to do so.
const ARRIVAL_LIMIT_NS: u64 = 100_000_000;

/// Whether interrupts arrive in APIC mode, seen with an interrupt of our own
/// and with one of `line`, which `strike` makes interrupt once. Every other
/// line must be masked. `strike` answers false where it cannot. What was not
/// seen then is not tried again.
pub(super) fn prove(line: IsaIrq, strike: fn() -> bool) -> Result<(), ModeError> {
    look(line, strike).inspect_err(|error| {
        REFUTED.call_once(|| *error);
    })
}

fn look(line: IsaIrq, strike: fn() -> bool) -> Result<(), ModeError> {
    routes::set_handler(vectors::SELF_VECTOR, "start-up test", |_| ());
    let sent = ipi::send_to_self(vectors::SELF_VECTOR).is_ok();
    if !sent || !arrives(|| vectors::counts(vectors::SELF_VECTOR).arrived) {
        return Err(ModeError::NoSelfInterrupt);
    }
    let source = super::Source::Isa(line);
    let Ok(claim) = super::claim(source, "start-up", |_| ()) else {
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

/// Whether the line `irq` can be had, in the present mode.
pub(super) fn reaches(irq: IsaIrq) -> bool {
    controller().reaches(&wiring::line_of(irq)).is_ok()
}
