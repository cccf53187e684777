//! A short text of fixed room: for names and messages where there is no heap.

use core::fmt;

/// UTF-8 text of at most `N` bytes. What does not fit is cut off, at a
/// character's border, and `is_cut` remembers it.
#[derive(Clone, Copy)]
pub struct Text<const N: usize> {
    bytes: [u8; N],
    len: usize,
    cut: bool,
}

impl<const N: usize> Text<N> {
    /// An empty text.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: [0; N], len: 0, cut: false }
    }

    /// What `value` shows as.
    #[must_use]
    pub fn of(value: impl fmt::Display) -> Self {
        let mut text = Self::new();
        // What does not fit is cut; there is no other error.
        let _ = fmt::Write::write_fmt(&mut text, format_args!("{value}"));
        text
    }

    /// The bytes as text; each byte that is not printable ASCII becomes `?`.
    /// For strings from firmware and loaders, whose encoding nobody promises.
    #[must_use]
    pub fn from_untrusted(bytes: &[u8]) -> Self {
        let mut text = Self::new();
        for &byte in bytes {
            let printable = byte == b' ' || byte.is_ascii_graphic();
            text.push(if printable { byte as char } else { '?' });
        }
        text
    }

    /// Makes it empty again.
    pub const fn clear(&mut self) {
        (self.len, self.cut) = (0, false);
    }

    /// Appends `c` if it fits.
    pub fn push(&mut self, c: char) {
        let mut buffer = [0; 4];
        self.push_str(c.encode_utf8(&mut buffer));
    }

    fn push_str(&mut self, s: &str) {
        // Once cut, nothing is appended: a text with a hole would lie.
        let room = if self.cut { 0 } else { N - self.len };
        let taken = s.get(..s.floor_char_boundary(room)).unwrap_or_default();
        let end = self.len + taken.len();
        if let Some(place) = self.bytes.get_mut(self.len..end) {
            place.copy_from_slice(taken.as_bytes());
            self.len = end;
        }
        self.cut |= taken.len() < s.len();
    }

    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.len).unwrap_or_default();
        core::str::from_utf8(bytes).unwrap_or_default()
    }

    /// Bytes that still fit.
    #[must_use]
    pub const fn room(&self) -> usize {
        N - self.len
    }

    /// Whether something did not fit.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        self.cut
    }
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> fmt::Write for Text<N> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        self.push_str(s);
        Ok(())
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::Text;
    use core::fmt::Write;

    #[test]
    fn keeps_what_fits_and_cuts_at_a_character() {
        let mut text = Text::<4>::new();
        write!(text, "ab\u{20ac}").unwrap();
        assert_eq!(text.as_str(), "ab");
        assert!(text.is_cut());
        text.push('c');
        assert_eq!(text.as_str(), "ab");
    }

    #[test]
    fn untrusted_bytes_become_printable() {
        let text = Text::<16>::from_untrusted(b"a b\x1b[2J\xff");
        assert_eq!(text.as_str(), "a b?[2J?");
    }
}
