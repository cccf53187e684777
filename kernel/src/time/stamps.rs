//! Time stamps of log lines, from the first line on.
//!
//! Before anything else is known the time-stamp counter runs. So an early line
//! is stamped with its count, and shown in seconds once the counter's rate is
//! known; later ones come from the monotonic clock, which began some
//! milliseconds after the first line. A rate that is only stated serves to show
//! counts: if it turns out to be wrong, the log's lines are shown by the right one.

use super::clock;
use crate::cpu::{self, Features};
use core::sync::atomic::{AtomicU64, Ordering};
use valhalla_core::clock::rate::Rate;
use valhalla_core::log_ring::Moment;

/// What the time-stamp counter showed when stamps began.
static BEGAN_AT: AtomicU64 = AtomicU64::new(0);
/// Nanoseconds from then until the monotonic clock began, once the rate is known.
static LEAD_NS: AtomicU64 = AtomicU64::new(UNKNOWN);
/// The counter's rate in Hz; 0 is unknown.
static TSC_HZ: AtomicU64 = AtomicU64::new(0);
const UNKNOWN: u64 = u64::MAX;

/// From now on time passes.
pub(super) fn begin() {
    BEGAN_AT.store(cpu::timestamp(), Ordering::Relaxed);
    if !Features::get().tsc {
        LEAD_NS.store(0, Ordering::Relaxed);
    }
}

/// Somebody states the time-stamp counter's rate, and may be wrong.
pub(super) fn tsc_rate_stated(rate: Rate) {
    TSC_HZ.store(rate.hz(), Ordering::Relaxed);
}

/// The time-stamp counter's rate has become known, or better known.
pub(super) fn tsc_rate_known(rate: Rate) {
    TSC_HZ.store(rate.hz(), Ordering::Relaxed);
    if let Some(clock_began_at) = clock::began_at()
        && LEAD_NS.load(Ordering::Relaxed) == UNKNOWN
    {
        let counts = clock_began_at.wrapping_sub(BEGAN_AT.load(Ordering::Relaxed));
        LEAD_NS.store(rate.ns(counts), Ordering::Relaxed);
    }
}

/// The moment for a line of the log: nanoseconds where they are known, else the
/// time-stamp counter's count since the first line.
#[must_use]
pub fn stamp() -> Moment {
    match LEAD_NS.load(Ordering::Relaxed) {
        UNKNOWN => Moment::Counts(cpu::timestamp().wrapping_sub(BEGAN_AT.load(Ordering::Relaxed))),
        lead => Moment::Ns(lead.saturating_add(clock::now_ns())),
    }
}

/// The moment in nanoseconds, if that is known by now.
#[must_use]
pub fn known(moment: Moment) -> Moment {
    moment.known(Rate::from_hz(TSC_HZ.load(Ordering::Relaxed)))
}
