//! The local APIC's timer (SDM Vol. 3A, 11.5.4): registers and interrupt.
//!
//! It counts a clock of unknown rate down to zero, once or for ever, or waits
//! for the time-stamp counter to reach a value. Which mode to use, at which
//! rate, is the business of `time`; here is how.

use super::super::vectors;
use super::LVT_MASKED;
use super::access::{Access, Register, access, read, write};
use crate::cpu::msr;

use core::arch::asm;
use core::arch::x86_64::__cpuid;
use core::sync::atomic::{AtomicU64, Ordering};
use valhalla_core::apic::lvt;

pub use valhalla_core::apic::lvt::TimerMode;

/// How often it was set anew or stopped, by whomever.
static RESTARTS: AtomicU64 = AtomicU64::new(0);

/// The deadline that TSC-deadline mode waits for; 0 is none.
const IA32_TSC_DEADLINE: u32 = 0x6e0;

/// There is no local APIC, or it cannot do this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoTimer;

/// Whether there is one.
#[must_use]
pub fn is_there() -> bool {
    access() != Access::None
}

/// Whether it can wait for the time-stamp counter (CPUID.1:ECX bit 24).
#[must_use]
pub fn has_tsc_deadline() -> bool {
    is_there() && __cpuid(1).ecx >> 24 & 1 == 1
}

/// Disarms the deadline, as the proof that its register is there.
fn takes_a_deadline() -> bool {
    // SAFETY: zero disarms a timer that is about to be started.
    has_tsc_deadline() && unsafe { msr::write(IA32_TSC_DEADLINE, 0) }.is_ok()
}

/// Whether it runs on in deep sleep states (CPUID.6:EAX bit 2, ARAT).
#[must_use]
pub fn is_always_running() -> bool {
    __cpuid(0).eax >= 6 && __cpuid(6).eax >> 2 & 1 == 1
}

/// How many of its interrupts arrived.
#[must_use]
pub fn arrived() -> u64 {
    vectors::counts(vectors::TIMER).arrived
}

/// Divides the timer's clock by 1, 2, 4, 8, 16, 32, 64 or 128. Stops it first.
///
/// # Errors
///
/// [`NoTimer`], for another divisor as well.
pub fn set_divisor(by: u8) -> Result<(), NoTimer> {
    let bits = lvt::divide_bits(by).filter(|_| is_there()).ok_or(NoTimer)?;
    stop();
    write(Register::Divide, bits);
    Ok(())
}

/// Starts it: `count` periods of the divided clock, once or again and again,
/// and an interrupt at the end of each. TSC-deadline mode takes no count, but
/// is armed with [`set_deadline`].
///
/// # Errors
///
/// [`NoTimer`], when it has no such mode as well.
pub fn start(mode: TimerMode, count: u32) -> Result<(), NoTimer> {
    let deadline = mode == TimerMode::TscDeadline;
    if !is_there() || mode == TimerMode::Reserved || (deadline && !takes_a_deadline()) {
        return Err(NoTimer);
    }
    set_entry(mode.bits());
    if deadline {
        // The store to the entry must be over before the MSR is written (11.5.4.1).
        // SAFETY: a fence; it touches nothing.
        unsafe { asm!("mfence", options(nostack, preserves_flags)) };
    } else {
        write(Register::InitialCount, count);
    }
    Ok(())
}

/// The same without its interrupt: to see how fast it counts.
///
/// # Errors
///
/// [`NoTimer`].
pub fn start_silently(count: u32) -> Result<(), NoTimer> {
    if !is_there() {
        return Err(NoTimer);
    }
    set_entry(LVT_MASKED);
    write(Register::InitialCount, count);
    Ok(())
}

/// Sets mode and mask. Every change of what the timer counts begins here.
fn set_entry(bits: u32) {
    RESTARTS.fetch_add(1, Ordering::Relaxed);
    write(Register::LvtTimer, bits | u32::from(vectors::TIMER));
}

/// How often it was started or stopped. What was measured on it is void when this
/// has changed.
#[must_use]
pub fn restarts() -> u64 {
    RESTARTS.load(Ordering::Relaxed)
}

/// In TSC-deadline mode: interrupts when the time-stamp counter reaches
/// `timestamp`; 0 disarms. Only after [`start`] in that mode succeeded.
pub fn set_deadline(timestamp: u64) {
    if has_tsc_deadline() {
        // SAFETY: CPUID says that the register exists, and it took a value in `start`.
        unsafe { msr::write_known(IA32_TSC_DEADLINE, timestamp) };
    }
}

/// Stops it; an interrupt that was on its way may still come.
pub fn stop() {
    set_entry(LVT_MASKED);
    write(Register::InitialCount, 0);
}

/// Where it is.
#[must_use]
pub fn current_count() -> u32 {
    read(Register::CurrentCount)
}

/// What it counts down from.
#[must_use]
pub fn initial_count() -> u32 {
    read(Register::InitialCount)
}

/// What its clock is divided by.
#[must_use]
pub fn divisor() -> u8 {
    lvt::divided_by(read(Register::Divide))
}

/// What its interrupt does: vector, mode, mask.
#[must_use]
pub fn entry() -> lvt::LvtEntry {
    lvt::LvtEntry { kind: lvt::Kind::Timer, bits: read(Register::LvtTimer) }
}
