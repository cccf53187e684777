//! Names in few bytes.
//!
//! The names of a kernel repeat each other: `valhalla::`, `::commands::`. So a
//! name is a row of codes. Those below 128 are ASCII characters; each of the
//! others stands for two codes, which may stand for two again (byte pair
//! encoding, P. Gage, 1994). Unpacking needs a small stack and writes character
//! after character; no text of its own is kept.

use core::fmt::{self, Write};

/// Codes that stand for two others.
pub const PAIRS: usize = 128;
/// Bytes of the table of pairs.
pub const PAIR_BYTES: usize = 2 * PAIRS;
/// How deep pairs of pairs may lie; the packer keeps to it.
pub const DEPTH: usize = 24;
/// Characters of the longest name. It ends hostile tables, not real names.
pub const LONGEST: usize = 1024;

/// A packed name; shows as what it says, cut after `LONGEST` characters.
#[derive(Clone, Copy, Debug)]
pub struct Packed<'a> {
    codes: &'a [u8],
    pairs: &'a [u8],
}

impl<'a> Packed<'a> {
    /// The name that `codes` are for; `pairs` has two bytes for each code from
    /// 128 on.
    #[must_use]
    pub const fn new(codes: &'a [u8], pairs: &'a [u8]) -> Self {
        Self { codes, pairs }
    }

    /// Its characters.
    pub fn chars(&self) -> impl Iterator<Item = char> + 'a {
        let Self { codes, pairs } = *self;
        let mut room = LONGEST;
        codes.iter().flat_map(move |code| Unpack::new(*code, pairs)).take_while(move |_| {
            room = room.saturating_sub(1);
            room > 0
        })
    }

    /// Whether the name begins with `text`.
    #[must_use]
    pub fn starts_with(&self, text: &str) -> bool {
        let mut chars = self.chars();
        text.chars().all(|expected| chars.next() == Some(expected))
    }
}

impl PartialEq<str> for Packed<'_> {
    fn eq(&self, text: &str) -> bool {
        self.chars().eq(text.chars())
    }
}

impl fmt::Display for Packed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chars().try_for_each(|c| f.write_char(c))
    }
}

/// The characters that one code stands for.
struct Unpack<'a> {
    pairs: &'a [u8],
    stack: [u8; DEPTH],
    len: usize,
}

impl<'a> Unpack<'a> {
    fn new(code: u8, pairs: &'a [u8]) -> Self {
        let mut stack = [0; DEPTH];
        stack[0] = code;
        Self { pairs, stack, len: 1 }
    }

    fn push(&mut self, code: u8) -> Option<()> {
        *self.stack.get_mut(self.len)? = code;
        self.len += 1;
        Some(())
    }
}

impl Iterator for Unpack<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        // Each turn goes one pair deeper, and too deep ends it.
        loop {
            self.len = self.len.checked_sub(1)?;
            let code = *self.stack.get(self.len)?;
            let Some(pair) = code.checked_sub(128) else {
                let printable = code == b' ' || code.is_ascii_graphic();
                return Some(if printable { char::from(code) } else { '?' });
            };
            let at = 2 * usize::from(pair);
            let (left, right) = (*self.pairs.get(at)?, *self.pairs.get(at + 1)?);
            self.push(right)?;
            self.push(left)?;
        }
    }
}
