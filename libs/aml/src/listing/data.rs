//! Data: numbers, strings, buffers, packages, and lists in braces.

use alloc::format;

use super::Listing;
use crate::decode::{Reader, Start};
use crate::error::Fault;

impl Listing<'_> {
    pub(super) fn number(&mut self, number: u64) {
        self.text.push_str(&format!("{number:#04x}"));
    }

    pub(super) fn string(&mut self, text: &[u8]) {
        self.text.push('"');
        for &byte in text {
            match byte {
                b'"' | b'\\' => self.text.push_str(&format!("\\{}", char::from(byte))),
                b' '..=b'~' => self.text.push(char::from(byte)),
                _ => self.text.push_str(&format!("\\x{byte:02X}")),
            }
        }
        self.text.push('"');
    }

    pub(super) fn buffer(&mut self, reader: &mut Reader<'_>, depth: u8) -> Result<(), Fault> {
        self.text.push_str("Buffer (");
        self.term(reader, depth)?;
        self.text.push(')');
        self.bytes(reader.rest());
        Ok(())
    }

    /// Writes bytes in braces, sixteen a line.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        const LINE: usize = 16;
        self.text.push_str(" {");
        self.indent = self.indent.saturating_add(1);
        for (number, line) in bytes.chunks(LINE).enumerate() {
            if bytes.len() > LINE {
                self.start_new_line();
            }
            for (place, byte) in line.iter().enumerate() {
                let is_last = number.saturating_mul(LINE).saturating_add(place).saturating_add(1)
                    == bytes.len();
                let end = if is_last {
                    ""
                } else if place.saturating_add(1) == LINE {
                    ","
                } else {
                    ", "
                };
                self.text.push_str(&format!("{byte:#04x}{end}"));
            }
        }
        self.indent = self.indent.saturating_sub(1);
        if bytes.len() > LINE {
            self.start_new_line();
        }
        self.text.push('}');
    }

    /// Writes the elements of a package.
    pub(super) fn elements(&mut self, reader: &mut Reader<'_>, depth: u8) -> Result<(), Fault> {
        self.list(reader, |listing, reader| {
            let mut ahead = *reader;
            match ahead.start()? {
                Start::Name => {
                    let path = reader.name()?;
                    listing.refer(&path);
                    Ok(())
                }
                Start::Op(_) => listing.term(reader, depth),
            }
        })
    }

    /// Writes a list in braces up to the reader's end, a line for each entry.
    pub(super) fn list(
        &mut self,
        reader: &mut Reader<'_>,
        entry: impl Fn(&mut Self, &mut Reader<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.text.push('{');
        self.indent = self.indent.saturating_add(1);
        let mut is_first = true;
        while !reader.is_at_end() {
            if !is_first {
                self.text.push(',');
            }
            is_first = false;
            self.start_new_line();
            entry(self, reader)?;
        }
        self.indent = self.indent.saturating_sub(1);
        if !is_first {
            self.start_new_line();
        }
        self.text.push('}');
        Ok(())
    }
}
