//! The allocator against a plain set of numbers.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::regions::{Region, RegionKind};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// Books on the host's heap. Notes which frames it was asked for.
#[derive(Default)]
struct Heap {
    taken: BTreeSet<u64>,
}

impl Backing for Heap {
    fn bitmap(&mut self, frame: Frame) -> &'static mut Bitmap {
        assert!(self.taken.insert(frame.number()), "{frame} asked for twice");
        Box::leak(Box::new(Bitmap::EMPTY))
    }

    fn directory(&mut self, frame: Frame) -> &'static mut Directory {
        assert!(self.taken.insert(frame.number()), "{frame} asked for twice");
        Box::leak(Box::new(Directory::EMPTY))
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

/// The allocator and what it ought to be.
struct Model {
    frames: Box<FrameAllocator<Heap>>,
    ours: BTreeSet<u64>,
    /// Handed out, in a vector as well for picking one at random.
    out: BTreeSet<u64>,
    order: Vec<u64>,
}

impl Model {
    fn new(regions: &[(u64, u64)]) -> Self {
        let mut model =
            Self { frames: with(&[]), ours: BTreeSet::new(), out: BTreeSet::new(), order: vec![] };
        regions.iter().for_each(|&(start, end)| model.add(start, end));
        model
    }

    fn add(&mut self, start: u64, end: u64) {
        let numbers = (start.div_ceil(PAGE_SIZE).max(1))..(end / PAGE_SIZE);
        let overlaps = self.ours.range(1..).any(|number| numbers.contains(number));
        match self.frames.add_region(usable(start, end)) {
            Ok(added) => {
                assert!(!overlaps);
                assert_eq!(added, numbers.clone().count() as u64);
                self.ours.extend(numbers);
            }
            Err(AddError::Overlap) => assert!(overlaps),
            Err(error) => panic!("{error}"),
        }
        self.check();
    }

    fn check(&self) {
        let counts = self.frames.statistics();
        assert_eq!(counts.total, self.ours.len() as u64);
        assert_eq!(counts.used + counts.free, counts.total);
        assert_eq!(counts.bookkeeping, self.frames.backing.taken.len() as u64);
        assert_eq!(counts.used, self.out.len() as u64 + counts.bookkeeping);
    }

    fn given(&mut self, first: Frame, count: u64) {
        for number in first.number()..first.number() + count {
            assert!(self.ours.contains(&number), "{number} is not ours");
            assert!(!self.frames.backing.taken.contains(&number), "{number} holds the books");
            assert!(self.out.insert(number), "{number} given twice");
            self.order.push(number);
        }
    }

    fn allocate(&mut self) -> bool {
        let result = self.frames.allocate();
        match result {
            Ok(frame) => self.given(frame, 1),
            Err(OutOfMemory) => assert_eq!(self.frames.statistics().free, 0),
        }
        self.check();
        result.is_ok()
    }

    fn allocate_run(&mut self, count: u64, align: u64, limit: Option<u64>) {
        let limit = limit.map(PhysLimit);
        let result = self.frames.allocate_contiguous(count as usize, align as usize, limit);
        if let Ok(first) = result {
            assert_eq!(first.number() % align, 0);
            if let Some(limit) = limit {
                assert!((first.number() + count) * PAGE_SIZE <= limit.0);
            }
            self.given(first, count);
        } else if align == 1 && limit.is_none() {
            assert!(self.frames.largest_free_run() < count);
        }
        self.check();
    }

    fn free_some(&mut self, random: u64) {
        if self.order.is_empty() {
            return;
        }
        let at = random as usize % self.order.len();
        let number = self.order.swap_remove(at);
        assert!(self.out.remove(&number));
        assert_eq!(self.frames.free(Frame::new(number)), Ok(()));
        self.check();
    }

    fn free_badly(&mut self, number: u64) {
        if self.out.contains(&number) {
            return;
        }
        let books = self.frames.backing.taken.contains(&number);
        let expected = match self.ours.contains(&number) && !books {
            true => FreeError::DoubleFree,
            false => FreeError::Foreign,
        };
        assert_eq!(self.frames.free(Frame::new(number)), Err(expected), "{number}");
        assert_eq!(self.frames.free_contiguous(Frame::new(number), 1), Err(expected));
        self.check();
    }

    /// Everything that was ours comes out once, and nothing else.
    fn drain(mut self) {
        while self.allocate() {}
        let books = &self.frames.backing.taken;
        let all: BTreeSet<_> = self.out.union(books).copied().collect();
        assert_eq!(all, self.ours);
        assert_eq!(self.frames.largest_free_run(), 0);
    }
}

/// A small generator, so that a million operations need no more than that.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

fn churn(regions: &[(u64, u64)], operations: u32) {
    let mut model = Model::new(regions);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut growing = true;
    for _ in 0..operations {
        let (kind, value) = (random.next() % 64, random.next());
        match kind {
            0 => model.free_badly(value % (1 << 21)),
            1 => model.free_badly(value),
            2 if value % 1024 == 0 => growing = !growing,
            3 if value % 16 == 0 => {
                model.allocate_run((value >> 32 & 31) + 1, 1 << (value >> 40 & 3), None);
            }
            _ if (kind < 40) == growing => {
                growing &= model.allocate();
            }
            _ => {
                model.free_some(value);
                growing |= model.out.is_empty();
            }
        }
    }
    model.drain();
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
    for _ in 0..3 {
        assert!(frames.allocate().unwrap().start_address() >= MIB);
    }
    for number in 1..0x9f {
        assert_eq!(frames.allocate(), Ok(Frame::new(number)));
    }
    assert_eq!(frames.allocate(), Err(OutOfMemory));
    assert_eq!(frames.free(Frame::new(0)), Err(FreeError::Foreign));
    assert_eq!(frames.free(Frame::new(0x9f)), Err(FreeError::Foreign));
    assert_eq!(frames.free(Frame::new(7)), Ok(()));
    assert_eq!(frames.free(Frame::new(7)), Err(FreeError::DoubleFree));
    assert_eq!(frames.allocate(), Ok(Frame::new(7)));
}

#[test]
fn a_terabyte_costs_nothing_until_used() {
    let mut frames = with(&[(4 * GIB, 1028 * GIB)]);
    assert_eq!(frames.statistics().bookkeeping, 0);
    frames.allocate().unwrap();
    let counts = frames.statistics();
    assert_eq!((counts.total, counts.bookkeeping, counts.used), (1 << 28, 2, 3));
    assert_eq!(frames.largest_free_run(), 16383);
}

#[test]
fn what_was_freed_is_next() {
    let mut frames = with(&[(MIB, 300 * MIB)]);
    let taken: Vec<_> = (0..40_000).map(|_| frames.allocate().unwrap()).collect();
    for frame in [taken[3], taken[39_999], taken[17_000]] {
        frames.free(frame).unwrap();
        assert_eq!(frames.allocate(), Ok(frame));
    }
}

#[test]
fn memory_can_come_later() {
    let mut model = Model::new(&[(MIB, 2 * MIB)]);
    while model.allocate() {}
    // Next to it, in the same block; then in between, far away, and twice.
    model.add(2 * MIB, 3 * MIB);
    model.allocate();
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
    // One frame alone in its span: the directory takes it, no bitmap is left.
    let lonely = 32 * GIB + 8 * MIB;
    let mut model = Model::new(&[(lonely, lonely + PAGE_SIZE)]);
    assert!(!model.allocate());
    model.free_badly(lonely / PAGE_SIZE);
    model.add(lonely - 2 * PAGE_SIZE, lonely);
    model.add(lonely + PAGE_SIZE, lonely + 3 * PAGE_SIZE);
    assert!(model.allocate());
    model.free_badly(lonely / PAGE_SIZE);
    model.drain();
}

#[test]
fn regions_that_cannot_be_added() {
    let mut frames = with(&[]);
    assert_eq!(frames.add_region(usable(0x1001, 0x1fff)), Ok(0));
    assert_eq!(frames.add_region(usable(0x2000, 0x1000)), Ok(0));
    assert_eq!(frames.add_region(usable(9 << 40, 10 << 40)), Err(AddError::TooHigh));
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
fn contiguous_runs() {
    let mut frames = with(&[(0x1000, 0x9_f000), (MIB, 256 * MIB)]);
    let run = frames.allocate_contiguous(512, 512, None).unwrap();
    assert_eq!(run.number() % 512, 0);
    assert!(run.start_address() >= MIB);
    let low = frames.allocate_contiguous(4, 1, Some(PhysLimit::BELOW_1_MIB)).unwrap();
    assert!(low.start_address() + 4 * PAGE_SIZE <= MIB);
    let dma = frames.allocate_contiguous(32, 16, Some(PhysLimit::BELOW_16_MIB)).unwrap();
    assert!(dma.start_address() < 16 * MIB);
    // The most there is in one piece: a block but for its bitmap.
    assert_eq!(frames.largest_free_run(), 16383);
    assert!(frames.allocate_contiguous(16383, 1, None).is_ok());
    for (count, align) in [(0, 1), (16384, 1), (usize::MAX, 1), (1, 0), (1, 3), (1, 1 << 40)] {
        assert_eq!(frames.allocate_contiguous(count, align, None), Err(OutOfMemory));
    }
    assert_eq!(frames.allocate_contiguous(1, 1, Some(PhysLimit(0x1fff))), Err(OutOfMemory));
    let used = frames.statistics().used;
    assert_eq!(frames.free_contiguous(run, 513), Err(FreeError::DoubleFree));
    assert_eq!(frames.statistics().used, used, "all or nothing");
    assert_eq!(frames.free_contiguous(run, 512), Ok(()));
    assert_eq!(frames.free_contiguous(low, 4), Ok(()));
    assert_eq!(frames.free_contiguous(run, usize::MAX), Err(FreeError::Foreign));
    assert_eq!(frames.statistics().used, used - 516);
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
                (0..40).for_each(|_| { model.allocate(); });
            }
        }
        for (count, align, low) in runs {
            model.allocate_run(count, 1 << align, low.then_some(61 * MIB));
        }
        for number in 0..1200 {
            model.free_badly(number);
            model.free_badly((60 * MIB) / PAGE_SIZE + number);
        }
        (0..100).for_each(|random| model.free_some(random));
        model.drain();
    }
}
