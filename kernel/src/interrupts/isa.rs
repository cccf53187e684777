//! The sixteen ISA interrupt lines: their names, and what came on them.
//!
//! Drivers claim a line as a source ([`super::claim`]).

use super::controller::Line;
use super::routes;
use super::vectors::{self, Counts, FIRST_ISA_VECTOR};
use super::{mode, wiring};
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
#[must_use]
pub fn vector(line: IsaIrq) -> u8 {
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

/// Routes every line that nobody claims to its vector, masked.
pub(super) fn route_unclaimed() {
    let mut claimed = 0;
    routes::for_each(|route| claimed |= of_vector(route.vector).map_or(0, IsaIrq::bit));
    for line in IsaIrq::all().filter(|line| claimed & line.bit() == 0) {
        // Where it reaches no pin there is nothing to route.
        let _ = mode::controller().route(&wiring::line_of(line), vector(line));
    }
}

/// Whether `line` can interrupt, in the present mode.
#[must_use]
pub fn is_reachable(line: IsaIrq) -> bool {
    mode::reaches(line)
}

/// Counts an interrupt with nothing in service: on the master's lines, or on the
/// slave's.
pub(super) fn count_spurious(vector: u8) {
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
