//! Failing on purpose: makes the Nth allocation fail.
//!
//! Memory runs out rarely, so the code for it is rarely run. The switch here
//! makes it run: arm it with N, and the Nth allocation of a frame or of heap
//! from then on fails once. Disarmed, it costs the heap a load and a branch,
//! and frames that are at hand nothing.

use super::frames;
use core::sync::atomic::{AtomicU64, Ordering};

/// Allocations left until one fails; 0 when disarmed.
static LEFT: AtomicU64 = AtomicU64::new(0);

/// Lets the `n`th allocation from now on fail; 1 is the next one.
pub fn arm(n: u64) {
    LEFT.store(n, Ordering::Relaxed);
    frames::watch();
}

pub(super) fn is_armed() -> bool {
    LEFT.load(Ordering::Relaxed) != 0
}

/// Switches it off. True when the armed allocation has failed.
pub fn disarm() -> Fired {
    if LEFT.swap(0, Ordering::Relaxed) == 0 { Fired::Yes } else { Fired::No }
}

/// Whether the armed failure happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fired {
    /// It did.
    Yes,
    /// There were not that many allocations.
    No,
}

/// Asked by each allocation; true when it is to fail.
#[inline]
pub(super) fn now() -> bool {
    LEFT.load(Ordering::Relaxed) != 0 && count_down()
}

#[cold]
fn count_down() -> bool {
    let left = LEFT.load(Ordering::Relaxed) - 1;
    LEFT.store(left, Ordering::Relaxed);
    left == 0
}
