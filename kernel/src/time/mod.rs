//! Time since boot: one monotonic clock, and waits that end.
//!
//! The interval timer ([`pit`]) interrupts about a thousand times a second;
//! uptime is the count of those ticks times their exact length. Where the
//! loader told the time-stamp counter's rate, [`stamp_ns`] gives the log finer
//! stamps from the first line on.

pub mod pit;
mod round_trip;
pub mod rtc;
mod stopwatch;
mod wall;

pub use round_trip::{PingError, RoundTrip, round_trip};
pub use stopwatch::Stopwatch;
pub use wall::{Wall, wall, wall_clock};

use crate::acpi::Tables;
use crate::cpu::{self, TrapFrame, guarded};
use crate::interrupts::isa::{self, HotHandler, IsaIrq};
use crate::interrupts::pic::{self, Presence};
use crate::interrupts::storm;
use core::fmt;
use core::hint::spin_loop;
use core::ops::RangeInclusive;
use core::sync::atomic::{AtomicU64, Ordering};
use valhalla_core::acpi::Signature;
use valhalla_core::acpi::fadt::Fadt;
use x86_64::instructions::{hlt, interrupts};

/// Nanoseconds in a second.
const SECOND_NS: u64 = 1_000_000_000;

/// The time-stamp counter's rate in Hz; 0 is unknown.
static TSC_HZ: AtomicU64 = AtomicU64::new(0);
/// What the time-stamp counter showed at [`begin`].
static TSC_AT_BEGIN: AtomicU64 = AtomicU64::new(0);
/// What [`stamp_ns`] showed when the ticks began; [`NO_TICKS`] until then and
/// on machines without an interval timer.
static TICKS_BEGAN_NS: AtomicU64 = AtomicU64::new(NO_TICKS);
const NO_TICKS: u64 = u64::MAX;
/// When the real-time clock's last interrupt said that a second began.
static SECOND_BEGAN_NS: AtomicU64 = AtomicU64::new(0);

/// Rates that a time-stamp counter can have. A loader that measures it against
/// a timer that is not there finds some thousand hertz (seen with Limine 12).
const BELIEVABLE_HZ: RangeInclusive<u64> = 50_000_000..=18_000_000_000;

/// Starts the clock for stamps: the first thing to call, needs no hardware.
/// `tsc_hz` is the time-stamp counter's rate as the loader gave it.
pub fn begin(tsc_hz: Option<u64>) {
    TSC_AT_BEGIN.store(cpu::timestamp(), Ordering::Relaxed);
    match tsc_hz {
        Some(hz) if BELIEVABLE_HZ.contains(&hz) => TSC_HZ.store(hz, Ordering::Relaxed),
        Some(hz) => {
            log::warn!(target: "time", "the loader says that the time-stamp counter runs at {hz} Hz, which cannot be: not used");
        }
        None => {}
    }
}

/// What keeps the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The interval timer ticks.
    Pit,
    /// Nothing ticks, for want of an interval timer or of a controller for its
    /// interrupt, but the time-stamp counter's rate is known.
    TimeStampCounter,
    /// There is neither: uptime stands still, waits end by counting.
    None,
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pit => {
                let (whole, hundredths) = pit::rate_hz();
                write!(f, "interval timer (8254) at {whole}.{hundredths:02} Hz on IRQ 0")
            }
            Self::TimeStampCounter => {
                f.write_str("time-stamp counter; nothing ticks: no interval timer or no 8259")
            }
            Self::None => f.write_str("none: no interval timer or no 8259, so uptime stands still"),
        }
    }
}

/// Starts the interval timer and takes IRQ 0. After `interrupts::init`; the
/// first tick comes when interrupts are turned on.
pub fn init(tables: &Tables) -> Clock {
    let fadt = Fadt(tables.get(Signature::FADT).map_or(&[][..], |table| table.bytes()));
    rtc::init(fadt.century_register());
    let ticks = pit::start().is_ok() && pic::presence() == Presence::Present;
    let clock = if ticks {
        TICKS_BEGAN_NS.store(stamp_ns(), Ordering::Relaxed);
        isa::register_hot::<Tick>();
        Clock::Pit
    } else if TSC_HZ.load(Ordering::Relaxed) != 0 {
        Clock::TimeStampCounter
    } else {
        Clock::None
    };
    if clock != Clock::None {
        storm::set_clock(stamp_ns);
    }
    log::info!(target: "time", "{clock}");
    clock
}

/// IRQ 0.
enum Tick {}

impl HotHandler for Tick {
    const LINE: u8 = IsaIrq::TIMER.number();

    /// The dispatcher's own count is the tick count, so little is left.
    #[inline]
    fn handle(frame: &mut TrapFrame) {
        guarded::on_tick(frame);
    }
}

/// Timer ticks since the timer was started: the interrupts on IRQ 0.
#[must_use]
pub fn ticks() -> u64 {
    isa::arrived(IsaIrq::TIMER)
}

/// Nanoseconds since boot, in steps of a tick. Never goes back; stands still
/// while IRQ 0 is masked.
#[must_use]
pub fn uptime_ns() -> u64 {
    match TICKS_BEGAN_NS.load(Ordering::Relaxed) {
        NO_TICKS => since_begin_ns().unwrap_or(0),
        began => began.saturating_add(pit::ticks_to_ns(ticks())),
    }
}

/// The monotonic clock: nanoseconds since boot.
#[must_use]
pub fn now_ns() -> u64 {
    uptime_ns()
}

/// The real-time clock has begun a second. Called by its interrupt.
fn on_second() {
    SECOND_BEGAN_NS.store(now_ns(), Ordering::Relaxed);
}

/// Says in the log what interrupt handlers could not. For the idle loop.
pub fn report() {
    rtc::report();
}

/// A time stamp for the log in nanoseconds since boot: by the time-stamp
/// counter where its rate is known, else [`uptime_ns`].
#[must_use]
pub fn stamp_ns() -> u64 {
    since_begin_ns().unwrap_or_else(uptime_ns)
}

/// Nanoseconds since [`begin`] by the time-stamp counter, if its rate is known.
fn since_begin_ns() -> Option<u64> {
    let hz = TSC_HZ.load(Ordering::Relaxed);
    let cycles = cpu::timestamp().wrapping_sub(TSC_AT_BEGIN.load(Ordering::Relaxed));
    (hz != 0).then(|| scale(cycles, SECOND_NS, hz))
}

/// `value * multiplier / divisor` without an overflow in between, as long as
/// `divisor * multiplier` fits, which it does for rates below 18 GHz.
const fn scale(value: u64, multiplier: u64, divisor: u64) -> u64 {
    let (whole, rest) = (value / divisor, value % divisor);
    whole.saturating_mul(multiplier).saturating_add(rest.saturating_mul(multiplier) / divisor)
}

/// Whether a tick will end an HLT: interrupts are on, the line is open, and
/// ticks have been seen to arrive.
fn ticks_arrive() -> bool {
    ticks() > 0 && interrupts::are_enabled() && !isa::is_masked(IsaIrq::TIMER)
}

/// The time was up before what was waited for came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedOut {
    /// How long was waited, in milliseconds.
    pub waited_ms: u64,
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing came in {} ms", self.waited_ms)
    }
}

/// Asks `poll` until it has an answer, at most for `limit_ms` milliseconds.
///
/// Sleeps between the questions where ticks arrive; else it counts the timer's
/// oscillations, and where there is no timer either, its own rounds. So it
/// ends in every case, though with a coarser limit.
pub fn wait_until<T>(limit_ms: u64, mut poll: impl FnMut() -> Option<T>) -> Result<T, TimedOut> {
    let limit_ns = limit_ms.saturating_mul(1_000_000);
    let began = uptime_ns();
    // The first tick may be about to come, so that one does not count.
    let enough_ns = limit_ns.saturating_add(pit::ticks_to_ns(1));
    let mut stopwatch = Stopwatch::start();
    loop {
        if let Some(answer) = poll() {
            return Ok(answer);
        }
        if uptime_ns().saturating_sub(began) >= enough_ns {
            return Err(TimedOut { waited_ms: limit_ms });
        }
        if ticks_arrive() {
            hlt();
        } else if stopwatch.elapsed_ns() >= limit_ns {
            return Err(TimedOut { waited_ms: limit_ms });
        } else {
            spin_loop();
        }
    }
}
