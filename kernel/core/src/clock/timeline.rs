//! Nanoseconds out of a counter.
//!
//! A counter has few bits and wraps; its rate becomes better known; another one
//! takes its place. Through all of it time goes on from where it was: a
//! timeline has an origin, a count and the time at which it was read, and only
//! the distance from there is scaled. The origin moves up at least twice a wrap.
//!
//! ```text
//!   ns ^               . new rate, or new counter: same point, new slope
//!      |         .  '
//!      |   . '  origin
//!      +--------------------> counts
//! ```

use super::rate::Rate;

/// A clock over a counter. Never goes back, as long as the counter does not,
/// and as long as it is read or moved up before it has gone round.
#[derive(Clone, Copy, Debug)]
pub struct Timeline {
    /// What the counter showed at the origin.
    count: u64,
    /// The time at the origin, in nanoseconds and units of 2^-32 of one.
    ns: u64,
    fraction: u32,
    multiplier: u64,
    mask: u64,
}

impl Timeline {
    /// A clock that shows `ns` now, when its counter of `bits` shows `count`.
    #[must_use]
    pub const fn new(rate: Rate, bits: u32, count: u64, ns: u64) -> Self {
        let mask = mask(bits);
        Self { count: count & mask, ns, fraction: 0, multiplier: rate.multiplier(), mask }
    }

    /// The time when the counter shows `count`, in nanoseconds.
    #[inline]
    #[must_use]
    pub const fn at(&self, count: u64) -> u64 {
        let product = self.scaled(count);
        self.ns.saturating_add((product >> 32) as u64)
    }

    /// The same, and moves the origin up where the counter has gone a quarter of
    /// its way round.
    pub const fn tell(&mut self, count: u64) -> u64 {
        let now = self.at(count);
        if count.wrapping_sub(self.count) & self.mask > self.mask / 4 {
            self.advance(count);
        }
        now
    }

    #[inline]
    const fn scaled(&self, count: u64) -> u128 {
        let passed = count.wrapping_sub(self.count) & self.mask;
        passed as u128 * self.multiplier as u128 + self.fraction as u128
    }

    /// Moves the origin to `count`, which is now: to be done before the counter
    /// goes round.
    pub const fn advance(&mut self, count: u64) {
        let product = self.scaled(count);
        self.ns = self.ns.saturating_add((product >> 32) as u64);
        self.fraction = product as u32;
        self.count = count & self.mask;
    }

    /// Goes on at another rate from `count`, which is now.
    pub const fn set_rate(&mut self, count: u64, rate: Rate) {
        self.advance(count);
        self.multiplier = rate.multiplier();
    }

    /// Goes on with another counter of `bits`, which shows `new` when this one
    /// shows `old`.
    pub const fn switch(&mut self, old: u64, rate: Rate, bits: u32, new: u64) {
        self.advance(old);
        self.multiplier = rate.multiplier();
        self.mask = mask(bits);
        self.count = new & self.mask;
    }

    /// How long the counter takes to go round, in nanoseconds.
    #[must_use]
    pub const fn wrap_ns(&self) -> u64 {
        let ns = (self.mask as u128 * self.multiplier as u128) >> 32;
        if ns > u64::MAX as u128 { u64::MAX } else { ns as u64 }
    }
}

/// The bits that a counter of `bits` has.
#[must_use]
pub const fn mask(bits: u32) -> u64 {
    if bits >= 64 { u64::MAX } else { (1 << bits) - 1 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rate(hz: u64) -> Rate {
        Rate::from_hz(hz).unwrap()
    }

    #[test]
    fn a_narrow_counter_goes_round() {
        let mut pm = Timeline::new(rate(3_579_545), 24, 0x00ff_fff0, 1_000);
        assert_eq!(pm.at(0x00ff_fff0), 1_000);
        assert_eq!(pm.at(0x0000_0000), 1_000 + 4_469);
        assert_eq!(pm.wrap_ns() / 1_000_000, 4_686);
        pm.advance(0);
        assert_eq!(pm.at(0), 1_000 + 4_469);
    }

    /// A day of the PM timer, moved up every two seconds, is a day.
    #[test]
    fn moving_up_loses_nothing() {
        let mut pm = Timeline::new(rate(3_579_545), 24, 0, 0);
        let mut count = 0u64;
        for _ in 0..43_200 {
            count += 2 * 3_579_545;
            pm.advance(count);
        }
        let day = 86_400_000_000_000u64;
        assert!(pm.at(count).abs_diff(day) < 100_000, "{}", pm.at(count).abs_diff(day));
    }

    proptest! {
        /// Whatever happens, time does not go back, and does not jump: with
        /// each step it goes on by what the counter in use has counted.
        #[test]
        fn never_back_and_never_far(
            steps in prop::collection::vec((0u64..1 << 20, 0usize..4, 0u32..4), 1..200)
        ) {
            let counters = [(3_579_545, 24), (14_318_180, 32), (2_800_000_000, 64), (1_193_182, 32)];
            let mut counts = [5u64, u64::from(u32::MAX) - 9, 77, 0xff_ff00];
            let mut current = 0usize;
            let mut line = Timeline::new(rate(counters[0].0), counters[0].1, counts[0], 0);
            let mut last = 0;
            for (passed, which, what) in steps {
                let before = counts[current];
                for count in &mut counts {
                    *count = count.wrapping_add(passed);
                }
                let (hz, _) = counters[current];
                let now = line.at(counts[current]);
                prop_assert!(now >= last);
                let moved = rate(hz).ns(counts[current].wrapping_sub(before));
                prop_assert!((now - last).abs_diff(moved) <= 2 + moved / 1_000_000_000);
                match what {
                    0 => line.advance(counts[current]),
                    1 => line.set_rate(counts[current], rate(hz)),
                    2 => {
                        let (hz, bits) = counters[which];
                        line.switch(counts[current], rate(hz), bits, counts[which]);
                        current = which;
                    }
                    _ => {}
                }
                prop_assert_eq!(line.at(counts[current]), now);
                last = now;
            }
        }

        #[test]
        fn any_numbers_end_in_a_value(counts: u64, ns: u64, bits: u32, at: [u64; 3]) {
            let Some(rate) = Rate::new(counts, ns) else { return Ok(()) };
            let mut line = Timeline::new(rate, bits, at[0], ns);
            let _ = (line.at(at[1]), line.wrap_ns());
            line.advance(at[2]);
            let _ = line.at(at[0]);
        }
    }
}
