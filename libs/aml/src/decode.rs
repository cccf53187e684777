//! Bytes of AML to lengths, names, numbers and operators (ACPI 6.5, 20.2).
//!
//! A [`Reader`] is a position in a table's bytes and an end that it does not
//! pass. It allocates nothing and knows nothing of the namespace.

use crate::error::Fault;
use crate::name::{Path, is_lead_byte, is_name_byte};
use crate::opcode::Op;

/// A position in the bytes of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    pub(crate) at: usize,
    pub(crate) end: usize,
}

/// The first byte of an operator of two bytes.
const EXTENDED: u8 = 0x5B;
const DUAL_NAME: u8 = 0x2E;
const MULTI_NAME: u8 = 0x2F;

/// What begins at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// A name string.
    Name,
    /// An operator, whose code has been read.
    Op(Op),
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8], at: usize, end: usize) -> Self {
        Self { bytes, at, end: end.min(bytes.len()) }
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at >= self.end
    }

    pub(crate) fn peek(&self) -> Result<u8, Fault> {
        if self.is_at_end() {
            return Err(Fault::Truncated);
        }
        self.bytes.get(self.at).copied().ok_or(Fault::Truncated)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Fault> {
        let byte = self.peek()?;
        self.at = self.at.saturating_add(1);
        Ok(byte)
    }

    /// Takes so many bytes.
    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let end =
            self.at.checked_add(length).filter(|&end| end <= self.end).ok_or(Fault::Truncated)?;
        let bytes = self.bytes.get(self.at..end).ok_or(Fault::Truncated)?;
        self.at = end;
        Ok(bytes)
    }

    /// Takes all that is left.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        let bytes = self.bytes.get(self.at..self.end).unwrap_or_default();
        self.at = self.end;
        bytes
    }

    /// Reads a little-endian number of so many bytes.
    pub(crate) fn number(&mut self, length: usize) -> Result<u64, Fault> {
        let bytes = self.take(length)?;
        Ok(bytes.iter().rev().fold(0, |number, &byte| (number << 8) | u64::from(byte)))
    }

    /// Reads the bytes of a string, up to its zero.
    pub(crate) fn text(&mut self) -> Result<&'a [u8], Fault> {
        let rest = self.bytes.get(self.at..self.end).unwrap_or_default();
        let length = rest.iter().position(|&byte| byte == 0).ok_or(Fault::Truncated)?;
        let text = self.take(length)?;
        self.byte()?;
        Ok(text)
    }

    /// Reads a package's length (20.2.4), and returns where the package ends.
    pub(crate) fn package_end(&mut self) -> Result<usize, Fault> {
        let start = self.at;
        let length = self.length()?;
        let end = start.checked_add(length).ok_or(Fault::Truncated)?;
        if end < self.at || end > self.end {
            return Err(Fault::Truncated);
        }
        Ok(end)
    }

    /// Reads a length as packages and fields have it: one to four bytes.
    pub(crate) fn length(&mut self) -> Result<usize, Fault> {
        let lead = self.byte()?;
        let more = usize::from(lead >> 6);
        if more == 0 {
            return Ok(usize::from(lead & 0x3F));
        }
        let high = self.number(more)?;
        usize::try_from((high << 4) | u64::from(lead & 0x0F)).map_err(|_| Fault::Truncated)
    }

    /// Reads a name string (20.2.2).
    pub(crate) fn name(&mut self) -> Result<Path<'a>, Fault> {
        let root = self.peek()? == b'\\';
        if root {
            self.byte()?;
        }
        let mut parents = 0_u32;
        while self.peek()? == b'^' {
            self.byte()?;
            parents = parents.saturating_add(1);
        }
        let count = match self.peek()? {
            0 => {
                self.byte()?;
                0
            }
            DUAL_NAME => {
                self.byte()?;
                2
            }
            MULTI_NAME => {
                self.byte()?;
                usize::from(self.byte()?)
            }
            _ => 1,
        };
        let segs = self.take(count.saturating_mul(4))?;
        let fits = |seg: &[u8; 4]| {
            seg.first().is_some_and(|&lead| is_lead_byte(lead))
                && seg.iter().all(|&byte| is_name_byte(byte))
        };
        if segs.as_chunks::<4>().0.iter().all(fits) {
            Ok(Path { root, parents, segs })
        } else {
            Err(Fault::BadName)
        }
    }

    /// Reads what begins here: an operator's code is taken, a name is not.
    pub(crate) fn start(&mut self) -> Result<Start, Fault> {
        let first = self.peek()?;
        if is_lead_byte(first) || matches!(first, b'\\' | b'^' | DUAL_NAME | MULTI_NAME) {
            return Ok(Start::Name);
        }
        self.byte()?;
        let code = match first {
            EXTENDED => (u16::from(EXTENDED) << 8) | u16::from(self.byte()?),
            _ => u16::from(first),
        };
        Op::from_code(code).map(Start::Op).ok_or(Fault::BadOpcode(code))
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    fn reader(bytes: &[u8]) -> Reader<'_> {
        Reader::new(bytes, 0, bytes.len())
    }

    #[test]
    fn a_length_has_one_to_four_bytes() {
        for (bytes, length) in [
            (&[0x3F][..], 0x3F),
            (&[0x4F, 0x12], 0x12F),
            (&[0x81, 0x22, 0x33], 0x33221),
            (&[0xC4, 0x33, 0x22, 0x11], 0x1122334),
        ] {
            assert_eq!(reader(bytes).length(), Ok(length));
        }
        assert_eq!(reader(&[0xC0, 1]).length(), Err(Fault::Truncated));
    }

    #[test]
    fn a_package_ends_inside_what_encloses_it_and_behind_its_length() {
        assert_eq!(reader(&[0x02, 0]).package_end(), Ok(2));
        assert_eq!(reader(&[0x03, 0]).package_end(), Err(Fault::Truncated));
        assert_eq!(reader(&[0x00, 0]).package_end(), Err(Fault::Truncated));
    }

    #[test]
    fn names_have_prefixes_and_segments() {
        for (bytes, name) in [
            (&b"_SB_"[..], "_SB"),
            (b"\\\x00", "\\"),
            (b"^^\x00", "^^"),
            (b"^.PCI0_ADR", "^PCI0._ADR"),
            (b"\\/\x03_SB_PCI0ISA_", "\\_SB.PCI0.ISA"),
        ] {
            assert_eq!(reader(bytes).name().unwrap().to_string(), name);
        }
        assert_eq!(reader(b"_sb_").name(), Err(Fault::BadName));
        assert_eq!(reader(b"0ABC").name(), Err(Fault::BadName));
        assert_eq!(reader(b"./").name(), Err(Fault::Truncated));
    }
}
