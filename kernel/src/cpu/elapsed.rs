//! The time that has passed, for waits on hardware: from the first instruction
//! on, with interrupts off, without a lock, and whatever counts or does not.
//!
//! Several counters are asked, and none of them tells too much:
//!
//! | counter | tells |
//! | --- | --- |
//! | the monotonic clock, once there is one | the time; it may stand still in a report, or with interrupts off |
//! | channel 2 of the 8254, its high byte | the time, in steps of 215 us, if looked at every 55 ms |
//! | the time-stamp counter | the time at least, taken for the fastest that there can be |
//! | the looks themselves | the time at least: no access to a device is so quick |
//!
//! So the greatest is nearest to the truth. One that is missing or stands still
//! makes no wait longer, and none makes a wait end too early. On a machine with
//! neither an 8254 nor another clock yet, a wait lasts longer than its limit, by
//! as much as the processor is slower than the fastest; but it ends.

use super::port::Port;
use core::sync::atomic::{AtomicBool, Ordering};
use spin::Once;
use valhalla_core::clock::rate::BELIEVABLE_TSC_HZ;
use valhalla_core::limit::{self, Clock};

/// Channel 2 of the 8254, and its control word: high byte alone, mode 0. It
/// counts down for ever and interrupts nobody. One access reads it, which cannot
/// be disturbed, as a latch and two accesses can. (Intel 8254 data sheet.)
const CHANNEL_2: Port<u8> = Port::new(0x42);
const CONTROL: Port<u8> = Port::new(0x43);
const HIGH_BYTE_MODE_0: u8 = 0b1010_0000;
/// Gate of channel 2 and the speaker, which is fed by it.
const SPEAKER: Port<u8> = Port::new(0x61);
const GATE: u8 = 1 << 0;
const SPEAKER_ON: u8 = 1 << 1;
/// The bits of that port that are written; the others are read alone.
const WRITTEN: u8 = 0x0f;
/// Nanoseconds of a step of the high byte: 256 oscillations at 1,193,182 Hz.
const STEP_NS: u64 = 256 * 1_000_000_000 / 1_193_182;
/// Counts of the time-stamp counter in a nanosecond, at the most.
const MOST_COUNTS_A_NS: u64 = *BELIEVABLE_TSC_HZ.end() / 1_000_000_000;
/// Time that a look takes at least.
const LOOK_NS: u64 = 100;

static CLOCK: Once<fn() -> u64> = Once::new();
static CHANNEL_COUNTS: AtomicBool = AtomicBool::new(false);

/// Hands in the monotonic clock: nanoseconds, in any context. A later one is not
/// taken.
pub fn set_clock(now_ns: fn() -> u64) {
    CLOCK.call_once(|| now_ns);
}

/// Reads the monotonic clock; 0 before there is one.
#[must_use]
pub fn now_ns() -> u64 {
    CLOCK.get().map_or(0, |now_ns| now_ns())
}

/// The time since it was made.
#[derive(Debug)]
pub struct Elapsed {
    clock_at_start_ns: u64,
    tsc_at_start: u64,
    channel_last: u8,
    channel_steps: u64,
    looks: u64,
}

impl Elapsed {
    /// Starts at zero.
    #[must_use]
    pub fn start() -> Self {
        let_channel_count();
        Self {
            clock_at_start_ns: now_ns(),
            tsc_at_start: super::timestamp(),
            channel_last: channel(),
            channel_steps: 0,
            looks: 0,
        }
    }
}

impl Clock for Elapsed {
    fn now_ns(&mut self) -> u64 {
        let channel = channel();
        self.channel_steps += u64::from(self.channel_last.wrapping_sub(channel));
        self.channel_last = channel;
        self.looks += 1;
        let clock_ns = now_ns().saturating_sub(self.clock_at_start_ns);
        let tsc = super::timestamp().wrapping_sub(self.tsc_at_start);
        // The first step was under way when we began.
        (self.channel_steps.saturating_sub(1) * STEP_NS)
            .max(clock_ns)
            .max(tsc / MOST_COUNTS_A_NS)
            .max(self.looks * LOOK_NS)
    }
}

/// Calls `look` until it has an answer, for `limit_ns` nanoseconds at most.
pub fn wait_until<T>(limit_ns: u64, look: impl FnMut() -> Option<T>) -> Option<T> {
    limit::until(limit_ns, Elapsed::start, look)
}

/// Lets at least `ns` nanoseconds pass.
pub fn stall(ns: u64) {
    let mut elapsed = Elapsed::start();
    while elapsed.now_ns() < ns {
        core::hint::spin_loop();
    }
}

/// Sets channel 2 counting, once.
fn let_channel_count() {
    if CHANNEL_COUNTS.swap(true, Ordering::Relaxed) {
        return;
    }
    // SAFETY: channel 2 feeds the speaker alone, which is kept off; the two other
    // bits written turn checks of the bus on or off, and stay as they are.
    unsafe {
        let gates = SPEAKER.read() & WRITTEN;
        SPEAKER.write(gates & !SPEAKER_ON | GATE);
        CONTROL.write(HIGH_BYTE_MODE_0);
        CHANNEL_2.write(u8::MAX);
    }
}

/// Returns the count of channel 2; the same for ever where there is none.
fn channel() -> u8 {
    // SAFETY: in this mode reading has no effect.
    unsafe { CHANNEL_2.read() }
}
