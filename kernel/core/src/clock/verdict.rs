//! Conclusions from measurements of one counter, each as it comes in.
//!
//! A rate that a loader, a processor or a register states is more exact than a
//! short measurement, if it is right: some are wrong by a factor of 35 (Bochs'
//! processor models by CPUID 0x15). One measurement that agrees shows that it is
//! right. Ticks that a busy host lost, or a counter that was set, spoil a
//! measurement, so it takes several that agree among themselves to show it wrong.

use super::calibration::{Measured, drift_ppm};
use super::rate::Rate;

/// Greatest error of a stated rate, in millionths.
pub const MOST_ERROR_PPM: u64 = 10_000;
/// Successive measurements that have to agree before a stated rate is wrong.
pub const WITNESSES: u32 = 3;

/// What a measurement leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Nothing yet: measure for longer.
    Open,
    /// The stated rate seems wrong, or measurements disagree: measure anew.
    Again,
    /// The stated rate is right, and stays.
    Right,
    /// The stated rate is wrong; this is the counter's.
    Wrong(Measured),
    /// The rate, or a better known one.
    Rate(Measured),
}

/// What is known of a counter's rate.
#[derive(Clone, Copy, Debug)]
pub struct Verdict {
    aim: Aim,
    /// The last measurement that may count.
    last: Option<Measured>,
}

#[derive(Clone, Copy, Debug)]
enum Aim {
    /// To know the rate.
    Measure,
    /// To know whether this one is right; so many measurements are against it.
    Check { stated: Rate, against: u32 },
}

impl Verdict {
    /// On a counter whose rate is stated, or not known at all.
    #[must_use]
    pub const fn on(stated: Option<Rate>) -> Self {
        let aim = match stated {
            Some(stated) => Aim::Check { stated, against: 0 },
            None => Aim::Measure,
        };
        Self { aim, last: None }
    }

    /// Takes a measurement into account; none is one that was spoilt. Those of a
    /// rate that is being checked must not overlap.
    pub fn hear(&mut self, measured: Option<Measured>) -> Finding {
        let before = core::mem::replace(&mut self.last, measured);
        let is_first = before.is_none();
        let agrees = match (before, measured) {
            (Some(before), Some(now)) => agree(&before, &now),
            _ => false,
        };
        let Some(measured) = measured else {
            if let Aim::Check { against, .. } = &mut self.aim {
                *against = 0;
            }
            return Finding::Again;
        };
        match &mut self.aim {
            Aim::Measure if is_first => Finding::Rate(measured),
            Aim::Measure if agrees => match before {
                // Over a longer time, but less exact.
                Some(before) if before.error_ppm < measured.error_ppm => {
                    self.last = Some(before);
                    Finding::Open
                }
                _ => Finding::Rate(measured),
            },
            Aim::Measure => {
                self.last = None;
                Finding::Again
            }
            Aim::Check { stated, against } => match compare(*stated, &measured) {
                Comparison::Same => Finding::Right,
                Comparison::Unclear => Finding::Open,
                Comparison::Different => {
                    *against = if agrees { *against + 1 } else { 1 };
                    if *against < WITNESSES {
                        return Finding::Again;
                    }
                    self.aim = Aim::Measure;
                    Finding::Wrong(measured)
                }
            },
        }
    }
}

enum Comparison {
    Same,
    Different,
    /// The measurement's own error is too large to tell.
    Unclear,
}

fn compare(stated: Rate, measured: &Measured) -> Comparison {
    let off = apart_ppm(stated.hz(), measured.hz);
    if off.saturating_add(measured.error_ppm) <= MOST_ERROR_PPM {
        Comparison::Same
    } else if off > MOST_ERROR_PPM.saturating_add(measured.error_ppm) {
        Comparison::Different
    } else {
        Comparison::Unclear
    }
}

fn agree(one: &Measured, other: &Measured) -> bool {
    let errors = one.error_ppm.saturating_add(other.error_ppm);
    apart_ppm(one.hz, other.hz) <= MOST_ERROR_PPM.saturating_add(errors)
}

fn apart_ppm(one: u64, other: u64) -> u64 {
    drift_ppm(one, other).map_or(u64::MAX, i64::unsigned_abs)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn measured(hz: u64, error_ppm: u64) -> Option<Measured> {
        Some(Measured { hz, error_ppm, span_ns: 20_000_000 })
    }

    fn on(hz: u64) -> Verdict {
        Verdict::on(Rate::from_hz(hz))
    }

    #[test]
    fn a_stated_rate_that_is_right_stays() {
        assert_eq!(on(1_000_000_000).hear(measured(1_000_000_000, 500)), Finding::Right);
        // Within 0.3 %, by a short look.
        assert_eq!(on(1_003_000_000).hear(measured(1_000_000_000, 1_000)), Finding::Right);
        assert_eq!(on(997_000_000).hear(measured(1_000_000_000, 1_000)), Finding::Right);
    }

    #[test]
    fn one_that_is_wrong_goes_when_three_say_so() {
        for (stated, is) in [
            (1_015_000_000, 1_000_000_000),
            (985_000_000, 1_000_000_000),
            (3_500_000_000, 100_000_000),
        ] {
            let (mut verdict, seen) = (on(stated), measured(is, 1_000));
            assert_eq!(verdict.hear(seen), Finding::Again, "{stated}");
            assert_eq!(verdict.hear(seen), Finding::Again);
            assert_eq!(verdict.hear(seen), Finding::Wrong(seen.unwrap()));
            // And is measured better from then on.
            let better = measured(is + is / 2_000, 1);
            assert_eq!(verdict.hear(better), Finding::Rate(better.unwrap()));
        }
    }

    #[test]
    fn a_measurement_that_is_too_coarse_says_nothing() {
        let mut verdict = on(1_015_000_000);
        assert_eq!(verdict.hear(measured(1_000_000_000, 8_000)), Finding::Open);
        assert_eq!(verdict.hear(measured(1_000_000_000, 200)), Finding::Again);
    }

    #[test]
    fn lost_ticks_and_restarts_convict_nobody() {
        let mut verdict = on(1_000_000_000);
        // The known counter lost a twentieth, then a tenth, then all is spoilt.
        for spoilt in [measured(1_050_000_000, 500), measured(1_100_000_000, 500), None] {
            assert_eq!(verdict.hear(spoilt), Finding::Again);
            assert_eq!(verdict.hear(spoilt), Finding::Again);
            verdict.hear(None);
        }
        assert_eq!(verdict.hear(measured(1_000_100_000, 500)), Finding::Right);
    }

    #[test]
    fn a_rate_gets_better_but_does_not_leap() {
        let mut verdict = Verdict::on(None);
        let first = measured(62_510_000, 700);
        assert_eq!(verdict.hear(first), Finding::Rate(first.unwrap()));
        // By an interval timer whose period was set time and again.
        assert_eq!(verdict.hear(measured(62_450_000, 2_000)), Finding::Open);
        // Over a restart that nobody counted.
        assert_eq!(verdict.hear(measured(41_900_000, 1)), Finding::Again);
        let anew = measured(62_500_000, 1);
        assert_eq!(verdict.hear(anew), Finding::Rate(anew.unwrap()));
        assert_eq!(verdict.hear(None), Finding::Again);
    }

    proptest! {
        /// Right is said of none that is off by more, wrong of none that is right.
        #[test]
        fn no_error_of_its_own(stated in 50_000_000u64..18_000_000_000, off in -60_000i64..60_000) {
            let hz = stated.saturating_add_signed(stated as i64 / 1_000_000 * off);
            let mut verdict = on(stated);
            for _ in 0..WITNESSES {
                match verdict.hear(measured(hz, 300)) {
                    Finding::Right => prop_assert!(off.abs() < 10_000),
                    Finding::Wrong(_) => prop_assert!(off.abs() > 10_000),
                    _ => {}
                }
            }
        }

        #[test]
        fn any_numbers_end_in_a_value(stated: u64, seen: [(u64, u64); 6]) {
            let mut verdict = on(stated);
            for (hz, error_ppm) in seen {
                let _ = verdict.hear(measured(hz, error_ppm));
            }
        }
    }
}
