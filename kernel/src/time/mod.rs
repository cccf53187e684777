//! Time: one monotonic clock, one wall clock, and waits that end.
//!
//! ```text
//!   TSC  HPET  PM timer  8254        counters, in one table (`sources`)
//!      \   |    |       /
//!     the best that there is ──> `now_ns`, the monotonic clock (`clock`)
//!                                   |            \
//!   RTC ──> `wall`, the date <────────┘             log stamps (`stamp`)
//! ```
//!
//! Start-up asks each device once and waits for none. What has to be measured,
//! the rate of the time-stamp counter, `calibrate` measures while the prompt
//! waits for a key, and it checks rates that are stated. Who sleeps is woken by
//! `events`, which lets the machine rest else.

mod by_seconds;
mod calibrate;
mod clock;
mod conclude;
mod events;
pub mod hpet;
mod lapic_timer;
mod notice;
pub mod pit;
pub mod pm_timer;
mod round_trip;
pub mod rtc;
pub mod sources;
pub mod tsc;
mod waker;
mod wall;

pub use clock::{Unfit, keeper, known, now_ns, stamp};
pub use events::{lapic_interrupts, waker};
pub use notice::report;
pub use round_trip::{PingError, RoundTrip, round_trip};
pub use waker::{NotWaker, Waker, wake_by};
pub use wall::{Wall, wall};

use crate::acpi::Tables;
use crate::cpu::elapsed::{self, Elapsed};
use crate::cpu::{self, Features, TrapFrame, guarded};
use crate::interrupts::isa::{self, IsaIrq};
use crate::interrupts::{Source as Line, claim, lapic};
use core::fmt;
use core::hint::spin_loop;
use sources::{Absent, Check, Id, Origin, Source, Stater};
use valhalla_core::acpi::Signature;
use valhalla_core::acpi::fadt::Fadt;
use valhalla_core::clock::rate::{BELIEVABLE_TSC_HZ, Rate, SECOND_NS};
use valhalla_core::limit::Clock as _;
use x86_64::instructions::interrupts;

/// Pace of looking at what raises no interrupt of its own.
const LOOK_NS: u64 = 1_000_000;
/// The same in a pause: what ends one interrupts.
const PAUSE_LOOK_NS: u64 = 10_000_000;

/// Starts the clock for stamps: the first thing to call, needs no hardware.
/// `tsc_hz` is the time-stamp counter's rate as the loader gave it.
pub fn begin(tsc_hz: Option<u64>) {
    if !Features::get().tsc {
        clock::begin(None);
        sources::set(Id::Tsc, Err(Absent::NotInProcessor));
        return;
    }
    let loader = tsc_hz.filter(|hz| BELIEVABLE_TSC_HZ.contains(hz)).map(|hz| (hz, Stater::Loader));
    if let (Some(hz), None) = (tsc_hz, loader) {
        log::warn!(target: "time", "the loader says that the time-stamp counter runs at {hz} Hz, which cannot be: not used");
    }
    let stated = loader
        .or_else(|| tsc::told_by_cpuid().map(|(hz, teller)| (hz, Stater::Cpuid(teller))))
        .and_then(|(hz, stater)| Some((Rate::from_hz(hz)?, stated_by(stater))));
    clock::begin(stated.map(|(rate, _)| rate));
    sources::set(Id::Tsc, Ok(Source { rate: stated, bits: 64 }));
}

/// Asks every clock of the machine, lets the best keep the time, and takes
/// IRQ 0. After `interrupts::init`; the first tick comes when interrupts are
/// turned on.
pub fn init(tables: &Tables) {
    let fadt = Fadt(tables.get(Signature::FADT).map_or(&[][..], |table| table.bytes()));
    rtc::init(fadt.century_register());
    let rtc = rtc::read().map_err(Absent::Rtc);
    sources::set(Id::Rtc, rtc.map(|_| Source { rate: specified(1), bits: 64 }));
    let hpet = hpet::init(tables).map_err(Absent::Hpet);
    let stated = stated_by(Stater::Register);
    let stated = |hpet: hpet::Hpet| Source { rate: Some((hpet.rate, stated)), bits: hpet.bits };
    sources::set(Id::Hpet, hpet.map(stated));
    let pm_timer = pm_timer::init(fadt).map_err(Absent::PmTimer);
    let rate = specified(pm_timer::HZ);
    sources::set(Id::PmTimer, pm_timer.map(|bits| Source { rate, bits }));
    let pit = pit::start().map_err(Absent::Pit);
    let ticks = pit.is_ok() && isa::is_reachable(IsaIrq::TIMER);
    if pit.is_err() || ticks {
        let rate = specified(pit::OSCILLATOR_HZ);
        sources::set(Id::Pit, pit.map(|()| Source { rate, bits: 64 }));
    }
    sources::set(
        Id::LapicTimer,
        match lapic::timer::is_there() {
            true => Ok(Source { rate: None, bits: lapic_timer::BITS }),
            false => Err(Absent::NotInProcessor),
        },
    );
    clock::start();
    if ticks {
        events::begin_with_pit();
        match claim(Line::Isa(IsaIrq::TIMER), "timer", on_tick) {
            Ok(claim) => claim.keep(),
            Err(error) => log::warn!(target: "interrupts", "{}: {error}", IsaIrq::TIMER),
        }
    }
    let interrupts = if ticks {
        "the PIT interrupts"
    } else {
        "nothing interrupts: no interval timer, or no controller for its interrupt"
    };
    match keeper().and_then(|(id, _)| Some((id.name(), sources::get(id).ok()?.rate?))) {
        Some((name, (rate, _))) => {
            events::watch_for_storms();
            log::info!(target: "time", "{name} at {rate} keeps the time; {interrupts}");
        }
        None => {
            log::info!(target: "time", "nothing keeps the time, which stands still; {interrupts}");
        }
    }
}

/// The rate of a counter whose specification tells it.
fn specified(hz: u64) -> Option<(Rate, Origin)> {
    Rate::from_hz(hz).map(|rate| (rate, Origin::Specification))
}

/// A rate that was stated, and is to be checked.
const fn stated_by(stater: Stater) -> Origin {
    Origin::Stated(stater, Check::Pending)
}

/// The handler of IRQ 0. The line's own count is the tick count.
fn on_tick(frame: &mut TrapFrame) {
    events::on_timer();
    guarded::on_timer(frame);
}

/// Timer ticks since the timer was started: the interrupts on IRQ 0.
#[must_use]
pub fn ticks() -> u64 {
    isa::arrived(IsaIrq::TIMER)
}

/// Whether the interval timer's ticks arrive now. They do not while another
/// timer wakes who sleeps.
#[must_use]
pub fn interval_timer_ticks() -> bool {
    ticks() > 0 && !isa::is_masked(IsaIrq::TIMER)
}

/// Interrupts of the timers that may wake us.
#[must_use]
pub fn timer_interrupts() -> u64 {
    ticks().saturating_add(lapic::timer::arrived())
}

/// A run of the local APIC's timer from its top. It lasts for [`LAPIC_SECONDS`],
/// if nothing sets the timer anew.
#[derive(Debug)]
pub struct LapicRun(u64);

impl LapicRun {
    /// Lets the timer count from its top again, for those who compare clocks;
    /// `None` where it wakes sleepers or is not there.
    #[must_use]
    pub fn begin() -> Option<Self> {
        if !lapic::timer::is_there() || events::lapic_interrupts() {
            return None;
        }
        lapic_timer::begin();
        Some(Self(lapic::timer::restarts()))
    }

    /// Whether it has counted on since.
    #[must_use]
    pub fn is_unbroken(&self) -> bool {
        lapic::timer::restarts() == self.0
    }
}

/// How long the local APIC's timer counts at least: 32 bits at a gigahertz,
/// divided by 16.
pub const LAPIC_SECONDS: u64 = 60;

/// Lets `id` keep the monotonic clock, which goes on from where it is.
///
/// # Errors
///
/// [`Unfit`]: it cannot.
pub fn use_source(id: Id) -> Result<(), Unfit> {
    // The interval timer keeps the time by its ticks alone.
    if id == Id::Pit && events::lapic_interrupts() {
        wake_by(Waker::Pit).map_err(|_| Unfit(id))?;
    }
    clock::switch_to(id)?;
    events::clock_changed();
    Ok(())
}

/// Sleeps until an interrupt has been handled since this last returned. To be called
/// with interrupts off, after a look at what one waits for; returns with interrupts
/// off, for the next look. What there is to do while nobody waits is done here.
pub fn idle() {
    if calibrate::is_due() {
        calibrate::step();
    }
    while !cpu::take_interrupted() {
        interrupts::enable_and_hlt();
        interrupts::disable();
    }
}

/// Whether a timer interrupt will end an HLT: interrupts are on, the line is
/// open, and ticks have been seen to arrive.
fn ticks_arrive() -> bool {
    let is_open = || !isa::is_masked(IsaIrq::TIMER) || events::lapic_interrupts();
    can_sleep() && interrupts::are_enabled() && is_open()
}

/// Whether interrupts have been seen to arrive, so that HLT is safe; where they
/// do not, devices have to be asked in turn.
#[must_use]
pub fn can_sleep() -> bool {
    ticks() > 0 || (events::lapic_interrupts() && lapic::timer::arrived() > 0)
}

/// Does what there is to do while nobody waits, where [`can_sleep`] says that
/// nothing interrupts: for loops that ask devices in turn.
pub fn poll() {
    events::poll();
    rtc::poll();
    if calibrate::is_due() {
        calibrate::step();
    }
}

/// Sleeps until the monotonic clock shows `deadline_ns`, until an interrupt that
/// comes earlier, or not at all if what one waits for `has_come`: it is asked with
/// interrupts off, so that nothing that comes before the HLT is slept over. Where no
/// timer interrupts it returns at once. Interrupts must be on.
pub fn rest_unless(has_come: impl FnOnce() -> bool, deadline_ns: u64) {
    if !ticks_arrive() {
        spin_loop();
        return;
    }
    interrupts::disable();
    if !has_come() && now_ns() < deadline_ns {
        events::set(events::Timer::Wake, deadline_ns);
        interrupts::enable_and_hlt();
    } else {
        interrupts::enable();
    }
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

/// Asks `poll` until it has an answer, at most for `limit_ms` milliseconds, and rests
/// between the looks. Time in which nobody could look counts for little, as in
/// [`elapsed::wait_until`].
///
/// # Errors
/// [`TimedOut`].
pub fn wait_until<T>(limit_ms: u64, mut poll: impl FnMut() -> Option<T>) -> Result<T, TimedOut> {
    let look = || {
        let answer = poll();
        if answer.is_none() {
            rest_unless(|| false, now_ns().saturating_add(LOOK_NS));
        }
        answer
    };
    let answer = elapsed::wait_until(limit_ms.saturating_mul(1_000_000), look);
    answer.ok_or(TimedOut { waited_ms: limit_ms })
}

/// Lets `ns` nanoseconds pass, unless `has_come` has an answer before. For a pause
/// that somebody asked for: whoever took the time, it counts. What there is to do
/// while nobody waits is done meanwhile.
///
/// Where timer interrupts arrive the monotonic clock tells the time; else it may
/// stand still, and all that counts is asked.
pub fn pause_unless<T>(ns: u64, mut has_come: impl FnMut() -> Option<T>) -> Option<T> {
    let (began, mut elapsed) = (now_ns(), Elapsed::start());
    loop {
        if !can_sleep() {
            poll();
        } else if calibrate::is_due() {
            calibrate::step();
        }
        let answer = has_come();
        let now = now_ns();
        let passed = if ticks_arrive() { now - began } else { elapsed.now_ns() };
        if answer.is_some() || passed >= ns {
            return answer;
        }
        rest_unless(|| false, now.saturating_add(PAUSE_LOOK_NS.min(ns - passed)));
    }
}
