//! Reads text off the screen, from pixels only.
//!
//! The picture is cut into cells from the top-left corner. In each cell the
//! most frequent colour is the background and the rest is the glyph, which the
//! font then names. VGA text mode shows 9-pixel cells (the ninth column is a
//! gap) in 720x400, or 8-pixel cells in 640x400; a framebuffer console has
//! cells of the font's size. What no glyph explains is read as `?`.

use std::cmp::Reverse;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::font::{Font, LARGE, SMALL, Shape};
use crate::pixels::Pixels;
use crate::qmp::Qmp;
use crate::serial::without_status;
use crate::{Failure, Outcome};

/// What is read where no glyph fits.
pub const UNKNOWN: char = '?';

/// How long the guest may draw undisturbed between two pictures.
const BETWEEN_LOOKS: Duration = Duration::from_millis(40);

/// The text on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    /// The rows from the top, without trailing blanks.
    pub rows: Vec<String>,
    /// Cells in a row.
    pub columns: usize,
    /// Size of the picture in pixels: width, height.
    pub size: (usize, usize),
    /// Cells that are not blank and that no glyph explains.
    pub unknown: usize,
}

impl Screen {
    /// Reads a picture, with whichever cell size finds letters and figures in most
    /// of its area, or else explains most: a QR code is no text in any.
    #[must_use]
    pub fn read(pixels: &Pixels) -> Self {
        let cells: &[(usize, &Font)] = match (pixels.width, pixels.height) {
            (720, 400) => &[(9, &SMALL)],
            (640, 400) => &[(8, &SMALL)],
            _ => &[(8, &SMALL), (16, &LARGE)],
        };
        let readings = cells.iter().map(|(width, font)| {
            let screen = read_cells(pixels, *width, font);
            let letters = screen.rows.iter().flat_map(|row| row.chars());
            let letters = letters.filter(char::is_ascii_alphanumeric).count();
            let area = width * font.height;
            (Reverse(letters * area), screen.unknown * area, screen)
        });
        let best = readings.min_by_key(|&(letters, unknown, _)| (letters, unknown));
        best.map(|(.., screen)| screen).unwrap_or_else(|| Self {
            rows: Vec::new(),
            columns: 0,
            size: (pixels.width, pixels.height),
            unknown: 0,
        })
    }

    /// Takes a picture through QMP and reads it; `file` is where QEMU may write it.
    ///
    /// # Errors
    /// If QEMU cannot take one.
    pub fn capture(qmp: &mut Qmp, file: &Path) -> Outcome<Self> {
        qmp.execute("screendump", json!({ "filename": file }))?;
        Ok(Self::read(&Pixels::parse_ppm(&fs::read(file)?)?))
    }

    /// Whether some row contains `text`.
    #[must_use]
    pub fn contains(&self, text: &str) -> bool {
        self.rows.iter().any(|row| row.contains(text))
    }

    /// The last row that is not empty; a prompt without the last command's status.
    #[must_use]
    pub fn last(&self) -> &str {
        without_status(self.rows.iter().rfind(|row| !row.is_empty()).map_or("", String::as_str))
    }

    /// The last row that equals `line`, whatever status its prompt shows.
    #[must_use]
    pub fn find(&self, line: &str) -> Option<usize> {
        self.rows.iter().rposition(|row| without_status(row) == line)
    }

    /// The rows after the last one that equals `line`: the answer to a command typed there.
    #[must_use]
    pub fn after(&self, line: &str) -> Option<&[String]> {
        self.rows.get(self.find(line)? + 1..)
    }

    /// The text from a row on. A row that is full to its last cell goes on in the next.
    #[must_use]
    pub fn text_from(&self, first: usize) -> String {
        let rows = self.rows.iter().skip(first);
        let lines = rows.map(|row| {
            let full = row.chars().count() == self.columns;
            row.clone() + if full { "" } else { "\n" }
        });
        lines.collect()
    }

    /// Calls `look` again and again until `wanted` holds, and returns that screen.
    ///
    /// # Errors
    /// When the bound passes; the failure shows the last screen.
    pub fn wait(
        mut look: impl FnMut() -> Outcome<Self>,
        what: &str,
        bound: Duration,
        wanted: impl Fn(&Self) -> bool,
    ) -> Outcome<Self> {
        let deadline = Instant::now() + bound;
        loop {
            let screen = look()?;
            if wanted(&screen) {
                return Ok(screen);
            }
            if Instant::now() >= deadline {
                let (width, height) = screen.size;
                return Err(Failure::new(format!(
                    "screen: {what} not seen within {} s; {width}x{height} pixels read:\n{}",
                    bound.as_secs(),
                    screen.rows.join("\n").trim_end()
                )));
            }
            // There is no event for "the screen changed"; leave the guest some time to draw.
            thread::sleep(BETWEEN_LOOKS);
        }
    }
}

fn read_cells(pixels: &Pixels, cell_width: usize, font: &Font) -> Screen {
    let mut unknown = 0;
    let mut rows = Vec::new();
    for row in 0..pixels.height / font.height {
        let columns = 0..pixels.width / cell_width;
        let text: String = columns
            .map(|column| {
                read_cell(pixels, column * cell_width, row * font.height, font).unwrap_or_else(
                    || {
                        unknown += 1;
                        UNKNOWN
                    },
                )
            })
            .collect();
        rows.push(text.trim_end().to_owned());
    }
    Screen {
        rows,
        columns: pixels.width / cell_width,
        size: (pixels.width, pixels.height),
        unknown,
    }
}

fn read_cell(pixels: &Pixels, left: usize, top: usize, font: &Font) -> Option<char> {
    let first = pixels.at(left, top);
    let mut other = None;
    let mut shape = Shape::with_capacity(font.height);
    for y in top..top + font.height {
        let mut bits = 0;
        for x in left..left + font.width {
            let colour = pixels.at(x, y);
            if colour != first && *other.get_or_insert(colour) != colour {
                return None; // three colours: not a glyph
            }
            bits = bits << 1 | u16::from(colour != first);
        }
        shape.push(bits);
    }
    if other.is_none() {
        return Some(' ');
    }
    let mask = u16::MAX >> (16 - font.width);
    let inverse: Shape = shape.iter().map(|row| row ^ mask).collect();
    let ink: u32 = shape.iter().map(|row| row.count_ones()).sum();
    // The background is the more frequent colour; a cursor block turns it round.
    let (likely, unlikely) = if ink as usize * 2 <= font.width * font.height {
        (shape, inverse)
    } else {
        (inverse, shape)
    };
    // The underline cursor is the glyph U+2581, which nothing here prints.
    font.character(&likely)
        .filter(|glyph| *glyph != '\u{2581}')
        .or_else(|| is_cursor(&likely, mask).then_some(' '))
        .or_else(|| font.character(&unlikely))
}

/// A text cursor on a blank cell: full lines in the lower half, nothing above.
fn is_cursor(shape: &Shape, mask: u16) -> bool {
    let (upper, lower) = shape.split_at(shape.len() / 2);
    upper.iter().all(|row| *row == 0) && lower.iter().all(|row| *row == 0 || *row == mask)
}

#[cfg(test)]
mod tests {
    use super::{Screen, UNKNOWN};
    use crate::font::{Font, LARGE, SMALL};
    use crate::pixels::{Pixels, Rgb};

    const GREY: Rgb = [0xaa, 0xaa, 0xaa];
    const BLUE: Rgb = [0, 0, 0xaa];

    /// Draws text as a console with this font and this cell width would.
    fn draw(size: (usize, usize), cell: usize, font: &Font, lines: &[&str]) -> Pixels {
        let mut pixels = Pixels::filled(size.0, size.1, BLUE);
        for (row, line) in lines.iter().enumerate() {
            for (column, character) in line.chars().enumerate() {
                for (y, bits) in font.shape(character).unwrap().iter().enumerate() {
                    for x in (0..font.width).filter(|x| bits >> (font.width - 1 - x) & 1 == 1) {
                        pixels.set(column * cell + x, row * font.height + y, GREY);
                    }
                }
            }
        }
        pixels
    }

    const LINES: [&str; 3] =
        ["valhalla> echo Il1|O0 {[(@#$%^&*)]}", "", "  pong: 18 ticks, ~0.5 ms"];

    #[test]
    fn reads_every_console_that_the_kernel_has() {
        for (size, cell, font) in [
            ((720, 400), 9, &*SMALL),
            ((640, 400), 8, &*SMALL),
            ((1280, 800), 8, &*SMALL),
            ((2560, 1600), 16, &*LARGE),
        ] {
            let screen = Screen::read(&draw(size, cell, font, &LINES));
            assert_eq!(screen.rows[..3], LINES, "{size:?}");
            assert_eq!(screen.unknown, 0, "{size:?}");
            assert_eq!(screen.last(), LINES[2]);
            assert_eq!(screen.columns, size.0 / cell);
        }
    }

    #[test]
    fn a_qr_code_beside_the_text_does_not_count_as_large_letters() {
        for (cell, font) in [(8, &*SMALL), (16, &*LARGE)] {
            let mut pixels = draw((1280, 800), cell, font, &LINES);
            for (x, y) in (640..1280).flat_map(|x| (160..800).map(move |y| (x, y))) {
                let is_dark = (x / 5 * 7 + y / 5 * (x / 5 + 3)) % 11 < 5;
                pixels.set(x, y, if is_dark { BLUE } else { GREY });
            }
            assert_eq!(Screen::read(&pixels).rows[..3], LINES, "{cell}");
        }
    }

    #[test]
    fn a_full_row_goes_on_in_the_next() {
        let full = "x".repeat(80);
        let screen = Screen::read(&draw((720, 400), 9, &SMALL, &["> y", &full, "end", "> z"]));
        assert_eq!(screen.text_from(1).trim_end(), format!("{full}end\n> z"));
    }

    #[test]
    fn a_cursor_line_or_block_is_not_text() {
        let mut pixels = draw((720, 400), 9, &SMALL, &["> A"]);
        for x in 0..8 {
            for y in 13..15 {
                pixels.set(3 * 9 + x, y, GREY);
            }
            for y in 0..16 {
                let inverse = if pixels.at(2 * 9 + x, y) == GREY { BLUE } else { GREY };
                pixels.set(2 * 9 + x, y, inverse);
            }
        }
        assert_eq!(Screen::read(&pixels).rows[0], "> A");
    }

    #[test]
    fn a_shape_that_is_no_glyph_is_unknown() {
        let mut pixels = draw((640, 400), 8, &SMALL, &["ok"]);
        pixels.set(0, 0, GREY);
        let screen = Screen::read(&pixels);
        assert_eq!(screen.rows[0], format!("{UNKNOWN}k"));
        assert_eq!(screen.unknown, 1);
    }
}
