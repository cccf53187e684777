//! Finds out the rates of the processor's clocks, and checks those that are
//! stated, while nobody waits.
//!
//! The idle loop comes by, takes a reading, and comes again some milliseconds,
//! a second and half a minute later. Each time the rate is known better, and
//! the error that is left is stated with it. Where no other clock tells the
//! time-stamp counter's rate, the real-time clock does (`by_seconds`).
//! (`valhalla_core::clock::course` has the arithmetic.)

use super::by_seconds::BySeconds;
use super::conclude::{apply, settle, to_find_out};
use super::events::{self, Timer};
use super::sources::{self, Check, Id, Source};
use super::{clock, lapic_timer, pit, rtc};
use crate::cpu::lock::SpinLock;
use crate::interrupts::lapic;
use core::sync::atomic::{AtomicBool, Ordering};
use valhalla_core::clock::calibration::{Calibration, Reading};
use valhalla_core::clock::course::Course;
use valhalla_core::clock::rate::Rate;
use valhalla_core::clock::verdict::Finding;
use x86_64::instructions::interrupts;

/// Tries for a reading of which the closest counts: firmware may strike in one.
const TRIES: usize = 3;
/// Counters whose rates are stated or unknown. The first measures the others, and
/// is checked before them.
const COUNTERS: [Id; 3] = [Id::Hpet, Id::Tsc, Id::LapicTimer];

/// A reading is due; the first one when the idle loop first comes by.
static IS_DUE: AtomicBool = AtomicBool::new(true);

static STATE: SpinLock<State> =
    SpinLock::new(State { has_begun: false, jobs: [None; COUNTERS.len()], seconds: None });

struct State {
    has_begun: bool,
    /// In the order of [`COUNTERS`].
    jobs: [Option<Job>; COUNTERS.len()],
    seconds: Option<BySeconds>,
}

/// Whether a reading is due.
#[inline]
pub(super) fn is_due() -> bool {
    IS_DUE.load(Ordering::Relaxed)
}

/// A reading is due: the timer or the real-time clock says so.
pub(super) fn is_due_now() {
    IS_DUE.store(true, Ordering::Relaxed);
}

/// Measures the local APIC's timer from the beginning: it is free, and could not
/// be measured before.
pub(super) fn measure_lapic() {
    let mut state = STATE.lock();
    state.begin(Id::LapicTimer);
    state.plan();
}

/// Takes the readings that are due, and draws the conclusions.
#[cold]
pub(super) fn step() {
    IS_DUE.store(false, Ordering::Relaxed);
    let mut state = STATE.lock();
    if state.has_begun {
        state.take_second();
        state.look();
    } else {
        state.has_begun = true;
        state.begin_all();
    }
    state.plan();
}

impl State {
    /// Sets the timer for the reading that is due next.
    fn plan(&self) {
        if let Some(at_ns) = self.jobs.iter().flatten().map(|job| job.due_ns).min() {
            events::set(Timer::Calibrate, at_ns);
        }
    }

    fn begin_all(&mut self) {
        COUNTERS.into_iter().for_each(|id| self.begin(id));
    }

    /// Takes the first reading of a counter, where there is something to find out,
    /// and something to measure by.
    fn begin(&mut self, id: Id) {
        let Some(stated) = to_find_out(id).filter(|_| !is_busy(id)) else { return };
        let job = reference(id).and_then(|by| Job::begin(id, stated, by));
        if job.is_none() {
            match id {
                Id::LapicTimer => {}
                Id::Tsc if rtc::read().is_ok() => self.seconds = Some(BySeconds::begin(stated)),
                _ => settle(id, Check::Impossible),
            }
        }
        self.set_job(id, job);
    }

    fn set_job(&mut self, id: Id, job: Option<Job>) {
        let places = COUNTERS.into_iter().zip(&mut self.jobs);
        places.filter(|(other, _)| *other == id).for_each(|(_, place)| *place = job);
    }

    fn take_second(&mut self) {
        if self.seconds.as_mut().is_some_and(BySeconds::take) {
            self.seconds = None;
            settle(Id::Tsc, Check::Impossible);
            self.begin(Id::LapicTimer);
        }
    }

    fn look(&mut self) {
        for (id, job) in COUNTERS.into_iter().zip(self.jobs) {
            let Some(job) = job.filter(|job| job.due_ns <= clock::now_ns()) else { continue };
            // What wakes sleepers does not count on for ever.
            self.set_job(id, if is_busy(id) { None } else { job.look(id) });
            if id == Id::Hpet && sources::get(id).is_err() {
                // It was wrong, and the others were measured by it.
                return self.begin_all();
            }
        }
    }
}

/// A counter under measurement by another one.
#[derive(Clone, Copy)]
struct Job {
    by: Id,
    course: Course,
    due_ns: u64,
}

impl Job {
    fn begin(id: Id, stated: Option<Rate>, (by, known, rate): (Id, Source, Rate)) -> Option<Self> {
        let unknown = sources::get(id).ok()?;
        let first = first_reading(by, id);
        let calibration = Calibration::begin(rate, known.bits, unknown.bits, first);
        let course = Course::begin(stated, calibration);
        Some(Self { by, course, due_ns: first.at_ns.saturating_add(course.due_in_ns()?) })
    }

    /// Concludes from a reading; `None` when all is done that can be.
    fn look(mut self, id: Id) -> Option<Self> {
        let reading = read(self.by, id);
        // What may be wrong itself proves nothing; it is looked at first.
        let finding = match to_find_out(self.by) {
            Some(_) => Finding::Again,
            None => self.course.look(reading),
        };
        apply(id, self.by, finding);
        let last = match finding {
            Finding::Again => {
                let first = first_reading(self.by, id);
                self.course.begin_again(first);
                first
            }
            _ => reading,
        };
        let Some(in_ns) = self.course.due_in_ns() else {
            settle(id, Check::Impossible);
            return None;
        };
        self.due_ns = last.at_ns.saturating_add(in_ns);
        Some(self)
    }
}

/// Whether the counter wakes sleepers already, so that it is not to be measured.
fn is_busy(id: Id) -> bool {
    id == Id::LapicTimer && events::lapic_interrupts()
}

/// The best counter to measure another one by. The time-stamp counter may be the
/// only one whose rate is known.
fn reference(id: Id) -> Option<(Id, Source, Rate)> {
    let others = [Id::Hpet, Id::PmTimer, Id::Pit].into_iter().filter(|other| *other != id);
    sources::best_of(others).or_else(|| {
        let tsc = sources::best_of([Id::Tsc]);
        tsc.filter(|_| id == Id::LapicTimer && to_find_out(Id::Tsc).is_none())
    })
}

fn first_reading(by: Id, id: Id) -> Reading {
    if id == Id::LapicTimer {
        lapic_timer::go_on();
    }
    read(by, id)
}

/// Both counters, as close to each other as can be.
fn read(by: Id, id: Id) -> Reading {
    let once = || {
        interrupts::without_interrupts(|| {
            let before = by.read();
            let unknown = id.read();
            (before, unknown, by.read())
        })
    };
    let spread = |(before, _, after): (u64, u64, u64)| after.wrapping_sub(before);
    let closest = |best, next| if spread(next) < spread(best) { next } else { best };
    let (before, unknown, after) = (1..TRIES).map(|_| once()).fold(once(), closest);
    Reading {
        known: (before, after),
        unknown,
        restarts: if id == Id::LapicTimer { lapic::timer::restarts() } else { 0 },
        lost: if by == Id::Pit { pit::lost() } else { 0 },
        at_ns: clock::now_ns(),
    }
}
