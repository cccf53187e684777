//! Writes PNG files (ISO/IEC 15948): a palette where the colours are few.

use harness::pixels::{Pixels, Rgb};
use miniz_oxide::deflate::compress_to_vec_zlib;

/// The strongest that there is: the pictures are made seldom and kept for long.
const LEVEL: u8 = 10;

/// The picture as a PNG file.
pub(crate) fn encode(pixels: &Pixels) -> Vec<u8> {
    let rows = || (0..pixels.height).map(|y| (0..pixels.width).map(move |x| pixels.at(x, y)));
    let mut palette: Vec<Rgb> = rows().flatten().collect();
    palette.sort_unstable();
    palette.dedup();
    let index = |colour: Rgb| palette.binary_search(&colour).unwrap_or_default() as u8;

    let mut data = Vec::new();
    let (depth, kind) = match palette.len() {
        0..=16 => {
            for row in rows() {
                data.push(0);
                let row: Vec<u8> = row.map(index).collect();
                data.extend(row.chunks(2).map(|two| two[0] << 4 | two.get(1).unwrap_or(&0)));
            }
            (4, 3)
        }
        17..=256 => {
            for row in rows() {
                data.push(0);
                data.extend(row.map(index));
            }
            (8, 3)
        }
        _ => {
            for row in rows() {
                data.push(0);
                data.extend(row.flatten());
            }
            (8, 2)
        }
    };

    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = Vec::new();
    header.extend((pixels.width as u32).to_be_bytes());
    header.extend((pixels.height as u32).to_be_bytes());
    header.extend([depth, kind, 0, 0, 0]);
    chunk(&mut file, *b"IHDR", &header);
    if kind == 3 {
        chunk(&mut file, *b"PLTE", palette.as_flattened());
    }
    chunk(&mut file, *b"IDAT", &compress_to_vec_zlib(&data, LEVEL));
    chunk(&mut file, *b"IEND", &[]);
    file
}

fn chunk(file: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    file.extend((data.len() as u32).to_be_bytes());
    let start = file.len();
    file.extend(name);
    file.extend(data);
    let sum = crc32(&file[start..]);
    file.extend(sum.to_be_bytes());
}

/// ISO 3309, as the standard's annex D computes it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            sum >> 1 ^ if sum & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}
