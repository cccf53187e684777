//! Frames: who owns them, where they lie, and what happens when none is left.

use super::{LIMIT, Outcome, selftest};
use crate::cpu::expected;
use crate::cpu::guarded::{Failure, Limit};
use crate::memory::frames::{self, Checks, Owner};
use crate::memory::{GuardedError, heap, hhdm, run_guarded, stopped};
use alloc::boxed::Box;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use valhalla_core::frames::{Frame, FreeError, OutOfMemory, PAGE_SIZE, PhysLimit, State};

/// The first word of a frame of ours.
fn first_word(frame: Frame) -> *mut u64 {
    hhdm::pointer(frame.start_address()).cast()
}

selftest!("frames: only the owner can give a frame back", owners);
fn owners() -> Outcome {
    let before = frames::statistics();
    let frame = frames::allocate(Owner::User).expect("a frame");
    assert_eq!(frames::owner_of(frame), Some(State::Used(Owner::User)));
    assert_eq!(frames::statistics().used_by(Owner::User), before.used_by(Owner::User) + 1);
    let refused = Err(FreeError::WrongOwner { is: Owner::User });
    assert_eq!(frames::free(frame, Owner::Table), refused);
    assert_eq!(frames::set_owner(frame, Owner::Heap, Owner::Table), refused);
    assert_eq!(frames::set_owner(frame, Owner::User, Owner::Device), Ok(()));
    assert_eq!(frames::free(frame, Owner::Device), Ok(()));
    assert_eq!(frames::owner_of(frame), Some(State::Free));
    assert_eq!(frames::statistics(), before);
    Outcome::Passed
}

selftest!("frames: freeing twice, or what is not ours, is seen", bad_frees);
fn bad_frees() -> Outcome {
    let frame = frames::allocate(Owner::Kernel).expect("a frame");
    assert_eq!(frames::free(frame, Owner::Kernel), Ok(()));
    assert_eq!(frames::free(frame, Owner::Kernel), Err(FreeError::DoubleFree));
    // Frame 0, the VGA window, the end of the addresses, and beyond it.
    for number in [0, 0xa0, u64::MAX / PAGE_SIZE, u64::MAX] {
        let foreign = Err(FreeError::Foreign);
        assert_eq!(frames::free(Frame::new(number), Owner::Kernel), foreign, "{number:#x}");
        assert_eq!(frames::owner_of(Frame::new(number)), None, "{number:#x}");
    }
    let table = x86_64::registers::control::Cr3::read().0.start_address().as_u64();
    let table = Frame::containing(table);
    assert_eq!(frames::owner_of(table), Some(State::Used(Owner::Table)));
    assert_eq!(frames::free(table, Owner::Kernel), Err(FreeError::WrongOwner { is: Owner::Table }));
    Outcome::Passed
}

selftest!("frames: runs are in a row, aligned, and below their limit", runs);
fn runs() -> Outcome {
    let before = frames::statistics().used_by(Owner::Device);
    let limits = [
        (4, 1, Some(PhysLimit::BELOW_1_MIB)),
        (16, 16, Some(PhysLimit::BELOW_16_MIB)),
        (64, 64, Some(PhysLimit::BELOW_4_GIB)),
        (256, 256, None),
    ];
    for (count, align, limit) in limits {
        let run = frames::allocate_run(count, align, limit, Owner::Device);
        let Ok(first) = run else { panic!("no {count} frames below {limit:?}") };
        assert_eq!(first.number() % align as u64, 0);
        let end = first.start_address() + count as u64 * PAGE_SIZE;
        assert!(limit.is_none_or(|limit| end <= limit.0), "{first} is too high");
        assert_eq!(frames::statistics().used_by(Owner::Device), before + count as u64);
        assert_eq!(frames::free_run(first, count, Owner::Heap), Err(wrong_owner()));
        assert_eq!(frames::free_run(first, count, Owner::Device), Ok(()));
    }
    let largest = frames::largest_free_run() as usize;
    assert!(frames::allocate_run(largest + 1, 1, None, Owner::Device).is_err());
    let first = frames::allocate_run(largest, 1, None, Owner::Device).expect("the largest");
    assert_eq!(frames::free_run(first, largest, Owner::Device), Ok(()));
    assert_eq!(frames::check_books(), Ok(()));
    Outcome::Passed
}

const fn wrong_owner() -> FreeError {
    FreeError::WrongOwner { is: Owner::Device }
}

selftest!("frames: the books agree with themselves", books);
fn books() -> Outcome {
    assert_eq!(frames::check_books(), Ok(()));
    let counts = frames::statistics();
    let by_owner: u64 = Owner::ALL.iter().map(|owner| counts.used_by(*owner)).sum();
    assert_eq!(by_owner + counts.bookkeeping, counts.used);
    assert_eq!(counts.used + counts.free, counts.total);
    assert!(counts.used_by(Owner::Table) > 0 && counts.used_by(Owner::Stack) > 0);
    Outcome::Passed
}

/// More than this many frames are taken in runs and not one by one: touching
/// each of them would make an emulator fetch them all.
const SINGLY: u64 = 256 << 20 >> 12;
/// With more memory than this it takes too long.
const AT_MOST: u64 = 16 << 30 >> 12;

selftest!("frames: all can be taken, none twice, and all come back", exhaustion);
fn exhaustion() -> Outcome {
    let before = frames::statistics();
    if before.total > AT_MOST {
        return Outcome::Skipped("there is too much memory to take all of it");
    }
    let one_by_one = before.total <= SINGLY;
    // Poisoning touches every frame as well.
    let checks = if one_by_one { None } else { Some(frames::set_checks(Checks::Off)) };
    let mut runs = Chain::default();
    let mut longest = frames::largest_free_run() as usize;
    while !one_by_one && longest > 1 {
        match frames::allocate_run(longest, 1, None, Owner::User) {
            Ok(first) => runs.push(first, longest),
            Err(OutOfMemory) => longest = frames::largest_free_run() as usize,
        }
    }
    let mut singles = Chain::default();
    while let Ok(frame) = frames::allocate(Owner::User) {
        singles.push(frame, 1);
    }
    let full = frames::statistics();
    let taken = runs.frames + singles.frames;
    let agreed = frames::check_books();
    let more = frames::allocate_run(1, 1, None, Owner::User);
    // Nothing is asserted until the memory is back: a failure needs some.
    let lost = runs.free_all() + singles.free_all();
    checks.map(frames::set_checks);
    assert_eq!(lost, 0, "frames could not be freed, or were handed out twice");
    assert_eq!(agreed, Ok(()));
    assert_eq!(more, Err(OutOfMemory));
    assert_eq!((full.free, full.used), (0, full.total));
    // What is new in use are the books of blocks that were first used here.
    let new_books = full.bookkeeping - before.bookkeeping;
    assert_eq!(taken + new_books, before.free);
    let after = frames::statistics();
    assert_eq!(after.free + new_books, before.free);
    assert_eq!(frames::check_books(), Ok(()));
    Outcome::Passed
}

/// Runs of frames held together by what is written into their first ones:
/// there is no other memory left to note them in.
#[derive(Default)]
struct Chain {
    /// The first frame's number of the run that was taken last; 0 for none.
    last: u64,
    frames: u64,
}

impl Chain {
    fn push(&mut self, first: Frame, count: usize) {
        // SAFETY: the frame was just allocated, so it is RAM and ours alone.
        unsafe {
            first_word(first).write_volatile(self.last);
            first_word(first).add(1).write_volatile(count as u64);
        }
        self.last = first.number();
        self.frames += count as u64;
    }

    /// Returns how many frames were not as they should be.
    fn free_all(&mut self) -> u64 {
        let mut left = self.frames;
        while self.last != 0 && left > 0 {
            let first = Frame::new(self.last);
            // SAFETY: the frame is the chain's, and these words were written
            // by `push`. Had a frame been handed out twice, the count of what
            // is left would end this.
            let (next, count) = unsafe {
                (first_word(first).read_volatile(), first_word(first).add(1).read_volatile())
            };
            if frames::free_run(first, count as usize, Owner::User).is_err() {
                break;
            }
            left -= count.min(left);
            self.last = next;
        }
        left
    }
}

selftest!("frames: what a stopped call took is known as such", stopped_call);
fn stopped_call() -> Outcome {
    if !crate::time::can_sleep() {
        return Outcome::Skipped("the timer does not tick");
    }
    const TAKEN: u64 = 100;
    const BLOCK_BYTES: usize = 2000;
    static FIRST: AtomicU64 = AtomicU64::new(0);
    static BLOCK: AtomicPtr<u8> = AtomicPtr::new(null_mut());
    let hang = || {
        let first = frames::allocate_run(TAKEN as usize, 1, None, Owner::User).expect("a run");
        FIRST.store(first.number(), Ordering::Relaxed);
        BLOCK.store(Box::into_raw(Box::new([0_u8; BLOCK_BYTES])).cast(), Ordering::Relaxed);
        loop {
            core::hint::spin_loop();
        }
    };
    // What the inner call leaves is not counted once more for the outer one. Its limit
    // leaves a host that is busy the time to get as far as hanging.
    let nest = || {
        // SAFETY: it holds no lock while it hangs, and nobody else knows what it took.
        let inner = unsafe { run_guarded(Limit::Ms(200), hang) };
        assert!(inner.is_ok(), "the inner call was stopped");
    };
    let (before, heap) = (frames::statistics(), heap::statistics().used);
    let left = stopped::heap_bytes();
    // SAFETY: as above.
    let outcome = expected::during(|| unsafe { run_guarded(LIMIT, nest) });
    let Err(GuardedError::Failed(Failure::Panic(_))) = outcome else {
        panic!("expected a panic after a time-out, got {outcome:?}")
    };
    let block = BLOCK.swap(null_mut(), Ordering::Relaxed).cast::<[u8; BLOCK_BYTES]>();
    assert!(!block.is_null(), "the call was stopped before it had taken anything");
    let (after, first) = (frames::statistics(), Frame::new(FIRST.load(Ordering::Relaxed)));
    let (owner, left) = (frames::owner_of(first), stopped::heap_bytes() - left);
    // Nothing is asserted until the memory is back.
    let freed = frames::free_run(first, TAKEN as usize, Owner::Stopped);
    // SAFETY: it comes from the box above, whose owner is abandoned.
    drop(unsafe { Box::from_raw(block) });
    stopped::was_freed(left);
    assert_eq!(owner, Some(State::Used(Owner::Stopped)));
    assert_eq!(freed, Ok(()));
    assert_eq!(after.used_by(Owner::User), before.used_by(Owner::User));
    assert_eq!(after.used_by(Owner::Stopped), before.used_by(Owner::Stopped) + TAKEN);
    assert!((BLOCK_BYTES as u64..2 * BLOCK_BYTES as u64).contains(&left), "{left} bytes left");
    assert_eq!(heap::statistics().used, heap);
    Outcome::Passed
}

selftest!("frames: a write to a freed frame is found", poison);
fn poison() -> Outcome {
    let take_and_free = |spoil: bool| {
        let frame = frames::allocate(Owner::Kernel).expect("a frame");
        assert_eq!(frames::free(frame, Owner::Kernel), Ok(()));
        if spoil {
            // SAFETY: nobody has the frame, and its next owner expects nothing
            // of its contents. That this must not be done is the point.
            unsafe { first_word(frame).add(7).write_volatile(1) };
        }
        // What was freed is next.
        assert_eq!(frames::allocate(Owner::Kernel), Ok(frame));
        assert_eq!(frames::free(frame, Owner::Kernel), Ok(()));
    };
    assert_eq!(frames::provoke_violations(|| take_and_free(false)), 0);
    assert_eq!(frames::provoke_violations(|| take_and_free(true)), 1);
    assert_eq!(frames::poison_violations(), 0, "somebody writes to frames that were freed");
    Outcome::Passed
}
