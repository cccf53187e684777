//! When an interrupt line that was stuck is tried again.
//!
//! ```text
//!   Quiet ──stuck──> Masked ──wait over──> Trial ──stuck──> Masked, twice as long
//!     ^                                      │
//!     └───────────── QUIET_NS without ───────┘
//! ```
//!
//! Each trial costs the kernel the few milliseconds in which a storm is seen, so
//! the waits grow to a minute. A line counts as well again only after a while:
//! one that is stuck every few seconds is not worth two log lines each time.

/// Wait before the first trial, in nanoseconds.
pub const FIRST_WAIT_NS: u64 = 100_000_000;
/// Longest wait between two trials.
pub const LONGEST_WAIT_NS: u64 = 60_000_000_000;
/// Time that a line has to stay well on trial before it is trusted again.
pub const QUIET_NS: u64 = 10_000_000_000;

/// State of a line: nothing bad is known, masked until a time, or on trial.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backoff {
    /// It was not stuck lately.
    #[default]
    Quiet,
    /// It is masked.
    Masked {
        /// Time of the next trial.
        until_ns: u64,
        /// Length of this wait.
        wait_ns: u64,
    },
    /// It is open, and watched.
    Trial {
        /// End of the trial.
        until_ns: u64,
        /// Length of the wait before.
        wait_ns: u64,
    },
}

/// Something to be done with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Open it: a trial begins.
    Open,
    /// Say that it is well: the trial is over.
    Settled,
}

impl Backoff {
    /// Returns true while the line is to be masked.
    #[must_use]
    pub const fn is_masked(self) -> bool {
        matches!(self, Self::Masked { .. })
    }

    /// Masks the line, which was found stuck. Returns true when that is news, because
    /// it was trusted before.
    pub fn strike(&mut self, now_ns: u64) -> bool {
        let (wait_ns, is_news) = match *self {
            Self::Quiet => (FIRST_WAIT_NS, true),
            Self::Masked { wait_ns, .. } => (wait_ns, false),
            Self::Trial { wait_ns, .. } => (wait_ns.saturating_mul(2).min(LONGEST_WAIT_NS), false),
        };
        *self = Self::Masked { until_ns: now_ns.saturating_add(wait_ns), wait_ns };
        is_news
    }

    /// Returns the time at which [`step`](Self::step) has something to do next.
    #[must_use]
    pub const fn due_ns(self) -> Option<u64> {
        match self {
            Self::Quiet => None,
            Self::Masked { until_ns, .. } | Self::Trial { until_ns, .. } => Some(until_ns),
        }
    }

    /// Does what is due.
    pub fn step(&mut self, now_ns: u64) -> Option<Step> {
        if self.due_ns().is_none_or(|due_ns| now_ns < due_ns) {
            return None;
        }
        let (next, step) = match *self {
            Self::Masked { wait_ns, .. } => {
                let until_ns = now_ns.saturating_add(QUIET_NS);
                (Self::Trial { until_ns, wait_ns }, Step::Open)
            }
            Self::Quiet | Self::Trial { .. } => (Self::Quiet, Step::Settled),
        };
        *self = next;
        Some(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goes to the next thing that is due.
    fn next(line: &mut Backoff) -> (u64, Option<Step>) {
        let due_ns = line.due_ns().unwrap();
        assert_eq!(line.step(due_ns - 1), None);
        (due_ns, line.step(due_ns))
    }

    #[test]
    fn the_waits_double_up_to_a_minute() {
        let (mut line, mut now, mut waits) = (Backoff::default(), 5_000, Vec::new());
        for trial in 0..13 {
            assert_eq!(line.strike(now), trial == 0, "said once");
            assert!(line.is_masked());
            let (at, step) = next(&mut line);
            assert_eq!(step, Some(Step::Open));
            assert!(!line.is_masked());
            waits.push((at - now) / 1_000_000);
            now = at + 4_000_000;
        }
        assert_eq!(waits[..4], [100, 200, 400, 800]);
        assert_eq!(waits[8..], [25_600, 51_200, 60_000, 60_000, 60_000]);
    }

    #[test]
    fn a_line_that_stays_quiet_is_trusted_again() {
        let mut line = Backoff::default();
        assert_eq!((line.due_ns(), line.step(u64::MAX)), (None, None));
        line.strike(0);
        next(&mut line);
        line.strike(200_000_000);
        let (opened, _) = next(&mut line);
        assert_eq!(next(&mut line), (opened + QUIET_NS, Some(Step::Settled)));
        assert_eq!(line, Backoff::Quiet);
        // It begins anew: news, and the short wait.
        assert!(line.strike(1_000));
        assert_eq!(line.due_ns(), Some(1_000 + FIRST_WAIT_NS));
    }

    #[test]
    fn a_strike_while_masked_moves_the_trial_and_no_more() {
        let mut line = Backoff::default();
        line.strike(0);
        assert!(!line.strike(50_000_000));
        assert_eq!(line.due_ns(), Some(150_000_000));
        line.strike(u64::MAX);
        assert_eq!(line.due_ns(), Some(u64::MAX));
    }
}
