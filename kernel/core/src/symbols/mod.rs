//! The symbol table: which function, file and line an address belongs to.
//!
//! The build packs it from the linked kernel (`tools/symbols`), and the reports
//! read it when everything else may be broken: a lookup takes no heap and no
//! lock, and any bytes at all end in an answer. All numbers are little-endian;
//! a varint has seven bits a byte, the lowest first.
//!
//! ```text
//!   header      magic, length, counts, base      40 bytes
//!   pairs       128 pairs of codes               256 bytes: see `packed`
//!   index       every 16th function: where it starts, where its record is
//!   files       where each file's name is
//!   names       the names of the files
//!   records     one a function, in the order of their addresses:
//!                   gap to the end of the one before, size    varints
//!                   name                                      varint and codes
//!                   rows                                      varint and bytes: see `rows`
//! ```
//!
//! Addresses are offsets from the base. Code that was inlined from another
//! function carries its own file and line there, and the outer function's name.

mod cursor;
pub mod packed;
pub mod rows;
#[cfg(test)]
mod tests;

use core::fmt;
use cursor::Cursor;
use packed::Packed;
use rows::Rows;

/// What a table starts with; the digits are the format's version.
pub const MAGIC: [u8; 8] = *b"VALSYM01";
/// Bytes of the header: magic, length (u32), functions (u32), base (u64), index,
/// files, number of files, records (u32 each).
pub const HEADER_BYTES: usize = 40;
/// Functions to an entry of the index.
pub const BLOCK: usize = 16;

/// The length that a header claims for its table, in bytes; `None` where the
/// bytes are no header. For a reader that has to ask how much there is to read.
#[must_use]
pub fn claimed_length(header: &[u8]) -> Option<usize> {
    let mut cursor = Cursor::new(header);
    (cursor.take(MAGIC.len())? == MAGIC).then_some(())?;
    usize::try_from(cursor.u32()?).ok()
}

/// A symbol table in memory.
#[derive(Clone, Copy, Debug)]
pub struct Symbols<'a> {
    bytes: &'a [u8],
    pairs: &'a [u8],
    functions: usize,
    base: u64,
    index: usize,
    files: usize,
    file_count: usize,
    records: usize,
}

/// Where an address is in the source.
#[derive(Clone, Copy, Debug)]
pub struct Location<'a> {
    /// The function, with its path.
    pub function: Packed<'a>,
    /// Bytes from the function's first instruction.
    pub offset: u64,
    /// The file, from the top of the workspace or the crate.
    pub file: Option<Packed<'a>>,
    /// The line, from 1.
    pub line: Option<u32>,
}

impl fmt::Display for Location<'_> {
    /// As `valhalla::shell::run+0x9 (kernel/src/shell/mod.rs:78)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:#x}", self.function, self.offset)?;
        match (self.file, self.line) {
            (Some(file), Some(line)) => write!(f, " ({file}:{line})"),
            _ => Ok(()),
        }
    }
}

impl<'a> Symbols<'a> {
    /// Reads the header; `None` where there is no table, or not all of it.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let bytes = bytes.get(..claimed_length(bytes)?)?;
        let mut header = Cursor::new(bytes.get(12..)?);
        let functions = header.usize()?;
        let base = header.u64()?;
        let (index, files) = (header.usize()?, header.usize()?);
        let (file_count, records) = (header.usize()?, header.usize()?);
        let pairs = bytes.get(HEADER_BYTES..HEADER_BYTES + packed::PAIR_BYTES)?;
        Some(Self { bytes, pairs, functions, base, index, files, file_count, records })
    }

    /// Bytes of the whole table.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether no function is in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.functions == 0
    }

    /// How many functions there are.
    #[must_use]
    pub const fn functions(&self) -> usize {
        self.functions
    }

    /// The function around `address`, and the line that it came from.
    #[must_use]
    pub fn lookup(&self, address: u64) -> Option<Location<'a>> {
        let at = u32::try_from(address.checked_sub(self.base)?).ok()?;
        let (mut start, mut cursor) = self.block_of(at)?;
        for _ in 0..BLOCK {
            start = start.checked_add(cursor.varint()?)?;
            let size = cursor.varint()?;
            let name = cursor.counted()?;
            let rows = cursor.counted()?;
            let offset = at.checked_sub(start)?;
            if offset < size {
                let row = Rows::new(rows).at(offset);
                return Some(Location {
                    function: Packed::new(name, self.pairs),
                    offset: u64::from(offset),
                    file: row.and_then(|row| self.file(row.file)),
                    line: row.map(|row| row.line),
                });
            }
            start = start.checked_add(size)?;
        }
        None
    }

    /// The block that `at` is in, if it is in one: its start, and its records.
    fn block_of(&self, at: u32) -> Option<(u32, Cursor<'a>)> {
        let (mut low, mut high) = (0, self.functions.div_ceil(BLOCK));
        while low < high {
            let middle = low + (high - low) / 2;
            if self.block(middle)?.0 <= at {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let (start, record) = self.block(low.checked_sub(1)?)?;
        let records = self.bytes.get(self.records.checked_add(record)?..)?;
        Some((start, Cursor::new(records)))
    }

    fn block(&self, number: usize) -> Option<(u32, usize)> {
        let at = number.checked_mul(8)?.checked_add(self.index)?;
        let mut entry = Cursor::new(self.bytes.get(at..)?);
        Some((entry.u32()?, entry.usize()?))
    }

    fn file(&self, number: u32) -> Option<Packed<'a>> {
        let number = usize::try_from(number).ok().filter(|number| *number < self.file_count)?;
        let at = number.checked_mul(4)?.checked_add(self.files)?;
        let name = Cursor::new(self.bytes.get(at..)?).usize()?;
        let name = Cursor::new(self.bytes.get(name..)?).counted()?;
        Some(Packed::new(name, self.pairs))
    }
}
