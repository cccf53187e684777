//! The console font: Spleen, 8x16 pixels, made ready at compile time.
//!
//! The `spleen-font` crate carries the font file as it is distributed (PC Screen
//! Font, version 1). Its own reader searches the file's Unicode table for every
//! character, and knows the table of version 2 only. Here the compiler makes a
//! sorted table: a lookup is an index for ASCII and for lines and blocks, and a
//! binary search for the rest. Lines and blocks are not the file's, which has one
//! glyph for light, heavy and double, but made by rule (`box_drawing` in the
//! core). `extra` adds the few code page 437 characters that Spleen lacks.
//!
//! On screens of many pixels each pixel of a glyph becomes four: see
//! `valhalla_core::framebuffer`. A second font would be 33 kB.
//!
//! Format: Linux console tools, "PSF: PC Screen Font".

mod extra;

use spleen_font::FONT_8X16;
use valhalla_core::framebuffer::Rows;
use valhalla_core::terminal::Cell;
use valhalla_core::{box_drawing, cp437};

use extra::EXTRA;

/// Glyphs in the font file.
const FILE_GLYPHS: usize = 512;
/// The first of our own.
const EXTRA_GLYPHS: usize = FILE_GLYPHS;
/// The first of the lines and blocks, in the characters' order.
const BOX_GLYPHS: usize = EXTRA_GLYPHS + EXTRA.len();
/// Glyphs in all.
const GLYPHS: usize = BOX_GLYPHS + box_drawing::COUNT;
/// Characters that the file has glyphs for (several share one, one has two).
const FILE_CHARACTERS: usize = 706;
/// Characters in the table.
const CHARACTERS: usize = FILE_CHARACTERS + EXTRA.len();

/// Bytes before the glyphs: PSF 1.
const HEADER_8X16: usize = 4;

/// The number of a glyph in [`GLYPH_ROWS`].
pub type Glyph = u16;

/// The glyph of the space.
pub const SPACE: Glyph = b' ' as Glyph;
/// Stands for a character that the font lacks.
pub const MISSING: Glyph = b'?' as Glyph;

/// All glyphs.
pub static GLYPH_ROWS: [Rows; GLYPHS] = rows();

/// Character and glyph, sorted by character: one row for each.
static TABLE: [(u16, Glyph); CHARACTERS] = sorted(unsorted());

/// The glyph of each byte of code page 437, for the VGA's own font.
pub static CODE_PAGE_437: [Glyph; 256] = code_page_437();

const fn code_page_437() -> [Glyph; 256] {
    // Code 0 is no character: blank, as a fresh screen may show it.
    let mut glyphs = [SPACE; 256];
    let mut code = 1;
    while code < glyphs.len() {
        glyphs[code] = match find(cp437::to_char(code as u8)) {
            Some(glyph) => glyph,
            None => panic!("the font has every character of code page 437"),
        };
        code += 1;
    }
    glyphs
}

/// The glyph that shows a cell's character, but for a line under it.
#[must_use]
pub fn rows_of(cell: Cell) -> &'static Rows {
    match cell.code() {
        // In its place, as `unsorted` asserts; without making a `char` of it.
        code @ 0x20..=0x7e => &GLYPH_ROWS[code as usize],
        _ => rows_beyond_ascii(cell),
    }
}

#[cold]
fn rows_beyond_ascii(cell: Cell) -> &'static Rows {
    GLYPH_ROWS.get(usize::from(beyond_ascii(cell.ch()))).unwrap_or(&[0; 16])
}

#[cold]
fn beyond_ascii(ch: char) -> Glyph {
    if ch == Cell::REST {
        return SPACE;
    }
    find(ch).or_else(|| find(cp437::substitute(ch)?)).unwrap_or(MISSING)
}

/// The glyph of `ch` itself. By hand, because `const` code has no search.
const fn find(ch: char) -> Option<Glyph> {
    if ch as u32 > u16::MAX as u32 {
        return None;
    }
    let code = ch as u16;
    match code.wrapping_sub(box_drawing::FIRST) as usize {
        index @ 0..box_drawing::COUNT => return Some((BOX_GLYPHS + index) as Glyph),
        _ if code < 0x80 => return Some(code),
        _ => {}
    }
    let (mut from, mut to) = (0, TABLE.len());
    while from < to {
        let middle = (from + to) / 2;
        let (character, glyph) = TABLE[middle];
        if character == code {
            return Some(glyph);
        } else if character < code {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    None
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
        table[count] = (EXTRA[count].0 as u16, (EXTRA_GLYPHS + count) as Glyph);
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

const fn rows() -> [Rows; GLYPHS] {
    let mut glyphs = [[0; 16]; GLYPHS];
    let (glyphs_of_file, _) = glyphs.split_at_mut(FILE_GLYPHS);
    let source = FONT_8X16.split_at(HEADER_8X16).1.split_at(FILE_GLYPHS * 16).0;
    glyphs_of_file.as_flattened_mut().copy_from_slice(source);
    let mut index = 0;
    while index < EXTRA.len() {
        glyphs[EXTRA_GLYPHS + index] = EXTRA[index].1;
        index += 1;
    }
    index = 0;
    while index < box_drawing::COUNT {
        glyphs[BOX_GLYPHS + index] = box_drawing::glyph(index);
        index += 1;
    }
    glyphs
}
