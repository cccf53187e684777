//! The local APIC's timer as a clock (SDM Vol. 3A, 11.5.4).
//!
//! It counts down, at a rate that nobody tells, and belongs to one processor.
//! That makes a poor clock, but a good alarm: where there is no interval timer
//! it wakes who sleeps.

use crate::cpu;
use crate::interrupts::lapic::timer::{self, TimerMode};
use valhalla_core::clock::rate::Rate;

/// What its clock is divided by: 32 bits then last for a minute at a gigahertz.
const DIVISOR: u8 = 16;
/// Bits that it counts.
pub(super) const BITS: u32 = 32;
/// The shortest time that it is set to, in its counts.
const SHORTEST: u64 = 16;

/// Lets it count from its top, without interrupting: to see how fast it is.
pub(super) fn begin() {
    // Without one there is nothing to begin.
    if timer::set_divisor(DIVISOR).is_ok() {
        let _ = timer::start_silently(u32::MAX);
    }
}

/// The same, unless it counts so already and is not half way down.
pub(super) fn go_on() {
    let counts = timer::initial_count() == u32::MAX && timer::divisor() == DIVISOR;
    if !counts || timer::current_count() < u32::MAX / 2 {
        begin();
    }
}

/// How far it has counted, upwards; 0 where there is none.
pub(super) fn count() -> u64 {
    if timer::is_there() { u64::from(u32::MAX - timer::current_count()) } else { 0 }
}

/// Interrupts again and again, every so many nanoseconds.
pub(super) fn interrupt_every(rate: Rate, ns: u64) {
    let counts = rate.counts(ns).clamp(SHORTEST, u64::from(u32::MAX));
    // Whoever asks has seen that it is there.
    let _ = timer::start(TimerMode::Periodic, counts as u32);
}

/// From now on it waits for the time-stamp counter.
pub(super) fn begin_deadlines() {
    // As above; and CPUID says that it has the mode.
    let _ = timer::start(TimerMode::TscDeadline, 0);
}

/// Interrupts when the time-stamp counter, at this rate, is `ns` nanoseconds
/// further; for a wait without end never. After [`begin_deadlines`].
pub(super) fn interrupt_at(tsc: Rate, ns: u64) {
    let deadline = cpu::timestamp().saturating_add(tsc.counts(ns));
    timer::set_deadline(if deadline == u64::MAX { 0 } else { deadline });
}

/// Interrupts once, after so many nanoseconds or at its longest.
pub(super) fn interrupt_in(rate: Rate, ns: u64) {
    let counts = rate.counts(ns).clamp(SHORTEST, u64::from(u32::MAX));
    // Whoever asks has seen that it is there.
    let _ = timer::start(TimerMode::OneShot, counts as u32);
}
