//! Letters by their shape: the console's font, read backwards.
//!
//! The kernel draws with Spleen, 8x16 in VGA text mode and on usual
//! framebuffers, 16x32 on large ones. The same font files give the shape of
//! every glyph here, and a shape leads back to its character. The 8x16 file is
//! PSF version 1 (4 bytes of header, a table in UTF-16), the 16x32 file version
//! 2 (32 bytes of header); both hold the same 512 glyphs in the same order, so
//! the small file's table names the glyphs of both.

use std::collections::HashMap;
use std::sync::LazyLock;

use spleen_font::{FONT_8X16, FONT_16X32};

/// A glyph's rows from top to bottom; the leftmost pixel is the highest of `width` bits.
pub type Shape = Vec<u16>;

/// A font that can be read.
pub struct Font {
    /// Width of a glyph in pixels.
    pub width: usize,
    /// Height of a glyph in pixels.
    pub height: usize,
    characters: HashMap<Shape, char>,
    shapes: HashMap<char, Shape>,
}

/// Spleen 8x16.
pub static SMALL: LazyLock<Font> = LazyLock::new(|| Font::new(&FONT_8X16[4..], 8, 16));
/// Spleen 16x32.
pub static LARGE: LazyLock<Font> = LazyLock::new(|| Font::new(&FONT_16X32[32..], 16, 32));

/// Glyphs in each file.
const GLYPHS: usize = 512;

impl Font {
    fn new(glyphs: &[u8], width: usize, height: usize) -> Self {
        let bytes_per_row = width / 8;
        let shapes: Vec<Shape> = glyphs
            .chunks(bytes_per_row * height)
            .map(|glyph| glyph.chunks(bytes_per_row).map(row_bits).collect())
            .take(GLYPHS)
            .collect();
        let mut font = Self { width, height, characters: HashMap::new(), shapes: HashMap::new() };
        // ASCII first: where two characters look the same, the plain one wins.
        let (plain, other): (Vec<_>, Vec<_>) =
            table().into_iter().partition(|(character, _)| (' '..='~').contains(character));
        for (character, glyph) in plain.into_iter().chain(other) {
            if let Some(shape) = shapes.get(glyph) {
                font.characters.entry(shape.clone()).or_insert(character);
                font.shapes.insert(character, shape.clone());
            }
        }
        font
    }

    /// The character that looks like this, if the font has one.
    #[must_use]
    pub fn character(&self, shape: &Shape) -> Option<char> {
        self.characters.get(shape).copied()
    }

    /// How a character looks, if the font has it.
    #[must_use]
    pub fn shape(&self, character: char) -> Option<&Shape> {
        self.shapes.get(&character)
    }
}

/// Characters and the numbers of their glyphs, from the small file.
fn table() -> Vec<(char, usize)> {
    let mut glyph = 0;
    let mut table = Vec::new();
    for code in FONT_8X16[4 + GLYPHS * 16..].chunks_exact(2) {
        match u16::from_le_bytes([code[0], code[1]]) {
            0xffff => glyph += 1,
            code => table.extend(char::from_u32(code.into()).map(|character| (character, glyph))),
        }
    }
    table
}

fn row_bits(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |bits, byte| bits << 8 | u16::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::{LARGE, SMALL};

    #[test]
    fn every_ascii_character_reads_back_as_itself() {
        for font in [&*SMALL, &*LARGE] {
            for character in (0x20..0x7f_u8).map(char::from) {
                let shape = font.shape(character).unwrap();
                assert_eq!(shape.len(), font.height);
                assert_eq!(font.character(shape), Some(character), "{}", font.width);
            }
        }
    }

    #[test]
    fn the_blank_is_blank_and_the_block_is_full() {
        assert!(SMALL.shape(' ').unwrap().iter().all(|row| *row == 0));
        assert!(LARGE.shape('█').unwrap().iter().all(|row| *row == 0xffff));
    }
}
