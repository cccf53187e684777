//! How deep in interrupt handlers we are.

use core::sync::atomic::{AtomicUsize, Ordering};

/// The entry stubs of interrupts count it up and down.
pub(super) static DEPTH: AtomicUsize = AtomicUsize::new(0);

/// Nested handlers that run now; 0 in ordinary code.
#[inline]
pub(super) fn depth() -> usize {
    DEPTH.load(Ordering::Relaxed)
}

/// Puts the depth back after a handler was abandoned by a guarded call.
pub(super) fn restore(depth: usize) {
    DEPTH.store(depth, Ordering::Relaxed);
}
