//! Hardware interrupts and the clock.

use super::{Outcome, selftest};
use crate::cpu::expected;
use crate::interrupts::lapic::{Access, ipi};
use crate::interrupts::{
    Claim, ClaimError, Gsi, IsaIrq, Source, ioapic, isa, lapic, list, mode, pic, routes, vectors,
    wiring,
};
use crate::time::{self, PingError};
use core::arch::asm;
use core::sync::atomic::{AtomicU64, Ordering};
use valhalla_core::apic::{Mask, Trigger};

selftest!("interrupts: the timer ticks and time moves forward", timer_ticks);
fn timer_ticks() -> Outcome {
    if !time::interval_timer_ticks() {
        return Outcome::Skipped("the interval timer does not tick");
    }
    let (ticks, mut last) = (time::ticks(), time::now_ns());
    let waited = time::wait_until(1000, || {
        let now = time::now_ns();
        assert!(now >= last, "time went back");
        last = now;
        (time::ticks() >= ticks + 10).then_some(())
    });
    assert!(waited.is_ok(), "no ten ticks in a second");
    Outcome::Passed
}

selftest!("interrupts: ping measures, and fails in words with IRQ 0 masked", ping);
fn ping() -> Outcome {
    if !time::interval_timer_ticks() {
        return Outcome::Skipped("the interval timer does not tick");
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
    assert_eq!(after, before.map(|count| count + 1));
    assert_eq!(arrived_on_7_and_15(), arrived);
    Outcome::Passed
}

fn arrived_on_7_and_15() -> [Option<u64>; 2] {
    [7, 15].map(|line| IsaIrq::new(line).map(isa::arrived))
}

selftest!("interrupts: nothing is in service when idle", idle);
fn idle() -> Outcome {
    let in_service = x86_64::instructions::interrupts::without_interrupts(|| {
        (pic::presence() == pic::Presence::Present && pic::in_service() != 0) || lapic::is_busy()
    });
    assert!(!in_service);
    Outcome::Passed
}

/// Claims a message, or says that there is no local APIC.
fn claim_message(handler: crate::interrupts::Handler) -> Result<Claim, Outcome> {
    match crate::interrupts::claim(Source::Msi, "self test", handler) {
        Err(ClaimError::NoLocalApic) => Err(Outcome::Skipped("there is no local APIC")),
        other => Ok(other.unwrap_or_else(|error| panic!("{error}"))),
    }
}

selftest!("interrupts: a message's vector is handled, ended, and given back", message);
fn message() -> Outcome {
    static SEEN: AtomicU64 = AtomicU64::new(0);
    let claim = match claim_message(|_| {
        SEEN.fetch_add(1, Ordering::Relaxed);
    }) {
        Ok(claim) => claim,
        Err(skipped) => return skipped,
    };
    let (before, vector) = (SEEN.load(Ordering::Relaxed), claim.vector());
    assert!(claim.message().is_some_and(|message| message.data == u16::from(vector)));
    for _ in 0..3 {
        assert_eq!(ipi::send_to_self(vector), Ok(()));
        let seen = claim.counts().arrived;
        // It takes a few instructions to arrive.
        let _ = (0..1000).find(|_| claim.counts().arrived > seen);
    }
    let counts = claim.counts();
    assert_eq!((counts.arrived, counts.acknowledged, counts.unclaimed), (3, 3, 0));
    assert_eq!(SEEN.load(Ordering::Relaxed), before + 3);
    drop(claim);
    // Nobody's now: counted, ended, and the next owner starts from nothing.
    let ended = expected::during(|| {
        assert_eq!(ipi::send_to_self(vector), Ok(()));
        let is_busy = || x86_64::instructions::interrupts::without_interrupts(lapic::is_busy);
        (0..100_000).any(|_| !is_busy())
    });
    assert!(ended, "an interrupt of nobody was never ended");
    assert_eq!(SEEN.load(Ordering::Relaxed), before + 3);
    Outcome::Passed
}

selftest!("interrupts: each source has one owner", owners);
fn owners() -> Outcome {
    let line = Source::Isa(IsaIrq::KEYBOARD);
    if let Ok(claim) = crate::interrupts::claim(line, "self test", |_| ()) {
        // There is no keyboard here: then the line is free, once.
        assert!(matches!(
            crate::interrupts::claim(line, "another", |_| ()),
            Err(ClaimError::Taken { by: "self test" })
        ));
        drop(claim);
    }
    let mut claims = [const { None }; 40];
    let mut vectors = 0u128;
    for claim in &mut claims {
        match claim_message(|_| ()) {
            Ok(message) => {
                let bit = 1 << (message.vector() - 0x80);
                assert_eq!(vectors & bit, 0, "a vector was given twice");
                vectors |= bit;
                *claim = Some(message);
            }
            Err(skipped) => return skipped,
        }
    }
    Outcome::Passed
}

selftest!("interrupts: drivers share a level line, and each leaves alone", sharing);
fn sharing() -> Outcome {
    static SEEN: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];
    const HANDLERS: [crate::interrupts::Handler; 2] = [
        |_| _ = SEEN[0].fetch_add(1, Ordering::Relaxed),
        |_| _ = SEEN[1].fetch_add(1, Ordering::Relaxed),
    ];
    let gsis = ioapic::all().flat_map(|io| io.pins.base..io.pins.base + io.pins.count).map(Gsi);
    let is_free =
        |gsi: &Gsi| wiring::line_at(*gsi).isa.is_none() && list::owners_of(*gsi).is_none();
    let Some(gsi) = gsis.filter(is_free).last().filter(|_| mode::current() == mode::Mode::Apic)
    else {
        return Outcome::Skipped("the 8259s bring the lines, or every pin is taken");
    };
    let [one, other] = [0, 1].map(|n| {
        let claim = crate::interrupts::claim(Source::Gsi(gsi), ["one", "other"][n], HANDLERS[n]);
        claim.unwrap_or_else(|error| panic!("{error}"))
    });
    let vector = one.vector();
    assert_eq!(other.vector(), vector);
    let interrupt = || {
        let before = vectors::counts(vector);
        assert_eq!(ipi::send_to_self(vector), Ok(()));
        let _ = (0..1000).find(|_| vectors::counts(vector).acknowledged > before.acknowledged);
        SEEN.each_ref().map(|seen| seen.swap(0, Ordering::Relaxed))
    };
    assert_eq!(interrupt(), [1, 1]);
    assert!(list::owners_of(gsi).is_some_and(|names| names.iter().eq(["one", "other"])));
    drop(one);
    assert_eq!(interrupt(), [0, 1]);
    assert!(list::owners_of(gsi).is_some_and(|names| names.iter().eq(["other"])));
    let counts = other.counts();
    assert_eq!((counts.arrived, counts.acknowledged), (2, 2));
    drop(other);
    assert_eq!(list::owners_of(gsi), None);
    Outcome::Passed
}

selftest!("interrupts: an edge is not shared, whatever its next owner takes it for", edges);
fn edges() -> Outcome {
    let is_free = |gsi: &Gsi| ioapic::serves(*gsi) && list::owners_of(*gsi).is_none();
    // One that an override calls an edge is one for PCI, too.
    let is_edge = |irq: &IsaIrq| isa::line(*irq).trigger == Trigger::Edge;
    let edges = IsaIrq::all().filter(|irq| is_edge(irq) && !isa::is_overridden(*irq));
    let free = edges.filter_map(|irq| Some((irq, isa::line(irq).gsi.filter(is_free)?))).next();
    let Some((irq, gsi)) = free.filter(|_| mode::current() == mode::Mode::Apic) else {
        return Outcome::Skipped("the 8259s bring the lines, or each that is an edge is taken");
    };
    let line = isa::line(irq);
    let claim = |source, name| crate::interrupts::claim(source, name, |_| ());
    let edge = claim(Source::Isa(irq), "edge").unwrap_or_else(|error| panic!("{error}"));
    // PCI would take the pin for a level: it is an edge all the same.
    assert!(matches!(claim(Source::Gsi(gsi), "level"), Err(ClaimError::Taken { by: "edge" })));
    assert_eq!(routes::as_claimed(line), line);
    drop(edge);
    // The other way round the line is a level, and `irq route` knows it by its number.
    let level = claim(Source::Gsi(gsi), "level").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(routes::as_claimed(line).trigger, Trigger::Level);
    drop(level);
    assert_eq!(routes::as_claimed(line), line);
    Outcome::Passed
}

selftest!("interrupts: the local APIC's timer fires once, and again and again", apic_timer);
fn apic_timer() -> Outcome {
    use lapic::timer::{self, TimerMode};
    if lapic::access() == Access::None {
        return Outcome::Skipped("there is no local APIC");
    }
    if timer::entry().mask() == Mask::Open {
        return Outcome::Skipped("the clock uses it");
    }
    assert_eq!(routes::set_timer_handler(|_| ()), Ok(()));
    assert_eq!(timer::set_divisor(16), Ok(()));
    let before = timer::arrived();
    assert_eq!(timer::start(TimerMode::OneShot, 1000), Ok(()));
    assert!(time::wait_until(1000, || (timer::arrived() > before).then_some(())).is_ok());
    assert_eq!((timer::arrived(), timer::current_count()), (before + 1, 0));
    assert_eq!(timer::start(TimerMode::Periodic, 10_000), Ok(()));
    assert!(time::wait_until(1000, || (timer::arrived() > before + 4).then_some(())).is_ok());
    timer::stop();
    assert_eq!(timer::set_divisor(3), Err(timer::NoTimer));
    Outcome::Passed
}

selftest!("interrupts: the mode changes while everything runs", change_mode);
fn change_mode() -> Outcome {
    use crate::interrupts::mode::{self, Mode};
    let began = mode::current();
    let other = if began == Mode::Pic { Mode::Apic } else { Mode::Pic };
    if mode::set(other).is_err() {
        return Outcome::Skipped("there is one way for interrupts here");
    }
    for _ in 0..20 {
        for mode in [began, other] {
            assert_eq!(mode::set(mode), Ok(()));
            let (before, seen) = (time::ticks(), isa::arrived(IsaIrq::TIMER));
            if time::interval_timer_ticks() {
                assert!(
                    time::wait_until(1000, || (time::ticks() > before + 1).then_some(())).is_ok()
                );
                assert!(isa::arrived(IsaIrq::TIMER) > seen);
            }
        }
    }
    assert_eq!(mode::set(began), Ok(()));
    idle()
}
