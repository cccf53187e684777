//! Where a cell lies on the screen, and which glyph it is given.
//!
//! [`Canvas`] is made from a geometry that it has checked, so that a cell within
//! its columns and rows lies within the mapped memory; [`Mix`] stores the pixels,
//! by the [`Painter`] of the screen's kind, which is chosen once.

use core::ptr::NonNull;

use valhalla_core::pixel::{PixelFormat, palette};
use valhalla_core::terminal::{Cell, Colour, Cursor, Tint, split_tints};

use super::FramebufferError;
use super::mix::{BAR_ROWS, Mix, Solid};
use crate::boot;
use crate::drivers::font::{Rows, ascii_rows, rows_of};

/// From this width on, in pixels, each pixel of a glyph is four of the screen's.
const HIDPI_WIDTH: u32 = 2560;

/// The row of a glyph that a line under the text takes.
const UNDERLINE_ROW: usize = 14;
/// The rows of a cell that the usual cursor takes.
const CURSOR_ROWS: core::ops::Range<usize> = 14..14 + BAR_ROWS;
/// The columns that an upright cursor takes.
const CURSOR_BAR: u8 = 0xc0;

/// A cell's glyph as it is seen.
fn picture_of(cell: Cell) -> Rows {
    let mut rows = *rows_of(cell);
    if cell.is_underlined() {
        rows[UNDERLINE_ROW] = 0xff;
    }
    rows
}

/// What is there where the usual cursor stands on `old`: its rows differ from
/// `glyph`'s, whatever the old glyph has there.
#[inline]
fn under_cursor(glyph: &Rows, old: &Rows) -> Rows {
    let mut covered = *old;
    for row in CURSOR_ROWS {
        covered[row] = !glyph[row];
    }
    covered
}

/// What stores pixels on a screen of one kind.
#[derive(Clone, Copy, Debug)]
struct Painter {
    cells: unsafe fn(&mut Canvas, *mut u8, &[Cell], &mut [Cell]),
    over: unsafe fn(&Mix, *mut u8, usize, &Rows, &Rows),
    rows: unsafe fn(&Mix, *mut u8, usize, &[u8]),
    bar: unsafe fn(*mut u8, usize, &Solid),
}

impl Painter {
    /// `SCALE` is the width of a glyph's pixel, `DEPTH` the bytes of a screen's.
    const fn of<const SCALE: usize, const DEPTH: usize>() -> Self {
        Self {
            cells: Canvas::draw_as::<SCALE, DEPTH>,
            over: Mix::paint_over::<SCALE, DEPTH>,
            rows: Mix::paint::<SCALE, DEPTH>,
            bar: super::mix::paint_bar::<SCALE, DEPTH>,
        }
    }

    const fn choose(scale: usize, bytes_per_pixel: usize) -> Self {
        match (scale, bytes_per_pixel) {
            (1, 2) => Self::of::<1, 2>(),
            (1, 3) => Self::of::<1, 3>(),
            (1, _) => Self::of::<1, 4>(),
            (_, 2) => Self::of::<2, 2>(),
            (_, 3) => Self::of::<2, 3>(),
            (_, _) => Self::of::<2, 4>(),
        }
    }
}

/// A checked framebuffer, and what is needed to paint cells on it.
#[derive(Debug)]
pub(super) struct Canvas {
    memory: NonNull<u8>,
    /// Bytes from one row of pixels to the next.
    pitch: usize,
    /// Rows of pixels.
    height: usize,
    bytes_per_pixel: usize,
    /// How many pixels wide and high one of a glyph's is: 1 or 2.
    scale: usize,
    /// Bytes from one cell to the next, and to the one below.
    cell_bytes: usize,
    row_bytes: usize,
    columns: usize,
    rows: usize,
    format: PixelFormat,
    /// The pixels of the sixteen colours, worked out.
    pixels: [u32; 16],
    mix: Mix,
    painter: Painter,
    /// The usual cursor's colour.
    bar: Solid,
}

// SAFETY: the framebuffer is mapped for every processor alike, and no reference
// into it is ever made.
unsafe impl Send for Canvas {}

impl Canvas {
    /// Checks the geometry; paints nothing yet.
    ///
    /// # Safety
    /// As for [`FramebufferConsole::new`](super::FramebufferConsole::new).
    ///
    /// # Errors
    /// [`FramebufferError`] says what is wrong with the geometry.
    pub(super) unsafe fn new(
        info: &boot::Framebuffer,
        memory: NonNull<u8>,
        mapped_bytes: usize,
    ) -> Result<Self, FramebufferError> {
        info.format.check().map_err(FramebufferError::Pixel)?;
        let bytes_per_pixel = info.format.bytes_per_pixel();
        let [width, height, pitch] = [info.width, info.height, info.pitch].map(|n| n as usize);
        if width.checked_mul(bytes_per_pixel).is_none_or(|row| row > pitch) {
            return Err(FramebufferError::Pitch);
        }
        if height.checked_mul(pitch).is_none_or(|bytes| bytes > mapped_bytes) {
            return Err(FramebufferError::Memory);
        }
        let scale = if info.width >= HIDPI_WIDTH { 2 } else { 1 };
        let (columns, rows) = (width / (8 * scale), height / (16 * scale));
        if columns == 0 || rows == 0 {
            return Err(FramebufferError::TooSmall);
        }
        let pixels = Colour::ALL.map(|colour| info.format.encode(palette(colour)));
        let (format, mix) = (info.format, Mix::EMPTY);
        let painter = Painter::choose(scale, bytes_per_pixel);
        let bar = Solid::new(pixels[Colour::LightGrey as usize], bytes_per_pixel);
        Ok(Self {
            memory,
            pitch,
            height,
            bytes_per_pixel,
            scale,
            cell_bytes: 8 * scale * bytes_per_pixel,
            row_bytes: 16 * scale * pitch,
            columns,
            rows,
            format,
            pixels,
            mix,
            painter,
            bar,
        })
    }

    /// Columns and rows.
    pub(super) const fn size(&self) -> (usize, usize) {
        (self.columns, self.rows)
    }

    /// Width and height of a cell, in pixels.
    pub(super) const fn cell_size(&self) -> (usize, usize) {
        (8 * self.scale, 16 * self.scale)
    }

    /// Fills a rectangle of pixels: `left` and `top`, `width` and `height`. What
    /// of it is not within the columns and rows is left out.
    pub(super) fn fill(&mut self, at: (usize, usize), size: (usize, usize), colour: Colour) {
        let (width, height) = self.cell_size();
        let right = at.0.saturating_add(size.0).min(self.columns * width);
        let bottom = at.1.saturating_add(size.1).min(self.rows * height);
        let pixel = self.pixels[colour as usize].to_le_bytes();
        let depth = self.bytes_per_pixel.min(pixel.len());
        for y in at.1..bottom {
            for x in at.0..right {
                // SAFETY: the pixel lies within the columns and rows, all of
                // which are mapped (`new` checked it), and its bytes are read
                // from `pixel`, which has no fewer.
                unsafe {
                    let place = self.memory.as_ptr().add(y * self.pitch + x * depth);
                    place.copy_from_nonoverlapping(pixel.as_ptr(), depth);
                }
            }
        }
    }

    /// Makes the whole screen black, margins included.
    pub(super) fn clear(&mut self) {
        let bytes = self.pitch * self.height;
        // SAFETY: `new` checked that pitch times height lies within the mapping
        // that its caller vouched for. The string stores go upwards (the ABI
        // keeps the direction flag clear) and need no alignment.
        unsafe {
            core::arch::asm!(
                "rep stosq",
                "mov ecx, {rest:e}",
                "rep stosb",
                rest = in(reg) bytes % 8,
                inout("rcx") bytes / 8 => _,
                inout("rdi") self.memory.as_ptr() => _,
                // Black is all zero bits in every format.
                in("rax") 0u64,
                options(nostack, preserves_flags),
            );
        }
    }

    /// Paints `cells` from `col` on; `shown` is what is there, and is updated.
    pub(super) fn draw(&mut self, row: usize, col: usize, cells: &[Cell], shown: &mut [Cell]) {
        // Ends with the shorter of the two, and both with the screen's edge.
        let room = self.columns.saturating_sub(col);
        let shown = shown.get_mut(..room.min(cells.len())).unwrap_or_default();
        if row >= self.rows {
            return;
        }
        let first = self.place(row, col);
        // SAFETY: the cells lie on the screen, by the lines above, and `first` is
        // the first one's first pixel; the painter is this canvas's.
        unsafe { (self.painter.cells)(self, first, cells, shown) };
    }

    /// Where the first pixel of a cell is, for one on the screen.
    #[inline]
    fn place(&self, row: usize, col: usize) -> *mut u8 {
        // Wrapping, for a span without cells may begin one past the screen.
        self.memory.as_ptr().wrapping_add(row * self.row_bytes + col * self.cell_bytes)
    }

    /// # Safety
    /// `SCALE` and `DEPTH` must be this canvas's; `first` is the first pixel of
    /// `shown.len()` cells on the screen.
    unsafe fn draw_as<const SCALE: usize, const DEPTH: usize>(
        &mut self,
        first: *mut u8,
        cells: &[Cell],
        shown: &mut [Cell],
    ) {
        let mut at = first;
        for (&cell, shown) in cells.iter().zip(shown) {
            if cell != *shown {
                // SAFETY: `at` is this cell's first pixel.
                unsafe { self.change::<SCALE, DEPTH>(at, cell, shown) };
            }
            // No more than one past the last pixel of the screen: wrapping,
            // because nothing says that the mapping goes on there.
            at = at.wrapping_add(8 * SCALE * DEPTH);
        }
    }

    /// Paints one cell over another one. Apart, so that the loop over those that
    /// stay, most of a screen, keeps its registers.
    ///
    /// # Safety
    /// As for `draw_as`, for one cell.
    #[inline(never)]
    unsafe fn change<const SCALE: usize, const DEPTH: usize>(
        &mut self,
        first: *mut u8,
        cell: Cell,
        shown: &mut Cell,
    ) {
        // Text over text in the colours in use: ends in a jump, saves nothing.
        if cell.tints() == shown.tints()
            && cell.tints() == self.mix.tints()
            && !(cell.is_underlined() || shown.is_underlined())
            && let (Some(glyph), Some(covered)) = (ascii_rows(cell), ascii_rows(*shown))
        {
            *shown = cell;
            // SAFETY: the caller's promise, handed on.
            return unsafe {
                self.mix.paint_over::<SCALE, DEPTH>(first, self.pitch, glyph, covered)
            };
        }
        *shown = cell;
        // SAFETY: as above.
        unsafe { self.paint_whole::<SCALE, DEPTH>(first, cell) };
    }

    /// Paints all of a cell.
    ///
    /// # Safety
    /// As for `draw_as`, for one cell.
    #[inline(never)]
    unsafe fn paint_whole<const SCALE: usize, const DEPTH: usize>(
        &mut self,
        first: *mut u8,
        cell: Cell,
    ) {
        self.use_colours(cell.tints());
        // SAFETY: the caller's promise, handed on.
        unsafe { self.mix.paint::<SCALE, DEPTH>(first, self.pitch, &picture_of(cell)) };
    }

    /// Paints `cell` where `cursor` is painted over `shown`, which is updated. A
    /// key's echo: what the cursor covered is painted once, not erased before.
    pub(super) fn draw_over_cursor(
        &mut self,
        row: usize,
        col: usize,
        cell: Cell,
        shown: &mut Cell,
        cursor: Cursor,
    ) {
        let old = core::mem::replace(shown, cell);
        let lines = cell.is_underlined() || old.is_underlined();
        if cursor != Cursor::Underline || lines || cell.tints() != old.tints() {
            return self.erase_cursor(row, col, cell, Cursor::Block);
        }
        if row >= self.rows || col >= self.columns {
            return;
        }
        self.use_colours(cell.tints());
        let glyph = rows_of(cell);
        let covered = under_cursor(glyph, rows_of(old));
        let first = self.place(row, col);
        // SAFETY: the cell lies on the screen; the painter is this canvas's, and
        // the mix was made by it.
        unsafe { (self.painter.over)(&self.mix, first, self.pitch, glyph, &covered) };
    }

    /// Paints the cursor over the cell that shows `shown`.
    pub(super) fn paint_cursor(&mut self, row: usize, col: usize, shown: Cell, cursor: Cursor) {
        match cursor {
            Cursor::Hidden => {}
            Cursor::Underline if row < self.rows && col < self.columns => {
                let below = CURSOR_ROWS.start * self.scale * self.pitch;
                let first = self.place(row, col).wrapping_add(below);
                // SAFETY: the cell lies on the screen, and `first` within it, with
                // the bar's rows to go; the painter is this canvas's.
                unsafe { (self.painter.bar)(first, self.pitch, &self.bar) };
            }
            Cursor::Underline => {}
            Cursor::Block => {
                self.use_colours(shown.tints().rotate_left(32));
                self.paint_rows(row, col, 0..16, &picture_of(shown));
            }
            Cursor::Bar => {
                self.use_colours(shown.tints());
                self.paint_rows(row, col, 0..16, &picture_of(shown).map(|row| row | CURSOR_BAR));
            }
        }
    }

    /// Paints the part of a cell that the cursor covered.
    pub(super) fn erase_cursor(&mut self, row: usize, col: usize, shown: Cell, cursor: Cursor) {
        let rows = if cursor == Cursor::Underline { CURSOR_ROWS } else { 0..16 };
        self.use_colours(shown.tints());
        if shown.is_underlined() {
            self.paint_rows(row, col, rows, &picture_of(shown));
        } else {
            self.paint_rows(row, col, rows, rows_of(shown));
        }
    }

    /// Paints some of a picture's rows, in the colours in use.
    fn paint_rows(&mut self, row: usize, col: usize, rows: core::ops::Range<usize>, all: &Rows) {
        let below = rows.start * self.scale * self.pitch;
        let Some(rows) = all.get(rows) else { return };
        if row >= self.rows || col >= self.columns {
            return;
        }
        let first = self.place(row, col).wrapping_add(below);
        // SAFETY: the cell lies on the screen, and `first` within the cell, with
        // these rows to go; the painter is this canvas's.
        unsafe { (self.painter.rows)(&self.mix, first, self.pitch, rows) };
    }

    #[inline]
    fn use_colours(&mut self, tints: u64) {
        if self.mix.tints() != tints {
            self.remix(tints);
        }
    }

    /// Apart, so that the loop that calls it keeps its registers.
    #[inline(never)]
    fn remix(&mut self, tints: u64) {
        let (fg, bg) = split_tints(tints);
        let pixels = [fg, bg].map(|tint| self.pixel(tint));
        self.mix.set(tints, pixels, self.bytes_per_pixel, self.scale);
    }

    fn pixel(&self, tint: Tint) -> u32 {
        let named = tint.as_named().and_then(|colour| self.pixels.get(colour as usize));
        named.copied().unwrap_or_else(|| self.format.encode(tint.to_rgb()))
    }
}
