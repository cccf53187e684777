//! Finds out the rates of the processor's clocks, while nobody waits.
//!
//! The idle loop comes by, takes a reading, and comes again some milliseconds,
//! a second and half a minute later. Each time the rate is known better, and
//! the error that is left is stated with it. (`valhalla_core::clock::calibration`
//! has the arithmetic.)

use super::events::{self, Timer};
use super::sources::{self, Id, Origin, Source};
use super::{clock, stamps};
use crate::cpu::lock::SpinLock;
use core::sync::atomic::{AtomicBool, Ordering};
use valhalla_core::clock::calibration::{Calibration, Reading};
use valhalla_core::clock::rate::Rate;
use x86_64::instructions::interrupts;

/// After how long the rate is looked at, in nanoseconds since the first reading.
const STEPS_NS: [u64; 3] = [20_000_000, 1_000_000_000, 30_000_000_000];
/// Tries for a reading of which the closest counts: firmware may strike in one.
const TRIES: usize = 3;

/// A reading is due; the first one when the idle loop first comes by.
static IS_DUE: AtomicBool = AtomicBool::new(true);

#[derive(Clone, Copy)]
struct Begun {
    by: Id,
    calibration: Calibration,
    next_step: usize,
}

static BEGUN: SpinLock<Option<Begun>> = SpinLock::new(None);

/// Whether a reading is due.
#[inline]
pub(super) fn is_due() -> bool {
    IS_DUE.load(Ordering::Relaxed)
}

/// A reading is due: the timer says so.
pub(super) fn is_due_now() {
    IS_DUE.store(true, Ordering::Relaxed);
}

/// Takes the reading that is due, and draws the conclusion.
#[cold]
pub(super) fn step() {
    IS_DUE.store(false, Ordering::Relaxed);
    if let Some(in_ns) = begin_or_go_on() {
        events::set(Timer::Calibrate, clock::now_ns().saturating_add(in_ns));
    }
}

/// In how many nanoseconds the next reading is due.
fn begin_or_go_on() -> Option<u64> {
    let mut begun = BEGUN.lock();
    let Some(state) = &mut *begun else {
        let tsc = sources::get(Id::Tsc).ok()?;
        // What the loader or the processor told is more than we can measure.
        if tsc.rate.is_some() {
            return None;
        }
        let (by, known, rate) = sources::best_but(Some(Id::Tsc))?;
        let calibration = Calibration::begin(rate, known.bits, tsc.bits, read(by));
        *begun = Some(Begun { by, calibration, next_step: 0 });
        return STEPS_NS.first().copied();
    };
    // A narrow counter has gone round in the last step.
    let known = sources::get(state.by).ok()?;
    let (known_rate, _) = known.rate?;
    let step_ns = STEPS_NS.get(state.next_step).copied()?;
    let reading = read(state.by);
    if let Some(measured) = state.calibration.measure(reading) {
        let origin = Origin::Measured { by: state.by, error_ppm: measured.error_ppm };
        let rate = Rate::from_hz(measured.hz)?;
        sources::set(Id::Tsc, Ok(Source { rate: Some((rate, origin)), bits: 64 }));
        stamps::tsc_rate_known(rate);
        clock::rate_changed(Id::Tsc, rate);
        if clock::prefer_better() {
            events::clock_changed();
        }
    }
    state.next_step += 1;
    let next_ns = STEPS_NS.get(state.next_step).copied()?;
    let wrap_ns = known_rate.ns(valhalla_core::clock::timeline::mask(known.bits));
    (next_ns < wrap_ns / 2).then(|| next_ns.saturating_sub(step_ns))
}

/// Both counters, as close to each other as can be.
fn read(by: Id) -> Reading {
    let once = || {
        interrupts::without_interrupts(|| {
            let before = by.read();
            let unknown = Id::Tsc.read();
            Reading { known: (before, by.read()), unknown }
        })
    };
    let spread = |reading: &Reading| reading.known.1.wrapping_sub(reading.known.0);
    (1..TRIES).map(|_| once()).fold(
        once(),
        |best, next| {
            if spread(&next) < spread(&best) { next } else { best }
        },
    )
}
