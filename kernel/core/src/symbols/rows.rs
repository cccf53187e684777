//! The line rows of one function: from which offset on the code came from
//! which file and line.
//!
//! A row holds until the next. The reader remembers the `RECENT` files that
//! rows spoke of last, each with its line, because inlined code goes back and
//! forth between few of them. A row is
//!
//! | first byte | then | meaning |
//! | --- | --- | --- |
//! | 0 + 5(b-1) + l+2 | | the same file, b = 1 to 20 bytes and l = -2 to 2 lines further |
//! | 100 + 32n + b-1 | lines | the file that was used n = 0 to 3 files ago, b = 1 to 32 bytes further |
//! | 228 + n | advance, lines | the file that was used n = 0 to 7 files ago |
//! | 236 | advance, file, line | a file that is not among the recent, from line 0 |
//! | 237 | advance | code of no line: the compiler's own |
//! | 238 + b-1 | | the same, b = 1 to 16 bytes further |
//!
//! where an advance is a varint of bytes, lines a signed varint. The bounds
//! were measured: these make the kernel's own rows the smallest.

use super::cursor::Cursor;

/// The longest advance of a row in one byte.
pub const SHORT_BYTES: u32 = 20;
/// The farthest line step of a row in one byte, up or down.
pub const SHORT_LINES: i32 = 2;
/// First bytes from here on have an advance and a file in them.
pub const MIDDLE: u8 = 100;
/// The longest advance of such a row.
pub const MIDDLE_BYTES: u32 = 32;
/// How many files such a row may go back.
pub const MIDDLE_FILES: usize = 4;
/// First bytes from here on have a file in them.
pub const LONG: u8 = 228;
/// How many files are remembered.
pub const RECENT: usize = 8;
/// The first byte of a row in a file that is not among the recent.
pub const OTHER_FILE: u8 = 236;
/// The first byte of a row without a line.
pub const NO_LINE: u8 = 237;
/// First bytes from here on have no line, and an advance in them.
pub const SHORT_NO_LINE: u8 = 238;
/// The longest advance of such a row.
pub const NO_LINE_BYTES: u32 = 16;

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

    fn step(&mut self, ago: u8, bytes: u32, lines: i32) -> Option<(u32, Option<Line>)> {
        let ago = usize::from(ago);
        let mut line = self.recent.get(ago)?;
        line.line = line.line.checked_add_signed(lines)?;
        self.row(Some(ago), bytes, line)
    }

    fn row(&mut self, ago: Option<usize>, bytes: u32, line: Line) -> Option<(u32, Option<Line>)> {
        self.recent.put(ago, line);
        self.advance(bytes, Some(line))
    }

    fn advance(&mut self, bytes: u32, line: Option<Line>) -> Option<(u32, Option<Line>)> {
        self.offset = self.offset.checked_add(bytes)?;
        Some((self.offset, line))
    }
}

impl Iterator for Rows<'_> {
    /// Offset from the function's start, and the line, if the code has one.
    type Item = (u32, Option<Line>);

    fn next(&mut self) -> Option<Self::Item> {
        const MIDDLE_STEP: u8 = MIDDLE_BYTES as u8;
        const SHORT_STEP: u8 = 2 * SHORT_LINES as u8 + 1;
        match self.cursor.byte()? {
            short @ 0..MIDDLE => {
                let lines = i32::from(short % SHORT_STEP) - SHORT_LINES;
                self.step(0, u32::from(short / SHORT_STEP) + 1, lines)
            }
            middle @ MIDDLE..LONG => {
                let middle = middle - MIDDLE;
                let lines = self.cursor.signed()?;
                self.step(middle / MIDDLE_STEP, u32::from(middle % MIDDLE_STEP) + 1, lines)
            }
            long @ LONG..OTHER_FILE => {
                let (bytes, lines) = (self.cursor.varint()?, self.cursor.signed()?);
                self.step(long - LONG, bytes, lines)
            }
            OTHER_FILE => {
                let bytes = self.cursor.varint()?;
                let line = Line { file: self.cursor.varint()?, line: self.cursor.varint()? };
                self.row(None, bytes, line)
            }
            NO_LINE => {
                let bytes = self.cursor.varint()?;
                self.advance(bytes, None)
            }
            none => {
                let bytes = u32::from(none - SHORT_NO_LINE) + 1;
                (bytes <= NO_LINE_BYTES).then_some(())?;
                self.advance(bytes, None)
            }
        }
    }
}
