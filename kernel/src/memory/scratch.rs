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
pub const PAGES: u32 = 256;

static RESERVED: AtomicBool = AtomicBool::new(false);

/// One of the pages: its address.
#[derive(Clone, Copy, Debug)]
pub struct Page(u64);

/// The pages; whatever is mapped there is nobody's to use.
#[derive(Debug)]
pub struct Scratch {
    start: u64,
}

impl Scratch {
    /// Takes the pages; `None` while somebody has them.
    pub fn reserve() -> Option<Self> {
        // One page off, so that no large page fits.
        let start = layout::get()?.heap.end - 2 * 1024 * 1024 + PAGE_SIZE;
        (!RESERVED.swap(true, Ordering::Relaxed)).then_some(Self { start })
    }

    /// Where the first page is.
    pub const fn address(&self) -> u64 {
        self.start
    }

    /// The first page.
    pub const fn first(&self) -> Page {
        Page(self.start)
    }

    /// All pages.
    pub fn pages(&self) -> impl Iterator<Item = Page> + use<> {
        let start = self.start;
        (0..u64::from(PAGES)).map(move |page| Page(start + page * PAGE_SIZE))
    }

    /// Maps `frame` as a page.
    ///
    /// # Errors
    ///
    /// When the page is mapped, or a table cannot be had.
    pub fn map(&mut self, page: Page, frame: Frame) -> Result<(), MapError> {
        space::map_page(page.0, frame)
    }

    /// Unmaps a page.
    ///
    /// # Errors
    ///
    /// When it is not mapped.
    pub fn unmap(&mut self, page: Page) -> Result<Frame, UnmapError> {
        space::unmap(page.0)
    }

    /// Maps all pages to the frames from `first` on.
    ///
    /// # Errors
    ///
    /// As `map`.
    pub fn map_range(&mut self, first: Frame) -> Result<(), MapError> {
        let (physical, length) = (first.start_address(), u64::from(PAGES) * PAGE_SIZE);
        space::map(self.start, physical, length, Rights::ReadWrite, Caching::WriteBack)
    }

    /// Takes back what `map_range` did; the frames are the caller's.
    pub fn forget(&mut self) {
        for page in self.pages() {
            // Not mapped is what it is to be.
            let _ = self.unmap(page);
        }
    }

    /// Maps all pages to fresh frames, as the heap does when it grows.
    ///
    /// # Errors
    ///
    /// When frames run out; then nothing is mapped.
    pub fn fill(&mut self) -> Result<(), MapError> {
        space::map_fresh(self.start, u64::from(PAGES) * PAGE_SIZE, Owner::Kernel)
    }

    /// Takes back what `fill` did.
    pub fn empty(&mut self) {
        space::unmap_and_free(self.start, u64::from(PAGES) * PAGE_SIZE, Owner::Kernel);
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        RESERVED.store(false, Ordering::Relaxed);
    }
}
