//! The screen: VGA text or a framebuffer, whichever the machine gave.

use crate::drivers::framebuffer::FramebufferConsole;
use crate::drivers::vga_text::VgaText;
use valhalla_core::terminal::{Cell, Cursor, Display, Scrolled};

/// A display that shows the terminal's cells.
#[derive(Debug)]
pub enum Screen {
    /// 80x25 characters in the adapter's text mode.
    Vga(VgaText),
    /// Cells drawn with a bitmap font.
    Framebuffer(FramebufferConsole),
}

impl Screen {
    /// What a person calls it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Vga(_) => "VGA text",
            Self::Framebuffer(_) => "framebuffer",
        }
    }
}

impl Display for Screen {
    fn size(&self) -> (usize, usize) {
        match self {
            Self::Vga(vga) => vga.size(),
            Self::Framebuffer(framebuffer) => framebuffer.size(),
        }
    }

    fn draw(&mut self, row: usize, col: usize, cells: &[Cell]) {
        match self {
            Self::Vga(vga) => vga.draw(row, col, cells),
            Self::Framebuffer(framebuffer) => framebuffer.draw(row, col, cells),
        }
    }

    fn scroll_up(&mut self, lines: usize, fill: Cell) -> Scrolled {
        match self {
            Self::Vga(vga) => vga.scroll_up(lines, fill),
            Self::Framebuffer(framebuffer) => framebuffer.scroll_up(lines, fill),
        }
    }

    fn cursor(&mut self, row: usize, col: usize, cursor: Cursor) {
        match self {
            Self::Vga(vga) => vga.cursor(row, col, cursor),
            Self::Framebuffer(framebuffer) => framebuffer.cursor(row, col, cursor),
        }
    }
}
