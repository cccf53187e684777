//! Deadlines in their order: a queue of fixed room.
//!
//! There are few timers at a time, and the question that is asked most is when
//! the next one is due: a sorted array answers it by its first entry, and is
//! never out of memory at the wrong moment.

/// At most `N` values, each with a time at which it is due.
#[derive(Clone, Copy, Debug)]
pub struct Timers<T, const N: usize> {
    /// Sorted, the earliest first, the empty ones last.
    slots: [Option<(u64, T)>; N],
}

/// There is no room for another timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl core::fmt::Display for Full {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("all timers are in use")
    }
}

impl<T: Copy + PartialEq, const N: usize> Timers<T, N> {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { slots: [None; N] }
    }

    /// Makes `value` due at `at_ns`; a value that waits already is moved.
    ///
    /// # Errors
    ///
    /// `Full` when `N` others wait.
    pub fn set(&mut self, at_ns: u64, value: T) -> Result<(), Full> {
        self.cancel(value);
        let behind = |slot: &Option<(u64, T)>| slot.is_none_or(|(at, _)| at > at_ns);
        if !matches!(self.slots.last(), Some(None)) {
            return Err(Full);
        }
        let place = self.slots.iter().position(behind).ok_or(Full)?;
        let from_there = self.slots.get_mut(place..).ok_or(Full)?;
        from_there.rotate_right(1);
        if let Some(first) = from_there.first_mut() {
            *first = Some((at_ns, value));
        }
        Ok(())
    }

    /// Takes `value` out, if it waits.
    pub fn cancel(&mut self, value: T) {
        let is_it = |slot: &Option<(u64, T)>| slot.is_some_and(|(_, held)| held == value);
        if let Some(place) = self.slots.iter().position(is_it)
            && let Some(from_there) = self.slots.get_mut(place..)
        {
            from_there.rotate_left(1);
            if let Some(last) = from_there.last_mut() {
                *last = None;
            }
        }
    }

    /// When the next one is due.
    #[must_use]
    pub fn next(&self) -> Option<u64> {
        self.slots.first().copied().flatten().map(|(at, _)| at)
    }

    /// Takes out one that is due at `now_ns`, the earliest first.
    pub fn take_due(&mut self, now_ns: u64) -> Option<T> {
        let (at, value) = self.slots.first().copied().flatten()?;
        if at > now_ns {
            return None;
        }
        self.cancel(value);
        Some(value)
    }
}

impl<T: Copy + PartialEq, const N: usize> Default for Timers<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn in_order_and_only_when_due() {
        let mut timers = Timers::<_, 3>::new();
        assert_eq!(timers.next(), None);
        for (at, value) in [(30, 'c'), (10, 'a'), (20, 'b')] {
            timers.set(at, value).unwrap();
        }
        assert_eq!(timers.set(5, 'd'), Err(Full));
        assert_eq!((timers.next(), timers.take_due(9)), (Some(10), None));
        assert_eq!((timers.take_due(20), timers.take_due(20)), (Some('a'), Some('b')));
        assert_eq!(timers.take_due(20), None);
        timers.set(5, 'c').unwrap();
        assert_eq!((timers.take_due(5), timers.next()), (Some('c'), None));
    }

    proptest! {
        /// As a sorted list would do it.
        #[test]
        fn as_the_model(steps in prop::collection::vec((0u8..3, 0u64..50, 0u8..12), 0..200)) {
            let mut timers = Timers::<u8, 8>::new();
            let mut model: Vec<(u64, u8)> = Vec::new();
            for (what, at, value) in steps {
                match what {
                    0 => {
                        model.retain(|(_, held)| *held != value);
                        let result = timers.set(at, value);
                        prop_assert_eq!(result.is_ok(), model.len() < 8);
                        if result.is_ok() {
                            let place = model.iter().position(|(held, _)| *held > at);
                            model.insert(place.unwrap_or(model.len()), (at, value));
                        }
                    }
                    1 => {
                        model.retain(|(_, held)| *held != value);
                        timers.cancel(value);
                    }
                    _ => {
                        let due = model.first().filter(|(held, _)| *held <= at).copied();
                        prop_assert_eq!(timers.take_due(at), due.map(|(_, value)| value));
                        if due.is_some() {
                            model.remove(0);
                        }
                    }
                }
                prop_assert_eq!(timers.next(), model.first().map(|(at, _)| *at));
            }
        }
    }
}
