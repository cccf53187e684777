//! What the kernel asks for: the requests in its loaded image.
//!
//! A request is `id: [u64; 4], revision, response` and its own fields, on an
//! 8-byte boundary; the first half of the id is the same for all.

use crate::elf::Kernel;
use crate::refusal::Refusal;

/// The half of a request's id that is its own.
pub(crate) type Id = [u64; 2];

const START: [u64; 4] = [0xf6b8_f4b3_9de7_d1ae, 0xfab9_1a69_40fc_b9cf, 0x785c_6ed0_15d3_e316, 0x181e_920a_7852_b9d9];
const END: [u64; 2] = [0xadc0_e053_1bb1_0d03, 0x9572_709f_3176_4c62];
const COMMON: [u64; 2] = [0xc7b1_dd30_df4c_8b88, 0x0a82_e883_a194_f07b];
const REVISION: [u64; 2] = [0xf956_2b2d_5c95_a6c8, 0x6a7b_3849_4453_6bdc];
pub(crate) const STACK_SIZE: Id = [0x224e_f046_0a8e_8926, 0xe1cb_0fc2_5f46_ea3d];
pub(crate) const PAGING_MODE: Id = [0x95c1_a0ed_ab09_44cb, 0xa4e5_cb38_42f7_488a];

/// The base revisions that the shim keeps the promises of: they are the same
/// for x86-64, but for the state at entry, where the latest is the strictest.
const REVISIONS: core::ops::RangeInclusive<u64> = 4..=6;
const MAX_REQUESTS: usize = 32;

pub(crate) struct Requests {
    image: &'static mut [u64],
    /// Indices into the image, and how many.
    found: [usize; MAX_REQUESTS],
    count: usize,
    revision: Option<usize>,
}

impl Requests {
    /// Searches what the file filled of the image (zeroes hold no request), and
    /// settles the base revision and the paging mode.
    pub(crate) fn find(image: &'static mut [u64], kernel: &Kernel) -> Result<Self, Refusal> {
        let mut requests = Self { image, found: [0; MAX_REQUESTS], count: 0, revision: None };
        'all: for segment in kernel.segments() {
            let first = ((segment.address - kernel.base()) / 8) as usize;
            for index in first..first + segment.file.len().div_ceil(8) {
                match requests.image[index] {
                    // What came before a start marker does not count.
                    word if word == START[0] && requests.is_at(index, &START) => {
                        (requests.count, requests.revision) = (0, None);
                    }
                    word if word == END[0] && requests.is_at(index, &END) => break 'all,
                    word if word == REVISION[0] && requests.is_at(index, &REVISION) => {
                        requests.revision = Some(index);
                    }
                    word if word == COMMON[0] && requests.is_at(index, &COMMON) => requests.add(index)?,
                    _ => {}
                }
            }
        }
        requests.settle_revision()?;
        requests.settle_paging_mode()?;
        Ok(requests)
    }

    fn is_at(&self, index: usize, magic: &[u64]) -> bool {
        self.image[index..].starts_with(magic)
    }

    fn add(&mut self, index: usize) -> Result<(), Refusal> {
        let id = |index: usize| self.image.get(index + 2..index + 4);
        let same = |&other: &usize| id(other) == id(index);
        if self.found[..self.count].iter().any(same) {
            return Err(Refusal::DoubleRequest { id: self.image.get(index + 2).copied().unwrap_or(0) });
        }
        *self.found.get_mut(self.count).ok_or(Refusal::TooManyRequests)? = index;
        self.count += 1;
        Ok(())
    }

    /// Writes into the tag which revision is used, and whether it is the one
    /// that was asked for.
    fn settle_revision(&mut self) -> Result<(), Refusal> {
        let tag = self.revision.and_then(|index| self.image.get_mut(index..index + 3));
        let Some([_, used, asked]) = tag else {
            return Err(Refusal::OldRevision { revision: 0 });
        };
        if *asked < *REVISIONS.start() {
            return Err(Refusal::OldRevision { revision: *asked });
        }
        *used = (*asked).min(*REVISIONS.end());
        if REVISIONS.contains(asked) {
            *asked = 0;
        }
        Ok(())
    }

    /// A kernel may insist on a least paging mode from request revision 1 on.
    fn settle_paging_mode(&mut self) -> Result<(), Refusal> {
        match (self.field(PAGING_MODE, 4), self.field(PAGING_MODE, 8)) {
            (Some(revision), Some(least)) if revision >= 1 && least > 0 => Err(Refusal::FiveLevelPaging),
            _ => Ok(()),
        }
    }

    /// The stack that the kernel asks for, in bytes.
    pub(crate) fn stack_bytes(&self) -> Option<u64> {
        self.field(STACK_SIZE, 6)
    }

    fn position(&self, id: Id) -> Option<usize> {
        self.found[..self.count].iter().copied().find(|&index| self.is_at(index + 2, &id))
    }

    /// The word at a place in a request.
    fn field(&self, id: Id, place: usize) -> Option<u64> {
        self.image.get(self.position(id)? + place).copied()
    }

    /// Where a request wants the address of its answer, if it is made.
    pub(crate) fn response(&mut self, id: Id) -> Option<&mut u64> {
        self.position(id).and_then(|index| self.image.get_mut(index + 5))
    }
}
