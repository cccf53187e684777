//! How deep in interrupt handlers we are, and whether there was one.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The entry stubs of interrupts count it up and down.
pub(super) static DEPTH: AtomicUsize = AtomicUsize::new(0);

/// The entry stubs set it, whatever the interrupt was.
pub(super) static RAN: AtomicBool = AtomicBool::new(false);

/// Whether a handler has run since [`forget`].
#[inline]
pub(super) fn ran() -> bool {
    RAN.load(Ordering::Relaxed)
}

/// Forgets that one ran.
#[inline]
pub(super) fn forget() {
    RAN.store(false, Ordering::Relaxed);
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
