//! A report as the text of a QR code.
//!
//! ```text
//!   VH1:6BFOXN*TS0BI$ZD4N9...
//!   │   └── Base45 (RFC 9285) of a zlib stream (RFC 1950) of the report, UTF-8
//!   └────── the format and its version
//! ```
//!
//! Base45 uses the 45 characters of a QR code's alphanumeric mode, where three
//! take 16.5 bits: two bytes cost half a bit more than in binary mode, but what
//! a telephone reads is a text that can be sent and pasted. Binary mode shows as
//! rubbish there. Nothing here takes a lock or the heap.

mod deflate;

pub use deflate::{Compressor, DeflateError, MOST_INPUT};

/// What the text begins with.
pub const PREFIX: &str = "VH1:";
/// What the largest QR code holds: version 40, the lowest error correction.
pub const MOST_CHARS: usize = 4296;
/// Said at the end of a report that did not fit.
pub const CUT: &str = "[cut: the code has no room for more]\n";

const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
/// How often a shorter report is tried; each halves what is uncertain.
const ROUNDS: usize = 12;

/// Room to work in, 33 KiB: a static, because stacks are small.
#[derive(Debug)]
pub struct Workshop {
    compressor: Compressor,
    shorter: [u8; MOST_INPUT],
    squeezed: [u8; bytes_in(MOST_CHARS)],
    text: [u8; MOST_CHARS],
}

impl Workshop {
    /// Ready for use; all zero.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            compressor: Compressor::new(),
            shorter: [0; MOST_INPUT],
            squeezed: [0; bytes_in(MOST_CHARS)],
            text: [0; MOST_CHARS],
        }
    }

    /// `report` as a text of at most `most` characters. When it is too long,
    /// lines are left out at the end, and [`CUT`] says so. `None` where not even
    /// one line fits.
    pub fn pack(&mut self, report: &str, most: usize) -> Option<&str> {
        let most = bytes_in(most.min(MOST_CHARS));
        let room = self.squeezed.get_mut(..most)?;
        let len = match self.compressor.zlib(report.as_bytes(), room) {
            Ok(len) => len,
            Err(_) => self.pack_shorter(report, most)?,
        };
        write_text(self.squeezed.get(..len)?, &mut self.text)
    }

    /// Finds how many lines fit.
    fn pack_shorter(&mut self, report: &str, most: usize) -> Option<usize> {
        let (mut fits, mut too_long) = (0_usize, report.len());
        for _ in 0..ROUNDS {
            let middle = fits.midpoint(too_long);
            match self.squeeze_first(report, middle, most) {
                Some(_) => fits = middle,
                None => too_long = middle,
            }
        }
        self.squeeze_first(report, fits, most)
    }

    /// Compresses the lines that end within the first `len` bytes.
    fn squeeze_first(&mut self, report: &str, len: usize, most: usize) -> Option<usize> {
        let bytes = report.as_bytes().get(..len)?;
        let len = bytes.iter().rposition(|byte| *byte == b'\n')? + 1;
        let end = len + CUT.len();
        self.shorter.get_mut(..len)?.copy_from_slice(bytes.get(..len)?);
        self.shorter.get_mut(len..end)?.copy_from_slice(CUT.as_bytes());
        let room = self.squeezed.get_mut(..most)?;
        self.compressor.zlib(self.shorter.get(..end)?, room).ok()
    }
}

impl Default for Workshop {
    fn default() -> Self {
        Self::new()
    }
}

/// How many bytes a text of `chars` characters carries.
const fn bytes_in(chars: usize) -> usize {
    chars.saturating_sub(PREFIX.len()) / 3 * 2
}

/// The prefix, then `bytes` in Base45.
fn write_text<'a>(bytes: &[u8], out: &'a mut [u8]) -> Option<&'a str> {
    let mut len = 0;
    let mut put = |byte| {
        *out.get_mut(len)? = byte;
        len += 1;
        Some(())
    };
    for &byte in PREFIX.as_bytes() {
        put(byte)?;
    }
    for pair in bytes.chunks(2) {
        // Two bytes become three digits, one becomes two, the lowest first.
        let mut value = pair.iter().fold(0, |value, byte| value << 8 | usize::from(*byte));
        for _ in 0..=pair.len() {
            put(ALPHABET[value % 45])?;
            value /= 45;
        }
    }
    core::str::from_utf8(out.get(..len)?).ok()
}

#[cfg(test)]
mod tests;
