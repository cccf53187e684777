//! The heap: `talc` over a window that grows by mapping frames.
//!
//! ```text
//! Box, Vec, String -> Heap: up to 256 bytes -> small: blocks at hand
//!                                 |              | none, or too many
//!                                 v              v
//!                               talc: blocks of any size
//!                                 | full, or much free at the end
//!                                 v
//!                               window: maps and unmaps frames
//! ```
//!
//! The heap starts empty; when it runs out it maps more pages at its end, up
//! to half of the RAM, so that a leak cannot starve the page tables.

pub mod arena;
mod small;
mod window;

use super::{failing, frames, refusal};
use crate::cpu::lock::SpinLock;
use alloc::boxed::Box;
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::NonNull;
use small::{Class, SmallBlocks};
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
struct Heap(SpinLock<Blocks>);

/// What its lock protects.
struct Blocks {
    talc: Talc<Window, DefaultBinning>,
    small: SmallBlocks,
}

#[global_allocator]
static HEAP: Heap = Heap(SpinLock::new(Blocks {
    talc: Talc::new(Window::closed(Part::Heap)),
    small: SmallBlocks::EMPTY,
}));

impl Blocks {
    /// A small block that is not at hand.
    #[cold]
    #[inline(never)]
    fn fetch(&mut self, class: Class) -> Option<NonNull<u8>> {
        self.fetch_large(class.layout())
    }

    /// A block from talc; where it has none, once more after it got back what
    /// is at hand here.
    fn fetch_large(&mut self, wanted: Layout) -> Option<NonNull<u8>> {
        // SAFETY: no class is empty, and `GlobalAlloc` promises a size that is
        // not zero.
        let found = unsafe { self.talc.allocate(wanted) };
        if found.is_some() || self.small.is_empty() {
            return found;
        }
        self.settle();
        // SAFETY: as above.
        unsafe { self.talc.allocate(wanted) }
    }

    /// Gives talc every small block that is at hand.
    #[cold]
    fn settle(&mut self) {
        while let Some((block, layout)) = self.small.take_any() {
            // SAFETY: the block came from `fetch`, with this layout, and
            // nobody has it.
            unsafe { self.talc.deallocate(block.as_ptr(), layout) };
        }
    }
}

// SAFETY: a block is handed out once until it comes back, with at least the
// size and alignment that were asked for: from talc, or from the list of a class
// whose blocks are as large as the class. The lock makes their use exclusive.
unsafe impl GlobalAlloc for Heap {
    #[inline]
    unsafe fn alloc(&self, wanted: Layout) -> *mut u8 {
        if failing::is_watched() {
            return self.alloc_watched(wanted);
        }
        self.take(wanted)
    }

    #[inline]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if failing::is_watched() && arena::holds(pointer) {
            // SAFETY: the caller promises that this came from `alloc` with the
            // same layout, and what lies there came from the arena.
            return unsafe { arena::free(pointer, layout) };
        }
        let mut blocks = self.0.lock();
        let layout = match Class::of(layout) {
            // SAFETY: the caller promises that this came from `alloc` with the
            // same layout, so it is of this class, and that nobody uses it.
            Some(class) if unsafe { blocks.small.put(class, pointer) } => return,
            Some(class) => class.layout(),
            None => layout,
        };
        // SAFETY: talc gave it, with this layout.
        unsafe { blocks.talc.deallocate(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises a size that is valid with this alignment
        // and not zero.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        let in_place = match (Class::of(layout), Class::of(wanted)) {
            _ if failing::is_watched() && arena::holds(pointer) => false,
            // SAFETY: the caller's promises are the same as talc's.
            (None, None) => unsafe {
                self.0.lock().talc.try_realloc_in_place(pointer, layout, size)
            },
            (from, to) => from == to,
        };
        if in_place {
            return pointer;
        }
        // SAFETY: as above; both blocks are at least as large as what is copied.
        unsafe {
            let new = self.alloc(wanted);
            if !new.is_null() {
                new.copy_from_nonoverlapping(pointer, layout.size().min(size));
                self.dealloc(pointer, layout);
            }
            new
        }
    }
}

impl Heap {
    /// While somebody looks at allocations: one may be meant to fail, or all
    /// may be meant for the arena.
    #[cold]
    #[inline(never)]
    fn alloc_watched(&self, wanted: Layout) -> *mut u8 {
        if failing::now() {
            return refused(wanted);
        }
        match failing::arena() {
            failing::Arena::Open => {
                arena::allocate(wanted).map_or_else(|| refused(wanted), NonNull::as_ptr)
            }
            failing::Arena::Closed => self.take(wanted),
        }
    }

    #[inline]
    fn take(&self, wanted: Layout) -> *mut u8 {
        let mut blocks = self.0.lock();
        let found = match Class::of(wanted) {
            Some(class) => match blocks.small.take(class) {
                Some(block) => return block.as_ptr(),
                None => blocks.fetch(class),
            },
            None => blocks.fetch_large(wanted),
        };
        drop(blocks);
        found.map_or_else(|| refused(wanted), NonNull::as_ptr)
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
    HEAP.0.lock().talc.source.limit = (total / SHARE).min(Part::Heap.bytes());
    arena::set_limit((total / ARENA_SHARE).min(ARENA_MOST).min(Part::Arena.bytes()));
}

/// The heap in figures, all in bytes unless named otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeapStatistics {
    /// Asked for and not given back; small blocks count with the size of
    /// their class.
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
    fn of(blocks: &Blocks) -> Self {
        let counters = blocks.talc.counters();
        let small = &blocks.small;
        Self {
            used: counters.allocated_bytes - small.bytes(),
            allocations: counters.allocation_count - small.count(),
            total_allocations: counters.total_allocation_count + small.taken(),
            free: counters.available_bytes + small.bytes(),
            gaps: counters.fragment_count + small.count(),
            mapped: blocks.talc.source.mapped,
            limit: blocks.talc.source.limit,
        }
    }

    /// What talc needs for itself: its lists, and a word or two a block.
    #[must_use]
    pub const fn overhead(&self) -> usize {
        (self.mapped as usize).saturating_sub(self.used + self.free)
    }
}

/// Bytes in use, without putting anything in order for it.
pub(super) fn bytes_in_use() -> usize {
    HeapStatistics::of(&HEAP.0.lock()).used
}

/// Start and length of what must be mapped, for the heap and for its arena.
pub(super) fn mapped() -> [Option<(u64, u64)>; 2] {
    [HEAP.0.lock().talc.source.range(), arena::mapped()]
}

/// The figures now. Small blocks at hand go back to talc first, so that the
/// same use gives the same figures, whatever came before.
#[must_use]
pub fn statistics() -> HeapStatistics {
    let mut blocks = HEAP.0.lock();
    blocks.settle();
    HeapStatistics::of(&blocks)
}

/// The figures now, unless the heap is in use: for reports.
pub(super) fn try_statistics() -> Option<HeapStatistics> {
    HEAP.0.try_lock().map(|blocks| HeapStatistics::of(&blocks))
}
