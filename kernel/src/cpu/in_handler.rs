//! How deep in interrupt handlers we are, and whether there was one.

use core::sync::atomic::{AtomicUsize, Ordering};

/// The entry stubs of interrupts count it up and down.
pub(super) static DEPTH: AtomicUsize = AtomicUsize::new(0);

/// Handlers that ran and may have news: the entry stubs count up, whatever the
/// interrupt was.
pub(super) static RAN: AtomicUsize = AtomicUsize::new(0);

/// Whether a handler has run since [`forget`], and had news.
#[inline]
pub(super) fn ran() -> bool {
    RAN.load(Ordering::Relaxed) != 0
}

/// The handler that runs now does not count.
#[inline]
pub(super) fn take_back() {
    // One processor, interrupts off: no locked instruction is needed.
    RAN.store(RAN.load(Ordering::Relaxed).saturating_sub(1), Ordering::Relaxed);
}

/// Forgets that one ran.
#[inline]
pub(super) fn forget() {
    RAN.store(0, Ordering::Relaxed);
}

/// Nested handlers that run now; 0 in ordinary code.
#[inline]
pub(super) fn depth() -> usize {
    DEPTH.load(Ordering::Relaxed)
}

/// Puts the depth back after a handler was abandoned by a guarded call.
pub(super) fn restore(depth: usize) {
    DEPTH.store(depth, Ordering::Relaxed);
}
