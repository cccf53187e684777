//! Poison: who writes to a frame after it was freed is found out.
//!
//! With the checks on (`test=` on the command line), `free` fills a frame with
//! a pattern, the books remember that it was, and `allocate` looks whether the
//! pattern is still there. A frame that nobody has freed since is not looked
//! at. Switched off, all of it costs a load.

use super::{WORDS, hhdm};
use crate::cpu::expected;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use valhalla_core::frames::{Contents, Frame};

/// What a freed frame is full of. It is no canonical address, so following it
/// faults, and it reads "dead, freed" in a dump.
pub(super) const POISON: u64 = 0xdead_f4ee_dead_f4ee;

static CHECKS: AtomicBool = AtomicBool::new(false);
static VIOLATIONS: AtomicU64 = AtomicU64::new(0);

/// Whether freed frames are poisoned, and checked when they are handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checks {
    /// They are not.
    Off,
    /// They are.
    On,
}

/// Switches the checks; returns how they were.
pub fn set_checks(checks: Checks) -> Checks {
    let before = CHECKS.swap(checks == Checks::On, Ordering::Relaxed);
    if before { Checks::On } else { Checks::Off }
}

/// Whether the checks are on.
#[must_use]
pub fn checks_on() -> bool {
    CHECKS.load(Ordering::Relaxed)
}

/// How many frames were found to be written to after they had been freed.
#[must_use]
pub fn poison_violations() -> u64 {
    VIOLATIONS.load(Ordering::Relaxed)
}

/// Runs `f`, which provokes violations on purpose, with the checks on. Returns
/// how many were found; they do not count towards `poison_violations`.
pub fn provoke_violations(f: impl FnOnce()) -> u64 {
    let (checks, before) = (set_checks(Checks::On), poison_violations());
    expected::during(f);
    let found = VIOLATIONS.swap(before, Ordering::Relaxed) - before;
    set_checks(checks);
    found
}

/// Reports a frame that was just allocated if it is poisoned no longer.
pub(super) fn check(frame: Frame, contents: Contents) {
    report(find_spoiled(frame, contents));
}

/// A word of a freed frame that has changed.
#[derive(Clone, Copy)]
pub(super) struct Spoiled {
    address: u64,
    found: u64,
}

/// Looks for a word that is not the pattern in a frame that is being allocated
/// and was poisoned; counts a violation if there is one.
pub(super) fn find_spoiled(frame: Frame, contents: Contents) -> Option<Spoiled> {
    if contents != Contents::Poisoned || !checks_on() {
        return None;
    }
    let start = hhdm::pointer(frame.start_address()).cast::<u64>();
    let mut words = (0..WORDS).map(|at| {
        // SAFETY: the direct map covers all RAM, and the frame is a frame of
        // it, as only those are poisoned. Volatile: it is not known who writes.
        unsafe { start.add(at).read_volatile() }
    });
    let at = words.position(|word| word != POISON)?;
    VIOLATIONS.fetch_add(1, Ordering::Relaxed);
    // SAFETY: as above.
    let found = unsafe { start.add(at).read_volatile() };
    Some(Spoiled { address: frame.start_address() + at as u64 * 8, found })
}

pub(super) fn report(spoiled: Option<Spoiled>) {
    if let Some(Spoiled { address, found }) = spoiled {
        let level = if expected::is_now() { log::Level::Info } else { log::Level::Error };
        let mark = expected::Mark;
        log::log!(level, "{mark}a freed frame was written to: {found:#x} at {address:#x}");
    }
}
