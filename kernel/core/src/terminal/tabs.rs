//! Tab stops: every eight columns, until a program sets its own.

/// Columns between the stops there are at first, and past [`KEPT`].
const EVERY: usize = 8;
/// Columns whose stops can be set; no text screen is wider.
const KEPT: usize = 512;

/// A bit for each column.
#[derive(Clone, Debug)]
pub(super) struct Tabs([u64; KEPT / 64]);

impl Tabs {
    pub(super) const fn new() -> Self {
        Self([0x0101_0101_0101_0101; KEPT / 64])
    }

    fn is_stop(&self, col: usize) -> bool {
        match self.0.get(col / 64) {
            Some(bits) => bits >> (col % 64) & 1 == 1,
            None => col.is_multiple_of(EVERY),
        }
    }

    /// HTS.
    pub(super) fn set(&mut self, col: usize) {
        if let Some(bits) = self.0.get_mut(col / 64) {
            *bits |= 1 << (col % 64);
        }
    }

    /// TBC 0.
    pub(super) fn clear(&mut self, col: usize) {
        if let Some(bits) = self.0.get_mut(col / 64) {
            *bits &= !(1 << (col % 64));
        }
    }

    /// TBC 3.
    pub(super) fn clear_all(&mut self) {
        self.0 = [0; KEPT / 64];
    }

    /// The stop after `col`. Past the kept ones there is always another.
    pub(super) fn after(&self, col: usize) -> usize {
        (col + 1..).find(|&col| self.is_stop(col)).unwrap_or(col)
    }

    /// The stop before `col`, or the first column.
    pub(super) fn before(&self, col: usize) -> usize {
        (0..col).rev().find(|&col| self.is_stop(col)).unwrap_or(0)
    }
}
