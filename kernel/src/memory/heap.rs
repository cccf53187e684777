//! The heap: `talc` over a window that grows by mapping frames.
//!
//! `Box`, `Vec` and `String` come from here. The heap starts empty; when it
//! runs out it maps more pages at its end, up to half of the RAM, so that a
//! leak cannot starve the page tables.

use super::{failing, frames, layout, refusal, space};
use crate::cpu::lock::SpinLock;
use alloc::boxed::Box;
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::NonNull;
use talc::DefaultBinning;
use talc::base::binning::Binning;
use talc::base::{CHUNK_UNIT, Talc};
use talc::source::Source;
use valhalla_core::frames::PAGE_SIZE;

/// The least that the heap grows by: fewer, larger steps.
const GROWTH: u64 = 64 * 1024;
/// Free space at the heap's end from which on it is given back.
const GIVE_BACK_FROM: u64 = 4 * GROWTH;
/// The heap's share of all RAM: one half.
const SHARE: u64 = 2;

/// Where the heap ends, and how large it may get.
#[derive(Debug)]
struct Window {
    /// What talc calls the heap's end; `None` before the first claim.
    heap_end: Option<NonNull<u8>>,
    mapped: u64,
    limit: u64,
}

// SAFETY: the pointer is only an address that goes back to talc.
unsafe impl Send for Window {}

// SAFETY: `acquire` returns `Ok` only after talc was given more memory, and
// touches the allocator only through the reference it is handed. Mapping pages
// allocates frames, never heap.
unsafe impl Source for Window {
    // Apart: inlined, its arithmetic is done by every allocation.
    #[cold]
    #[inline(never)]
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, wanted: Layout) -> Result<(), ()> {
        let window = layout::get().ok_or(())?.heap;
        // talc keeps a few words of its own around each piece, and its lists
        // at the start of the first.
        let overhead = 4 * CHUNK_UNIT as u64 + PAGE_SIZE;
        let needed = (wanted.size() as u64)
            .checked_add(wanted.align() as u64)
            .and_then(|bytes| bytes.checked_add(overhead))
            .and_then(|bytes| bytes.checked_next_multiple_of(PAGE_SIZE))
            .ok_or(())?;
        let growth = needed.max(GROWTH);
        let mapped = talc.source.mapped;
        let room = talc.source.limit.saturating_sub(mapped);
        let growth = if growth <= room { growth } else { needed };
        if growth > room {
            return Err(());
        }
        let start = window.start + mapped;
        space::map_fresh(start, growth, frames::Owner::Heap).map_err(|_| ())?;
        talc.source.mapped = mapped + growth;
        let end = (start + growth) as *mut u8;
        // SAFETY: the pages were mapped just now, writable, for nobody else,
        // and directly follow what the heap has.
        let heap_end = unsafe {
            match talc.source.heap_end {
                Some(heap_end) => talc.extend(heap_end, end),
                None => talc.claim(start as *mut u8, growth as usize).ok_or(())?,
            }
        };
        talc.source.heap_end = Some(heap_end);
        Ok(())
    }

    const TRACK_HEAP_END: bool = true;

    /// Called when the free space at the heap's end has grown: gives its pages
    /// back, all but some, so that the next allocation need not fetch them.
    unsafe fn resize(&mut self, free_from: *mut u8, end: *mut u8, _: bool) -> *mut u8 {
        let free = (end as u64).saturating_sub(free_from as u64);
        if free < GIVE_BACK_FROM {
            return end;
        }
        let Some(window) = layout::get().map(|layout| layout.heap) else { return end };
        let keep = (free_from as u64).next_multiple_of(PAGE_SIZE) + GROWTH;
        let mapped_end = window.start + self.mapped;
        if keep >= mapped_end {
            return end;
        }
        space::unmap_and_free(keep, mapped_end - keep, frames::Owner::Heap);
        self.mapped = keep - window.start;
        let end = keep as *mut u8;
        self.heap_end = NonNull::new(end);
        end
    }
}

/// The kernel's allocator.
struct Heap(SpinLock<Talc<Window, DefaultBinning>>);

#[global_allocator]
static HEAP: Heap = Heap(SpinLock::new(Talc::new(Window { heap_end: None, mapped: 0, limit: 0 })));

// SAFETY: talc keeps the contract, and the lock makes its use exclusive.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, wanted: Layout) -> *mut u8 {
        let found = if failing::now() {
            None
        } else {
            // SAFETY: the caller promises that the size is not zero.
            unsafe { self.0.lock().allocate(wanted) }
        };
        found.map_or_else(|| refused(wanted), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller promises that this came from `alloc` with the
        // same layout.
        unsafe { self.0.lock().deallocate(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promises are the same as talc's.
        if unsafe { self.0.lock().try_realloc_in_place(pointer, layout, size) } {
            return pointer;
        }
        // SAFETY: the caller promises a size that is valid with this alignment
        // and not zero; both blocks are at least as large as what is copied.
        unsafe {
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

/// Allows the heap to grow; before this every allocation fails.
pub(super) fn init() {
    let total = frames::statistics().total * PAGE_SIZE;
    let window = layout::get().map_or(0, |layout| layout.heap.end - layout.heap.start);
    HEAP.0.lock().source.limit = (total / SHARE).min(window);
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
    fn of(heap: &Talc<Window, DefaultBinning>) -> Self {
        let counters = heap.counters();
        Self {
            used: counters.allocated_bytes,
            allocations: counters.allocation_count,
            total_allocations: counters.total_allocation_count,
            free: counters.available_bytes,
            gaps: counters.fragment_count,
            mapped: heap.source.mapped,
            limit: heap.source.limit,
        }
    }

    /// What talc needs for itself: its lists, and a word or two a block.
    #[must_use]
    pub const fn overhead(&self) -> usize {
        (self.mapped as usize).saturating_sub(self.used + self.free)
    }
}

/// The figures now.
#[must_use]
pub fn statistics() -> HeapStatistics {
    HeapStatistics::of(&HEAP.0.lock())
}

/// The figures now, unless the heap is in use: for reports.
pub(super) fn try_statistics() -> Option<HeapStatistics> {
    HEAP.0.try_lock().map(|heap| HeapStatistics::of(&heap))
}
