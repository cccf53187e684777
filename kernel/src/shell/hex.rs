//! Bytes as people read them: address, hexadecimal, text.

use core::fmt::{self, Write};

/// Bytes in a row.
pub const ROW: usize = 16;

/// Single bytes behind a longer address would not fit 80 columns; pairs do.
const SHORT_DIGITS: usize = 8;

/// One row: `0x...  00 01 ..  text`.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Of the first byte.
    pub address: u64,
    /// Hexadecimal digits of the address.
    pub digits: usize,
    /// At most [`ROW`] of them.
    pub bytes: &'a [u8],
}

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#0width$x} ", self.address, width = self.digits + 2)?;
        let group = if self.digits > SHORT_DIGITS { 2 } else { 1 };
        for (number, byte) in self.bytes.iter().enumerate() {
            let gap = if number % group == 0 { " " } else { "" };
            write!(f, "{gap}{byte:02x}")?;
        }
        let width = |bytes: usize| 2 * bytes + bytes.div_ceil(group);
        let missing = width(ROW).saturating_sub(width(self.bytes.len()));
        write!(f, "{:missing$}  ", "")?;
        for byte in self.bytes {
            let printable = byte.is_ascii_graphic() || *byte == b' ';
            f.write_char(if printable { *byte as char } else { '.' })?;
        }
        Ok(())
    }
}
