//! The sixteen ISA interrupt lines: their names, and what came on them.
//!
//! Drivers claim a line as a source ([`super::claim`]); the timer's handler is
//! known when the kernel is compiled ([`register_hot`]).

use super::controller::Line;
use super::lapic::{X2apicEnd, XapicEnd};
use super::pic::{self, PicEnd};
use super::routes::{self, GENERAL};
use super::source::{Claim, Source};
use super::vectors::{self, Counts, End, Entries, FIRST_ISA_VECTOR, Handler};
use super::{mode, quiet, wiring};
use crate::cpu::TrapFrame;
use crate::cpu::idt::{self, Entry};
use core::fmt;
use core::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use valhalla_core::apic::Mask;

/// Number of lines.
pub const LINES: usize = 16;

/// An ISA interrupt line, 0 to 15.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IsaIrq(u8);

impl IsaIrq {
    /// The interval timer.
    pub const TIMER: Self = Self(0);
    /// The keyboard.
    pub const KEYBOARD: Self = Self(1);
    /// The second and the fourth serial port.
    pub const COM2: Self = Self(3);
    /// The first and the third serial port.
    pub const COM1: Self = Self(4);
    /// The real-time clock.
    pub const RTC: Self = Self(8);
    /// The mouse.
    pub const MOUSE: Self = Self(12);

    /// The line of this number, if there is one.
    #[must_use]
    pub const fn new(line: u8) -> Option<Self> {
        if (line as usize) < LINES { Some(Self(line)) } else { None }
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    pub(super) const fn bit(self) -> u16 {
        1 << self.0
    }

    /// All sixteen.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..LINES as u8).map(Self)
    }
}

impl fmt::Display for IsaIrq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IRQ {}", self.0)
    }
}

/// The vector of each line; a line can be moved.
static VECTORS: [AtomicU8; LINES] = {
    let mut vectors = [const { AtomicU8::new(0) }; LINES];
    let mut line = 0;
    while line < LINES {
        vectors[line] = AtomicU8::new(usual_vector(IsaIrq(line as u8)));
        line += 1;
    }
    vectors
};

/// Spurious interrupts: those of the master (IRQ 7) and the slave (IRQ 15).
static SPURIOUS: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];

/// The vector that `line` arrives on.
#[inline]
pub(super) fn vector(line: IsaIrq) -> u8 {
    VECTORS[usize::from(line.0)].load(Ordering::Relaxed)
}

/// Notes that `line` arrives on `vector` from now on.
pub(super) fn set_vector(line: IsaIrq, vector: u8) {
    VECTORS[usize::from(line.0)].store(vector, Ordering::Relaxed);
}

/// The vector that `line` has until it is moved.
pub(super) const fn usual_vector(line: IsaIrq) -> u8 {
    FIRST_ISA_VECTOR + line.0
}

/// The line that arrives on `vector`.
pub(super) fn of_vector(wanted: u8) -> Option<IsaIrq> {
    IsaIrq::all().find(|line| vector(*line) == wanted)
}

/// The general entries of `line`: only the last line of an 8259 can be spurious.
pub(super) fn entries(line: IsaIrq) -> &'static Entries {
    static MASTER: Entries = Entries { pic: Entry::new(last_line::<7>), ..GENERAL };
    static SLAVE: Entries = Entries { pic: Entry::new(last_line::<15>), ..GENERAL };
    match line.0 {
        7 => &MASTER,
        15 => &SLAVE,
        _ => &GENERAL,
    }
}

/// Gives every line that nobody claims the entry of the present controller, so
/// that whatever arrives is counted, ended and masked.
pub(super) fn install_entries() {
    let mut claimed = 0;
    routes::for_each(|route| claimed |= of_vector(route.vector).map_or(0, IsaIrq::bit));
    for line in IsaIrq::all().filter(|line| claimed & line.bit() == 0) {
        let vector = vector(line);
        // Where it reaches no pin there is nothing to route.
        let _ = mode::controller().route(&wiring::line_of(line), vector);
        idt::set_entry(vector, mode::controller().entry(entries(line)));
    }
}

/// Whether `line` can interrupt, in the present mode.
#[must_use]
pub fn is_reachable(line: IsaIrq) -> bool {
    mode::reaches(line)
}

/// A handler that is known when the kernel is compiled, so that it is inlined
/// into the entry. For lines that interrupt so often that an indirect call
/// shows; all others use [`super::claim`]. It is not called at all before the
/// interrupt that it wants ([`quiet::call_from`]).
pub trait HotHandler {
    /// The line, 0 to 6: no check for spurious interrupts is made, and
    /// the master alone is told of the end.
    const LINE: IsaIrq;

    /// As a [`super::Handler`].
    fn handle(frame: &mut TrapFrame);
}

/// Claims the line of `H` for it, for good; where it is refused, the log says
/// why.
pub fn register_hot<H: HotHandler>(name: &'static str) {
    const { assert!(H::LINE.number() < 7) };
    let entries = const {
        let vector = usual_vector(H::LINE);
        // SAFETY: the fronts end what they count, and else go on as the stub does.
        unsafe {
            &Entries {
                pic: Entry::behind(vector, quiet::by_pic::<H>, hot_entry::<H, PicEnd>),
                xapic: Entry::behind(vector, quiet::by_xapic::<H>, hot_entry::<H, XapicEnd>),
                x2apic: Entry::behind(vector, quiet::by_x2apic::<H>, hot_entry::<H, X2apicEnd>),
            }
        }
    };
    register_with(H::LINE, name, H::handle, entries);
}

/// Claims `line` for good, with entries of its own; where it is refused, the log
/// says why.
pub(super) fn register_with(
    line: IsaIrq,
    name: &'static str,
    handler: Handler,
    entries: &'static Entries,
) {
    match routes::claim_with(Source::Isa(line), name, handler, entries).map(Claim::new) {
        Ok(claim) => claim.keep(),
        Err(error) => log::warn!(target: "interrupts", "{line}: {error}"),
    }
}

/// What happens on a hot line, whose vector is never moved.
extern "C" fn hot_entry<H: HotHandler, E: End>(frame: &mut TrapFrame) {
    let vector = const { usual_vector(H::LINE) };
    vectors::count_arrived(vector);
    H::handle(frame);
    E::end(vector);
    vectors::count_acknowledged(vector);
}

/// What happens on the last line of an 8259. One that is spurious has nothing in
/// service at this 8259, so it gets no end of interrupt; but the master has the
/// cascade in service when the slave is the one that erred.
extern "C" fn last_line<const LINE: u8>(frame: &mut TrapFrame) {
    if !pic::is_spurious(LINE) {
        return vectors::entry::<PicEnd>(frame);
    }
    spurious(FIRST_ISA_VECTOR + LINE);
    if LINE == 15 {
        pic::end_of_cascade();
    }
}

/// Counts an interrupt with nothing in service: on the master's lines, or on the
/// slave's.
#[cold]
pub(super) fn spurious(vector: u8) {
    let line = vector.wrapping_sub(FIRST_ISA_VECTOR);
    SPURIOUS[usize::from(line >= 8)].fetch_add(1, Ordering::Relaxed);
}

/// Lets `line` through.
pub fn unmask(line: IsaIrq) {
    routes::set_line_mask(&wiring::line_of(line), Mask::Open);
}

/// Blocks `line`; its handler stays registered.
pub fn mask(line: IsaIrq) {
    routes::set_line_mask(&wiring::line_of(line), Mask::Masked);
}

/// Whether `line` is blocked.
#[must_use]
pub fn is_masked(line: IsaIrq) -> bool {
    mode::controller().is_masked(&wiring::line_of(line))
}

/// Whether an interrupt of `line` waits to be taken.
#[must_use]
pub fn is_requested(line: IsaIrq) -> bool {
    mode::controller().is_requested(&wiring::line_of(line), vector(line))
}

/// Where `line` ends.
#[must_use]
pub fn line(line: IsaIrq) -> Line {
    wiring::line_of(line)
}

/// Whether the firmware says that `line` is not as ISA has it.
#[must_use]
pub fn is_overridden(line: IsaIrq) -> bool {
    wiring::get().isa(line.number()).is_some_and(|line| line.overridden)
}

/// What has come on `line`.
#[must_use]
pub fn counts(line: IsaIrq) -> Counts {
    vectors::counts(vector(line))
}

/// How many interrupts arrived on `line`.
#[must_use]
pub fn arrived(line: IsaIrq) -> u64 {
    vectors::counts(vector(line)).arrived
}

/// Spurious interrupts so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spurious {
    /// From the master: IRQ 7.
    pub master: u64,
    /// From the slave: IRQ 15.
    pub slave: u64,
}

/// The figures of spurious interrupts.
#[must_use]
pub fn spurious_counts() -> Spurious {
    let [master, slave] = &SPURIOUS;
    Spurious { master: master.load(Ordering::Relaxed), slave: slave.load(Ordering::Relaxed) }
}
