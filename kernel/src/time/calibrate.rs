//! Finds out the rates of the processor's clocks, while nobody waits.
//!
//! The idle loop comes by, takes a reading, and comes again some milliseconds,
//! a second and half a minute later. Each time the rate is known better, and
//! the error that is left is stated with it. (`valhalla_core::clock::calibration`
//! has the arithmetic.)

use super::events::{self, Timer};
use super::sources::{self, Id, Origin, Source};
use super::{clock, lapic_timer, stamps};
use crate::cpu::lock::SpinLock;
use core::sync::atomic::{AtomicBool, Ordering};
use valhalla_core::clock::calibration::{Calibration, Reading};
use valhalla_core::clock::rate::Rate;
use valhalla_core::clock::timeline::mask;
use x86_64::instructions::interrupts;

/// After how long the rate is looked at, in nanoseconds since the first reading.
const STEPS_NS: [u64; 3] = [20_000_000, 1_000_000_000, 30_000_000_000];
/// Tries for a reading of which the closest counts: firmware may strike in one.
const TRIES: usize = 3;
/// What nobody tells the rate of.
const UNKNOWN: [Id; 2] = [Id::Tsc, Id::LapicTimer];

/// A reading is due; the first one when the idle loop first comes by.
static IS_DUE: AtomicBool = AtomicBool::new(true);

#[derive(Clone, Copy)]
struct Begun {
    by: Id,
    calibrations: [Option<Calibration>; UNKNOWN.len()],
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

/// Measures from the beginning: a timer is free that could not be measured.
pub(super) fn begin_again() {
    *BEGUN.lock() = None;
    is_due_now();
}

/// Takes the reading that is due, and draws the conclusion.
#[cold]
pub(super) fn step() {
    IS_DUE.store(false, Ordering::Relaxed);
    let mut begun = BEGUN.lock();
    let in_ns = match &mut *begun {
        Some(state) => state.go_on(),
        none => {
            *none = begin();
            none.and_then(|_| STEPS_NS.first().copied())
        }
    };
    drop(begun);
    if let Some(in_ns) = in_ns {
        events::set(Timer::Calibrate, clock::now_ns().saturating_add(in_ns));
    }
}

/// The first readings; `None` where there is nothing to measure, or by.
fn begin() -> Option<Begun> {
    let (by, known, rate) = sources::best_but(Some(Id::Tsc))?;
    // If it wakes who sleeps already, it is not to be measured.
    let lapic_is_busy = events::lapic_interrupts();
    if !lapic_is_busy {
        lapic_timer::begin();
    }
    let calibrations = UNKNOWN.map(|id| match sources::get(id) {
        _ if id == Id::LapicTimer && lapic_is_busy => None,
        // What the loader or the processor told is more than we can measure.
        Ok(Source { rate: None, bits }) => {
            Some(Calibration::begin(rate, known.bits, bits, read(by, id)))
        }
        _ => None,
    });
    calibrations.iter().any(Option::is_some).then_some(Begun { by, calibrations, next_step: 0 })
}

impl Begun {
    /// Takes the next readings; in how many nanoseconds those after them are due.
    fn go_on(&mut self) -> Option<u64> {
        let known = sources::get(self.by).ok()?;
        let (known_rate, _) = known.rate?;
        for (id, calibration) in UNKNOWN.into_iter().zip(&self.calibrations) {
            // Once it wakes us it does not count on for ever.
            let is_busy = id == Id::LapicTimer
                && (events::lapic_interrupts() || !lapic_timer::is_undisturbed());
            if let Some(calibration) = calibration.as_ref().filter(|_| !is_busy) {
                conclude(self.by, id, calibration);
            }
        }
        let step_ns = STEPS_NS.get(self.next_step).copied()?;
        self.next_step += 1;
        let next_ns = STEPS_NS.get(self.next_step).copied()?;
        // A narrow counter would go round until then.
        let wrap_ns = known_rate.ns(mask(known.bits));
        (next_ns < wrap_ns / 2).then(|| next_ns.saturating_sub(step_ns))
    }
}

/// Writes down what a second reading says.
fn conclude(by: Id, id: Id, calibration: &Calibration) {
    let (Ok(source), Some(measured)) = (sources::get(id), calibration.measure(read(by, id))) else {
        return;
    };
    let Some(rate) = Rate::from_hz(measured.hz) else { return };
    let origin = Origin::Measured { by, error_ppm: measured.error_ppm };
    sources::set(id, Ok(Source { rate: Some((rate, origin)), ..source }));
    match id {
        Id::Tsc => {
            stamps::tsc_rate_known(rate);
            clock::rate_changed(id, rate);
            if clock::prefer_better() {
                events::clock_changed();
            }
        }
        _ => events::lapic_rate_known(rate),
    }
}

/// Both counters, as close to each other as can be.
fn read(by: Id, id: Id) -> Reading {
    let once = || {
        interrupts::without_interrupts(|| {
            let before = by.read();
            let unknown = id.read();
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
