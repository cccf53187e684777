//! Waits for hardware that end by time, not by the number of looks.
//!
//! A look at a register takes 100 ns on one machine and 100 us on the next,
//! where firmware plays the device. So a driver's logic counts no looks: it is
//! given a [`Clock`] and waits with a [`Limit`].

/// Time, as the logic of a driver needs it.
pub trait Clock {
    /// Nanoseconds since some moment; never goes back.
    fn now_ns(&mut self) -> u64;
}

/// The part of a limit that the time between two looks can use up at most. So
/// each wait has [`LEAST_LOOKS`] looks, also where firmware, a host or a debugger
/// stopped the machine in between: what is waited for had no time either.
const LEAST_LOOKS: u64 = 8;

/// The time that several waits may take together.
#[derive(Debug)]
pub struct Limit<C> {
    clock: C,
    last_ns: u64,
    passed_ns: u64,
    limit_ns: u64,
}

impl<C: Clock> Limit<C> {
    /// Begins a limit of `limit_ns` nanoseconds.
    pub fn new(mut clock: C, limit_ns: u64) -> Self {
        Self { last_ns: clock.now_ns(), clock, passed_ns: 0, limit_ns }
    }

    /// Calls `look` until it has an answer: for `most_ns` nanoseconds at most, and
    /// no longer than the whole limit lasts. Looks once where that is over.
    pub fn wait<T>(&mut self, most_ns: u64, mut look: impl FnMut() -> Option<T>) -> Option<T> {
        let mut waited_ns = 0_u64;
        loop {
            let answer = look();
            if answer.is_some() || waited_ns >= most_ns || self.passed_ns >= self.limit_ns {
                return answer;
            }
            waited_ns = waited_ns.saturating_add(self.lap(most_ns.min(self.limit_ns)));
            core::hint::spin_loop();
        }
    }

    /// Returns the time since the last look, as far as it counts in a wait of
    /// `wait_ns`.
    fn lap(&mut self, wait_ns: u64) -> u64 {
        let now_ns = self.clock.now_ns();
        let lap_ns = now_ns.saturating_sub(self.last_ns).min(wait_ns / LEAST_LOOKS);
        self.last_ns = now_ns;
        self.passed_ns = self.passed_ns.saturating_add(lap_ns);
        lap_ns
    }

    /// Leaves at least `least_ns` for what follows: that has to be done, however
    /// long all before has taken.
    pub fn leave(&mut self, least_ns: u64) {
        self.limit_ns = self.limit_ns.max(self.passed_ns.saturating_add(least_ns));
    }

    /// Returns whether the whole limit has passed.
    pub fn is_over(&mut self) -> bool {
        self.lap(self.limit_ns);
        self.passed_ns >= self.limit_ns
    }
}

/// Calls `look` until it has an answer, for `limit_ns` nanoseconds at most; a limit
/// of 0 is a single look. The clock is made, and read, only where the first look
/// has no answer.
#[inline]
pub fn until<T, C: Clock>(
    limit_ns: u64,
    clock: impl FnOnce() -> C,
    mut look: impl FnMut() -> Option<T>,
) -> Option<T> {
    let first = look();
    if first.is_some() || limit_ns == 0 {
        return first;
    }
    look_again(limit_ns, clock, look)
}

/// Waits, apart from [`until`]: who has the answer at the first look, such as each
/// byte that is sent, does not pay for the rest.
#[cold]
#[inline(never)]
fn look_again<T, C: Clock>(
    limit_ns: u64,
    clock: impl FnOnce() -> C,
    look: impl FnMut() -> Option<T>,
) -> Option<T> {
    Limit::new(clock(), limit_ns).wait(limit_ns, look)
}

#[cfg(test)]
mod tests {
    use super::{Clock, Limit, until};

    /// Moves on by itself, the same step at each reading.
    struct Steps {
        now_ns: u64,
        step_ns: u64,
    }

    impl Clock for Steps {
        fn now_ns(&mut self) -> u64 {
            self.now_ns += self.step_ns;
            self.now_ns
        }
    }

    fn steps(step_ns: u64) -> Steps {
        Steps { now_ns: 0, step_ns }
    }

    #[test]
    fn a_wait_ends_by_time() {
        let mut looks = 0;
        let mut count = || -> Option<()> {
            looks += 1;
            None
        };
        assert_eq!(Limit::new(steps(10), 10_000).wait(1_000, &mut count), None);
        assert_eq!(looks, 101);
    }

    #[test]
    fn an_answer_ends_it_and_needs_no_clock() {
        let no_clock = || -> Steps { unreachable!("the first look had the answer") };
        assert_eq!(until(1_000, no_clock, || Some(7)), Some(7));
        let mut left = 5;
        let look = || {
            left -= 1;
            (left == 0).then_some(left)
        };
        assert_eq!(until(1_000, || steps(10), look), Some(0));
    }

    #[test]
    fn waits_share_the_limit() {
        let mut limit = Limit::new(steps(10), 1_000);
        let mut looks = 0;
        let mut wait = |limit: &mut Limit<Steps>| {
            limit.wait(600, || -> Option<()> {
                looks += 1;
                None
            })
        };
        assert!(wait(&mut limit).is_none() && !limit.is_over());
        assert!(wait(&mut limit).is_none() && limit.is_over());
        assert!(wait(&mut limit).is_none());
        // 61 and 40 of the first two; the last looks once, and is over.
        assert_eq!(looks, 61 + 40 + 1);
    }

    #[test]
    fn a_machine_that_was_stopped_looks_again() {
        // A second passes at each look: the device had no time to answer.
        let mut looks = 0;
        let answer = until(
            1_000_000,
            || steps(1_000_000_000),
            || {
                looks += 1;
                (looks == 6).then_some(())
            },
        );
        assert_eq!(answer, Some(()));
    }
}
