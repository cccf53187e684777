//! The heap: a block and back, and a mix of sizes and lifetimes.

use super::measure::{Figure, timed};
use super::{NotHere, bench};
use alloc::alloc::{alloc, dealloc};
use core::alloc::Layout;
use core::hint::black_box;
use valhalla_core::random::Random;

const OPERATIONS: u32 = 1000;

bench!(51, "heap: allocate + free, 64 bytes", || pair(Layout::new::<[u64; 8]>()));
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

/// Blocks that live at one time in the trace.
const LIVE: usize = 64;

bench!(54, "heap: kernel-like trace, each operation", trace);
/// As a shell uses the heap: eight of ten blocks small, some up to a page, few
/// larger; a block lives for some dozen operations. Random, the same each time.
fn trace() -> Result<Figure, NotHere> {
    Ok(Figure::over(OPERATIONS, &mut || {
        let mut random = Random::new(7);
        let mut live: [Option<(*mut u8, Layout)>; LIVE] = [None; LIVE];
        // Narrow numbers, walked by reference: the stack has 32 KiB.
        let mut plan = [(0_u8, 0_u16); OPERATIONS as usize];
        for step in &mut plan {
            let size = match random.number() % 10 {
                0..8 => 8 + random.number() % 248,
                8 => 256 + random.number() % 3840,
                _ => 4096 + random.number() % 12288,
            };
            *step = ((random.number() % LIVE as u64) as u8, size as u16);
        }
        let counts = timed(|| {
            for &(slot, size) in &plan {
                let slot = &mut live[usize::from(slot)];
                match slot.take() {
                    // SAFETY: it was allocated below with this layout.
                    Some((block, layout)) => unsafe { dealloc(block, layout) },
                    None => {
                        let Ok(layout) = Layout::from_size_align(size.into(), 8) else { continue };
                        // SAFETY: no size above is zero.
                        let block = unsafe { alloc(layout) };
                        *slot = (!block.is_null()).then_some((block, layout));
                    }
                }
            }
        });
        for (block, layout) in live.into_iter().flatten() {
            // SAFETY: as above.
            unsafe { dealloc(block, layout) };
        }
        counts
    }))
}
