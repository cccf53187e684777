//! The arena: a heap apart, for code that may be abandoned in the middle.
//!
//! A guarded call that panics or runs too long leaves what it allocated. Where
//! that may be megabytes (AML), the call allocates here instead: while the arena
//! is [open](open), everything that is allocated comes from it, and
//! [`clear`] gives all of it back at once.
//!
//! What others allocate meanwhile must not land here: the log's sink, which
//! such code may reach, steps [outside] for a moment.

use super::window::{Part, Window};
use crate::cpu::lock::SpinLock;
use crate::memory::{frames, space, stacks};
use core::alloc::Layout;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, Ordering};
use talc::DefaultBinning;
use talc::base::Talc;

type ArenaTalc = Talc<Window, DefaultBinning>;

static ARENA: SpinLock<ArenaTalc> = SpinLock::new(Talc::new(Window::closed(Part::Arena)));

/// Whether allocations come from the arena.
static OPEN: AtomicBool = AtomicBool::new(false);

/// Makes allocations come from the arena, or from the heap, until it is dropped.
#[derive(Debug)]
#[must_use = "it ends when this is dropped"]
pub struct Turned {
    was_open: bool,
}

fn turn(open: bool) -> Turned {
    Turned { was_open: OPEN.swap(open, Ordering::Relaxed) }
}

/// Opens the arena.
pub fn open() -> Turned {
    turn(true)
}

/// Steps out of the arena, open or not.
pub fn outside() -> Turned {
    turn(false)
}

impl Drop for Turned {
    fn drop(&mut self) {
        OPEN.store(self.was_open, Ordering::Relaxed);
    }
}

/// Whether allocations come from here.
pub(super) fn is_open() -> bool {
    OPEN.load(Ordering::Relaxed)
}

/// Bytes that are allocated in the arena, and bytes that are mapped for it.
#[must_use]
pub fn usage() -> (usize, u64) {
    let arena = ARENA.lock();
    (arena.counters().allocated_bytes, arena.source.mapped)
}

/// Start and length of what is mapped for it.
pub(super) fn mapped() -> Option<(u64, u64)> {
    ARENA.lock().source.range()
}

/// Gives everything back.
///
/// # Safety
///
/// Nothing that was allocated in the arena may be used any more, dropped
/// included.
pub unsafe fn clear() {
    let mut arena = ARENA.lock();
    let limit = arena.source.limit;
    let mut fresh = Talc::new(Window::closed(Part::Arena));
    fresh.source.limit = limit;
    let old = core::mem::replace(&mut *arena, fresh);
    if let Some((start, length)) = old.source.range() {
        space::unmap_and_free(start, length, frames::Owner::Heap);
    }
}

/// Sets the most that it may map, in bytes.
pub(super) fn set_limit(limit: u64) {
    ARENA.lock().source.limit = limit;
}

/// Bytes of the stack below which nothing is allocated. AML may recurse in the
/// interpreter's own functions; a stack that overflows while the arena is locked
/// is the end of the kernel, a refused allocation is that of a guarded call.
const LEAST_STACK: u64 = 16 * 1024;

/// Is there stack enough to go on?
fn has_stack() -> bool {
    let place = 0_u8;
    let here = &raw const place as u64;
    stacks::range_of(here).is_none_or(|stack| here - stack.bottom >= LEAST_STACK)
}

pub(super) fn allocate(wanted: Layout) -> Option<NonNull<u8>> {
    if !has_stack() {
        return None;
    }
    // SAFETY: `GlobalAlloc` promises a size that is not zero.
    unsafe { ARENA.lock().allocate(wanted) }
}

/// Whether `pointer` is to something in the arena.
pub(super) fn holds(pointer: *mut u8) -> bool {
    Part::Arena.start().is_some_and(|start| pointer as u64 >= start)
}

/// # Safety
///
/// `pointer` came from [`allocate`], with this layout.
pub(super) unsafe fn free(pointer: *mut u8, layout: Layout) {
    // SAFETY: the caller's promise.
    unsafe { ARENA.lock().deallocate(pointer, layout) }
}
