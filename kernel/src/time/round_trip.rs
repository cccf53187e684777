//! One hardware interrupt, there and back, measured: what `ping` shows.
//!
//! First the ticks are counted that arrive in ten milliseconds, measured by what
//! counts whether or not the timer's interrupt gets through. Then one tick is caught
//! in flight: with interrupts off, wait until its controller shows that IRQ 0 asks
//! for service; read the time-stamp counter, turn interrupts on, and read it again
//! when the interrupted code goes on. In between lie the processor's acceptance, the
//! controller's vector, the entry stub, the handler, the end of interrupt and the
//! way back.

use super::{events, pit, ticks};
use crate::cpu;
use crate::cpu::elapsed::{self, Elapsed};
use crate::interrupts::isa::{self, IsaIrq};
use crate::interrupts::mode::{self, Mode};
use core::arch::asm;
use core::fmt;
use valhalla_core::limit::Clock as _;
use x86_64::instructions::interrupts;

/// How long ticks are counted, in nanoseconds.
const WINDOW_NS: u64 = 10_000_000;
/// How long the first tick may be in coming. It takes one millisecond on a real
/// machine; a virtual one on a busy host delivers its timer late.
const PATIENCE_NS: u64 = 250_000_000;

/// A hardware interrupt's round trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoundTrip {
    /// Ticks that arrived.
    pub ticks: u64,
    /// In this time, in nanoseconds.
    pub window_ns: u64,
    /// Cycles of the time-stamp counter from the interrupt's acceptance to the
    /// interrupted code; 0 on a processor without one.
    pub cycles: u64,
}

/// Why there was none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PingError {
    /// Interrupts are off, so none can arrive.
    InterruptsOff,
    /// No interval timer counts.
    NoTimer,
    /// The timer counts, but its interrupts do not arrive.
    NoTicks {
        /// How long was waited, in milliseconds.
        waited_ms: u64,
        /// Whether IRQ 0 is blocked at its controller, which would explain it.
        line: Line,
    },
    /// The controller never showed IRQ 0 asking for service.
    NoRequest,
}

/// Whether a line is open at the controller that brings it in this mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// It is.
    Open(Mode),
    /// It is masked.
    Masked(Mode),
    /// No controller brings it.
    NoController,
}

impl fmt::Display for PingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InterruptsOff => f.write_str("interrupts are off"),
            Self::NoTimer => f.write_str("no interval timer counts"),
            Self::NoTicks { waited_ms, line } => {
                write!(f, "no timer tick arrived in {waited_ms} ms, though the timer counts")?;
                match line {
                    Line::NoController => f.write_str(": no controller brings its interrupt"),
                    Line::Masked(mode) if events::lapic_interrupts() => write!(
                        f,
                        ": IRQ 0 is masked ({mode}), for another timer wakes who sleeps \
                         (clocks wake pit)"
                    ),
                    Line::Masked(mode) => write!(f, ": IRQ 0 is masked ({mode})"),
                    Line::Open(mode) => {
                        write!(f, ": IRQ 0 is open ({mode}), but does not get through")
                    }
                }
            }
            Self::NoRequest => f.write_str("the controller never showed IRQ 0 asking for service"),
        }
    }
}

/// Counts ticks and takes one round trip. Takes about 11 ms, more where there
/// is no timer; interrupts must be on.
pub fn round_trip() -> Result<RoundTrip, PingError> {
    if !interrupts::are_enabled() {
        return Err(PingError::InterruptsOff);
    }
    events::with_fast_ticks(|| {
        let (ticks, window_ns) = count_ticks()?;
        Ok(RoundTrip { ticks, window_ns, cycles: catch_one()? })
    })
}

fn no_ticks(waited_ns: u64) -> PingError {
    let line = match (isa::is_reachable(IsaIrq::TIMER), isa::is_masked(IsaIrq::TIMER)) {
        (false, _) => Line::NoController,
        (true, true) => Line::Masked(mode::current()),
        (true, false) => Line::Open(mode::current()),
    };
    PingError::NoTicks { waited_ms: waited_ns / 1_000_000, line }
}

fn count_ticks() -> Result<(u64, u64), PingError> {
    let before = ticks();
    let (mut passed, mut elapsed) = (Elapsed::start(), 0);
    let (first, mut counts) = (pit::count(), false);
    while elapsed < WINDOW_NS || (ticks() == before && elapsed < PATIENCE_NS) {
        elapsed = passed.now_ns();
        counts |= pit::count() != first;
    }
    match ticks().wrapping_sub(before) {
        0 if counts => Err(no_ticks(elapsed)),
        0 => Err(PingError::NoTimer),
        arrived => Ok((arrived, elapsed)),
    }
}

fn catch_one() -> Result<u64, PingError> {
    interrupts::disable();
    let before = ticks();
    let asks = || isa::is_requested(IsaIrq::TIMER).then_some(());
    let asked = elapsed::wait_until(PATIENCE_NS, asks).is_some();
    let start = cpu::timestamp();
    // The NOP is there because STI takes effect one instruction late: the
    // interrupt strikes behind it.
    // SAFETY: interrupts were on when `round_trip` began, so this puts back
    // what was; every handler keeps all registers.
    unsafe { asm!("sti", "nop") };
    let end = cpu::timestamp();
    match (asked, ticks().wrapping_sub(before)) {
        (false, _) => Err(PingError::NoRequest),
        (true, 0) => Err(no_ticks(0)),
        (true, _) => Ok(end.wrapping_sub(start)),
    }
}
