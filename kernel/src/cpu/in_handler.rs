//! How deep in interrupt handlers we are, and whether there was one.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Nested handlers that run now.
static DEPTH: AtomicUsize = AtomicUsize::new(0);

/// A handler has run since [`take_interrupted`].
static INTERRUPTED: AtomicBool = AtomicBool::new(true);

/// An interrupt's handler begins.
pub(super) fn enter() {
    restore(depth() + 1);
    INTERRUPTED.store(true, Ordering::Relaxed);
}

/// It has ended. One that was abandoned by a guarded call does not come here.
pub(super) fn leave() {
    restore(depth().saturating_sub(1));
}

/// Returns whether a handler has run since this was last asked.
pub(super) fn take_interrupted() -> bool {
    INTERRUPTED.swap(false, Ordering::Relaxed)
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
