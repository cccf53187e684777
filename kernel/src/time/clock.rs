//! The monotonic clock: nanoseconds from the best counter that there is.
//!
//! It never goes back, not when its counter wraps, nor when another counter
//! takes its place (`clocks use NAME`), nor when a rate becomes better known.
//! Its counters stand still with the machine, so that QEMU's `stop` is no time.

use super::sources::{self, Id, Source};
use crate::cpu::{self, lock::SpinLock};
use core::sync::atomic::{AtomicU64, Ordering};
use valhalla_core::clock::rate::Rate;
use valhalla_core::clock::timeline::Timeline;

/// What the time-stamp counter showed when the clock was to begin; 0 is not yet.
static BEGAN_AT: AtomicU64 = AtomicU64::new(0);

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

/// The best counter that there is keeps the clock. If its rate is found out later,
/// the clock begins now all the same.
pub(super) fn begin() {
    BEGAN_AT.store(cpu::timestamp(), Ordering::Relaxed);
    let _ = prefer_better();
}

/// What the time-stamp counter showed when the clock began.
pub(super) fn began_at() -> Option<u64> {
    Some(BEGAN_AT.load(Ordering::Relaxed)).filter(|count| *count != 0)
}

/// The monotonic clock: nanoseconds since boot. Stands still where there is no
/// counter at all.
#[must_use]
pub fn now_ns() -> u64 {
    let last = LAST_NS.load(Ordering::Relaxed);
    let Some(mut guard) = CLOCK.try_lock() else { return last };
    let Some(clock) = &mut *guard else { return last };
    let count = clock.id.read();
    let now = clock.line.at(count).max(last);
    if now >= KEEP_UP_AT_NS.load(Ordering::Relaxed) {
        keep_up(clock, count, now);
    }
    LAST_NS.store(now, Ordering::Relaxed);
    now
}

/// Which counter keeps the clock, and how long it takes to go round.
#[must_use]
pub fn keeper() -> Option<(Id, u64)> {
    CLOCK.lock().as_ref().map(|clock| (clock.id, clock.line.wrap_ns()))
}

/// When the origin has to be moved up, before the counter has gone round.
static KEEP_UP_AT_NS: AtomicU64 = AtomicU64::new(0);

/// Moves the origin up, at least twice in the time that the counter takes to go
/// round. Wherever the clock is read; the idle loop reads it often enough.
fn keep_up(clock: &mut Clock, count: u64, now: u64) {
    clock.line.advance(count);
    let in_ns = clock.line.wrap_ns() / 4;
    KEEP_UP_AT_NS.store(now.saturating_add(in_ns), Ordering::Relaxed);
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
            // At the next look, for this one's time to go round.
            KEEP_UP_AT_NS.store(0, Ordering::Relaxed);
        }
        none => {
            // The first rate that is known may be long in coming.
            let passed_ns = match (id, began_at()) {
                (Id::Tsc, Some(count)) => rate.ns(id.read().wrapping_sub(count)),
                _ => 0,
            };
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
