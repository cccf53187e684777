//! The line rows of one function: from which offset on the code came from
//! which file and line.
//!
//! A row holds until the next. The reader remembers the `RECENT` files that
//! rows spoke of last, each with its line, because inlined code goes back and
//! forth between few of them. A row is
//!
//! | first byte | then | meaning |
//! | --- | --- | --- |
//! | below 240 | | the same file; 1 to 16 bytes and -7 to 7 lines further: `15 * (bytes - 1) + lines + 7` |
//! | 240 + n | advance, lines | the file that was used n files ago, that many lines from its last line |
//! | 248 | advance, file, line | a file that is not among the recent, from line 0 |
//! | 249 | advance | code of no line: the compiler's own |
//!
//! where an advance is a varint of bytes, lines a signed varint.

use super::cursor::Cursor;

/// First bytes below this hold a whole row.
pub const SHORT: u8 = 240;
/// The first byte of a row in a file that is not among the recent.
pub const OTHER_FILE: u8 = 248;
/// The first byte of a row without a line.
pub const NO_LINE: u8 = 249;
/// How many files are remembered.
pub const RECENT: usize = 8;
/// The longest advance of a short row, in bytes.
pub const SHORT_BYTES: u32 = 16;
/// The farthest line step of a short row, up or down.
pub const SHORT_LINES: i32 = 7;

/// A place in the source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The file's number.
    pub file: u32,
    /// The line, from 1.
    pub line: u32,
}

/// The files that rows spoke of last, the last first. Reader and packer keep
/// the same.
#[derive(Clone, Copy, Debug, Default)]
pub struct Recent([Line; RECENT]);

impl Recent {
    /// The one that was used `ago` files ago.
    #[must_use]
    pub fn get(&self, ago: usize) -> Option<Line> {
        self.0.get(ago).copied()
    }

    /// How many files ago `file` was used, if it is remembered.
    #[must_use]
    pub fn find(&self, file: u32) -> Option<usize> {
        self.0.iter().position(|line| line.file == file && line.line != 0)
    }

    /// Puts `line` first, in the place of the one that was used `ago` files
    /// ago; the last one falls out when that is not given.
    pub fn put(&mut self, ago: Option<usize>, line: Line) {
        let ago = ago.unwrap_or(RECENT - 1).min(RECENT - 1);
        self.0.copy_within(0..ago, 1);
        self.0[0] = line;
    }
}

/// The rows of one function, from its first on.
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    cursor: Cursor<'a>,
    offset: u32,
    recent: Recent,
}

impl<'a> Rows<'a> {
    /// Reads the rows in `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { cursor: Cursor::new(bytes), offset: 0, recent: Recent::default() }
    }

    /// The line that the code at `offset` came from.
    #[must_use]
    pub fn at(self, offset: u32) -> Option<Line> {
        self.take_while(|(start, _)| *start <= offset).last()?.1
    }

    fn step(&mut self, ago: usize, bytes: u32, lines: i32) -> Option<(u32, Option<Line>)> {
        let mut line = self.recent.get(ago)?;
        line.line = line.line.checked_add_signed(lines)?;
        self.row(Some(ago), bytes, line)
    }

    fn row(&mut self, ago: Option<usize>, bytes: u32, line: Line) -> Option<(u32, Option<Line>)> {
        self.recent.put(ago, line);
        self.offset = self.offset.checked_add(bytes)?;
        Some((self.offset, Some(line)))
    }
}

impl Iterator for Rows<'_> {
    /// Offset from the function's start, and the line, if the code has one.
    type Item = (u32, Option<Line>);

    fn next(&mut self) -> Option<Self::Item> {
        match self.cursor.byte()? {
            short @ 0..SHORT => {
                let (bytes, lines) = (u32::from(short / 15) + 1, i32::from(short % 15));
                self.step(0, bytes, lines - SHORT_LINES)
            }
            recent @ SHORT..OTHER_FILE => {
                let (bytes, lines) = (self.cursor.varint()?, self.cursor.signed()?);
                self.step(usize::from(recent - SHORT), bytes, lines)
            }
            OTHER_FILE => {
                let bytes = self.cursor.varint()?;
                let line = Line { file: self.cursor.varint()?, line: self.cursor.varint()? };
                self.row(None, bytes, line)
            }
            NO_LINE => {
                self.offset = self.offset.checked_add(self.cursor.varint()?)?;
                Some((self.offset, None))
            }
            _ => None,
        }
    }
}
