//! Clocks: the monotonic one over changes of its counter, sleeping, the wall clock.

use super::{Outcome, selftest};
use crate::time::{self, sources::Id};

selftest!("time: the clock goes on where it was when its counter is changed", switching);
fn switching() -> Outcome {
    let Some((first, _)) = time::keeper() else {
        return Outcome::Skipped("no counter keeps the time");
    };
    let (mut last, mut changed) = (time::now_ns(), 0);
    for id in Id::ALL.into_iter().chain([first]) {
        if time::use_source(id).is_ok() {
            changed += 1;
        }
        for _ in 0..100 {
            let now = time::now_ns();
            assert!(now >= last, "{} ns back with {}", last - now, id.name());
            // A jump would be as long as the counter's time to go round.
            assert!(now - last < 2_000_000_000, "{} ns on with {}", now - last, id.name());
            last = now;
        }
    }
    assert_eq!(time::keeper().map(|(id, _)| id), Some(first));
    if changed < 3 {
        return Outcome::Skipped("there is one counter alone");
    }
    Outcome::Passed
}

selftest!("time: a sleeper sleeps as long as it asked, asleep", sleeping);
fn sleeping() -> Outcome {
    if !time::can_sleep() {
        return Outcome::Skipped("nothing interrupts");
    }
    for ns in [100_000, 1_000_000, 7_000_000, 120_000_000] {
        let (began, ticks) = (time::now_ns(), time::ticks());
        // Not a pause: what is done meanwhile, the first measuring, may want ticks.
        while time::now_ns() < began.saturating_add(ns) {
            time::rest_unless(|| false, began.saturating_add(ns));
        }
        let (slept, ticks) = (time::now_ns() - began, time::ticks() - ticks);
        assert!(slept >= ns, "{slept} ns instead of {ns}");
        // A thousand ticks a second would be 120 for the longest; where the
        // interval timer is the clock, that is what it takes.
        let counts_ticks = time::keeper().is_none_or(|(id, _)| id == Id::Pit);
        // An emulator that was kept waiting sends those that it owes.
        let owed = (slept - ns) / 1_000_000;
        assert!(counts_ticks || ticks < 60 + owed, "{ticks} ticks in {slept} ns, of {ns}");
    }
    Outcome::Passed
}

selftest!("time: a counter that is not there cannot keep the clock", unfit);
fn unfit() -> Outcome {
    let before = time::keeper();
    for id in [Id::Rtc, Id::LapicTimer] {
        assert!(time::use_source(id).is_err());
    }
    assert_eq!(time::keeper(), before);
    Outcome::Passed
}

selftest!("time: the wall clock is that of the real-time clock", wall);
fn wall() -> Outcome {
    let Ok(wall) = time::wall() else {
        return Outcome::Skipped("the real-time clock tells no time");
    };
    let apart = wall.time.unix_seconds().abs_diff(wall.rtc.unix_seconds());
    assert!(apart <= 1, "{} and {}", wall.time, wall.rtc);
    Outcome::Passed
}
