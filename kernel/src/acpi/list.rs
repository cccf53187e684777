//! A list of fixed room: ACPI is read with no word about allocation failing.

/// At most `N` values, in the order in which they came.
#[derive(Debug)]
pub struct List<T, const N: usize> {
    slots: [Option<T>; N],
    len: usize,
    dropped: usize,
}

impl<T, const N: usize> List<T, N> {
    pub(super) const fn new() -> Self {
        Self { slots: [const { None }; N], len: 0, dropped: 0 }
    }

    /// Appends `value`, or counts it as dropped and hands it back.
    pub(super) fn push(&mut self, value: T) -> Result<(), T> {
        match self.slots.get_mut(self.len) {
            Some(slot) => {
                *slot = Some(value);
                self.len += 1;
                Ok(())
            }
            None => {
                self.dropped += 1;
                Err(value)
            }
        }
    }

    /// Drops all of them, in place.
    pub(super) fn clear(&mut self) {
        self.slots.iter_mut().take(self.len).for_each(|slot| *slot = None);
        (self.len, self.dropped) = (0, 0);
    }

    /// The values.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().flatten()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.slots.iter_mut().flatten()
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many did not fit.
    #[must_use]
    pub const fn dropped(&self) -> usize {
        self.dropped
    }
}
