//! Hardware interrupts and the clock.

use super::{Outcome, selftest};
use crate::interrupts::{IsaIrq, isa, pic};
use crate::time::{self, PingError};
use core::arch::asm;

selftest!("interrupts: the timer ticks and time moves forward", timer_ticks);
fn timer_ticks() -> Outcome {
    if time::ticks() == 0 {
        return Outcome::Skipped("the timer does not tick");
    }
    let (ticks, mut last) = (time::ticks(), time::uptime_ns());
    let waited = time::wait_until(1000, || {
        let now = time::uptime_ns();
        assert!(now >= last, "time went back");
        last = now;
        (time::ticks() >= ticks + 10).then_some(())
    });
    assert!(waited.is_ok(), "no ten ticks in a second");
    Outcome::Passed
}

selftest!("interrupts: ping measures, and fails in words with IRQ 0 masked", ping);
fn ping() -> Outcome {
    if time::ticks() == 0 {
        return Outcome::Skipped("the timer does not tick");
    }
    assert!(time::round_trip().is_ok_and(|trip| trip.ticks > 0));
    isa::mask(IsaIrq::TIMER);
    let masked = time::round_trip();
    isa::unmask(IsaIrq::TIMER);
    assert!(matches!(masked, Err(PingError::NoTicks { .. })), "{masked:?}");
    assert!(time::round_trip().is_ok());
    Outcome::Passed
}

selftest!("interrupts: spurious IRQ 7 and 15 are counted and not ended", spurious);
fn spurious() -> Outcome {
    let before = isa::spurious_counts();
    let arrived = arrived_on_7_and_15();
    // SAFETY: the vectors are the PIC's; with nothing in service they look
    // just like spurious interrupts, and the handlers return.
    unsafe { asm!("int 0x27", "int 0x2f") };
    let after = isa::spurious_counts();
    assert_eq!((after.master, after.slave), (before.master + 1, before.slave + 1));
    assert_eq!(arrived_on_7_and_15(), arrived);
    Outcome::Passed
}

fn arrived_on_7_and_15() -> [Option<u64>; 2] {
    [7, 15].map(|line| IsaIrq::new(line).map(isa::arrived))
}

selftest!("interrupts: nothing is in service when idle", idle);
fn idle() -> Outcome {
    let in_service = x86_64::instructions::interrupts::without_interrupts(pic::in_service);
    assert_eq!(in_service, 0);
    Outcome::Passed
}
