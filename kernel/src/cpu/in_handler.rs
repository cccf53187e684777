//! How deep in interrupt handlers we are, and whether there was one.

use core::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

/// Nested handlers that run now.
static DEPTH: AtomicUsize = AtomicUsize::new(0);

/// What handlers have left for who sleeps: see [`News`].
static NEWS: AtomicU8 = AtomicU8::new(News::ANYTHING.0);

/// What there may be to look at, as far as it was told: a bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct News(u8);

impl News {
    /// Nothing has happened.
    pub const NONE: Self = Self(0);
    /// A handler ran that does not say what it did.
    pub const ANYTHING: Self = Self(1);
    /// Something has come from the keyboard.
    pub const KEYBOARD: Self = Self(2);
}

/// An interrupt's handler begins.
pub(super) fn enter() {
    restore(depth() + 1);
    NEWS.store(News::ANYTHING.0, Ordering::Relaxed);
}

/// It has ended. One that was abandoned by a guarded call does not come here.
pub(super) fn leave() {
    restore(depth().saturating_sub(1));
}

/// What has come since this was last asked. Interrupts are off: nothing comes in
/// between.
#[inline]
pub(super) fn take_news() -> News {
    let news = NEWS.load(Ordering::Relaxed);
    NEWS.store(News::NONE.0, Ordering::Relaxed);
    News(news)
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
