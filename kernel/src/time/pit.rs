//! The 8254 interval timer, channel 0 (Intel 8254 data sheet).
//!
//! Its oscillator runs at 1,193,182 Hz. Divided by 1193 in mode 2 (rate
//! generator) it raises IRQ 0 at 1000.15 Hz: the closest to a millisecond that
//! a whole divisor gives, and the rest is not lost, because time is counted in
//! oscillations. While nobody needs that many, the divisor is the greatest there
//! is, 65,536: 18.2 Hz.

use crate::cpu::elapsed;
use crate::cpu::port::Port;
use crate::interrupts::isa::{self, IsaIrq};
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use x86_64::instructions::interrupts;

/// The oscillator's rate in Hz.
pub const OSCILLATOR_HZ: u64 = 1_193_182;
/// Oscillations a tick, where ticks are counted.
pub const DIVISOR: u16 = 1193;
/// The longest period that there is; it is written as 0.
pub(super) const LONGEST: u32 = 0x1_0000;

const CHANNEL_0: Port<u8> = Port::new(0x40);
const CONTROL: Port<u8> = Port::new(0x43);
/// Control word: channel 0, low then high byte, mode 2, binary.
const RATE_GENERATOR: u8 = 0b0011_0100;
/// Control word: channel 0, low then high byte, mode 0 (interrupt on terminal
/// count), binary.
const TERMINAL_COUNT: u8 = 0b0011_0000;
/// Oscillations until [`strike`] interrupts: start-up waits for it.
const STRIKE_AFTER: u16 = 2;
/// Control word: latch the count of channel 0.
const LATCH: u8 = 0b0000_0000;

/// How long a counter may show the same value before it stands still: some hundred
/// times as long as the slowest of them takes to count.
const STANDSTILL_NS: u64 = 200_000;

/// Returns whether a counter shows another value soon.
pub(super) fn moves(count: impl Fn() -> u64) -> bool {
    let first = count();
    elapsed::wait_until(STANDSTILL_NS, || (count() != first).then_some(())).is_some()
}

/// There is no such timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPit;

/// Oscillations a tick, now.
static PERIOD: AtomicU32 = AtomicU32::new(DIVISOR as u32);
/// What was counted, in ticks and oscillations, when that period was set.
static TICKS_BEFORE: AtomicU64 = AtomicU64::new(0);
static OSCILLATIONS_BEFORE: AtomicU64 = AtomicU64::new(0);
/// How often that was.
static PERIODS_SET: AtomicU64 = AtomicU64::new(0);
/// Oscillations that pass while a period is set, at most: some port accesses, each
/// of which may leave a virtual machine.
const LOST_A_PERIOD: u64 = 128;
/// What [`oscillations`] told last.
static LAST: AtomicU64 = AtomicU64::new(0);

/// Sets the rate, and checks that something counts.
pub(super) fn start() -> Result<(), NoPit> {
    load(DIVISOR.into());
    // An empty bus reads 0xffff for ever.
    let is_in_range = (1..=u32::from(DIVISOR)).contains(&count());
    if is_in_range && moves(|| count().into()) { Ok(()) } else { Err(NoPit) }
}

/// Interrupts after `period` oscillations, from 2 to [`LONGEST`], and then again
/// and again. A period that is the usual one or the longest goes on if it is
/// set already; any other begins now.
pub(super) fn set_period(period: u32) {
    let goes_on = period == LONGEST || period == u32::from(DIVISOR);
    if goes_on && period == PERIOD.load(Ordering::Relaxed) {
        return;
    }
    interrupts::without_interrupts(|| {
        OSCILLATIONS_BEFORE.store(oscillations(), Ordering::Relaxed);
        TICKS_BEFORE.store(isa::arrived(IsaIrq::TIMER), Ordering::Relaxed);
        PERIOD.store(period, Ordering::Relaxed);
        PERIODS_SET.fetch_add(1, Ordering::Relaxed);
        load(period);
    });
}

/// Oscillations that [`oscillations`] may lack so far, because they passed while a
/// period was set.
pub(super) fn lost() -> u64 {
    PERIODS_SET.load(Ordering::Relaxed).saturating_mul(LOST_A_PERIOD)
}

fn load(period: u32) {
    // The longest has no bits left: 0.
    let [low, high, ..] = period.to_le_bytes();
    interrupts::without_interrupts(|| {
        // SAFETY: the timer is this module's; it moves no memory, and IRQ 0 has
        // a handler before its line is open.
        unsafe {
            CONTROL.write(RATE_GENERATOR);
            CHANNEL_0.write(low);
            CHANNEL_0.write(high);
        }
    });
}

/// Makes channel 0 interrupt once, in some microseconds; false where nothing
/// counts. [`start`] is to follow.
pub fn strike() -> bool {
    if start().is_err() {
        return false;
    }
    let [low, high] = STRIKE_AFTER.to_le_bytes();
    interrupts::without_interrupts(|| {
        // SAFETY: as in `start`; the one interrupt is what the caller asks for.
        unsafe {
            CONTROL.write(TERMINAL_COUNT);
            CHANNEL_0.write(low);
            CHANNEL_0.write(high);
        }
    });
    true
}

/// Oscillations a tick, now.
#[must_use]
pub fn period() -> u32 {
    PERIOD.load(Ordering::Relaxed)
}

/// What channel 0 shows: it counts down from [`period`] to 1, once a tick.
#[must_use]
pub fn count() -> u32 {
    // An interrupt between the three accesses could latch again.
    let latched = interrupts::without_interrupts(|| {
        // SAFETY: latching and reading do not disturb the counting.
        unsafe {
            CONTROL.write(LATCH);
            u16::from_le_bytes([CHANNEL_0.read(), CHANNEL_0.read()])
        }
    });
    if latched == 0 { LONGEST } else { latched.into() }
}

/// Oscillations since the timer was started: those of the ticks that arrived,
/// and of the one that is under way. Never goes back; a tick that comes late is
/// made up for, one that never comes is lost.
#[must_use]
pub fn oscillations() -> u64 {
    interrupts::without_interrupts(|| {
        let period = u64::from(period());
        let ticks =
            isa::arrived(IsaIrq::TIMER).saturating_sub(TICKS_BEFORE.load(Ordering::Relaxed));
        let passed = period.saturating_sub(count().into());
        let whole = ticks.saturating_mul(period).saturating_add(passed);
        let now = OSCILLATIONS_BEFORE.load(Ordering::Relaxed).saturating_add(whole);
        let last = LAST.load(Ordering::Relaxed);
        // The counter has begun anew, and its interrupt waits to be taken.
        let now = if now < last { now.saturating_add(period).max(last) } else { now };
        LAST.store(now, Ordering::Relaxed);
        now
    })
}
