//! The allocator by example, and through its model's eyes.

mod model;

use std::collections::BTreeSet;

use model::{Model, churn, owner};
use proptest::prelude::*;

use super::*;
use crate::regions::{Region, RegionKind};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// For tests that do not care.
const KERNEL: Owner = Owner::Kernel;

/// Books on the host's heap. Notes which frames it was asked for.
#[derive(Default)]
struct Heap {
    taken: BTreeSet<u64>,
}

impl Backing for Heap {
    fn states(&mut self, frame: Frame) -> &'static mut States {
        assert!(self.taken.insert(frame.number()), "{frame} asked for twice");
        Box::leak(Box::new(States::EMPTY))
    }

    fn directory(&mut self, frame: Frame) -> &'static mut Directory {
        assert!(self.taken.insert(frame.number()), "{frame} asked for twice");
        Box::leak(Box::new(Directory::EMPTY))
    }
}

/// Calls where contents do not matter.
impl FrameAllocator<Heap> {
    fn allocate(&mut self, owner: Owner) -> Result<Frame, OutOfMemory> {
        self.allocate_noting(owner).map(|(frame, _)| frame)
    }

    fn free(&mut self, frame: Frame, owner: Owner) -> Result<(), FreeError> {
        self.free_as(frame, owner, Contents::Unknown)
    }

    fn allocate_contiguous(
        &mut self,
        frames: usize,
        align_frames: usize,
        below: Option<PhysLimit>,
        owner: Owner,
    ) -> Result<Frame, OutOfMemory> {
        self.allocate_contiguous_noting(frames, align_frames, below, owner, |_, _| ())
    }

    fn free_contiguous(
        &mut self,
        first: Frame,
        frames: usize,
        owner: Owner,
    ) -> Result<(), FreeError> {
        self.free_contiguous_as(first, frames, owner, Contents::Unknown)
    }
}

fn usable(start: u64, end: u64) -> Region {
    Region { start, end, kind: RegionKind::Usable }
}

fn with(regions: &[(u64, u64)]) -> Box<FrameAllocator<Heap>> {
    let mut frames = Box::new(FrameAllocator::new(Heap::default()));
    for &(start, end) in regions {
        frames.add_region(usable(start, end)).unwrap();
    }
    frames
}

#[test]
fn half_a_million_operations_on_one_block() {
    churn(&[(0x1000, 0x9_f000), (MIB, 24 * MIB)], 500_000);
}

#[test]
fn half_a_million_operations_on_scattered_blocks() {
    let regions = [
        (0x5000, 0x8_0000),
        (MIB, 3 * MIB),
        (63 * MIB, 66 * MIB),
        (200 * MIB, 201 * MIB),
        (200 * MIB + 0x10_1000, 200 * MIB + 0x10_2000),
        (4 * GIB - MIB, 4 * GIB + 2 * MIB),
        (16 * GIB - 0x1000, 16 * GIB + 0x2000),
        (1024 * GIB, 1024 * GIB + MIB),
    ];
    churn(&regions, 500_000);
}

#[test]
fn low_memory_comes_last_and_frame_zero_never() {
    let mut frames = with(&[(0, 0x9_f000), (MIB, MIB + 5 * PAGE_SIZE)]);
    assert_eq!(frames.statistics().total, 0x9e + 5);
    // Of the five frames above, two hold the books.
    for _ in 0..3 {
        assert!(frames.allocate(KERNEL).unwrap().start_address() >= MIB);
    }
    for number in 1..0x9f {
        assert_eq!(frames.allocate(KERNEL), Ok(Frame::new(number)));
    }
    assert_eq!(frames.allocate(KERNEL), Err(OutOfMemory));
    assert_eq!(frames.free(Frame::new(0), KERNEL), Err(FreeError::Foreign));
    assert_eq!(frames.free(Frame::new(0x9f), KERNEL), Err(FreeError::Foreign));
    assert_eq!(frames.free(Frame::new(7), KERNEL), Ok(()));
    assert_eq!(frames.free(Frame::new(7), KERNEL), Err(FreeError::DoubleFree));
    assert_eq!(frames.allocate(KERNEL), Ok(Frame::new(7)));
}

#[test]
fn a_terabyte_costs_nothing_until_used() {
    let mut frames = with(&[(4 * GIB, 1028 * GIB)]);
    assert_eq!(frames.statistics().bookkeeping, 0);
    frames.allocate(KERNEL).unwrap();
    let counts = frames.statistics();
    assert_eq!((counts.total, counts.bookkeeping, counts.used), (1 << 28, 5, 6));
    assert_eq!(frames.largest_free_run(), 16380);
    assert_eq!(frames.check_books(), Ok(()));
}

#[test]
fn what_was_freed_is_next() {
    let mut frames = with(&[(MIB, 300 * MIB)]);
    let taken: Vec<_> = (0..40_000).map(|_| frames.allocate(KERNEL).unwrap()).collect();
    for frame in [taken[3], taken[39_999], taken[17_000]] {
        frames.free(frame, KERNEL).unwrap();
        assert_eq!(frames.allocate(KERNEL), Ok(frame));
    }
}

#[test]
fn memory_can_come_later() {
    let mut model = Model::new(&[(MIB, 2 * MIB)]);
    while model.allocate(KERNEL) {}
    // Next to it, in the same block; then in between, far away, and twice.
    model.add(2 * MIB, 3 * MIB);
    model.allocate(KERNEL);
    model.add(5 * MIB, 6 * MIB);
    model.add(3 * MIB, 5 * MIB);
    model.add(64 * MIB - PAGE_SIZE, 64 * MIB + PAGE_SIZE);
    model.add(MIB, 2 * MIB);
    model.add(0x2000, 0x3000);
    model.add(0x1000, 0x3000);
    model.add(MIB - PAGE_SIZE, MIB + PAGE_SIZE);
    model.drain();
}

#[test]
fn a_frame_that_became_a_directory_stays_one() {
    // One frame alone in its span: the directory takes it, none is left.
    let lonely = 32 * GIB + 8 * MIB;
    let mut model = Model::new(&[(lonely, lonely + PAGE_SIZE)]);
    assert!(!model.allocate(KERNEL));
    model.free_badly(lonely / PAGE_SIZE, KERNEL);
    model.add(lonely - 2 * PAGE_SIZE, lonely);
    model.add(lonely + PAGE_SIZE, lonely + 3 * PAGE_SIZE);
    assert!(model.allocate(KERNEL));
    model.free_badly(lonely / PAGE_SIZE, KERNEL);
    model.drain();
}

#[test]
fn regions_that_cannot_be_added() {
    let mut frames = with(&[]);
    assert_eq!(frames.add_region(usable(0x1001, 0x1fff)), Ok(0));
    assert_eq!(frames.add_region(usable(0x2000, 0x1000)), Ok(0));
    assert_eq!(with(&[]).add_region(usable(9 << 40, 10 << 40)), Ok(1 << 28));
    assert_eq!(frames.add_region(usable(1 << 51, (1 << 52) + PAGE_SIZE)), Err(AddError::TooHigh));
    assert_eq!(frames.add_region(usable(0, u64::MAX)), Err(AddError::TooHigh));
    for n in 1..=128 {
        assert_eq!(frames.add_region(usable(n * 2 * MIB, n * 2 * MIB + MIB)), Ok(256));
    }
    assert_eq!(frames.add_region(usable(GIB, 2 * GIB)), Err(AddError::TooMany));
    // What touches an extent needs no place of its own.
    assert_eq!(frames.add_region(usable(3 * MIB, 4 * MIB)), Ok(256));
    assert_eq!(frames.add_region(usable(GIB, 2 * GIB)), Ok(1 << 18));
}

#[test]
fn all_that_an_owner_has_is_handed_on() {
    let mut frames = with(&[(0x1000, 0x9_f000), (0x10_0000, 0x1000_0000)]);
    let kept = frames.allocate(Owner::Heap).unwrap();
    let mut taken =
        vec![frames.allocate_contiguous(4, 1, Some(PhysLimit::BELOW_1_MIB), Owner::User)];
    // In more than one block.
    for _ in 0..3 {
        taken.push(frames.allocate_contiguous(9_000, 1, None, Owner::User));
    }
    let before = frames.statistics();
    assert_eq!(frames.set_owner_of_all(Owner::User, Owner::Stopped), 27_004);
    let after = frames.statistics();
    assert_eq!((after.used_by(Owner::User), after.used_by(Owner::Stopped)), (0, 27_004));
    assert_eq!((after.used, after.free), (before.used, before.free));
    assert_eq!(frames.check_books(), Ok(()));
    assert_eq!(frames.owner_of(kept), Some(State::Used(Owner::Heap)));
    let first = taken[3].unwrap();
    assert_eq!(frames.owner_of(first), Some(State::Used(Owner::Stopped)));
    assert_eq!(frames.free(first, Owner::User), Err(FreeError::WrongOwner { is: Owner::Stopped }));
    assert_eq!(frames.free_contiguous(first, 9_000, Owner::Stopped), Ok(()));
    assert_eq!(frames.set_owner_of_all(Owner::User, Owner::Stopped), 0);
}

#[test]
fn contiguous_runs() {
    let mut frames = with(&[(0x1000, 0x9_f000), (MIB, 256 * MIB)]);
    let run = frames.allocate_contiguous(512, 512, None, KERNEL).unwrap();
    assert_eq!(run.number() % 512, 0);
    assert!(run.start_address() >= MIB);
    let low = frames.allocate_contiguous(4, 1, Some(PhysLimit::BELOW_1_MIB), KERNEL).unwrap();
    assert!(low.start_address() + 4 * PAGE_SIZE <= MIB);
    let dma = frames.allocate_contiguous(32, 16, Some(PhysLimit::BELOW_16_MIB), KERNEL).unwrap();
    assert!(dma.start_address() < 16 * MIB);
    // The most there is in one piece: a block but for its books.
    assert_eq!(frames.largest_free_run(), 16380);
    assert!(frames.allocate_contiguous(16380, 1, None, KERNEL).is_ok());
    for (count, align) in [(0, 1), (16381, 1), (usize::MAX, 1), (1, 0), (1, 3), (1, 1 << 40)] {
        assert_eq!(frames.allocate_contiguous(count, align, None, KERNEL), Err(OutOfMemory));
    }
    assert_eq!(frames.allocate_contiguous(1, 1, Some(PhysLimit(0x1fff)), KERNEL), Err(OutOfMemory));
    let used = frames.statistics().used;
    assert_eq!(frames.free_contiguous(run, 513, KERNEL), Err(FreeError::DoubleFree));
    assert_eq!(frames.statistics().used, used, "all or nothing");
    assert_eq!(frames.free_contiguous(run, 512, KERNEL), Ok(()));
    assert_eq!(frames.free_contiguous(low, 4, KERNEL), Ok(()));
    assert_eq!(frames.free_contiguous(run, usize::MAX, KERNEL), Err(FreeError::Foreign));
    assert_eq!(frames.statistics().used, used - 516);
}

#[test]
fn only_the_owner_frees() {
    let mut frames = with(&[(0x1000, 0x9_f000), (MIB, 8 * MIB)]);
    let table = frames.allocate(Owner::Table).unwrap();
    let low = frames.allocate_contiguous(1, 1, Some(PhysLimit::BELOW_1_MIB), Owner::Device);
    for (frame, is) in [(table, Owner::Table), (low.unwrap(), Owner::Device)] {
        assert_eq!(frames.owner_of(frame), Some(State::Used(is)));
        for other in Owner::ALL.into_iter().filter(|owner| *owner != is) {
            assert_eq!(frames.free(frame, other), Err(FreeError::WrongOwner { is }));
        }
        assert_eq!(frames.free(frame, is), Ok(()));
        assert_eq!(frames.free(frame, is), Err(FreeError::DoubleFree));
        assert_eq!(frames.owner_of(frame), Some(State::Free));
    }
    let run = frames.allocate_contiguous(3, 1, None, Owner::Heap).unwrap();
    let second = Frame::new(run.number() + 1);
    frames.set_owner(second, Owner::Heap, Owner::User).unwrap();
    assert_eq!((frames.statistics().used_by(Owner::Heap)), 2);
    let refused = Err(FreeError::WrongOwner { is: Owner::User });
    assert_eq!(frames.free_contiguous(run, 3, Owner::Heap), refused);
    assert_eq!((frames.statistics().used_by(Owner::Heap)), 2, "all or nothing");
    assert_eq!(frames.check_books(), Ok(()));
}

#[test]
fn poison_is_remembered_until_the_next_owner() {
    let mut frames = with(&[(0x1000, 0x3000), (MIB, MIB + 5 * PAGE_SIZE)]);
    let all: Vec<_> = std::iter::from_fn(|| frames.allocate(KERNEL).ok()).collect();
    assert_eq!(all.len(), 5);
    for frame in &all {
        frames.free_as(*frame, KERNEL, Contents::Poisoned).unwrap();
    }
    assert_eq!(frames.check_books(), Ok(()));
    for _ in &all {
        let (frame, contents) = frames.allocate_noting(Owner::Heap).unwrap();
        assert!(all.contains(&frame));
        assert_eq!(contents, Contents::Poisoned);
    }
    for frame in &all {
        frames.free(*frame, Owner::Heap).unwrap();
    }
    assert_eq!(frames.allocate_noting(Owner::Heap).unwrap().1, Contents::Unknown);
}

#[test]
fn wrong_books_are_noticed() {
    let with_some_used = || {
        let mut frames = with(&[(0x1000, 0x9_f000), (MIB, 70 * MIB)]);
        for owner in Owner::ALL {
            frames.allocate(owner).unwrap();
        }
        assert_eq!(frames.check_books(), Ok(()));
        frames
    };
    let used = 256 + 5;
    let address = used * PAGE_SIZE;

    let mut frames = with_some_used();
    *frames.books.state_mut(Frame::new(used)).unwrap().0 = Contents::Unknown as u8;
    assert_eq!(frames.check_books(), Err(BooksError::FreeCount { address: 0 }));

    let mut frames = with_some_used();
    *frames.books.state_mut(Frame::new(used)).unwrap().0 = 0x55;
    assert_eq!(frames.check_books(), Err(BooksError::State { address }));

    let mut frames = with_some_used();
    *frames.books.state_mut(Frame::new(used)).unwrap().0 = 0;
    assert_eq!(frames.check_books(), Err(BooksError::Lost { address: 0 }));

    let mut frames = with_some_used();
    *frames.books.state_mut(Frame::new(used)).unwrap().1 -= 1;
    assert_eq!(frames.check_books(), Err(BooksError::FreeCount { address: 0 }));

    let mut frames = with_some_used();
    frames.by_owner.swap(Owner::Heap.index(), Owner::Table.index());
    assert_eq!(frames.check_books(), Ok(()), "one each");
    frames.by_owner[Owner::Heap.index()] += 1;
    let heap = BooksError::OwnerCount { owner: Owner::Heap };
    assert_eq!(frames.check_books(), Err(heap));

    let mut frames = with_some_used();
    frames.bookkeeping += 1;
    assert_eq!(frames.check_books(), Err(BooksError::Bookkeeping));

    let mut frames = with_some_used();
    frames.total += 1;
    assert_eq!(frames.check_books(), Err(BooksError::Total));

    let mut frames = with_some_used();
    frames.low[1] = 0;
    assert_eq!(frames.check_books(), Err(BooksError::Total));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any handful of regions, in any order, added before and after use.
    #[test]
    fn any_memory_comes_out_once(
        regions in prop::collection::vec((0..6_u64, 0..1000_u64, 0..300_u64), 1..12),
        runs in prop::collection::vec((1..200_u64, 0..9_u32, any::<bool>()), 0..8),
    ) {
        let mut model = Model::new(&[]);
        for (at, (place, offset, pages)) in regions.into_iter().enumerate() {
            let base = [0, 60 * MIB, 62 * MIB, 5 * GIB, 16 * GIB - 2 * MIB, 8191 * GIB]
                [place as usize];
            let start = base + offset * PAGE_SIZE / 2;
            model.add(start, start + pages * PAGE_SIZE / 2);
            if at % 3 == 0 {
                (0..40).for_each(|_| { model.allocate(KERNEL); });
            }
        }
        for (count, align, low) in runs {
            model.allocate_run(count, 1 << align, low.then_some(61 * MIB), Owner::Device);
        }
        for number in 0..1200 {
            model.free_badly(number, owner(number));
            model.free_badly((60 * MIB) / PAGE_SIZE + number, owner(number));
        }
        (0..100).for_each(|random| model.free_some(random));
        model.drain();
    }
}
