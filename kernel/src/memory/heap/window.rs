//! Where talc gets its memory from: a window of addresses, mapped as needed.

use crate::memory::{frames, layout, space};
use core::alloc::Layout;
use core::ptr::NonNull;
use talc::base::binning::Binning;
use talc::base::{CHUNK_UNIT, Talc};
use talc::source::Source;
use valhalla_core::frames::PAGE_SIZE;

/// The least that the heap grows by: fewer, larger steps.
const GROWTH: u64 = 64 * 1024;
/// Free space at the heap's end from which on it is given back.
const GIVE_BACK_FROM: u64 = 4 * GROWTH;
/// Addresses at the window's end that are the arena's.
const ARENA_BYTES: u64 = 1 << 30;

/// Who a window of addresses is for: the heap has all of the layout's, but for
/// the arena's at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Heap,
    Arena,
}

impl Part {
    /// The first address; `None` before the layout is chosen.
    pub(super) fn start(self) -> Option<u64> {
        let heap = layout::get()?.heap;
        Some(match self {
            Self::Heap => heap.start,
            Self::Arena => heap.end - ARENA_BYTES,
        })
    }

    /// How many addresses there are.
    pub(super) fn bytes(self) -> u64 {
        let all = layout::get().map_or(0, |layout| layout.heap.end - layout.heap.start);
        match self {
            Self::Heap => all.saturating_sub(ARENA_BYTES),
            Self::Arena => ARENA_BYTES.min(all),
        }
    }
}

/// Where the heap ends, and how large it may get.
#[derive(Debug)]
pub(super) struct Window {
    part: Part,
    /// What talc calls the heap's end; `None` before the first claim.
    heap_end: Option<NonNull<u8>>,
    pub(super) mapped: u64,
    pub(super) limit: u64,
}

impl Window {
    /// Nothing mapped, nothing allowed.
    pub(super) const fn closed(part: Part) -> Self {
        Self { part, heap_end: None, mapped: 0, limit: 0 }
    }

    /// Start and length of what is mapped, if anything is.
    pub(super) fn range(&self) -> Option<(u64, u64)> {
        Some((self.part.start()?, self.mapped)).filter(|(_, length)| *length != 0)
    }
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
        let window_start = talc.source.part.start().ok_or(())?;
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
        let start = window_start + mapped;
        space::map_fresh(start, growth, frames::Owner::Heap).map_err(|_| ())?;
        talc.source.mapped = mapped + growth;
        let end = (start + growth) as *mut u8;
        // SAFETY: the pages were mapped just now, writable, for nobody else,
        // and directly follow what the heap has.
        let heap_end = unsafe {
            match talc.source.heap_end {
                Some(heap_end) => talc.extend(heap_end, end),
                // Refused only where talc's own lists do not fit; `growth` is more.
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
        let Some(window_start) = self.part.start() else { return end };
        let keep = (free_from as u64).next_multiple_of(PAGE_SIZE) + GROWTH;
        let mapped_end = window_start + self.mapped;
        if keep >= mapped_end {
            return end;
        }
        space::unmap_and_free(keep, mapped_end - keep, frames::Owner::Heap);
        self.mapped = keep - window_start;
        let end = keep as *mut u8;
        self.heap_end = NonNull::new(end);
        end
    }
}
