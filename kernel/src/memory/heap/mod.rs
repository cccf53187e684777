//! The heap: `talc` over a window that grows by mapping frames.
//!
//! ```text
//! Box, Vec, String -> Heap -> talc: blocks of any size
//!                              | full, or much free at the end
//!                              v
//!                            window: maps and unmaps frames
//! ```
//!
//! The heap starts empty; when it runs out it maps more pages at its end, up
//! to half of the RAM, so that a leak cannot starve the page tables.

pub mod arena;
mod window;

use super::{failing, frames, refusal};
use crate::cpu::lock::SpinLock;
use alloc::boxed::Box;
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::NonNull;
use talc::DefaultBinning;
use talc::base::Talc;
use valhalla_core::frames::PAGE_SIZE;
use window::{Part, Window};

/// The heap's share of all RAM: one half.
const SHARE: u64 = 2;
/// The arena's share of all RAM, an eighth, and the most that it gets.
const ARENA_SHARE: u64 = 8;
const ARENA_MOST: u64 = 32 << 20;

/// The kernel's allocator.
struct Heap(SpinLock<Talc<Window, DefaultBinning>>);

#[global_allocator]
static HEAP: Heap = Heap(SpinLock::new(Talc::new(Window::closed(Part::Heap))));

// SAFETY: a block comes from one of two talcs, which hand it out once until it
// comes back, with at least the size and alignment that were asked for. Their
// locks make their use exclusive, and a block's address says whose it is.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, wanted: Layout) -> *mut u8 {
        let block = if failing::now() {
            None
        } else if arena::is_open() {
            arena::allocate(wanted)
        } else {
            // SAFETY: `GlobalAlloc` promises a size that is not zero.
            unsafe { self.0.lock().allocate(wanted) }
        };
        block.map_or_else(|| refused(wanted), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller promises that this came from `alloc` with the same
        // layout, and so from the arena if it lies there, and from talc if not.
        unsafe {
            if arena::holds(pointer) {
                arena::free(pointer, layout);
            } else {
                self.0.lock().deallocate(pointer, layout);
            }
        }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promises are the same as talc's; the new size is
        // valid with this alignment and not zero; both blocks are at least as
        // large as what is copied.
        unsafe {
            if !arena::holds(pointer) && self.0.lock().try_realloc_in_place(pointer, layout, size) {
                return pointer;
            }
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                new.copy_from_nonoverlapping(pointer, layout.size().min(size));
                self.dealloc(pointer, layout);
            }
            new
        }
    }
}

/// Remembers what could not be had, for the report.
#[cold]
fn refused(wanted: Layout) -> *mut u8 {
    refusal::remember(wanted.size());
    core::ptr::null_mut()
}

/// A `Box` where there is memory for it; else the value comes back. (The
/// standard library's `try_new` is not stable.)
///
/// # Errors
///
/// The value, when the heap cannot hold it.
pub fn try_box<T>(value: T) -> Result<Box<T>, T> {
    let layout = Layout::new::<T>();
    if layout.size() == 0 {
        // Needs no memory, so it cannot fail.
        return Ok(Box::new(value));
    }
    // SAFETY: the size is not zero. A block that is not null is large and
    // aligned enough for a `T`, and comes from the allocator that `Box` frees to.
    unsafe {
        let block = alloc::alloc::alloc(layout).cast::<T>();
        if block.is_null() {
            return Err(value);
        }
        block.write(value);
        Ok(Box::from_raw(block))
    }
}

/// Allows heap and arena their shares of the RAM that there is now; before this every
/// allocation fails.
pub(super) fn set_limits() {
    let total = frames::statistics().total * PAGE_SIZE;
    HEAP.0.lock().source.limit = (total / SHARE).min(Part::Heap.bytes());
    arena::set_limit((total / ARENA_SHARE).min(ARENA_MOST).min(Part::Arena.bytes()));
}

/// The heap in figures, all in bytes unless named otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeapStatistics {
    /// Asked for and not given back.
    pub used: usize,
    /// Live allocations.
    pub allocations: usize,
    /// Allocations so far.
    pub total_allocations: u64,
    /// Free within what is mapped.
    pub free: usize,
    /// Pieces that the free bytes are in.
    pub gaps: usize,
    /// Mapped for the heap.
    pub mapped: u64,
    /// The most it may map.
    pub limit: u64,
}

impl HeapStatistics {
    fn of(talc: &Talc<Window, DefaultBinning>) -> Self {
        let counters = talc.counters();
        Self {
            used: counters.allocated_bytes,
            allocations: counters.allocation_count,
            total_allocations: counters.total_allocation_count,
            free: counters.available_bytes,
            gaps: counters.fragment_count,
            mapped: talc.source.mapped,
            limit: talc.source.limit,
        }
    }

    /// What talc needs for itself: its lists, and a word or two a block.
    #[must_use]
    pub const fn overhead(&self) -> usize {
        (self.mapped as usize).saturating_sub(self.used + self.free)
    }
}

/// Start and length of what must be mapped, for the heap and for its arena.
pub(super) fn mapped() -> [Option<(u64, u64)>; 2] {
    [HEAP.0.lock().source.range(), arena::mapped()]
}

/// The figures now.
#[must_use]
pub fn statistics() -> HeapStatistics {
    HeapStatistics::of(&HEAP.0.lock())
}

/// The figures now, unless the heap is in use: for reports.
pub(super) fn try_statistics() -> Option<HeapStatistics> {
    HEAP.0.try_lock().map(|talc| HeapStatistics::of(&talc))
}
