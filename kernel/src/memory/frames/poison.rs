//! Poison: who writes to a frame after it was freed is found out.
//!
//! With the checks on (`test=` on the command line), `free` fills a frame with
//! a pattern, the books remember that it was, and `allocate` looks whether the
//! pattern is still there. A frame that nobody has freed since is not looked
//! at. Switched off, all of it is a load and a branch.

use super::{FRAMES, WORDS, fill, hhdm};
use core::slice;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use valhalla_core::frames::{Contents, Frame, FreeError, OutOfMemory, Owner, PhysLimit};

/// What a freed frame is full of. It is no canonical address, so following it
/// faults, and it reads "dead, freed" in a dump.
const POISON: u64 = 0xdead_f4ee_dead_f4ee;

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
    if CHECKS.swap(checks == Checks::On, Ordering::Relaxed) { Checks::On } else { Checks::Off }
}

#[inline]
pub(super) fn checks_on() -> bool {
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
    f();
    let found = VIOLATIONS.swap(before, Ordering::Relaxed) - before;
    set_checks(checks);
    found
}

#[cold]
#[inline(never)]
pub(super) fn allocate(owner: Owner) -> Result<Frame, OutOfMemory> {
    let (frame, contents) = FRAMES.lock().allocate_noting(owner)?;
    if contents == Contents::Poisoned {
        // SAFETY: the frame was allocated just now: it is ours alone.
        report(unsafe { find_spoiled(frame) });
    }
    Ok(frame)
}

#[cold]
#[inline(never)]
pub(super) fn allocate_run(
    count: usize,
    align: usize,
    limit: Option<PhysLimit>,
    owner: Owner,
) -> Result<Frame, OutOfMemory> {
    let mut first_found = None;
    let note = |frame, contents| {
        if contents == Contents::Poisoned {
            // SAFETY: the frame is part of what is being allocated here, under
            // the lock: nobody else has it.
            let found = unsafe { find_spoiled(frame) };
            first_found = first_found.or(found);
        }
    };
    let run = FRAMES.lock().allocate_contiguous_noting(count, align, limit, owner, note);
    // Not under the lock: what reports go through may want frames itself.
    report(first_found);
    run
}

#[cold]
#[inline(never)]
pub(super) fn free(frame: Frame, owner: Owner) -> Result<(), FreeError> {
    free_run(frame, 1, owner)
}

#[cold]
#[inline(never)]
pub(super) fn free_run(first: Frame, count: usize, owner: Owner) -> Result<(), FreeError> {
    let mut frames = FRAMES.lock();
    frames.free_contiguous_as(first, count, owner, Contents::Poisoned)?;
    for number in first.number()..first.number() + count as u64 {
        // SAFETY: the frames were the caller's until now and are free; the
        // lock, still held, keeps them from being handed out.
        unsafe { fill(Frame::new(number), POISON) };
    }
    Ok(())
}

/// A word of a freed frame that has changed.
#[derive(Clone, Copy)]
struct Spoiled {
    address: u64,
    found: u64,
}

/// Looks for a word that is not the pattern, and counts a violation if so.
///
/// # Safety
///
/// The frame must be RAM that the caller has to itself.
unsafe fn find_spoiled(frame: Frame) -> Option<Spoiled> {
    let start = hhdm::pointer(frame.start_address()).cast::<u64>();
    // SAFETY: the direct map covers all RAM; the frame is the caller's alone,
    // aligned to a page, and any bytes are valid words.
    let words = unsafe { slice::from_raw_parts(start, WORDS) };
    let at = words.iter().position(|word| *word != POISON)?;
    VIOLATIONS.fetch_add(1, Ordering::Relaxed);
    Some(Spoiled { address: frame.start_address() + at as u64 * 8, found: words[at] })
}

fn report(spoiled: Option<Spoiled>) {
    if let Some(Spoiled { address, found }) = spoiled {
        log::error!("a freed frame was written to: {found:#018x} at physical {address:#x}");
    }
}
