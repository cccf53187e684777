//! The heap: a block, and back.

use super::measure::Figure;
use super::{NotHere, bench};
use alloc::boxed::Box;
use core::hint::black_box;
use core::mem::MaybeUninit;

const OPERATIONS: u32 = 1000;

bench!(50, "heap: allocate + free, 16 bytes", pair::<16>);
bench!(51, "heap: allocate + free, 64 bytes", pair::<64>);
bench!(52, "heap: allocate + free, 256 bytes", pair::<256>);
bench!(53, "heap: allocate + free, 4096 bytes", pair::<4096>);

/// The contents are not written: that is not the heap's cost.
fn pair<const BYTES: usize>() -> Result<Figure, NotHere> {
    Ok(Figure::of(OPERATIONS, |_| {
        drop(black_box(Box::<[MaybeUninit<u8>; BYTES]>::new_uninit()));
    }))
}
