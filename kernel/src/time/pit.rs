//! The 8254 interval timer, channel 0 (Intel 8254 data sheet).
//!
//! Its oscillator runs at 1,193,182 Hz. Divided by 1193 in mode 2 (rate
//! generator) it raises IRQ 0 at 1000.15 Hz: the closest to a millisecond that
//! a whole divisor gives, and the rest is not lost, because time is counted in
//! oscillations.

use crate::cpu::port::Port;
use crate::interrupts::isa::{self, IsaIrq};
use core::sync::atomic::{AtomicU64, Ordering};
use valhalla_core::clock::rate::SECOND_NS;
use x86_64::instructions::interrupts;

/// The oscillator's rate in Hz.
pub const OSCILLATOR_HZ: u64 = 1_193_182;
/// Oscillations a tick.
pub const DIVISOR: u16 = 1193;

const CHANNEL_0: Port<u8> = Port::new(0x40);
const CONTROL: Port<u8> = Port::new(0x43);
/// Control word: channel 0, low then high byte, mode 2, binary.
const RATE_GENERATOR: u8 = 0b0011_0100;
/// Control word: latch the count of channel 0.
const LATCH: u8 = 0b0000_0000;

/// Reads that a counter may show the same value; two take longer than one
/// oscillation on any machine.
const STANDSTILL_READS: u32 = 1000;

/// There is no such timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPit;

/// The true rate of ticks: whole hertz and hundredths.
#[must_use]
pub const fn rate_hz() -> (u64, u64) {
    let hundredths = OSCILLATOR_HZ * 100 / DIVISOR as u64;
    (hundredths / 100, hundredths % 100)
}

/// How long `ticks` take, in nanoseconds.
#[must_use]
pub const fn ticks_to_ns(ticks: u64) -> u64 {
    oscillations_to_ns(ticks.saturating_mul(DIVISOR as u64))
}

/// How long `oscillations` take, in nanoseconds.
pub(super) const fn oscillations_to_ns(oscillations: u64) -> u64 {
    (oscillations as u128 * SECOND_NS as u128 / OSCILLATOR_HZ as u128) as u64
}

/// Sets the rate, and checks that something counts.
pub(super) fn start() -> Result<(), NoPit> {
    let [low, high] = DIVISOR.to_le_bytes();
    interrupts::without_interrupts(|| {
        // SAFETY: the timer is this module's; it moves no memory, and IRQ 0 is
        // still masked.
        unsafe {
            CONTROL.write(RATE_GENERATOR);
            CHANNEL_0.write(low);
            CHANNEL_0.write(high);
        }
    });
    counts().then_some(()).ok_or(NoPit)
}

/// Whether the counter is in range and moves. An empty bus reads 0xffff for
/// ever.
fn counts() -> bool {
    let first = count();
    (1..=DIVISOR).contains(&first) && (0..STANDSTILL_READS).any(|_| count() != first)
}

/// What channel 0 shows: it counts down from [`DIVISOR`] to 1, once a tick.
#[must_use]
pub fn count() -> u16 {
    // An interrupt between the three accesses could latch again.
    interrupts::without_interrupts(|| {
        // SAFETY: latching and reading do not disturb the counting.
        unsafe {
            CONTROL.write(LATCH);
            u16::from_le_bytes([CHANNEL_0.read(), CHANNEL_0.read()])
        }
    })
}

/// What [`oscillations`] told last.
static LAST: AtomicU64 = AtomicU64::new(0);

/// Oscillations since the timer was started: those of the ticks that arrived,
/// and of the one that is under way. Never goes back; a tick that comes late is
/// made up for, one that never comes is lost.
#[must_use]
pub fn oscillations() -> u64 {
    interrupts::without_interrupts(|| {
        let whole = isa::arrived(IsaIrq::TIMER).saturating_mul(u64::from(DIVISOR));
        let now = whole.saturating_add(u64::from(DIVISOR.saturating_sub(count())));
        let last = LAST.load(Ordering::Relaxed);
        // The counter has begun anew, and its interrupt waits to be taken.
        let now = if now < last { now.saturating_add(u64::from(DIVISOR)).max(last) } else { now };
        LAST.store(now, Ordering::Relaxed);
        now
    })
}
