//! Failing on purpose: makes the Nth allocation fail.
//!
//! Memory runs out rarely, so the code for it is rarely run. The switch here
//! makes it run: arm it with N, and the Nth allocation of a frame or of heap
//! from then on fails once.

use core::sync::atomic::{AtomicU64, Ordering};

/// Allocations left until one fails; 0 when disarmed.
static LEFT: AtomicU64 = AtomicU64::new(0);

/// Lets the `n`th allocation from now on fail; 1 is the next one.
pub fn arm(n: u64) {
    LEFT.store(n, Ordering::Relaxed);
}

/// Switches it off; tells whether the armed allocation has failed.
pub fn disarm() -> Fired {
    if LEFT.swap(0, Ordering::Relaxed) == 0 { Fired::Yes } else { Fired::No }
}

/// Outcome of an armed failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fired {
    /// An allocation has failed.
    Yes,
    /// There were not that many allocations.
    No,
}

/// Counts an allocation; returns true when it is the one that is to fail.
pub(super) fn now() -> bool {
    let counted = LEFT.try_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
    counted == Ok(1)
}
