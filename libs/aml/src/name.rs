//! Names: segments of four characters, and paths made of them.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// A name segment: four characters, padded with `_` (ACPI 6.5, 20.2.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seg(pub [u8; 4]);

impl Seg {
    /// The name of the root node, which AML cannot spell.
    pub(crate) const ROOT: Self = Self(*b"\\___");

    /// Reads a segment of up to four characters, padding it.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut bytes = [b'_'; 4];
        let mut places = bytes.iter_mut();
        if text.is_empty() {
            return None;
        }
        for (position, byte) in text.bytes().enumerate() {
            let byte = byte.to_ascii_uppercase();
            if !is_name_byte(byte) || (position == 0 && byte.is_ascii_digit()) {
                return None;
            }
            *places.next()? = byte;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Seg {
    /// Writes the segment as ASL does: without the `_` that pad it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let used =
            self.0.iter().rposition(|&byte| byte != b'_').map_or(1, |last| last.saturating_add(1));
        for &byte in self.0.iter().take(used) {
            match byte {
                0x21..=0x7E => write!(f, "{}", char::from(byte))?,
                _ => write!(f, "?")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Seg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A byte that a name segment may begin with.
pub(crate) fn is_lead_byte(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte == b'_'
}

/// A byte that a name segment may have.
pub(crate) fn is_name_byte(byte: u8) -> bool {
    is_lead_byte(byte) || byte.is_ascii_digit()
}

/// A path as AML writes it: from the root, or so many parents up, then segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Path<'a> {
    /// The path begins at the root.
    pub(crate) root: bool,
    /// Parents to go up before the first segment.
    pub(crate) parents: u32,
    /// The segments, four bytes each.
    pub(crate) segs: &'a [u8],
}

impl<'a> Path<'a> {
    /// Iterates over the segments.
    pub(crate) fn segs(&self) -> impl ExactSizeIterator<Item = Seg> + use<'a> {
        self.segs.as_chunks::<4>().0.iter().map(|bytes| Seg(*bytes))
    }

    /// The path of a single segment: the only kind that is searched upwards.
    pub(crate) fn single(&self) -> Option<Seg> {
        let mut segs = self.segs();
        let first = segs.next()?;
        (!self.root && self.parents == 0 && segs.next().is_none()).then_some(first)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.root {
            write!(f, "\\")?;
        }
        for _ in 0..self.parents {
            write!(f, "^")?;
        }
        for (position, seg) in self.segs().enumerate() {
            let dot = if position > 0 { "." } else { "" };
            write!(f, "{dot}{seg}")?;
        }
        Ok(())
    }
}

/// A path that was read from text, such as `\_SB.PCI0._STA`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PathText {
    root: bool,
    parents: u32,
    segs: Vec<u8>,
}

impl PathText {
    /// Reads a path as ASL writes it; segments may be shorter than four characters.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (root, rest) = match text.strip_prefix('\\') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let relative = rest.trim_start_matches('^');
        let parents = u32::try_from(rest.len().checked_sub(relative.len())?).ok()?;
        let mut segs = Vec::new();
        if !relative.is_empty() {
            for seg in relative.split('.') {
                segs.extend_from_slice(&Seg::from_text(seg)?.0);
            }
        }
        (root || parents > 0 || !segs.is_empty()).then_some(Self { root, parents, segs })
    }

    /// The path, as the namespace takes it.
    pub(crate) fn as_path(&self) -> Path<'_> {
        Path { root: self.root, parents: self.parents, segs: &self.segs }
    }
}

/// Writes segments, root first, as a path from the root.
pub(crate) fn absolute(segs: impl Iterator<Item = Seg>) -> String {
    use core::fmt::Write as _;
    let mut text = String::from("\\");
    for (position, seg) in segs.enumerate() {
        let dot = if position > 0 { "." } else { "" };
        let _infallible = write!(text, "{dot}{seg}");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn text_becomes_a_path_and_back() {
        for text in ["\\", "\\_SB.PCI0._STA", "^^FOO", "A", "\\^X"] {
            assert_eq!(PathText::parse(text).unwrap().as_path().to_string(), text);
        }
        for text in ["", ".", "A.", "TOOLONG", "1AB", "A B"] {
            assert_eq!(PathText::parse(text), None, "{text}");
        }
    }

    #[test]
    fn only_a_lone_segment_is_searched_upwards() {
        let single = |text| PathText::parse(text).unwrap().as_path().single();
        assert_eq!(single("_ADR"), Some(Seg(*b"_ADR")));
        assert_eq!(single("^_ADR"), None);
        assert_eq!(single("\\_ADR"), None);
        assert_eq!(single("A.B"), None);
    }
}
