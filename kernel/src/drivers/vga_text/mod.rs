//! VGA text: 80x25 cells, code page 437, sixteen colours before and behind.
//!
//! ```text
//!  0xB8000                                                        0xBFFFF
//!  |------------- 16,384 cells, 204 rows of 80 --------------------|
//!        ^ origin (CRTC start address)    scrolling moves it down a
//!        [ 25 rows that are shown ]       row: 80 new cells, no copy
//! ```
//!
//! At the end of the window the origin returns to 0 and the terminal, which
//! knows every cell, draws all rows again: 500 stores, once in 180 lines.
//! Nothing is ever read back. There is neither heap nor lock in here, so the
//! panic report may draw with it.

pub mod adapter;
mod memory;
pub mod mode;
mod registers;

use core::ptr::NonNull;

use valhalla_core::cp437;
use valhalla_core::terminal::{Cell, Cursor, Display, Scrolled};

use crate::boot::Framebuffer;
use adapter::Adapter;
use memory::{CELLS, CharacterMemory, Word};
use mode::ModeError;
use registers::{CRTC, write_indexed};

/// Where the legacy VGA window begins in physical memory; both the font's
/// window and the character memory lie in it.
pub const LEGACY_WINDOW: u64 = 0xa_0000;
/// Bytes in the legacy VGA window.
pub const LEGACY_WINDOW_BYTES: u64 = 0x2_0000;
/// Character memory within the legacy window.
const CHARACTER_MEMORY_OFFSET: usize = 0x1_8000;

const COLUMNS: usize = 80;
const ROWS: usize = 25;

/// CRTC: first scan line of the cursor, and bit 5 to hide it.
const CURSOR_START: u8 = 0x0a;
/// [`CURSOR_START`]: the last but two of 16 lines; the cursor ends at line 14.
const CURSOR_UNDERLINE: u8 = 0x0d;
/// [`CURSOR_START`]: the whole cell.
const CURSOR_BLOCK: u8 = 0x00;
/// [`CURSOR_START`]: the lower half, as there are no upright ones.
const CURSOR_BAR: u8 = 0x08;
/// [`CURSOR_START`]: no cursor.
const CURSOR_OFF: u8 = 0x20;
/// CRTC: address of the cell at the top left, high byte; the low one follows.
const START_ADDRESS: u8 = 0x0c;
/// CRTC: address of the cursor's cell, high byte; the low one follows.
const CURSOR_LOCATION: u8 = 0x0e;

/// The text screen.
#[derive(Debug)]
pub struct VgaText {
    memory: CharacterMemory,
    /// Cell at the top left: what the CRTC's start address is or will be.
    origin: usize,
    /// The CRTC's start address and cursor location.
    start: Address,
    location: Address,
    cursor: Cursor,
}

impl VgaText {
    /// Brings the adapter into text mode, clears the screen and turns it on.
    /// `framebuffer` is the loader's; where it set up none, an adapter that is not
    /// known serves in the text mode that it is in.
    ///
    /// # Safety
    /// `window` is the start of the legacy VGA window ([`LEGACY_WINDOW`],
    /// [`LEGACY_WINDOW_BYTES`]), mapped writable and uncached for good, and
    /// nobody else uses the adapter.
    ///
    /// # Errors
    /// [`ModeError`]: the adapter is neither known nor in text mode; it was left alone.
    pub unsafe fn start(
        window: NonNull<u8>,
        framebuffer: Option<&Framebuffer>,
    ) -> Result<(Self, Adapter), ModeError> {
        // SAFETY: the caller's promise; the font window is the first half.
        let adapter = unsafe { mode::set_text_mode(window, framebuffer) }?;
        // SAFETY: the caller's promise; the character memory lies at that place.
        let mut memory = unsafe { CharacterMemory::new(window.byte_add(CHARACTER_MEMORY_OFFSET)) };
        memory.fill(0, ROWS * COLUMNS, word(Cell::BLANK));
        mode::light();
        // As `set_text_mode` leaves the CRTC.
        let [start, location] = [START_ADDRESS, CURSOR_LOCATION].map(Address::zero);
        let screen = Self { memory, origin: 0, start, location, cursor: Cursor::Underline };
        Ok((screen, adapter))
    }
}

impl Display for VgaText {
    fn size(&self) -> (usize, usize) {
        (COLUMNS, ROWS)
    }

    fn draw(&mut self, row: usize, col: usize, cells: &[Cell]) {
        if row >= ROWS || col >= COLUMNS {
            return;
        }
        let first = self.origin + row * COLUMNS + col;
        let cells = cells.get(..COLUMNS - col).unwrap_or(cells);
        self.memory.write(first, cells, |cell| word(*cell));
    }

    fn scroll_up(&mut self, lines: usize, fill: Cell) -> Scrolled {
        let lines = lines.min(ROWS);
        let origin = self.origin + lines * COLUMNS;
        if origin + ROWS * COLUMNS > CELLS {
            // The start address moves in `cursor`, after the rows are drawn: the
            // old picture stays until the new one is complete.
            self.origin = 0;
            return Scrolled::Unsupported;
        }
        let first_new = origin + (ROWS - lines) * COLUMNS;
        self.memory.fill(first_new, lines * COLUMNS, word(fill));
        self.origin = origin;
        Scrolled::Done
    }

    fn cursor(&mut self, row: usize, col: usize, cursor: Cursor) {
        self.start.set(self.origin);
        if self.cursor != cursor {
            self.cursor = cursor;
            let shape = match cursor {
                Cursor::Underline => CURSOR_UNDERLINE,
                Cursor::Block => CURSOR_BLOCK,
                Cursor::Bar => CURSOR_BAR,
                Cursor::Hidden => CURSOR_OFF,
            };
            write_indexed(CRTC, CURSOR_START, shape);
        }
        self.location.set(self.origin + row.min(ROWS - 1) * COLUMNS + col.min(COLUMNS - 1));
    }
}

/// A cell as the adapter wants it.
#[inline]
fn word(cell: Cell) -> Word {
    match cell.code() {
        code @ 0x20..=0x7e => Word::from_le_bytes([code as u8, cell.attribute()]),
        _ => word_beyond_ascii(cell),
    }
}

#[cold]
#[inline(never)]
fn word_beyond_ascii(cell: Cell) -> Word {
    Word::from_le_bytes([cp437::nearest(cell.ch()), cell.attribute()])
}

/// A pair of CRTC registers that hold a cell's address, and what is in them: a
/// port write costs more than the memory that remembers it.
#[derive(Debug)]
struct Address {
    high_index: u8,
    value: u16,
}

impl Address {
    const fn zero(high_index: u8) -> Self {
        Self { high_index, value: 0 }
    }

    #[inline]
    fn set(&mut self, cell: usize) {
        let new = cell as u16;
        let changed = core::mem::replace(&mut self.value, new) ^ new;
        if changed & 0xff00 != 0 {
            write_indexed(CRTC, self.high_index, (new >> 8) as u8);
        }
        if changed & 0x00ff != 0 {
            write_indexed(CRTC, self.high_index + 1, new as u8);
        }
    }
}
