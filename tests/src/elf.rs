//! Makes kernels that ask Limine the wrong question, by flipping one bit of a request.
//!
//! A request is found in the file by its ID, which the protocol fixes. With one
//! bit changed no loader knows it, and it stays unanswered.

use crate::{Failure, Outcome};

/// A Limine request, by the two words of its ID that are its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request(pub [u64; 2]);

/// The higher-half direct map: where the loader mapped RAM.
pub const HHDM: Request = Request([0x48dc_f1cb_8ad2_b852, 0x6398_4e95_9a98_244b]);
/// The memory map.
pub const MEMORY_MAP: Request = Request([0x67cf_3d9d_378a_806f, 0xe304_acdf_c50c_3c62]);
/// The framebuffer.
pub const FRAMEBUFFER: Request = Request([0x9d58_27dc_d881_dd75, 0xa314_8604_f6fa_b11b]);
/// The ACPI root pointer.
pub const RSDP: Request = Request([0xc5e7_7b6b_397e_7b43, 0x2763_7845_accd_cf3c]);

/// A copy of a kernel in which one request has an unknown ID.
///
/// # Errors
/// If the request is not in the file exactly once.
pub fn without(kernel: &[u8], request: Request) -> Outcome<Vec<u8>> {
    let id: Vec<u8> = request.0.iter().flat_map(|word| word.to_le_bytes()).collect();
    let places: Vec<usize> =
        kernel.windows(id.len()).enumerate().filter(|(_, w)| *w == id).map(|(at, _)| at).collect();
    let [place] = places[..] else {
        let count = places.len();
        return Err(Failure::new(format!("request {:x?} is in the kernel {count} times", request.0)));
    };
    let mut changed = kernel.to_vec();
    changed[place + id.len() - 1] ^= 1;
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::{HHDM, without};

    #[test]
    fn exactly_one_bit_changes() {
        let mut file = vec![0; 64];
        for (index, word) in HHDM.0.iter().enumerate() {
            file[16 + index * 8..][..8].copy_from_slice(&word.to_le_bytes());
        }
        let changed = without(&file, HHDM).unwrap();
        let bits: u32 = file.iter().zip(&changed).map(|(a, b)| (a ^ b).count_ones()).sum();
        assert_eq!(bits, 1);
        assert!(without(&changed, HHDM).is_err());
    }
}
