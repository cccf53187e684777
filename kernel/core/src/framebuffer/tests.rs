//! Tests of the console against pixels that are worked out one by one.

use proptest::prelude::*;

use super::*;
use crate::pixel::{Channel, Rgb};
use crate::terminal::{Colour, Style, Tint, Underline};

/// One more than a scale of 1 goes to, and little more than that.
const WIDE: usize = 2560;

const FORMATS: [PixelFormat; 5] = [
    PixelFormat::RGB32,
    PixelFormat { bits_per_pixel: 24, ..PixelFormat::RGB32 },
    format(16, [(5, 11), (6, 5), (5, 0)]),
    format(15, [(5, 0), (5, 5), (5, 10)]),
    format(32, [(10, 2), (10, 12), (10, 22)]),
];

const fn format(bits_per_pixel: u16, channels: [(u8, u8); 3]) -> PixelFormat {
    let [red, green, blue] = channels;
    let [red, green, blue] = [
        Channel { size: red.0, shift: red.1 },
        Channel { size: green.0, shift: green.1 },
        Channel { size: blue.0, shift: blue.1 },
    ];
    PixelFormat { bits_per_pixel, red, green, blue }
}

static GLYPHS: [Rows; 4] = [
    [0; 16],
    [0x81, 0, 0xff, 0x18, 0x3c, 0xa5, 1, 2, 4, 8, 16, 32, 64, 128, 0x55, 0xaa],
    [0x81, 1, 0xff, 0x18, 0x3d, 0xa5, 1, 2, 4, 8, 16, 32, 65, 128, 0x55, 0xab],
    [0xff; 16],
];

fn font(cell: Cell) -> &'static Rows {
    &GLYPHS[cell.code() as usize % GLYPHS.len()]
}

fn cell() -> impl Strategy<Value = Cell> {
    let colour = prop_oneof![
        Just(Tint::named(Colour::LightGrey)),
        Just(Tint::named(Colour::Black)),
        any::<u32>().prop_map(|hex| Tint::rgb(Rgb::new(hex))),
    ];
    let line = prop::sample::select(vec![Underline::Off, Underline::Off, Underline::On]);
    (0x20..0x24u8, colour.clone(), colour, line)
        .prop_map(|(ch, fg, bg, line)| Cell::new(char::from(ch), Style::new(fg, bg, line)))
}

/// What is done to a screen.
#[derive(Clone, Debug)]
enum Step {
    Draw(usize, usize, Vec<Cell>),
    Cursor(usize, usize, Cursor),
}

fn step() -> impl Strategy<Value = Step> {
    let cursors = vec![Cursor::Underline, Cursor::Block, Cursor::Bar, Cursor::Hidden];
    let place = (0..3usize, 0..4usize);
    prop_oneof![
        (place.clone(), prop::collection::vec(cell(), 1..4))
            .prop_map(|((row, col), cells)| Step::Draw(row, col, cells)),
        (place, prop::sample::select(cursors))
            .prop_map(|((row, col), cursor)| Step::Cursor(row, col, cursor)),
    ]
}

/// The pixels of a cell on which the cursor is, or is not.
fn pixel_of(cell: Cell, cursor: Cursor, x: usize, y: usize) -> Tint {
    let mut is_front = font(cell)[y] & 0x80 >> x != 0 || cell.is_underlined() && y == 14;
    match cursor {
        Cursor::Underline if y >= 14 => return Colour::LightGrey.into(),
        Cursor::Block => is_front = !is_front,
        Cursor::Bar => is_front |= x < 2,
        _ => {}
    }
    if is_front { cell.style().fg() } else { cell.style().bg() }
}

fn is_painted_right(format: PixelFormat, scale: usize, steps: &[Step], shadow: bool) {
    let (columns, rows) = (if scale == 1 { 3 } else { WIDE / 16 }, 2);
    let depth = format.bytes_per_pixel();
    // Pixels on the right and below that belong to no cell, and an odd pitch.
    let (width, height) = (columns * 8 * scale + 3, rows * 16 * scale + 5);
    let pitch = width * depth + 7;
    let mut memory = vec![0xee; height * pitch + 9];
    let screen = FramebufferConsole::bare(&mut memory, format, [width, height, pitch], font);
    let mut screen = screen.unwrap();
    assert_eq!(screen.size(), (columns, rows));
    if shadow {
        screen = screen.with_shadow().unwrap();
    }
    let mut cells = vec![vec![None; columns]; rows];
    let mut last = None;
    for step in steps {
        match step {
            Step::Draw(row, col, drawn) => {
                screen.draw(*row, *col, drawn);
                for (col, cell) in (*col..).zip(drawn) {
                    let place = cells.get_mut(*row).and_then(|row| row.get_mut(col));
                    place.into_iter().for_each(|place| *place = Some(*cell));
                }
            }
            Step::Cursor(row, col, cursor) => {
                screen.cursor(*row, *col, *cursor);
                last = Some((*row, *col, *cursor));
            }
        }
    }
    // As after every flush.
    if let Some((row, col, cursor)) = last {
        screen.cursor(row, col, cursor);
    }
    let cursor_at = |row, col| match last {
        Some((at_row, at_col, cursor)) if shadow && (at_row, at_col) == (row, col) => cursor,
        _ => Cursor::Hidden,
    };
    let mut expected = vec![0; height * pitch];
    expected.resize(memory.len(), 0xee);
    for (y, x) in (0..rows * 16 * scale).flat_map(|y| (0..8 * 8 * scale).map(move |x| (y, x))) {
        let (row, col) = (y / scale / 16, x / scale / 8);
        let cursor = cursor_at(row, col);
        let cell = match cells[row].get(col) {
            Some(Some(cell)) => *cell,
            // The fake font's blank.
            Some(None) if cursor != Cursor::Hidden => Cell::BLANK,
            _ => continue,
        };
        let tint = pixel_of(cell, cursor, x / scale % 8, y / scale % 16);
        let pixel = format.encode(tint.to_rgb()).to_le_bytes();
        expected[y * pitch + x * depth..][..depth].copy_from_slice(&pixel[..depth]);
    }
    assert!(memory == expected, "{format:?}, scale {scale}");
}

proptest! {
    #[test]
    fn every_pixel_is_right(
        format in prop::sample::select(FORMATS.to_vec()),
        steps in prop::collection::vec(step(), 0..12),
        shadow: bool,
    ) {
        is_painted_right(format, 1, &steps, shadow);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn every_pixel_of_large_letters_is_right(
        format in prop::sample::select(FORMATS.to_vec()),
        steps in prop::collection::vec(step(), 0..12),
    ) {
        is_painted_right(format, 2, &steps, true);
    }
}

#[test]
fn nonsense_is_refused() {
    let refusal = |format, geometry| {
        FramebufferConsole::bare(&mut [0; 0x4000], format, geometry, font).map(|_| ()).unwrap_err()
    };
    let format = PixelFormat::RGB32;
    assert_eq!(refusal(format, [64, 16, 64 * 4 - 1]), FramebufferError::Pitch);
    assert_eq!(refusal(format, [usize::MAX, 16, 4]), FramebufferError::Pitch);
    assert_eq!(refusal(format, [64, 65, 256]), FramebufferError::Memory);
    assert_eq!(refusal(format, [64, usize::MAX, 256]), FramebufferError::Memory);
    assert_eq!(refusal(format, [7, 16, 256]), FramebufferError::TooSmall);
    assert_eq!(refusal(format, [64, 15, 256]), FramebufferError::TooSmall);
    let eight = PixelFormat { bits_per_pixel: 8, ..format };
    assert_eq!(refusal(eight, [64, 16, 256]), FramebufferError::Pixel(PixelError::Depth(8)));
}

#[test]
fn a_picture_is_beside_the_text_and_leaves_nothing() {
    let mut memory = [0; 64 * 48 * 4];
    let geometry = [64, 48, 256];
    let screen = FramebufferConsole::bare(&mut memory, PixelFormat::RGB32, geometry, font);
    let mut screen = screen.unwrap().with_shadow().unwrap();
    let text = Cell::BLANK.with('!');
    screen.draw(0, 0, &[text; 3]);
    screen.draw(2, 0, &[text; 8]);
    screen.cursor(2, 7, Cursor::Underline);
    // Two blank rows above the cursor's, five columns of them.
    assert_eq!(screen.room(), 32);
    assert_eq!(screen.pin(3, 11, |_, _| true), Err(pinned::NoRoom));
    assert_eq!(screen.pin(2, 16, |x, y| x == y), Ok(()));
    // Under the picture, and beside it.
    screen.draw(1, 3, &[text; 5]);
    screen.cursor(1, 5, Cursor::Block);
    let at = |memory: &[u8], x: usize, y: usize| memory[y * 256 + x * 4];
    let drawn = [at(screen.canvas.bytes(), 32, 0), at(screen.canvas.bytes(), 63, 0)];
    assert_eq!(drawn, [0, 0xff], "the picture is over the text and the cursor");
    assert_eq!([at(screen.canvas.bytes(), 32, 31), at(screen.canvas.bytes(), 63, 31)], [0xff, 0]);
    assert_eq!(at(screen.canvas.bytes(), 24, 16), 0xaa, "the text goes on beside it");
    screen.unpin();
    assert_eq!(at(screen.canvas.bytes(), 63, 0), 0);
    screen.draw(1, 3, &[text; 5]);
    assert_eq!(at(screen.canvas.bytes(), 32, 16), 0xaa, "drawn again, it is all there");
}
