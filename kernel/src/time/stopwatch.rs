//! Measures time without interrupts: by looking at the timer's counter.

use super::pit;

/// Rounds that are taken for a nanosecond's worth where no counter moves. A
/// look at the counter takes three port accesses, about 3 us on a real bus.
const NS_A_ROUND: u64 = 1000;

/// Time since its start, good as long as it is looked at more than once a
/// tick: it sees the counter go round, not how often.
#[derive(Debug)]
pub struct Stopwatch {
    last: u32,
    oscillations: u64,
    rounds: u64,
}

impl Stopwatch {
    /// Starts at zero.
    #[must_use]
    pub fn start() -> Self {
        Self { last: pit::count(), oscillations: 0, rounds: 0 }
    }

    /// Nanoseconds since the start. Where the timer stands still or is not
    /// there, each look counts as a microsecond, so that a wait ends.
    pub fn elapsed_ns(&mut self) -> u64 {
        let now = pit::count();
        let passed = if now <= self.last {
            self.last - now
        } else {
            // It went through 1 and started anew.
            self.last.saturating_add(pit::period().saturating_sub(now))
        };
        self.last = now;
        self.oscillations = self.oscillations.saturating_add(u64::from(passed));
        self.rounds = self.rounds.saturating_add(1);
        match self.oscillations {
            0 => self.rounds.saturating_mul(NS_A_ROUND),
            oscillations => pit::oscillations_to_ns(oscillations),
        }
    }

    /// Whether the timer has moved at all.
    #[must_use]
    pub const fn moved(&self) -> bool {
        self.oscillations > 0
    }
}
