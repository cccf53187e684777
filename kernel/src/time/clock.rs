//! The monotonic clock: nanoseconds from the best counter that there is.
//!
//! It never goes back, not when its counter wraps, nor when another counter
//! takes its place (`clocks use NAME`), nor when a rate becomes better known.
//! Its counters stand still with the machine, so that QEMU's `stop` is no time.
//!
//! Lines of the log are stamped before any rate is known: with counts of the
//! time-stamp counter, which runs from the first instruction on. They are shown in
//! seconds once its rate is known, and later ones come from this clock.

use super::sources::{self, Id, Source};
use crate::cpu::{self, Features, elapsed, lock::SpinLock};
use core::sync::atomic::{AtomicU64, Ordering};
use valhalla_core::clock::rate::Rate;
use valhalla_core::clock::timeline::Timeline;
use valhalla_core::log_ring::Moment;

/// What the time-stamp counter showed at the first line of the log.
static BEGAN_AT: AtomicU64 = AtomicU64::new(0);
/// Nanoseconds from then until this clock began, once the rate is known.
static LEAD_NS: AtomicU64 = AtomicU64::new(UNKNOWN);
/// The time-stamp counter's rate in Hz; 0 is unknown.
static TSC_HZ: AtomicU64 = AtomicU64::new(0);
const UNKNOWN: u64 = u64::MAX;

#[derive(Clone, Copy)]
struct Clock {
    id: Id,
    line: Timeline,
}

static CLOCK: SpinLock<Option<Clock>> = SpinLock::new(None);

/// The last time that was told: what a report gets whose failure struck while
/// the clock was being read, and the floor below which no counter gets us.
static LAST_NS: AtomicU64 = AtomicU64::new(0);

/// The counter cannot keep the clock: it is absent, or its rate is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfit(pub Id);

impl core::fmt::Display for Unfit {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let name = self.0.name();
        match (self.0, sources::get(self.0)) {
            (_, Err(why)) => write!(f, "there is no {name}: {why}"),
            (Id::LapicTimer | Id::Rtc, _) => write!(f, "{name} does not count on for ever"),
            (_, Ok(Source { rate: None, .. })) => write!(f, "the rate of {name} is not known yet"),
            (_, Ok(_)) => write!(f, "{name} cannot keep the clock"),
        }
    }
}

/// From now on time passes; `tsc_rate` is what somebody states, who may be wrong.
pub(super) fn begin(tsc_rate: Option<Rate>) {
    BEGAN_AT.store(cpu::timestamp(), Ordering::Relaxed);
    TSC_HZ.store(tsc_rate.map_or(0, Rate::hz), Ordering::Relaxed);
    if !Features::get().tsc {
        LEAD_NS.store(0, Ordering::Relaxed);
    }
}

/// Lets the best counter that there is keep the clock, and hands it to who stands
/// to the left of us.
pub(super) fn start() {
    let _ = prefer_better();
    elapsed::set_clock(now_ns);
}

/// The time-stamp counter's rate has become known, or better known.
pub(super) fn tsc_rate_known(rate: Rate) {
    TSC_HZ.store(rate.hz(), Ordering::Relaxed);
    if LEAD_NS.load(Ordering::Relaxed) == UNKNOWN {
        LEAD_NS.store(rate.ns(counts()).saturating_sub(now_ns()), Ordering::Relaxed);
    }
}

/// Counts of the time-stamp counter since the first line.
fn counts() -> u64 {
    cpu::timestamp().wrapping_sub(BEGAN_AT.load(Ordering::Relaxed))
}

/// Returns the moment for a line of the log: nanoseconds where they are known.
#[must_use]
pub fn stamp() -> Moment {
    match LEAD_NS.load(Ordering::Relaxed) {
        UNKNOWN => Moment::Counts(counts()),
        lead => Moment::Ns(lead.saturating_add(now_ns())),
    }
}

/// Returns the moment in nanoseconds, if that is known by now.
#[must_use]
pub fn known(moment: Moment) -> Moment {
    moment.known(Rate::from_hz(TSC_HZ.load(Ordering::Relaxed)))
}

/// The monotonic clock: nanoseconds since boot. Stands still where there is no
/// counter at all.
#[must_use]
pub fn now_ns() -> u64 {
    let last = LAST_NS.load(Ordering::Relaxed);
    let Some(mut guard) = CLOCK.try_lock() else { return last };
    let Some(clock) = &mut *guard else { return last };
    let now = clock.line.tell(clock.id.read()).max(last);
    LAST_NS.store(now, Ordering::Relaxed);
    now
}

/// Which counter keeps the clock, and how long it takes to go round.
#[must_use]
pub fn keeper() -> Option<(Id, u64)> {
    CLOCK.lock().as_ref().map(|clock| (clock.id, clock.line.wrap_ns()))
}

/// Lets the best counter of all keep the clock, and says whether that is
/// another one than before.
pub(super) fn prefer_better() -> bool {
    let rank = |id| sources::rank(id).map(|(rank, ..)| rank);
    match sources::best_of(Id::ALL) {
        Some((best, ..)) if keeper().is_none_or(|(id, _)| rank(id) < rank(best)) => {
            switch_to(best).is_ok()
        }
        _ => false,
    }
}

/// Lets `id` keep the clock from now on.
///
/// # Errors
///
/// [`Unfit`]; another one keeps it as before.
pub(super) fn switch_to(id: Id) -> Result<(), Unfit> {
    let (_, source, rate) = sources::rank(id).ok_or(Unfit(id))?;
    let mut clock = CLOCK.lock();
    // One after the other, so close that no more than some 100 ns are lost.
    match &mut *clock {
        Some(clock) => {
            let (old, new) = (clock.id.read(), id.read());
            clock.line.switch(old, rate, source.bits, new);
            clock.id = id;
        }
        none => {
            // The first rate that is known may be long in coming.
            let passed_ns = if id == Id::Tsc { rate.ns(counts()) } else { 0 };
            let line = Timeline::new(rate, source.bits, id.read(), passed_ns);
            *none = Some(Clock { id, line });
        }
    }
    Ok(())
}

/// A rate has become known, or better known: if its counter keeps the clock,
/// the clock goes on at that rate.
pub(super) fn rate_changed(id: Id, rate: Rate) {
    if let Some(clock) = &mut *CLOCK.lock()
        && clock.id == id
    {
        clock.line.set_rate(id.read(), rate);
    }
}
