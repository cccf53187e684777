//! The wall clock: the real-time clock's date, carried on by the monotonic one.
//!
//! The real-time clock shows whole seconds, so the first look at it may be late
//! by almost one. Each further look that shows a later second than ours pulls
//! ours forward, never by more than that second. A difference beyond it means
//! that somebody set the clock or stopped the machine (QEMU's `stop`, a suspend):
//! then ours takes a step, and says so. The monotonic clock never does.

use super::rtc::{self, RtcError};
use super::{SECOND_NS, now_ns};
use crate::cpu::lock::SpinLock;
use valhalla_core::calendar::DateTime;

/// What the wall clock showed at a moment of the monotonic clock.
#[derive(Clone, Copy)]
struct Anchor {
    unix_seconds: i64,
    at_ns: u64,
}

static ANCHOR: SpinLock<Option<Anchor>> = SpinLock::new(None);

/// The time of day, and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wall {
    /// The wall clock.
    pub time: DateTime,
    /// Nanoseconds of its second that have passed.
    pub subsecond_ns: u32,
    /// What the real-time clock shows.
    pub rtc: DateTime,
    /// Seconds by which the wall clock took a step just now; 0 is none.
    pub step_seconds: i64,
}

/// The monotonic clock was wrong, or stood still: the wall clock begins anew.
pub(super) fn forget() {
    *ANCHOR.lock() = None;
}

/// The date and time of day, as the real-time clock keeps them: universal or
/// local time, nobody says which.
///
/// # Errors
///
/// [`RtcError`]: what is wrong with the real-time clock.
pub fn wall() -> Result<Wall, RtcError> {
    let rtc = rtc::read()?;
    let now = now_ns();
    let mut anchor = ANCHOR.lock();
    let fresh = Anchor { unix_seconds: rtc.unix_seconds(), at_ns: now };
    let ours = anchor.unwrap_or(fresh);
    let passed = now.saturating_sub(ours.at_ns);
    let seconds = ours.unix_seconds.saturating_add((passed / SECOND_NS) as i64);
    let behind = fresh.unix_seconds.saturating_sub(seconds);
    let (step_seconds, kept) = match behind {
        0 | -1 => (0, ours),
        1 => (0, fresh),
        step => (step, fresh),
    };
    *anchor = Some(kept);
    drop(anchor);
    if step_seconds != 0 {
        log::warn!(target: "time", "the real-time clock is {step_seconds} s from where the wall clock was: it was set, or the machine stood still");
    }
    let passed = now.saturating_sub(kept.at_ns);
    let seconds = kept.unix_seconds.saturating_add((passed / SECOND_NS) as i64);
    // Beyond the year 9999 the real-time clock is right and we are at an end.
    let time = DateTime::from_unix_seconds(seconds).unwrap_or(rtc);
    Ok(Wall { time, subsecond_ns: (passed % SECOND_NS) as u32, rtc, step_seconds })
}
