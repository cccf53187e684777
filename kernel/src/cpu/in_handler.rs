//! How deep in interrupt handlers we are.

use core::sync::atomic::{AtomicUsize, Ordering};

static DEPTH: AtomicUsize = AtomicUsize::new(0);

/// Called on the way into a handler.
#[inline]
pub(super) fn enter() {
    DEPTH.store(depth() + 1, Ordering::Relaxed);
}

/// Called on the way out.
#[inline]
pub(super) fn leave() {
    DEPTH.store(depth().wrapping_sub(1), Ordering::Relaxed);
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
