//! A drive whose data are in QEMU's memory: a `cloop` image of a single block.
//!
//! QEMU unpacks a block of such an image when it is first read and keeps it, so
//! that every later read is answered before the next USB frame. SeaBIOS on USB 1
//! needs that. It keeps 16 transfer descriptors in a ring; the links around the
//! ring carry the flag "depth first", the one that leads into it does not. QEMU's
//! UHCI (seen in 7.2) takes link and flag together for the descriptor's address:
//! while it waits for data it queues the first one twice, and 64 bytes land in the
//! wrong place or are lost. SeaBIOS then gives up after 5 s; GRUB and Limine 8 try
//! again, Limine 12 stops with "failed to read file data". A drive in a file makes
//! QEMU wait three to five times a boot on a busy host.
//!
//! With `maxframes=1` QEMU's UHCI does one frame at a time even when the host was
//! away, and hands over data in between.
//!
//! ```text
//! 0     a script, which QEMU does not read
//! 128   u32  bytes of a block      all fields big-endian
//! 132   u32  blocks                1
//! 136   u64  start of the block    152
//! 144   u64  its end
//! 152   the block: a zlib stream
//! ```

use crate::{Outcome, ensure};

/// Bytes before the block.
const HEADER: usize = 152;
/// QEMU's largest block, in bytes.
const BLOCK_MAX: usize = 64 << 20;

/// Returns the `cloop` image of the drive `data`.
///
/// # Errors
/// If `data` are no whole sectors, or more than a block may have.
pub(crate) fn packed(data: &[u8]) -> Outcome<Vec<u8>> {
    ensure(data.len().is_multiple_of(512) && data.len() <= BLOCK_MAX, || {
        format!("{} bytes are no block of whole sectors", data.len())
    })?;
    let stream = miniz_oxide::deflate::compress_to_vec_zlib(data, 0);
    let mut image = vec![0; 128];
    image.extend((data.len() as u32).to_be_bytes());
    image.extend(1_u32.to_be_bytes());
    image.extend((HEADER as u64).to_be_bytes());
    image.extend(((HEADER + stream.len()) as u64).to_be_bytes());
    image.extend(stream);
    Ok(image)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drive_is_one_block() {
        let drive: Vec<u8> = (0..200 * 512).map(|place| (place / 512) as u8).collect();
        let image = packed(&drive).expect("whole sectors");
        assert_eq!(image[128..136], [0, 1, 0x90, 0, 0, 0, 0, 1]);
        assert_eq!(image[136..144], 152_u64.to_be_bytes());
        assert_eq!(image[144..152], (image.len() as u64).to_be_bytes());
        let unpacked = miniz_oxide::inflate::decompress_to_vec_zlib(&image[HEADER..]);
        assert_eq!(unpacked.expect("a zlib stream"), drive);
    }

    #[test]
    fn what_is_no_drive_is_refused() {
        assert!(packed(&[0; 511]).is_err());
        assert!(packed(&vec![0; BLOCK_MAX + 512]).is_err());
    }
}
