//! A line of text in a fixed buffer, always valid UTF-8.

use core::ops::Range;

/// The most bytes that a line may have.
pub const MAX_BYTES: usize = 512;

/// The buffer has no room for the character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

/// Positions are byte offsets that lie between characters; a call with any
/// other one changes nothing.
#[derive(Clone)]
pub(super) struct Line {
    bytes: [u8; MAX_BYTES],
    len: usize,
}

impl Line {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; MAX_BYTES], len: 0 }
    }

    pub(super) fn as_str(&self) -> &str {
        self.bytes.get(..self.len).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn clear(&mut self) {
        self.len = 0;
    }

    /// Replaces the line; text that does not fit is left out whole.
    pub(super) fn set(&mut self, text: &str) {
        self.len = 0;
        if let Some(room) = self.bytes.get_mut(..text.len()) {
            room.copy_from_slice(text.as_bytes());
            self.len = text.len();
        }
    }

    /// Adds `ch` at `at`.
    pub(super) fn insert(&mut self, at: usize, ch: char) -> Result<(), Full> {
        let mut bytes = [0; 4];
        let ch = ch.encode_utf8(&mut bytes).as_bytes();
        let len = self.len + ch.len();
        if len > MAX_BYTES || (at < self.len && !self.as_str().is_char_boundary(at)) {
            return Err(Full);
        }
        self.bytes.copy_within(at..self.len, at + ch.len());
        self.bytes.get_mut(at..at + ch.len()).ok_or(Full)?.copy_from_slice(ch);
        self.len = len;
        Ok(())
    }

    pub(super) fn remove(&mut self, range: Range<usize>) {
        if self.as_str().get(range.clone()).is_some() {
            self.bytes.copy_within(range.end..self.len, range.start);
            self.len -= range.len();
        }
    }

    /// Where the character left of `at` begins; `at` itself at the start.
    pub(super) fn before(&self, at: usize) -> usize {
        let left = self.as_str().get(..at).unwrap_or_default();
        at - left.chars().next_back().map_or(0, char::len_utf8)
    }

    /// Where the character at `at` ends; `at` itself at the end.
    pub(super) fn after(&self, at: usize) -> usize {
        let right = self.as_str().get(at..).unwrap_or_default();
        at + right.chars().next().map_or(0, char::len_utf8)
    }

    /// Where the word left of `at` begins, with the spaces between them.
    pub(super) fn word_before(&self, at: usize) -> usize {
        let left = self.as_str().get(..at).unwrap_or_default().trim_end();
        left.rfind(char::is_whitespace).map_or(0, |space| self.after(space))
    }

    /// Where the name left of `at` begins: letters and digits, and whatever else
    /// lies between them and `at`.
    pub(super) fn name_before(&self, at: usize) -> usize {
        let left = self.as_str().get(..at).unwrap_or_default();
        let left = left.trim_end_matches(|c: char| !c.is_alphanumeric());
        left.trim_end_matches(char::is_alphanumeric).len()
    }

    /// Where the name right of `at` ends.
    pub(super) fn name_after(&self, at: usize) -> usize {
        let right = self.as_str().get(at..).unwrap_or_default();
        let rest = right.trim_start_matches(|c: char| !c.is_alphanumeric());
        self.len - rest.trim_start_matches(char::is_alphanumeric).len()
    }

    /// How many characters, and so columns, lie before `at`.
    pub(super) fn columns(&self, at: usize) -> usize {
        let bytes = self.bytes.get(..at.min(self.len)).unwrap_or_default();
        bytes.iter().filter(|byte| !is_continuation(**byte)).count()
    }
}

/// UTF-8: not the first byte of its character.
const fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}
