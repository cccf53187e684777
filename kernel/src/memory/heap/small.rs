//! Small blocks at hand: a list for each of five sizes, in front of talc.
//!
//! Most allocations are small, and most small ones come and go: a freed block
//! waits here for the next of its size, which then costs a few instructions
//! instead of talc's search. The blocks are talc's, which takes them for
//! allocated. A list is as long as [`MOST`]; what comes on top goes back.
//!
//! A free block's first word points to the next.

use core::alloc::Layout;
use core::ptr::NonNull;

/// Sizes of blocks: 16, 32, 64, 128 and 256 bytes.
const CLASSES: usize = 5;
/// The size and the alignment of the smallest.
const SMALLEST: usize = 16;
/// The size of the largest.
const LARGEST: usize = SMALLEST << (CLASSES - 1);
/// Blocks of one size that are kept, at most 16 KiB in all five lists.
const MOST: usize = 32;

/// One of the sizes, as the power of two of its multiple of [`SMALLEST`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class(usize);

impl Class {
    /// The smallest class that a block of this layout fits in; `None` for
    /// large and for strictly aligned ones.
    #[inline(always)]
    pub(super) const fn of(layout: Layout) -> Option<Self> {
        let size = layout.size();
        if size > LARGEST || layout.align() > SMALLEST {
            return None;
        }
        // 1 to 16 bytes are class 0, 17 to 32 class 1, and so on.
        Some(
            Self((usize::BITS - size.saturating_sub(1).leading_zeros()).saturating_sub(4) as usize),
        )
    }

    const fn bytes(self) -> usize {
        SMALLEST << self.0
    }

    /// What talc is asked for.
    pub(super) const fn layout(self) -> Layout {
        match Layout::from_size_align(self.bytes(), SMALLEST) {
            Ok(layout) => layout,
            Err(_) => panic!("a class is small, and its alignment a power of two"),
        }
    }
}

/// A free block, and the one that was free before it.
struct Free {
    next: Option<NonNull<Free>>,
}

/// The blocks of one class.
struct List {
    first: Option<NonNull<Free>>,
    length: usize,
}

/// All lists.
pub(super) struct SmallBlocks {
    lists: [List; CLASSES],
    taken: u64,
}

// SAFETY: the pointers are to blocks that belong to the lists alone.
unsafe impl Send for SmallBlocks {}

impl SmallBlocks {
    /// Nothing at hand.
    pub(super) const EMPTY: Self =
        Self { lists: [const { List { first: None, length: 0 } }; CLASSES], taken: 0 };

    /// A block of this class, if one is at hand.
    #[inline]
    pub(super) fn take(&mut self, class: Class) -> Option<NonNull<u8>> {
        let list = self.lists.get_mut(class.0)?;
        let block = list.first?;
        // SAFETY: a block in the list was written by `put`, and nobody else
        // has touched it since.
        list.first = unsafe { block.as_ref().next };
        list.length -= 1;
        self.taken += 1;
        Some(block.cast())
    }

    /// Keeps a block; false when there are enough of its class.
    ///
    /// # Safety
    ///
    /// `block` is of this class, and nobody will use it.
    #[inline]
    pub(super) unsafe fn put(&mut self, class: Class, block: *mut u8) -> bool {
        let Some(list) = self.lists.get_mut(class.0) else { return false };
        let Some(block) = NonNull::new(block.cast::<Free>()) else { return false };
        if list.length >= MOST {
            return false;
        }
        // SAFETY: the block is ours by the caller's promise, and every class
        // is large and aligned enough for a `Free`.
        unsafe { block.write(Free { next: list.first }) };
        list.first = Some(block);
        list.length += 1;
        true
    }

    /// Takes any block out, with the layout that talc knows it by.
    pub(super) fn take_any(&mut self) -> Option<(NonNull<u8>, Layout)> {
        let class = Class(self.lists.iter().position(|list| list.length > 0)?);
        let block = self.take(class)?;
        // Nobody asked for it.
        self.taken -= 1;
        Some((block, class.layout()))
    }

    /// Whether no block is at hand.
    pub(super) fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// Blocks at hand.
    pub(super) fn count(&self) -> usize {
        self.lists.iter().map(|list| list.length).sum()
    }

    /// Bytes in them.
    pub(super) fn bytes(&self) -> usize {
        (0..).map(Class).zip(&self.lists).map(|(class, list)| list.length * class.bytes()).sum()
    }

    /// How many were handed out from here so far.
    pub(super) const fn taken(&self) -> u64 {
        self.taken
    }
}
