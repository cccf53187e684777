//! A rate by the seconds of a real-time clock, where there is no other clock.
//!
//! The clock interrupts when a second has begun. The interrupt may be late, on a
//! loaded host by some hundredths of a second, so two of them bound a rate
//! loosely, and each further one better. A second that is missed, or a clock that
//! is set, shows as one that is much longer or shorter than the others.

use super::calibration::Measured;
use super::rate::SECOND_NS;
use super::verdict::{Finding, Verdict};

/// Assumed lateness of an interrupt, in millionths of a second, while there is
/// nothing to compare it with; the less, the more have come.
const LATE_PPM: u64 = 20_000;
/// Greatest difference of two seconds, in millionths: beyond it one was missed, or
/// the clock was set.
const MOST_SPREAD_PPM: u64 = 250_000;
/// After so many seconds the rate is known well enough, if it is as exact as this.
const ENOUGH: u64 = 10;
const EXACT_PPM: u64 = 500;
/// Seconds after which it will not become better.
const MOST: u64 = 30;

/// How often it begins again before it is given up.
const MOST_TRIES: u32 = 200;

/// Beginning of a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Seconds counted so far.
    pub number: u64,
    /// What the unknown counter, of 64 bits, showed.
    pub count: u64,
}

/// A counter under measurement by the seconds of a real-time clock.
#[derive(Clone, Copy, Debug)]
pub struct Seconds {
    first: Edge,
    last: Edge,
    /// The shortest and the longest second so far, in counts.
    range: Option<(u64, u64)>,
    verdict: Verdict,
    /// How often it began again.
    tries: u32,
    is_over: bool,
}

impl Seconds {
    /// Begins with an edge.
    #[must_use]
    pub const fn begin(verdict: Verdict, first: Edge) -> Self {
        Self { first, last: first, range: None, verdict, tries: 0, is_over: false }
    }

    /// Whether all is known that can be.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.is_over
    }

    /// Number of the last edge that was taken.
    #[must_use]
    pub const fn last_number(&self) -> u64 {
        self.last.number
    }

    /// Concludes from the next edge.
    pub fn take(&mut self, edge: Edge) -> Finding {
        let measured = self.measure(edge);
        let finding = self.verdict.hear(measured);
        self.last = edge;
        match finding {
            Finding::Again => {
                (self.first, self.range) = (edge, None);
                self.tries = self.tries.saturating_add(1);
                self.is_over = self.tries > MOST_TRIES;
            }
            Finding::Right => self.is_over = true,
            Finding::Open | Finding::Rate(_) | Finding::Wrong(_) => {
                let seconds = edge.number.saturating_sub(self.first.number);
                let exact = matches!(finding, Finding::Rate(rate) if rate.error_ppm <= EXACT_PPM);
                self.is_over = seconds >= MOST || seconds >= ENOUGH && exact;
            }
        }
        finding
    }

    fn measure(&mut self, edge: Edge) -> Option<Measured> {
        let second = between(self.last, edge)?;
        let (shortest, longest) = self.range.unwrap_or((second, second));
        let range = (shortest.min(second), longest.max(second));
        self.range = Some(range);
        let (hz, seconds) = (between(self.first, edge)?, edge.number - self.first.number);
        let spread = u128::from(range.1 - range.0) * 1_000_000;
        let spread_ppm = u64::try_from(spread.checked_div(u128::from(hz))?).unwrap_or(u64::MAX);
        if spread_ppm > MOST_SPREAD_PPM {
            return None;
        }
        let late_ppm = spread_ppm.max(LATE_PPM / seconds);
        let error_ppm = (late_ppm / seconds).saturating_add(1);
        Some(Measured { hz, error_ppm, span_ns: seconds.saturating_mul(SECOND_NS) })
    }
}

/// Counts in a second; `None` where none has passed.
fn between(from: Edge, to: Edge) -> Option<u64> {
    let seconds = to.number.checked_sub(from.number)?;
    to.count.wrapping_sub(from.count).checked_div(seconds).filter(|counts| *counts != 0)
}

#[cfg(test)]
mod tests {
    use super::super::rate::Rate;
    use super::*;

    const HZ: u64 = 2_600_000_000;

    /// Edges at whole seconds, each late by so many microseconds.
    fn edges(late_us: &[u64]) -> Vec<Edge> {
        let at = |(number, late): (usize, &u64)| {
            let number = number as u64;
            Edge { number: 7 + number, count: 99 + number * HZ + late * HZ / 1_000_000 }
        };
        late_us.iter().enumerate().map(at).collect()
    }

    fn go(stated: Option<u64>, edges: &[Edge]) -> Vec<Finding> {
        let verdict = Verdict::on(stated.and_then(Rate::from_hz));
        let (first, rest) = edges.split_first().unwrap();
        let mut seconds = Seconds::begin(verdict, *first);
        let mut found = Vec::new();
        for edge in rest {
            if !seconds.is_over() {
                found.push(seconds.take(*edge));
                assert_eq!(seconds.last_number(), edge.number);
            }
        }
        found
    }

    fn rate(finding: Finding) -> Measured {
        let Finding::Rate(measured) = finding else { panic!("{finding:?}") };
        measured
    }

    #[test]
    fn two_edges_give_a_rate_and_ten_a_better_one() {
        let found = go(None, &edges(&[0, 300, 100, 0, 200, 250, 20, 0, 90, 300, 150, 0, 0]));
        assert_eq!(found.len(), 10, "{found:?}");
        for finding in &found {
            let measured = rate(*finding);
            assert!(
                measured.hz.abs_diff(HZ) <= HZ / 1_000_000 * measured.error_ppm,
                "{measured:?}"
            );
        }
        assert!(rate(found[9]).error_ppm <= 201, "{found:?}");
    }

    /// As seen under QEMU on a loaded host.
    #[test]
    fn interrupts_that_are_very_late_take_longer() {
        let found = go(None, &edges(&[17_000, 300, 20_000, 0, 9_000].repeat(7)));
        assert_eq!(found.len() as u64, MOST, "{found:?}");
        for finding in &found {
            let measured = rate(*finding);
            assert!(
                measured.hz.abs_diff(HZ) <= HZ / 1_000_000 * measured.error_ppm,
                "{measured:?}"
            );
        }
        assert!(rate(found[29]).error_ppm < 1_500, "{found:?}");
    }

    #[test]
    fn a_stated_rate_is_checked() {
        let late = [300, 0, 5_000, 80, 0, 9, 40, 900, 0, 0, 50, 0, 0, 0];
        let found = go(Some(HZ / 1_000 * 1_003), &edges(&late));
        assert!(found.len() < 6 && found.last() == Some(&Finding::Right), "{found:?}");
        for wrong in [HZ / 1_000 * 1_015, HZ / 35, 17_000_000_000] {
            let found = go(Some(wrong), &edges(&late));
            assert!(!found.contains(&Finding::Right), "{found:?}");
            let refuted = found.iter().position(|finding| matches!(finding, Finding::Wrong(_)));
            let known = &found[refuted.unwrap() + 1..];
            assert!(rate(known[known.len() - 1]).hz.abs_diff(HZ) < HZ / 500, "{found:?}");
        }
    }

    /// One interrupt is missed, or comes half a second late: the seconds round it
    /// differ, and what is known afterwards is right again.
    #[test]
    fn a_second_that_is_missed_or_late() {
        let mut missed = edges(&[0, 0, 0, 0, 0, 0, 0, 0]);
        missed.remove(3);
        for (number, edge) in missed.iter_mut().enumerate() {
            edge.number = number as u64;
        }
        for edges in [missed, edges(&[0, 0, 0, 500_000, 0, 0, 0, 0])] {
            let found = go(None, &edges);
            assert!(found.contains(&Finding::Again), "{found:?}");
            assert!(rate(*found.last().unwrap()).hz.abs_diff(HZ) < HZ / 1_000, "{found:?}");
            let found = go(Some(HZ), &edges);
            assert_eq!(found.last(), Some(&Finding::Right), "{found:?}");
        }
    }

    #[test]
    fn a_clock_that_stands_still_tells_nothing() {
        let edge = Edge { number: 3, count: 5 };
        assert_eq!(go(None, &[edge, edge, Edge { count: 9, ..edge }]), [Finding::Again; 2]);
        let still = Edge { number: 4, ..edge };
        assert_eq!(go(None, &[edge, still]), [Finding::Again]);
        assert_eq!(go(None, &[edge; 999]).len(), 1 + MOST_TRIES as usize);
    }
}
