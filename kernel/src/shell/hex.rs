//! Bytes as people read them: address, hexadecimal, text.

use core::fmt::{self, Write};

/// Bytes in a row.
pub const ROW: usize = 16;

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
        for byte in self.bytes {
            write!(f, " {byte:02x}")?;
        }
        let missing = ROW.saturating_sub(self.bytes.len());
        write!(f, "{:width$}  ", "", width = 3 * missing)?;
        for byte in self.bytes {
            let printable = byte.is_ascii_graphic() || *byte == b' ';
            f.write_char(if printable { *byte as char } else { '.' })?;
        }
        Ok(())
    }
}
