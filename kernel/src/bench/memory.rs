//! Frames and page tables.

use super::measure::{Figure, timed};
use super::{NotHere, bench};
use crate::memory::scratch::{PAGES, Scratch};
use crate::memory::{frames, space};
use alloc::vec::Vec;
use core::hint::black_box;
use valhalla_core::frames::Frame;

/// Frames that one round takes or frees.
const FRAMES: usize = 256;

const NO_FRAMES: NotHere = NotHere("too little memory");

/// Frames that go back when it is dropped.
struct Taken(Vec<Frame>);

impl Taken {
    fn take(count: usize) -> Result<Self, NotHere> {
        let mut taken = Self(Vec::new());
        taken.0.try_reserve_exact(count).map_err(|_| NO_FRAMES)?;
        for _ in 0..count {
            taken.0.push(frames::allocate(frames::Owner::Kernel).map_err(|_| NO_FRAMES)?);
        }
        Ok(taken)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        // The newest first, as a stack would: the allocator is left as it was.
        while let Some(frame) = self.0.pop() {
            // It came from `allocate`, so this cannot fail.
            let _ = frames::free(frame, frames::Owner::Kernel);
        }
    }
}

/// The counts of taking `FRAMES` frames and of giving them back.
#[inline(never)]
fn round() -> (u64, u64) {
    let mut taken = [Frame::new(0); FRAMES];
    let there = timed(|| {
        for slot in &mut taken {
            match frames::allocate(frames::Owner::Kernel) {
                Ok(frame) => *slot = frame,
                Err(_) => break,
            }
        }
    });
    let back = timed(|| {
        // Frame 0 is never handed out, so where memory ran out this only fails.
        for frame in taken.iter().rev() {
            black_box(frames::free(*frame, frames::Owner::Kernel).is_ok());
        }
    });
    (there, back)
}

bench!(40, "frame: allocate, locked", || Ok(Figure::over(FRAMES as u32, &mut || round().0)));
bench!(41, "frame: free, locked", || Ok(Figure::over(FRAMES as u32, &mut || round().1)));

fn scratch() -> Result<Scratch, NotHere> {
    Scratch::reserve().ok_or(NotHere("no address space"))
}

bench!(44, "page: map, tables there", || map_and_unmap(|(there, _)| there));
bench!(45, "page: unmap and invalidate", || map_and_unmap(|(_, back)| back));

fn map_and_unmap(which: fn((u64, u64)) -> u64) -> Result<Figure, NotHere> {
    let mut scratch = scratch()?;
    let taken = Taken::take(1)?;
    let frame = *taken.0.first().ok_or(NO_FRAMES)?;
    // Once over, so that the tables are there.
    scratch.fill().map_err(|_| NO_FRAMES)?;
    scratch.empty();
    Ok(Figure::over(PAGES, &mut || {
        let there = timed(|| {
            for page in scratch.pages() {
                let _ = black_box(scratch.map(black_box(page), frame));
            }
        });
        let back = timed(|| {
            for page in scratch.pages() {
                let _ = black_box(scratch.unmap(black_box(page)));
            }
        });
        which((there, back))
    }))
}

bench!(46, "page: map a range, each page", range);
fn range() -> Result<Figure, NotHere> {
    let mut scratch = scratch()?;
    // The tables first, which take frames themselves.
    let _ = scratch.fill();
    scratch.empty();
    let taken = Taken::take(4 * PAGES as usize)?;
    let in_a_row =
        |run: &&[Frame]| run.windows(2).all(|pair| pair[0].number() + 1 == pair[1].number());
    let run = taken.0.windows(PAGES as usize).find(in_a_row);
    let first = *run.and_then(<[_]>::first).ok_or(NotHere("RAM is too scattered"))?;
    Ok(Figure::over(PAGES, &mut || {
        let counts = timed(|| {
            let _ = black_box(scratch.map_range(first));
        });
        scratch.forget();
        counts
    }))
}

bench!(47, "page: allocate and map fresh, each page", || fill_and_empty(|(there, _)| there));
bench!(48, "page: unmap and free, each page", || fill_and_empty(|(_, back)| back));

fn fill_and_empty(which: fn((u64, u64)) -> u64) -> Result<Figure, NotHere> {
    let mut scratch = scratch()?;
    scratch.fill().map_err(|_| NO_FRAMES)?;
    scratch.empty();
    Ok(Figure::over(PAGES, &mut || {
        let there = timed(|| {
            let _ = black_box(scratch.fill());
        });
        which((there, timed(|| scratch.empty())))
    }))
}

bench!(49, "page: walk to a 4 KiB page (vm walk)", walk);
fn walk() -> Result<Figure, NotHere> {
    let mut scratch = scratch()?;
    scratch.fill().map_err(|_| NO_FRAMES)?;
    let address = scratch.address();
    let figure = Figure::of(100, |_| {
        let _ = black_box(space::walk(black_box(address)));
    });
    scratch.empty();
    Ok(figure)
}
