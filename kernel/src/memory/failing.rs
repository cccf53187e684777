//! Failing on purpose: makes the Nth allocation fail.
//!
//! Memory runs out rarely, so the code for it is rarely run. The switch here
//! makes it run: arm it with N, and the Nth allocation of a frame or of heap
//! from then on fails once. Disarmed, it costs the heap a load and a branch,
//! and frames that are at hand nothing.

use super::frames;
use core::sync::atomic::{AtomicU64, Ordering};

/// Allocations left until one fails, 0 when disarmed; and [`ARENA_OPEN`]. One
/// word, so that the heap looks at one.
static WATCH: AtomicU64 = AtomicU64::new(0);
const ARENA_OPEN: u64 = 1 << 63;

/// Whether allocations are for the arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arena {
    Open,
    Closed,
}

pub(super) fn set_arena(arena: Arena) {
    let others = WATCH.load(Ordering::Relaxed) & !ARENA_OPEN;
    let bit = if arena == Arena::Open { ARENA_OPEN } else { 0 };
    WATCH.store(others | bit, Ordering::Relaxed);
}

pub(super) fn arena() -> Arena {
    if WATCH.load(Ordering::Relaxed) & ARENA_OPEN != 0 { Arena::Open } else { Arena::Closed }
}

fn left() -> u64 {
    WATCH.load(Ordering::Relaxed) & !ARENA_OPEN
}

fn set_left(n: u64) {
    let arena = WATCH.load(Ordering::Relaxed) & ARENA_OPEN;
    WATCH.store(arena | n & !ARENA_OPEN, Ordering::Relaxed);
}

/// Lets the `n`th allocation from now on fail; 1 is the next one.
pub fn arm(n: u64) {
    set_left(n);
    frames::watch();
}

pub(super) fn is_armed() -> bool {
    left() != 0
}

/// Whether the heap has to look closer: a failure is armed, or the arena open.
#[inline]
pub(super) fn is_watched() -> bool {
    WATCH.load(Ordering::Relaxed) != 0
}

/// Switches it off. True when the armed allocation has failed.
pub fn disarm() -> Fired {
    let fired = if left() == 0 { Fired::Yes } else { Fired::No };
    set_left(0);
    fired
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
    is_watched() && count_down()
}

#[cold]
fn count_down() -> bool {
    let Some(left) = left().checked_sub(1) else { return false };
    set_left(left);
    left == 0
}
