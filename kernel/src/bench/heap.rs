//! The heap: a block, and back.

use super::measure::Figure;
use super::{NotHere, bench};
use alloc::alloc::{alloc, dealloc};
use core::alloc::Layout;
use core::hint::black_box;

const OPERATIONS: u32 = 1000;

bench!(50, "heap: allocate + free, 16 bytes", || pair(Layout::new::<[u64; 2]>()));
bench!(51, "heap: allocate + free, 64 bytes", || pair(Layout::new::<[u64; 8]>()));
bench!(52, "heap: allocate + free, 256 bytes", || pair(Layout::new::<[u64; 32]>()));
bench!(53, "heap: allocate + free, 4096 bytes", || pair(Layout::new::<[u64; 512]>()));

/// The contents are not written: that is not the heap's cost.
#[inline(never)]
fn pair(layout: Layout) -> Result<Figure, NotHere> {
    Ok(Figure::of(OPERATIONS, |_| {
        // SAFETY: no layout above is empty; what was allocated is freed with
        // the same layout.
        unsafe {
            let block = black_box(alloc(layout));
            if !block.is_null() {
                dealloc(block, layout);
            }
        }
    }))
}
