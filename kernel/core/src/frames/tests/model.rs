//! The allocator against a plain map of numbers to owners.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// The allocator and what it ought to be.
pub(super) struct Model {
    frames: Box<FrameAllocator<Heap>>,
    ours: BTreeSet<u64>,
    /// Handed out, in a vector as well for picking one at random.
    out: BTreeMap<u64, Owner>,
    order: Vec<u64>,
    by_owner: [u64; Owner::ALL.len()],
    /// Free and said to be poisoned.
    poisoned: BTreeSet<u64>,
}

/// An owner for a random number.
pub(super) fn owner(random: u64) -> Owner {
    Owner::ALL[random as usize % Owner::ALL.len()]
}

impl Model {
    pub(super) fn new(regions: &[(u64, u64)]) -> Self {
        let mut model = Self {
            frames: with(&[]),
            ours: BTreeSet::new(),
            out: BTreeMap::new(),
            order: vec![],
            by_owner: [0; Owner::ALL.len()],
            poisoned: BTreeSet::new(),
        };
        regions.iter().for_each(|&(start, end)| model.add(start, end));
        model
    }

    pub(super) fn add(&mut self, start: u64, end: u64) {
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
        for owner in Owner::ALL {
            assert_eq!(counts.used_by(owner), self.by_owner[owner.index()], "{owner:?}");
        }
    }

    fn given(&mut self, number: u64, owner: Owner, contents: Contents) {
        assert!(self.ours.contains(&number), "{number} is not ours");
        assert!(!self.frames.backing.taken.contains(&number), "{number} holds the books");
        assert!(self.out.insert(number, owner).is_none(), "{number} given twice");
        assert_eq!(self.poisoned.remove(&number), contents == Contents::Poisoned, "{number}");
        self.by_owner[owner.index()] += 1;
        self.order.push(number);
    }

    pub(super) fn allocate(&mut self, owner: Owner) -> bool {
        let result = self.frames.allocate_noting(owner);
        match result {
            Ok((frame, contents)) => self.given(frame.number(), owner, contents),
            Err(OutOfMemory) => assert_eq!(self.frames.statistics().free, 0),
        }
        self.check();
        result.is_ok()
    }

    pub(super) fn allocate_run(
        &mut self,
        count: u64,
        align: u64,
        limit: Option<u64>,
        owner: Owner,
    ) {
        let limit = limit.map(PhysLimit);
        let mut noted = vec![];
        let (frames, align_frames) = (count as usize, align as usize);
        let result = self.frames.allocate_contiguous_noting(
            frames,
            align_frames,
            limit,
            owner,
            |frame, contents| noted.push((frame.number(), contents)),
        );
        if let Ok(first) = result {
            assert_eq!(first.number() % align, 0);
            if let Some(limit) = limit {
                assert!((first.number() + count) * PAGE_SIZE <= limit.0);
            }
            assert!(noted.iter().map(|noted| noted.0).eq(first.number()..first.number() + count));
        } else {
            assert_eq!(noted, []);
            if align == 1 && limit.is_none() {
                assert!(self.frames.largest_free_run() < count);
            }
        }
        for (number, contents) in noted {
            self.given(number, owner, contents);
        }
        self.check();
    }

    pub(super) fn free_some(&mut self, random: u64) {
        if self.order.is_empty() {
            return;
        }
        let at = random as usize % self.order.len();
        let number = self.order.swap_remove(at);
        let owner = self.out.remove(&number).unwrap();
        self.by_owner[owner.index()] -= 1;
        let contents = if random >> 40 & 3 == 0 {
            self.poisoned.insert(number);
            Contents::Poisoned
        } else {
            Contents::Unknown
        };
        assert_eq!(self.frames.free_as(Frame::new(number), owner, contents), Ok(()));
        self.check();
    }

    /// Hands one on, from whom it belongs to and from whom it does not.
    fn pass_on(&mut self, random: u64) {
        let Some(&number) = self.order.get(random as usize % self.order.len().max(1)) else {
            return;
        };
        let (frame, to, is) = (Frame::new(number), owner(random >> 32), self.out[&number]);
        let wrong = Owner::ALL.into_iter().find(|owner| *owner != is).unwrap();
        let refused = Err(FreeError::WrongOwner { is });
        assert_eq!(self.frames.set_owner(frame, wrong, to), refused);
        assert_eq!(self.frames.set_owner(frame, is, to), Ok(()));
        self.out.insert(number, to);
        self.by_owner[is.index()] -= 1;
        self.by_owner[to.index()] += 1;
        assert_eq!(self.frames.owner_of(frame), Some(State::Used(to)));
        self.check();
    }

    /// Frees what must not be freed, by whomever.
    pub(super) fn free_badly(&mut self, number: u64, by: Owner) {
        let frame = Frame::new(number);
        let state = match self.out.get(&number) {
            Some(is) => Some(State::Used(*is)),
            None if self.frames.backing.taken.contains(&number) => Some(State::Bookkeeping),
            None => self.ours.contains(&number).then_some(State::Free),
        };
        assert_eq!(self.frames.owner_of(frame), state, "{number}");
        let expected = match state {
            Some(State::Used(is)) if is == by => return,
            Some(State::Used(is)) => FreeError::WrongOwner { is },
            Some(State::Free) => FreeError::DoubleFree,
            Some(State::Bookkeeping) | None => FreeError::Foreign,
        };
        assert_eq!(self.frames.free(frame, by), Err(expected), "{number}");
        assert_eq!(self.frames.free_contiguous(frame, 1, by), Err(expected));
        assert_eq!(self.frames.set_owner(frame, by, by), Err(expected));
        self.check();
    }

    /// Everything that was ours comes out once, and nothing else; then all of
    /// it comes back.
    pub(super) fn drain(mut self) {
        self.frames.check_books().unwrap();
        while self.allocate(Owner::User) {}
        assert_eq!(self.frames.allocate(Owner::Table), Err(OutOfMemory));
        assert_eq!(self.frames.allocate_contiguous(1, 1, None, Owner::Device), Err(OutOfMemory));
        let books = &self.frames.backing.taken;
        let all: BTreeSet<_> = self.out.keys().chain(books).copied().collect();
        assert_eq!(all, self.ours);
        assert_eq!(self.frames.largest_free_run(), 0);
        self.frames.check_books().unwrap();
        let was_out = self.out.len() as u64;
        while !self.order.is_empty() {
            self.free_some(self.order.len() as u64 / 2);
        }
        assert_eq!(self.frames.statistics().free, was_out);
        self.frames.check_books().unwrap();
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

pub(super) fn churn(regions: &[(u64, u64)], operations: u32) {
    let mut model = Model::new(regions);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut growing = true;
    for _ in 0..operations {
        let (kind, value) = (random.next() % 64, random.next());
        match kind {
            0 => model.free_badly(value % (1 << 21), owner(value >> 32)),
            1 => model.free_badly(value, owner(value >> 32)),
            2 if value % 1024 == 0 => growing = !growing,
            2 if value % 1024 == 1 => model.frames.check_books().unwrap(),
            3 if value % 16 == 0 => {
                let (count, align) = ((value >> 32 & 31) + 1, 1 << (value >> 40 & 3));
                model.allocate_run(count, align, None, owner(value >> 48));
            }
            4 => model.pass_on(value),
            _ if (kind < 40) == growing => {
                growing &= model.allocate(owner(value));
            }
            _ => {
                model.free_some(value);
                growing |= model.out.is_empty();
            }
        }
    }
    model.drain();
}
