//! The console font: Spleen, in 8x16 and 16x32 pixels, made ready at compile time.
//!
//! The `spleen-font` crate carries the font files as they are distributed (PC
//! Screen Font; the small one version 1, the large one version 2). Its own
//! reader searches a file's Unicode table for every character, and knows the
//! table of version 2 only. Both files hold the same 512 glyphs in the same
//! order, so one sorted table, made by the compiler, serves both: a lookup is an
//! index for ASCII and a binary search for the rest. `extra` adds the few code
//! page 437 characters that Spleen lacks.
//!
//! Format: Linux console tools, "PSF: PC Screen Font".

mod extra;

use spleen_font::{FONT_8X16, FONT_16X32};

use extra::EXTRA;

/// Glyphs in each font file.
const FILE_GLYPHS: usize = 512;
/// Glyphs in all: the files', then our own.
const GLYPHS: usize = FILE_GLYPHS + EXTRA.len();
/// Characters that the files have glyphs for (several share one, one has two).
const FILE_CHARACTERS: usize = 706;
/// Characters in all.
const CHARACTERS: usize = FILE_CHARACTERS + EXTRA.len();

/// Bytes before the glyphs: PSF 1.
const HEADER_8X16: usize = 4;
/// Bytes before the glyphs: PSF 2.
const HEADER_16X32: usize = 32;

/// A glyph 8 pixels wide, 16 rows; the leftmost pixel is the highest bit.
pub type Small = [[u8; 1]; 16];
/// A glyph 16 pixels wide, 32 rows of two bytes, the left one first.
pub type Large = [[u8; 2]; 32];

/// The number of a glyph in [`SMALL`] and [`LARGE`].
pub type Glyph = u16;

/// The glyph of the space.
pub const SPACE: Glyph = b' ' as Glyph;
/// Stands for a character that the font lacks.
pub const MISSING: Glyph = b'?' as Glyph;

/// All glyphs in 8x16 pixels.
pub static SMALL: [Small; GLYPHS] = small();
/// All glyphs in 16x32 pixels.
pub static LARGE: [Large; GLYPHS] = large();

/// Character and glyph, sorted by character: one row for each.
static TABLE: [(u16, Glyph); CHARACTERS] = sorted(unsorted());

/// The glyph that shows `ch`; [`MISSING`] when there is none.
#[inline]
#[must_use]
pub fn glyph(ch: char) -> Glyph {
    match ch {
        // The files keep ASCII in its place, which `unsorted` asserts.
        ' '..='~' => ch as Glyph,
        _ => beyond_ascii(ch),
    }
}

#[cold]
fn beyond_ascii(ch: char) -> Glyph {
    u16::try_from(u32::from(ch))
        .ok()
        .and_then(|code| TABLE.binary_search_by_key(&code, |&(character, _)| character).ok())
        .and_then(|row| TABLE.get(row))
        .map_or(MISSING, |&(_, glyph)| glyph)
}

/// Reads the Unicode table of the PSF 1 file: little-endian UTF-16, each glyph's
/// characters up to 0xFFFF. Our own characters come first, so that they win
/// where the file maps them to something similar.
const fn unsorted() -> [(u16, Glyph); CHARACTERS] {
    assert!(FONT_8X16[0] == 0x36 && FONT_8X16[1] == 0x04, "the 8x16 font is PSF 1");
    assert!(FONT_8X16[2] == 3 && FONT_8X16[3] == 16, "512 glyphs of 16 bytes and a table");
    let mut table = [(0xffff, MISSING); CHARACTERS];
    let mut count = 0;
    while count < EXTRA.len() {
        table[count] = (EXTRA[count].0 as u16, (FILE_GLYPHS + count) as Glyph);
        count += 1;
    }
    let mut at = HEADER_8X16 + FILE_GLYPHS * 16;
    let mut glyph = 0;
    while at + 1 < FONT_8X16.len() {
        let code = u16::from_le_bytes([FONT_8X16[at], FONT_8X16[at + 1]]);
        at += 2;
        match code {
            0xffff => glyph += 1,
            0xfffe => panic!("no combining sequences are expected"),
            _ => {
                assert!(glyph == code || code < 0x20 || code > 0x7e, "ASCII is in its place");
                table[count] = (code, glyph);
                count += 1;
            }
        }
    }
    assert!(count == CHARACTERS && glyph as usize == FILE_GLYPHS, "the whole table was read");
    table
}

/// Insertion sort, stable: `const` code has no `sort`. Of a character that is
/// there twice the first row comes first; the others become its copies, as a
/// binary search may meet any of them.
const fn sorted(mut table: [(u16, Glyph); CHARACTERS]) -> [(u16, Glyph); CHARACTERS] {
    let mut end = 1;
    while end < CHARACTERS {
        let row = table[end];
        let mut at = end;
        while at > 0 && table[at - 1].0 > row.0 {
            table[at] = table[at - 1];
            at -= 1;
        }
        let first = at > 0 && table[at - 1].0 == row.0;
        table[at] = if first { table[at - 1] } else { row };
        end += 1;
    }
    table
}

const fn small() -> [Small; GLYPHS] {
    let mut glyphs = [[[0]; 16]; GLYPHS];
    let (glyphs_of_file, _) = glyphs.split_at_mut(FILE_GLYPHS);
    let source = FONT_8X16.split_at(HEADER_8X16).1.split_at(FILE_GLYPHS * 16).0;
    glyphs_of_file.as_flattened_mut().as_flattened_mut().copy_from_slice(source);
    let mut index = 0;
    while index < EXTRA.len() {
        glyphs[FILE_GLYPHS + index] = EXTRA[index].1;
        index += 1;
    }
    glyphs
}

const fn large() -> [Large; GLYPHS] {
    const HEADER: [u8; HEADER_16X32] = {
        let fields: [u32; 8] = [0x864a_b572, 0, 32, 1, FILE_GLYPHS as u32, 64, 32, 16];
        let mut bytes = [0; HEADER_16X32];
        let mut index = 0;
        while index < bytes.len() {
            bytes[index] = fields[index / 4].to_le_bytes()[index % 4];
            index += 1;
        }
        bytes
    };
    let (header, rest) = FONT_16X32.split_at(HEADER_16X32);
    let mut index = 0;
    while index < header.len() {
        assert!(header[index] == HEADER[index], "the 16x32 font is PSF 2, 512 glyphs of 64 bytes");
        index += 1;
    }
    let mut glyphs = [[[0; 2]; 32]; GLYPHS];
    let (glyphs_of_file, _) = glyphs.split_at_mut(FILE_GLYPHS);
    glyphs_of_file
        .as_flattened_mut()
        .as_flattened_mut()
        .copy_from_slice(rest.split_at(FILE_GLYPHS * 64).0);
    let mut index = 0;
    while index < EXTRA.len() {
        glyphs[FILE_GLYPHS + index] = extra::doubled(EXTRA[index].1);
        index += 1;
    }
    glyphs
}
