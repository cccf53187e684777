//! What the kernel asks for: the requests in the writable part of its image.
//!
//! A request is `id: [u64; 4], revision, response` and its own fields, on an
//! 8-byte boundary; the first half of the id is the same for all.

use crate::Result;

/// The half of a request's id that is its own.
pub(crate) type Id = [u64; 2];

pub(crate) const STACK_SIZE: Id = [0x224e_f046_0a8e_8926, 0xe1cb_0fc2_5f46_ea3d];
pub(crate) const PAGING_MODE: Id = [0x95c1_a0ed_ab09_44cb, 0xa4e5_cb38_42f7_488a];

const COMMON: [u64; 2] = [0xc7b1_dd30_df4c_8b88, 0x0a82_e883_a194_f07b];
const REVISION: [u64; 2] = [0xf956_2b2d_5c95_a6c8, 0x6a7b_3849_4453_6bdc];
const START: [u64; 4] =
    [0xf6b8_f4b3_9de7_d1ae, 0xfab9_1a69_40fc_b9cf, 0x785c_6ed0_15d3_e316, 0x181e_920a_7852_b9d9];
const END: [u64; 2] = [0xadc0_e053_1bb1_0d03, 0x9572_709f_3176_4c62];

/// The base revisions that the shim stands for: for x86-64 they differ in the
/// state at entry alone, and the latest is the strictest.
const OLDEST: u64 = 4;
const LATEST: u64 = 6;

/// The part of the image that the kernel's markers bound.
pub(crate) struct Requests(&'static mut [u64]);

impl Requests {
    /// Finds the requests, and settles the base revision and the paging mode.
    pub(crate) fn find(image: &'static mut [u64]) -> Result<Self> {
        let start = (0..image.len()).rev().find(|&index| is_at(image, index, &START)).unwrap_or(0);
        let bounded = &mut image[start..];
        let end = position(bounded, 0, &END).unwrap_or(bounded.len());
        let mut requests = Self(&mut bounded[..end]);

        let tag =
            position(requests.0, 0, &REVISION).and_then(|at| requests.0.get_mut(at + 1..at + 3));
        match tag {
            // The revision in use, and whether it is the one that was asked for.
            Some([used, asked]) if *asked >= OLDEST => {
                *used = LATEST.min(*asked);
                *asked = if *asked <= LATEST { 0 } else { *asked };
            }
            _ => return Err(c"the kernel asks for a base revision of the Limine protocol below 4"),
        }
        match requests.get(PAGING_MODE)? {
            // From request revision 1 on, the last field is the least mode.
            Some(&mut [revision, _, _, _, least, ..]) if revision > 0 && least > 0 => {
                Err(c"the kernel insists on 5-level paging")
            }
            _ => Ok(requests),
        }
    }

    /// A request from its revision on (`[revision, response, fields..]`), if the
    /// kernel makes it.
    pub(crate) fn get(&mut self, id: Id) -> Result<Option<&mut [u64]>> {
        let magic = [COMMON[0], COMMON[1], id[0], id[1]];
        let Some(first) = position(self.0, 0, &magic) else { return Ok(None) };
        match position(self.0, first + 1, &magic) {
            None => Ok(self.0.get_mut(first + magic.len()..)),
            Some(_) => Err(c"the kernel makes the same request twice"),
        }
    }

    /// The stack that the kernel asks for, in bytes; 0 if it does not.
    pub(crate) fn stack_bytes(&mut self) -> Result<u64> {
        Ok(self.get(STACK_SIZE)?.and_then(|request| request.get(2).copied()).unwrap_or(0))
    }
}

fn is_at(words: &[u64], index: usize, magic: &[u64]) -> bool {
    words[index] == magic[0] && words[index..].starts_with(magic)
}

fn position(words: &[u64], from: usize, magic: &[u64]) -> Option<usize> {
    (from..words.len()).find(|&index| is_at(words, index, magic))
}
