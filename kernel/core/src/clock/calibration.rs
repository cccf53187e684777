//! One counter's rate by another's, and how wrong it may be.
//!
//! A reading takes both counters: the known one, the unknown one, the known one
//! again. Where in between the unknown one was read nobody knows, so the known
//! one's two values bound the error of a reading, and those of two readings
//! over the time between them bound that of the rate. It only takes patience to
//! make it as small as one likes, so nobody waits for it: readings are taken
//! when somebody comes by.
//!
//! No measurement spans a restart: a counter that was set anew in between, came
//! to its end or may have gone round has none.

use super::rate::Rate;
use super::timeline::mask;

/// Both counters at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The known counter, before and after.
    pub known: (u64, u64),
    /// The unknown one in between.
    pub unknown: u64,
    /// How often the unknown counter has been set anew.
    pub restarts: u64,
    /// Counts that the known one may have lost so far, each time it was set anew
    /// and went on from where it was.
    pub lost: u64,
    /// The monotonic clock, which sees a narrow counter go round.
    pub at_ns: u64,
}

/// A counter that is measured, and the one that it is measured by.
#[derive(Clone, Copy, Debug)]
pub struct Calibration {
    rate: Rate,
    known_bits: u32,
    unknown_bits: u32,
    first: Reading,
}

/// What came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// The unknown counter's rate.
    pub hz: u64,
    /// It may be wrong by so much, in millionths, as compared with the known
    /// counter; at least 1.
    pub error_ppm: u64,
    /// Over how long it was measured, in nanoseconds.
    pub span_ns: u64,
}

impl Calibration {
    /// Begins with a reading. `rate` is that of the known counter.
    #[must_use]
    pub const fn begin(rate: Rate, known_bits: u32, unknown_bits: u32, first: Reading) -> Self {
        Self { rate, known_bits, unknown_bits, first }
    }

    /// Begins anew with another reading.
    pub const fn begin_again(&mut self, first: Reading) {
        self.first = first;
    }

    /// The longest span that can be measured: half of the time that the known
    /// counter takes to go round.
    #[must_use]
    pub const fn longest_ns(&self) -> u64 {
        self.rate.ns(mask(self.known_bits)) / 2
    }

    /// What is known at a second reading; `None` if one of the counters has
    /// stood still, was set anew, came to its end or may have gone round in
    /// between (once past its end is no harm).
    #[must_use]
    pub fn measure(&self, last: Reading) -> Option<Measured> {
        let apart_ns = last.at_ns.saturating_sub(self.first.at_ns);
        if last.restarts != self.first.restarts
            || last.unknown == mask(self.unknown_bits)
            || apart_ns > self.longest_ns()
        {
            return None;
        }
        let known = mask(self.known_bits);
        let between = |from: u64, to: u64| to.wrapping_sub(from) & known;
        // From the middle of one reading to the middle of the other.
        let (first, spread) = (self.first, between(self.first.known.0, self.first.known.1));
        let last_spread = between(last.known.0, last.known.1);
        let halves = between(first.known.0, last.known.0)
            .saturating_mul(2)
            .saturating_add(last_spread)
            .saturating_sub(spread);
        let counts = last.unknown.wrapping_sub(first.unknown) & mask(self.unknown_bits);
        let span_ns = self.rate.ns(halves) / 2;
        // Each reading is off by at most half its spread and one count.
        let lost = last.lost.saturating_sub(first.lost).saturating_mul(2);
        let doubt = spread.saturating_add(last_spread).saturating_add(4).saturating_add(lost);
        let hz = u128::from(counts).saturating_mul(2 * u128::from(self.rate.hz()));
        let hz = u64::try_from(hz.checked_div(u128::from(halves))?).ok().filter(|hz| *hz != 0)?;
        let error_ppm = u128::from(doubt) * 1_000_000 / u128::from(halves) + 1;
        Some(Measured { hz, error_ppm: u64::try_from(error_ppm).unwrap_or(u64::MAX), span_ns })
    }
}

/// By how much `measured` differs from `expected`, in millionths, signed.
#[must_use]
pub fn drift_ppm(measured: u64, expected: u64) -> Option<i64> {
    let difference = i128::from(measured) - i128::from(expected);
    let ppm = (difference * 1_000_000).checked_div(i128::from(expected))?;
    i64::try_from(ppm).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_tsc_by_the_pm_timer() {
        let pm = Rate::from_hz(3_579_545).unwrap();
        let first =
            Reading { known: (0x00ff_ff00, 0x00ff_ff02), unknown: 1_000, ..Reading::default() };
        let calibration = Calibration::begin(pm, 24, 64, first);
        // A second later the 24 bits have gone past their end.
        let known = (0x00ff_ff00 + 3_579_545) & 0x00ff_ffff;
        let last = Reading { known: (known, known + 2), unknown: 1_000 + 2_800_000_000, ..first };
        let measured = calibration.measure(last).unwrap();
        assert_eq!(measured.hz, 2_800_000_000);
        assert_eq!(measured.error_ppm, 2);
        assert!(measured.span_ns.abs_diff(1_000_000_000) < 1_000, "{}", measured.span_ns);
        assert_eq!(calibration.measure(Reading { unknown: 5_000, ..first }), None);
        assert_eq!(calibration.measure(Reading { unknown: 1_000, ..last }), None);
        // What was lost on the way is doubt: 1,000 of 3.6 million counts.
        let measured = calibration.measure(Reading { lost: 1_000, ..last }).unwrap();
        assert_eq!((measured.hz, measured.error_ppm), (2_800_000_000, 281));
    }

    /// As `clocks drift` did it to the local APIC's timer: 62.5 MHz came out as
    /// 41.9.
    #[test]
    fn nothing_is_measured_over_a_restart() {
        let hpet = Rate::from_hz(100_000_000).unwrap();
        let first = Reading { known: (0, 4), restarts: 2, ..Reading::default() };
        let calibration = Calibration::begin(hpet, 64, 32, first);
        let last = Reading {
            known: (3_000_000_000, 3_000_000_004),
            unknown: 1_257_000_000,
            at_ns: 30_000_000_000,
            ..first
        };
        assert_eq!(calibration.measure(last).unwrap().hz, 41_900_000);
        assert_eq!(calibration.measure(Reading { restarts: 4, ..last }), None);
        // It has counted to its end and stands there.
        assert_eq!(calibration.measure(Reading { unknown: u32::MAX.into(), ..last }), None);
    }

    /// A command of six seconds keeps the idle loop from looking, and the 24 bits
    /// of the PM timer go round unseen.
    #[test]
    fn nothing_is_measured_over_a_round() {
        let pm = Rate::from_hz(3_579_545).unwrap();
        let calibration = Calibration::begin(pm, 24, 64, Reading::default());
        let after = |ns| {
            let known = pm.counts(ns) & 0x00ff_ffff;
            let unknown = 3 * ns;
            Reading { known: (known, known), unknown, at_ns: ns, ..Reading::default() }
        };
        assert_eq!(calibration.measure(after(2_000_000_000)).unwrap().hz / 1_000, 3_000_000);
        assert_eq!(calibration.measure(after(6_000_000_000)), None);
    }

    #[test]
    fn drift() {
        assert_eq!(drift_ppm(1_000_100, 1_000_000), Some(100));
        assert_eq!(drift_ppm(999_900, 1_000_000), Some(-100));
        assert_eq!(drift_ppm(1, 0), None);
    }

    proptest! {
        /// The true rate lies within the stated error, wherever in its reading
        /// the unknown counter was read.
        #[test]
        fn the_error_is_as_stated(
            hz in 1_000_000u64..4_000_000_000,
            span in 20_000u64..10_000_000,
            reads in [(0u64..50, 0.0f64..=1.0), (0u64..50, 0.0f64..=1.0)],
        ) {
            let known = Rate::from_hz(3_579_545).unwrap();
            let at = |start: u64, (spread, where_): (u64, f64)| Reading {
                known: (start, start + spread),
                unknown: ((start as f64 + spread as f64 * where_) * hz as f64 / 3_579_545.0) as u64,
                ..Reading::default()
            };
            let calibration = Calibration::begin(known, 32, 64, at(1_000, reads[0]));
            let measured = calibration.measure(at(1_000 + span, reads[1])).unwrap();
            let off = drift_ppm(measured.hz, hz).unwrap().unsigned_abs();
            // One count of the unknown one is left, which is more where it is slow.
            let grain = 2_000_000 * 3_579_545 / (hz * span) + 1;
            prop_assert!(off <= measured.error_ppm + grain, "{off} > {measured:?}");
        }

        #[test]
        fn any_numbers_end_in_a_value(bits: [u32; 2], first: [u64; 3], last: [u64; 3]) {
            let rate = Rate::from_hz(first[0].max(1)).unwrap();
            let reading = |[a, b, unknown]: [u64; 3]| Reading {
                known: (a, b),
                unknown,
                lost: a,
                at_ns: b,
                ..Reading::default()
            };
            let calibration = Calibration::begin(rate, bits[0], bits[1], reading(first));
            let _ = (calibration.measure(reading(last)), calibration.longest_ns());
            let _ = drift_ppm(first[0], last[0]);
        }
    }
}
