//! Compression without a heap: a zlib stream of one DEFLATE block.
//!
//! The block uses the fixed codes of RFC 1951, section 3.2.6: a report of two
//! thousand characters gets a sixth larger than with codes of its own, and the
//! code stays a page long. Any zlib reads the result. The crates that compress
//! better want a heap, which a kernel that reports a fault has no more.

/// The longest input, in bytes; less than the 32 KiB that a match may go back.
pub const MOST_INPUT: usize = 8 * 1024;

/// The shortest and the longest match that the format knows.
const SHORTEST: usize = 3;
const LONGEST: usize = 258;
/// Places that are tried for the longest match.
const TRIES: usize = 64;
/// Lists of places; a power of two.
const LISTS: usize = 1024;

/// The symbol that ends a block.
const END: u16 = 256;

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeflateError {
    /// More than [`MOST_INPUT`] bytes.
    TooLong,
    /// The result does not fit.
    NoRoom,
}

/// Where each three bytes occurred: lists by their hash, the last place first.
#[derive(Debug)]
pub struct Compressor {
    /// One more than the place; 0 ends a list.
    heads: [u16; LISTS],
    previous: [u16; MOST_INPUT],
}

impl Compressor {
    /// Ready for use; 18 KiB, all zero.
    #[must_use]
    pub const fn new() -> Self {
        Self { heads: [0; LISTS], previous: [0; MOST_INPUT] }
    }

    /// Compresses `input` into `out` and returns how many bytes that took.
    ///
    /// # Errors
    ///
    /// [`DeflateError`], when one of the two is too long for the other.
    pub fn zlib(&mut self, input: &[u8], out: &mut [u8]) -> Result<usize, DeflateError> {
        if input.len() > MOST_INPUT {
            return Err(DeflateError::TooLong);
        }
        self.heads.fill(0);
        let mut bits = Bits { out, len: 0, held: 0, count: 0 };
        // RFC 1950: DEFLATE with a window of 32 KiB, compressed in a hurry.
        bits.bytes(&[0x78, 0x01])?;
        // The last block, with fixed codes.
        bits.put(0b011, 3)?;
        let mut at = 0;
        while let Some(&byte) = input.get(at) {
            let (length, distance) = self.longest_match(input, at);
            if length < SHORTEST {
                bits.symbol(byte.into())?;
                self.note(input, at);
                at += 1;
            } else {
                bits.length(length)?;
                bits.distance(distance)?;
                (at..at + length).for_each(|place| self.note(input, place));
                at += length;
            }
        }
        bits.symbol(END)?;
        bits.align()?;
        bits.bytes(&adler32(input).to_be_bytes())?;
        Ok(bits.len)
    }

    fn longest_match(&self, input: &[u8], at: usize) -> (usize, usize) {
        let here = input.get(at..).unwrap_or_default();
        let Some(mut next) = hash(here).and_then(|hash| self.heads.get(hash)) else {
            return (0, 0);
        };
        let (mut length, mut distance) = (0, 0);
        for _ in 0..TRIES {
            let Some(place) = usize::from(*next).checked_sub(1) else { break };
            let there = input.get(place..).unwrap_or_default();
            let same = here.iter().zip(there).take(LONGEST).take_while(|(a, b)| a == b).count();
            if same > length {
                (length, distance) = (same, at - place);
            }
            let Some(before) = self.previous.get(place) else { break };
            next = before;
        }
        (length, distance)
    }

    /// Puts the three bytes at `at` on their list.
    fn note(&mut self, input: &[u8], at: usize) {
        let head = hash(input.get(at..).unwrap_or_default());
        let head = head.and_then(|hash| self.heads.get_mut(hash));
        if let (Some(head), Some(previous)) = (head, self.previous.get_mut(at)) {
            *previous = core::mem::replace(head, at as u16 + 1);
        }
    }
}

impl Default for Compressor {
    fn default() -> Self {
        Self::new()
    }
}

/// The list of the first three of `bytes`.
fn hash(bytes: &[u8]) -> Option<usize> {
    let &[a, b, c] = bytes.first_chunk()?;
    let three = u32::from_le_bytes([a, b, c, 0]);
    Some((three.wrapping_mul(0x9e37_79b1) >> 22) as usize % LISTS)
}

/// RFC 1950, section 8.2.
fn adler32(bytes: &[u8]) -> u32 {
    const BASE: u32 = 65521;
    let step = |(a, b), &byte| {
        let a = (a + u32::from(byte)) % BASE;
        (a, (b + a) % BASE)
    };
    let (a, b) = bytes.iter().fold((1, 0), step);
    b << 16 | a
}

/// Writes bits, the lowest of a byte first.
struct Bits<'a> {
    out: &'a mut [u8],
    len: usize,
    /// Bits that are no byte yet, and how many.
    held: u32,
    count: u32,
}

impl Bits<'_> {
    fn put(&mut self, value: u32, width: u32) -> Result<(), DeflateError> {
        self.held |= value << self.count;
        self.count += width;
        while self.count >= 8 {
            self.bytes(&[self.held as u8])?;
            self.held >>= 8;
            self.count -= 8;
        }
        Ok(())
    }

    /// Fills the byte that was begun.
    fn align(&mut self) -> Result<(), DeflateError> {
        self.put(0, (8 - self.count) % 8)
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<(), DeflateError> {
        let end = self.len + bytes.len();
        self.out.get_mut(self.len..end).ok_or(DeflateError::NoRoom)?.copy_from_slice(bytes);
        self.len = end;
        Ok(())
    }

    /// A Huffman code: its highest bit first.
    fn code(&mut self, code: u16, width: u32) -> Result<(), DeflateError> {
        self.put(u32::from(code.reverse_bits()) >> (16 - width), width)
    }

    /// A byte, the end, or the kind of a length.
    fn symbol(&mut self, symbol: u16) -> Result<(), DeflateError> {
        match symbol {
            0..144 => self.code(0x30 + symbol, 8),
            144..256 => self.code(0x190 + symbol - 144, 9),
            256..280 => self.code(symbol - 256, 7),
            _ => self.code(0xc0 + symbol - 280, 8),
        }
    }

    /// RFC 1951, section 3.2.5: four kinds for each number of extra bits.
    fn length(&mut self, length: usize) -> Result<(), DeflateError> {
        if length == LONGEST {
            return self.symbol(285);
        }
        let n = length.saturating_sub(SHORTEST) as u32;
        let extra = if n < 4 { 0 } else { n.ilog2() - 2 };
        let kind = if n < 4 { 257 + n } else { 261 + 4 * extra + (n >> extra & 3) };
        self.symbol(kind as u16)?;
        self.put(n & ((1 << extra) - 1), extra)
    }

    /// The same, two kinds for each.
    fn distance(&mut self, distance: usize) -> Result<(), DeflateError> {
        let n = distance.saturating_sub(1) as u32;
        let extra = if n < 4 { 0 } else { n.ilog2() - 1 };
        let kind = if n < 4 { n } else { 2 + 2 * extra + (n >> extra & 1) };
        self.code(kind as u16, 5)?;
        self.put(n & ((1 << extra) - 1), extra)
    }
}
