//! AML code without what the interpreter that we use cannot do.
//!
//! It panics at `Store (value, Index (object, number))`. So each such store becomes
//! the call of a helper, `HELP (value, object, number)`, which does it another way.
//! And it takes a local that is counted up or down for something else than a number,
//! but adds to it:
//!
//! ```text
//! 70 value 88 object number 00    ->    HELP value object number
//! 75 local                        ->    72 local 01 local
//! ```
//!
//! What surrounds it, If, Else and While, gets new lengths. Code with anything in
//! it that is not known here is left as it is. Encoding: ACPI 6.5, chapter 20.

use alloc::string::String;
use alloc::vec::Vec;

/// Blocks and operands in each other: more is not code that anybody wrote.
const DEPTH: usize = 64;

/// The code of a method with each store into an element as a call of `helper`, and
/// additions for counting; `None` where there is neither, or where something is
/// not understood.
///
/// `arguments` says how many arguments the object of a name takes: 0 for all that
/// is no method.
#[must_use]
pub fn call_for_stores(
    code: &[u8],
    helper: [u8; 4],
    arguments: &dyn Fn(&str) -> usize,
) -> Option<Vec<u8>> {
    let mut writer =
        Writer { code, at: 0, out: Vec::with_capacity(code.len()), helper, arguments, found: 0 };
    writer.list(code.len(), 0)?;
    (writer.found > 0).then_some(writer.out)
}

/// Reads code and writes what it becomes.
struct Writer<'a> {
    code: &'a [u8],
    at: usize,
    out: Vec<u8>,
    helper: [u8; 4],
    arguments: &'a dyn Fn(&str) -> usize,
    /// What was replaced.
    found: usize,
}

impl Writer<'_> {
    fn peek(&self) -> Option<u8> {
        self.code.get(self.at).copied()
    }

    /// The next `count` bytes as they are.
    fn copy(&mut self, count: usize) -> Option<()> {
        let end = self.at.checked_add(count)?;
        self.out.extend_from_slice(self.code.get(self.at..end)?);
        self.at = end;
        Some(())
    }

    /// Terms up to `end`.
    fn list(&mut self, end: usize, depth: usize) -> Option<()> {
        while self.at < end {
            self.term(depth)?;
        }
        (self.at == end).then_some(())
    }

    /// An opcode and its operands: `T` is a term, `S` a place, `N` a name, `B` a
    /// byte.
    fn operands(&mut self, opcode_bytes: usize, kinds: &str, depth: usize) -> Option<()> {
        self.copy(opcode_bytes)?;
        for kind in kinds.bytes() {
            match kind {
                b'T' => self.term(depth)?,
                b'B' => self.copy(1)?,
                b'S' if !self.is_name() => self.term(depth)?,
                // A name that is stored into is not called.
                _ => drop(self.name()?),
            }
        }
        Some(())
    }

    fn term(&mut self, depth: usize) -> Option<()> {
        let depth = depth + 1;
        if depth > DEPTH {
            return None;
        }
        let kinds = match self.peek()? {
            0x70 => return self.store(depth),
            0x75 | 0x76 => return self.count(depth),
            0xa0 | 0xa2 => return self.block("T", depth),
            0xa1 => return self.block("", depth),
            // Buffers and packages: data, which stores nothing.
            0x11..=0x13 => {
                let (length, _) = length(self.code.get(self.at + 1..)?)?;
                return self.copy(1 + length);
            }
            0x0d => {
                let text = self.code.get(self.at..)?;
                return self.copy(1 + text.iter().position(|byte| *byte == 0)?);
            }
            0x5b => return self.extended(depth),
            0x00 | 0x01 | 0xff | 0x60..=0x6e | 0x9f | 0xa3 | 0xa5 | 0xcc => "",
            0x0a => "B",
            0x0b => "BB",
            0x0c => "BBBB",
            0x0e => "BBBBBBBB",
            0x08 => "NT",
            0x71 | 0x87 | 0x8e => "S",
            0x83 | 0x92 | 0xa4 => "T",
            0x80..=0x82 | 0x96..=0x99 | 0x9d => "TS",
            0x86 => "ST",
            0x90 | 0x91 | 0x93..=0x95 => "TT",
            0x72..=0x74 | 0x77 | 0x79..=0x7f | 0x84 | 0x85 | 0x88 | 0x9c => "TTS",
            0x78 => "TTSS",
            0x9e => "TTTS",
            0x8a..=0x8d | 0x8f => "TTN",
            _ => {
                let name = self.name()?;
                return (0..(self.arguments)(&name)).try_for_each(|_| self.term(depth));
            }
        };
        self.operands(1, kinds, depth)
    }

    fn extended(&mut self, depth: usize) -> Option<()> {
        let kinds = match *self.code.get(self.at + 1)? {
            0x12 => "SS",
            0x13 => "TTTN",
            0x21 | 0x22 => "T",
            0x23 => "SBB",
            0x24 | 0x26 | 0x27 => "S",
            0x25 => "ST",
            0x30 | 0x31 | 0x33 => "",
            _ => return None,
        };
        self.operands(2, kinds, depth)
    }

    fn store(&mut self, depth: usize) -> Option<()> {
        self.at += 1;
        let start = self.out.len();
        self.term(depth)?;
        let value = self.out.split_off(start);
        if self.peek()? != 0x88 {
            self.out.push(0x70);
            self.out.extend(value);
            return self.operands(0, "S", depth);
        }
        self.at += 1;
        self.out.extend(self.helper);
        self.out.extend(value);
        self.operands(0, "TT", depth)?;
        // An index that is kept elsewhere, too, is not understood.
        (self.peek()? == 0).then_some(())?;
        self.at += 1;
        self.found += 1;
        Some(())
    }

    /// Increment or Decrement.
    fn count(&mut self, depth: usize) -> Option<()> {
        let Some(place @ 0x60..=0x6e) = self.code.get(self.at + 1).copied() else {
            return self.operands(1, "S", depth);
        };
        let add_or_subtract = if self.peek()? == 0x75 { 0x72 } else { 0x74 };
        self.out.extend([add_or_subtract, place, 0x01, place]);
        self.at += 2;
        self.found += 1;
        Some(())
    }

    /// If, Else or While: operands and a list, whose length may change.
    fn block(&mut self, kinds: &str, depth: usize) -> Option<()> {
        let opcode = self.peek()?;
        let (length, bytes) = length(self.code.get(self.at + 1..)?)?;
        let end = self.at.checked_add(1 + length).filter(|end| *end <= self.code.len())?;
        self.at += 1 + bytes;
        let start = self.out.len();
        self.operands(0, kinds, depth)?;
        self.list(end, depth)?;
        let body = self.out.split_off(start);
        self.out.push(opcode);
        write_length(&mut self.out, body.len())?;
        self.out.extend(body);
        Some(())
    }

    fn is_name(&self) -> bool {
        matches!(self.peek(), Some(b'A'..=b'Z' | b'_' | b'\\' | b'^' | 0x2e | 0x2f))
    }

    /// A name, as people write it.
    fn name(&mut self) -> Option<String> {
        let mut text = String::new();
        while let Some(prefix @ (b'\\' | b'^')) = self.peek() {
            text.push(char::from(prefix));
            self.copy(1)?;
        }
        let segments = match self.peek()? {
            0 => {
                self.copy(1)?;
                0
            }
            0x2e => {
                self.copy(1)?;
                2
            }
            0x2f => {
                self.copy(2)?;
                usize::from(*self.code.get(self.at - 1)?)
            }
            _ => 1,
        };
        for segment in 0..segments {
            let bytes = self.code.get(self.at..self.at + 4)?;
            let first = matches!(bytes.first()?, b'A'..=b'Z' | b'_');
            let rest = |byte: &u8| matches!(byte, b'A'..=b'Z' | b'_' | b'0'..=b'9');
            (first && bytes.iter().all(rest)).then_some(())?;
            text.push_str(if segment > 0 { "." } else { "" });
            text.extend(bytes.iter().map(|byte| char::from(*byte)));
            self.copy(4)?;
        }
        Some(text)
    }
}

/// A package's length, itself included, and the bytes that it is written in.
fn length(bytes: &[u8]) -> Option<(usize, usize)> {
    let lead = *bytes.first()?;
    let more = usize::from(lead >> 6);
    if more == 0 {
        return Some((usize::from(lead & 0x3f), 1));
    }
    let rest = bytes.get(1..1 + more)?.iter().rev();
    let high = rest.fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    Some((high << 4 | usize::from(lead & 0xf), 1 + more))
}

/// Writes the length of a package whose content is `content` bytes.
fn write_length(out: &mut Vec<u8>, content: usize) -> Option<()> {
    let more = (0..=3_usize).find(|more| {
        let most = if *more == 0 { 0x3f } else { (1 << (4 + 8 * more)) - 1 };
        content + 1 + more <= most
    })?;
    let total = content + 1 + more;
    if more == 0 {
        out.push(total as u8);
    } else {
        out.push((more as u8) << 6 | (total & 0xf) as u8);
        out.extend((0..more).map(|byte| (total >> (4 + 8 * byte)) as u8));
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::{call_for_stores, length, write_length};
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn rewritten(code: &[u8]) -> Option<Vec<u8>> {
        call_for_stores(code, *b"HELP", &|name| if name == "ADD2" { 2 } else { 0 })
    }

    #[test]
    fn a_store_into_an_element_becomes_a_call() {
        // Store (Local4, Index (Local0, Local1))
        assert_eq!(rewritten(b"\x70\x64\x88\x60\x61\x00").unwrap(), b"HELP\x64\x60\x61");
        // Store (ADD2 (One, Local0), Index (ABCD, Add (Local1, One)))
        let code = b"\x70ADD2\x01\x60\x88ABCD\x72\x61\x01\x00\x00";
        assert_eq!(rewritten(code).unwrap(), b"HELPADD2\x01\x60ABCD\x72\x61\x01\x00");
    }

    #[test]
    fn what_surrounds_it_gets_longer() {
        // While (LLess (Local1, 4)) { Store (One, Index (Local0, Local1)) Increment (Local1) }
        let code = b"\xa2\x0d\x95\x61\x0a\x04\x70\x01\x88\x60\x61\x00\x75\x61";
        let expected = b"\xa2\x10\x95\x61\x0a\x04HELP\x01\x60\x61\x72\x61\x01\x61";
        assert_eq!(rewritten(code).unwrap(), expected);
    }

    #[test]
    fn other_code_is_left_alone() {
        // Store (One, Local0); Return (DerefOf (Index (Local0, One)))
        assert_eq!(rewritten(b"\x70\x01\x60\xa4\x83\x88\x60\x01\x00"), None);
        // Kept elsewhere, an unknown opcode, an end in the middle.
        assert_eq!(rewritten(b"\x76ABCD"), None);
        for code in [&b"\x70\x64\x88\x60\x61\x62"[..], b"\x5b\x99\x70\x64\x88\x60\x61\x00", b"\x70"]
        {
            assert_eq!(rewritten(code), None);
        }
    }

    proptest! {
        #[test]
        fn lengths_come_back(content in 0_usize..300_000) {
            let mut out = Vec::new();
            write_length(&mut out, content).unwrap();
            prop_assert_eq!(length(&out), Some((content + out.len(), out.len())));
        }

        #[test]
        fn any_bytes_are_read(code in prop::collection::vec(
            prop_oneof![Just(0x70), Just(0x88), Just(0xa0), Just(0x60), any::<u8>()], 0..200,
        )) {
            let _ = rewritten(&code);
        }
    }
}
