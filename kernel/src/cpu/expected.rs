//! Reports that a test provokes on purpose: they say so, and alarm nobody.
//!
//! A self test that raises a breakpoint, or writes to a freed frame, runs that part
//! [`during`]. Whoever reports the like asks [`is_now`].

use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};

static NOW: AtomicBool = AtomicBool::new(false);

/// Runs `f`; what is reported meanwhile was expected.
pub fn during<T>(f: impl FnOnce() -> T) -> T {
    let before = NOW.swap(true, Ordering::Relaxed);
    let result = f();
    NOW.store(before, Ordering::Relaxed);
    result
}

/// Returns true while reports are expected.
#[must_use]
pub fn is_now() -> bool {
    NOW.load(Ordering::Relaxed)
}

/// Nothing is expected any more: for whoever abandons a call that may have been
/// within [`during`].
pub fn forget() {
    NOW.store(false, Ordering::Relaxed);
}

/// Shows as `(expected) ` while reports are.
#[derive(Clone, Copy, Debug)]
pub struct Mark;

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if is_now() { "(expected) " } else { "" })
    }
}
