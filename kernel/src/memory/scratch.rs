//! Address space to measure with: pages that come and go and mean nothing.
//!
//! They lie at the very end of the heap's window, half a terabyte above
//! anything that the heap reaches.

use super::frames::Owner;
use super::layout;
use super::space::{self, Caching};
use core::sync::atomic::{AtomicBool, Ordering};
use valhalla_core::frames::{Frame, PAGE_SIZE};
use valhalla_core::paging::{MapError, Rights, UnmapError};

/// How many pages there are, all under one page table.
pub(crate) const PAGES: u32 = 256;

static RESERVED: AtomicBool = AtomicBool::new(false);

/// The pages; whatever is mapped there is nobody's to use.
#[derive(Debug)]
pub(crate) struct Scratch {
    start: u64,
}

impl Scratch {
    /// Takes the pages; `None` while somebody has them.
    pub(crate) fn reserve() -> Option<Self> {
        // One page off, so that no large page fits.
        let start = layout::get()?.heap.end - 2 * 1024 * 1024 + PAGE_SIZE;
        (!RESERVED.swap(true, Ordering::Relaxed)).then_some(Self { start })
    }

    /// Where a page is; the number wraps.
    pub(crate) const fn address(&self, page: u32) -> u64 {
        self.start + (page % PAGES) as u64 * PAGE_SIZE
    }

    /// Maps `frame` as a page.
    ///
    /// # Errors
    ///
    /// When the page is mapped, or a table cannot be had.
    pub(crate) fn map(&mut self, page: u32, frame: Frame) -> Result<(), MapError> {
        space::map_page(self.address(page), frame)
    }

    /// Unmaps a page.
    ///
    /// # Errors
    ///
    /// When it is not mapped.
    pub(crate) fn unmap(&mut self, page: u32) -> Result<Frame, UnmapError> {
        space::unmap(self.address(page))
    }

    /// Maps all pages to the frames from `first` on.
    ///
    /// # Errors
    ///
    /// As `map`.
    pub(crate) fn map_range(&mut self, first: Frame) -> Result<(), MapError> {
        let (physical, length) = (first.start_address(), u64::from(PAGES) * PAGE_SIZE);
        space::map(self.start, physical, length, Rights::ReadWrite, Caching::WriteBack)
    }

    /// Takes back what `map_range` did; the frames are the caller's.
    pub(crate) fn forget(&mut self) {
        for page in 0..PAGES {
            // Not mapped is what it is to be.
            let _ = self.unmap(page);
        }
    }

    /// Maps all pages to fresh frames, as the heap does when it grows.
    ///
    /// # Errors
    ///
    /// When frames run out; then nothing is mapped.
    pub(crate) fn fill(&mut self) -> Result<(), MapError> {
        space::map_fresh(self.start, u64::from(PAGES) * PAGE_SIZE, Owner::Kernel)
    }

    /// Takes back what `fill` did.
    pub(crate) fn empty(&mut self) {
        space::unmap_and_free(self.start, u64::from(PAGES) * PAGE_SIZE, Owner::Kernel);
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        RESERVED.store(false, Ordering::Relaxed);
    }
}
