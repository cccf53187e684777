//! Course of finding out a rate by another counter: when to look, and what to
//! do about it.

use super::calibration::{Calibration, Reading};
use super::rate::Rate;
use super::verdict::{Finding, Verdict};

/// When a rate is looked at, in nanoseconds since the first reading.
pub const STEPS_NS: [u64; 3] = [20_000_000, 1_000_000_000, 30_000_000_000];

/// How often a course begins again before it is given up: measurements that
/// disagree for ever come from a clock that loses time.
const MOST_TRIES: u32 = 200;

/// A counter under measurement by a known one.
#[derive(Clone, Copy, Debug)]
pub struct Course {
    calibration: Calibration,
    verdict: Verdict,
    next_step: usize,
    tries: u32,
}

impl Course {
    /// Begins to check the stated rate, or to measure one that is not known.
    #[must_use]
    pub const fn begin(stated: Option<Rate>, calibration: Calibration) -> Self {
        Self { calibration, verdict: Verdict::on(stated), next_step: 0, tries: 0 }
    }

    /// In how many nanoseconds, since the last reading, the next one is due;
    /// `None` when all is done that can be.
    #[must_use]
    pub fn due_in_ns(&self) -> Option<u64> {
        if self.tries > MOST_TRIES {
            return None;
        }
        let next_ns = *STEPS_NS.get(self.next_step)?;
        let before = self.next_step.checked_sub(1).and_then(|step| STEPS_NS.get(step));
        // A narrow counter would go round until then.
        (next_ns < self.calibration.longest_ns()).then(|| next_ns - before.unwrap_or(&0))
    }

    /// Concludes from the next reading. After [`Finding::Again`] the course goes
    /// on from the reading that [`Course::begin_again`] is given.
    pub fn look(&mut self, reading: Reading) -> Finding {
        let finding = self.verdict.hear(self.calibration.measure(reading));
        self.next_step = match finding {
            Finding::Right => STEPS_NS.len(),
            _ => self.next_step + 1,
        };
        finding
    }

    /// Measures anew from `first` on.
    pub const fn begin_again(&mut self, first: Reading) {
        self.calibration.begin_again(first);
        self.next_step = 0;
        self.tries = self.tries.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::super::calibration::Measured;
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    /// Two counters, read after so many nanoseconds.
    struct Pair {
        known_hz: u64,
        bits: u32,
        unknown_hz: u64,
    }

    impl Pair {
        fn read(&self, at_ns: u64) -> Reading {
            let counts = |hz: u64| (u128::from(at_ns) * u128::from(hz) / u128::from(SECOND)) as u64;
            let known = counts(self.known_hz) & ((1 << self.bits) - 1);
            Reading {
                known: (known, known),
                unknown: counts(self.unknown_hz),
                at_ns,
                ..Reading::default()
            }
        }

        /// Looks whenever it is due, and returns what came out.
        fn go(&self, stated: Option<u64>) -> (Vec<Finding>, u64) {
            let known = Rate::from_hz(self.known_hz).unwrap();
            let begin = Calibration::begin(known, self.bits, 64, self.read(5));
            let mut course = Course::begin(stated.and_then(Rate::from_hz), begin);
            let (mut found, mut at) = (Vec::new(), 5);
            while let Some(in_ns) = course.due_in_ns() {
                at += in_ns;
                let reading = self.read(at);
                found.push(course.look(reading));
                if found.last() == Some(&Finding::Again) {
                    course.begin_again(reading);
                }
            }
            (found, at)
        }
    }

    const HPET: Pair = Pair { known_hz: 14_318_180, bits: 32, unknown_hz: 100_000_000 };

    #[test]
    fn a_right_rate_takes_one_look() {
        let (found, at) = HPET.go(Some(100_300_000));
        assert_eq!((found, at), (vec![Finding::Right], 5 + STEPS_NS[0]));
    }

    #[test]
    fn a_wrong_one_takes_three_and_is_then_measured() {
        for stated in [3_500_000_000, 101_500_000, 98_500_000] {
            let (found, _) = HPET.go(Some(stated));
            assert_eq!(found[..2], [Finding::Again; 2]);
            let Finding::Wrong(Measured { hz, .. }) = found[2] else { panic!("{found:?}") };
            assert!(hz.abs_diff(100_000_000) < 10_000, "{hz}");
            let Some(Finding::Rate(best)) = found.last() else { panic!("{found:?}") };
            assert!(best.hz.abs_diff(100_000_000) < 100 && best.error_ppm <= 2, "{best:?}");
        }
    }

    /// The 24 bits of the PM timer last for 4.7 s: they do for a second.
    #[test]
    fn a_reference_that_goes_round() {
        let pm = Pair { known_hz: 3_579_545, bits: 24, unknown_hz: 2_800_000_000 };
        let (found, at) = pm.go(None);
        assert!(matches!(found[..], [Finding::Rate(_), Finding::Rate(_)]), "{found:?}");
        assert_eq!(at, 5 + SECOND);
        let (found, _) = pm.go(Some(80_000_000));
        assert!(matches!(found[..], [_, _, Finding::Wrong(_), Finding::Rate(_)]), "{found:?}");
    }

    /// `clocks drift 1; clocks lapic` at the first prompt.
    #[test]
    fn a_restart_voids_what_is_being_measured() {
        let known = Rate::from_hz(100_000_000).unwrap();
        let pair = Pair { known_hz: 100_000_000, bits: 63, unknown_hz: 62_500_000 };
        let mut course = Course::begin(None, Calibration::begin(known, 64, 32, pair.read(0)));
        assert!(matches!(course.look(pair.read(STEPS_NS[0])), Finding::Rate(_)));
        // Drift has set it anew at half a second.
        let restarted = |at: u64| Reading {
            unknown: pair.read(at - SECOND / 2).unknown,
            restarts: 2,
            ..pair.read(at)
        };
        assert_eq!(course.look(restarted(SECOND)), Finding::Again);
        course.begin_again(restarted(SECOND));
        assert_eq!(course.due_in_ns(), Some(STEPS_NS[0]));
        for at in [SECOND + STEPS_NS[0], 2 * SECOND, 31 * SECOND] {
            let Finding::Rate(measured) = course.look(restarted(at)) else { panic!("{at}") };
            assert!(measured.hz.abs_diff(62_500_000) < 100, "{measured:?}");
        }
        assert_eq!(course.due_in_ns(), None);
    }
}
