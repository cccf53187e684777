//! Interrupts, locks, stacks: getting in, and getting out again.

use super::measure::{Figure, timed};
use super::{NotHere, bench};
use crate::cpu::guarded::{Limit, guarded};
use crate::cpu::lock::SpinLock;
use crate::interrupts::lapic::{self, Access};
use crate::interrupts::mode::{self, Mode};
use crate::interrupts::{Source, claim};
use crate::memory::run_guarded;
use crate::memory::stacks::{Owner, Stack};
use crate::time;
use core::arch::asm;
use core::hint::black_box;

/// A vector that no device has.
const VECTOR: u8 = 0xfe;

bench!(30, "interrupt: in and out, nobody's vector", stray);
fn stray() -> Result<Figure, NotHere> {
    Ok(Figure::of(1000, |_| {
        // SAFETY: nobody handles the vector, so it is counted as a stray, and
        // its stub keeps every register.
        unsafe { asm!("int {vector}", vector = const VECTOR) }
    }))
}

bench!(31, "interrupt: timer, IRQ 0 there and back", timer);
fn timer() -> Result<Figure, NotHere> {
    /// The `sti`, and the `nop` behind which the tick strikes.
    const AROUND: u64 = 2;
    let trips = (0..3).filter_map(|_| time::round_trip().ok().map(|trip| trip.cycles));
    let best = trips.min().ok_or(NotHere("no timer interrupt (clocks wake pit)"))?;
    // The best here, too: the first of them is not in the cache.
    let clock = (0..8).map(|_| timed(|| ())).min().unwrap_or(0);
    Ok(Figure::once(best.saturating_sub(AROUND + clock)))
}

/// The timer's round trip in `wanted` mode, for which the mode is changed and
/// changed back.
fn timer_by(wanted: Mode, access: &[Access], otherwise: &'static str) -> Result<Figure, NotHere> {
    if !access.contains(&lapic::access()) {
        return Err(NotHere(otherwise));
    }
    let usual = mode::current();
    mode::set(wanted).map_err(|_| NotHere(otherwise))?;
    let figure = timer();
    // There is a way back to where we came from.
    let _ = mode::set(usual);
    figure
}

bench!(34, "interrupt: IRQ 0 by the 8259s", || {
    timer_by(Mode::Pic, &[Access::None, Access::Memory, Access::Msr], "no 8259s")
});
bench!(35, "interrupt: IRQ 0 by I/O APIC and xAPIC", || {
    timer_by(Mode::Apic, &[Access::Memory], "not in xAPIC mode")
});
bench!(36, "interrupt: IRQ 0 by I/O APIC and x2APIC", || {
    timer_by(Mode::Apic, &[Access::Msr], "not in x2APIC mode (x2apic=on)")
});

bench!(37, "interrupt: to oneself, handled and ended", to_oneself);
fn to_oneself() -> Result<Figure, NotHere> {
    let claim = claim(Source::Msi, "bench", |_| ()).map_err(|_| NotHere("no local APIC"))?;
    let vector = claim.vector();
    Ok(Figure::of(100, |_| {
        let before = claim.counts().arrived;
        let _ = lapic::ipi::send_to_self(vector);
        // It takes an instruction or two to arrive.
        let _ = (0..1000).find(|_| claim.counts().arrived != before);
    }))
}

static LOCK: SpinLock<u64> = SpinLock::new(0);

bench!(20, "lock: take and release, interrupts off", lock);
fn lock() -> Result<Figure, NotHere> {
    Ok(Figure::of(1000, |_| *black_box(&LOCK).lock() += 1))
}

bench!(32, "stack: switch there and back (guarded call)", on_a_stack);
fn on_a_stack() -> Result<Figure, NotHere> {
    let stack =
        Stack::allocate(Owner::GuardedCall).map_err(|_| NotHere("no memory for a stack"))?;
    Ok(Figure::of(100, |n| {
        // SAFETY: the stack is mapped, guarded and nobody else's, and the call
        // does nothing that could be abandoned.
        let _ = black_box(unsafe { guarded(stack.range(), Limit::Ms(1000), || black_box(n)) });
    }))
}

bench!(33, "guarded call: empty, stack made and freed", with_a_stack);
fn with_a_stack() -> Result<Figure, NotHere> {
    Ok(Figure::of(10, |n| {
        // SAFETY: the call does nothing that could be abandoned.
        let _ = black_box(unsafe { run_guarded(Limit::Ms(1000), || black_box(n)) });
    }))
}
