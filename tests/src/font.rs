//! Letters by their shape: the console's font, read backwards.
//!
//! The kernel draws with Spleen 8x16; on large framebuffers each pixel of it is
//! four. The same font file gives the shape of every glyph here, and a shape
//! leads back to its character. It is PSF version 1: 4 bytes of header, 512
//! glyphs, a table in UTF-16. Lines and blocks are drawn by the kernel's rule,
//! because the file has one glyph for light, heavy and double lines.

use std::collections::HashMap;
use std::sync::LazyLock;

use spleen_font::FONT_8X16;
use valhalla_core::box_drawing;

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
pub static SMALL: LazyLock<Font> = LazyLock::new(|| Font::new(1));
/// The same, twice as wide and high.
pub static LARGE: LazyLock<Font> = LazyLock::new(|| Font::new(2));

/// Glyphs in each file.
const GLYPHS: usize = 512;

impl Font {
    fn new(scale: usize) -> Self {
        let mut font = Self {
            width: 8 * scale,
            height: 16 * scale,
            characters: HashMap::new(),
            shapes: HashMap::new(),
        };
        let lines = (0..box_drawing::COUNT).map(|index| {
            let character = u32::from(box_drawing::FIRST) + index as u32;
            (char::from_u32(character).unwrap_or(' '), box_drawing::glyph(index))
        });
        let is_line = |character: char| {
            (u32::from(character).wrapping_sub(box_drawing::FIRST.into()) as usize)
                < box_drawing::COUNT
        };
        let letters = table().into_iter().filter(|(character, _)| !is_line(*character));
        let letters = letters.filter_map(|(character, glyph)| {
            let start = 4 + 16 * glyph;
            Some((character, FONT_8X16.get(start..start + 16)?.try_into().ok()?))
        });
        // ASCII first: where two characters look the same, the plain one wins.
        let (plain, other): (Vec<_>, Vec<_>) =
            letters.chain(lines).partition(|(character, _)| (' '..='~').contains(character));
        for (character, glyph) in plain.into_iter().chain(other) {
            let shape = scaled(glyph, scale);
            font.characters.entry(shape.clone()).or_insert(character);
            font.shapes.insert(character, shape);
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

/// A glyph with every pixel `scale` wide and high.
fn scaled(glyph: [u8; 16], scale: usize) -> Shape {
    let wide = |row: u8| {
        let bits = (0..8).rev().map(|bit| u16::from(row >> bit & 1));
        bits.flat_map(|bit| std::iter::repeat_n(bit, scale)).fold(0, |row, bit| row << 1 | bit)
    };
    glyph.iter().flat_map(|row| std::iter::repeat_n(wide(*row), scale)).collect()
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
