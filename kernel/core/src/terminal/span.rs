//! A range of columns or rows that grows.

/// A range of columns or rows, `lo..hi`; empty when `lo >= hi`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) lo: usize,
    pub(super) hi: usize,
}

impl Span {
    /// Nothing, whatever it is added to.
    pub(super) const EMPTY: Self = Self { lo: usize::MAX, hi: 0 };

    /// Widens the range to take in `lo..hi`.
    pub(super) fn add(&mut self, lo: usize, hi: usize) {
        self.lo = self.lo.min(lo);
        self.hi = self.hi.max(hi);
    }
}
