//! What the terminal wants from a screen.
//!
//! VGA text memory and the framebuffer implement this; so does the fake screen
//! of the tests.

use super::Cell;

/// How the cursor is to be seen. A display that lacks a shape takes another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// A line below the character: the usual one.
    Underline,
    /// The whole cell.
    Block,
    /// A line to the left of the character.
    Bar,
    /// Not at all.
    Hidden,
}

/// Answer to a request to scroll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scrolled {
    /// The picture moved up and the rows that came free show the fill cell.
    Done,
    /// Nothing happened; the terminal draws every row again.
    Unsupported,
}

/// A screen made of character cells.
///
/// The terminal calls these from [`flush`](super::Terminal::flush), in this
/// order: at most one `scroll_up`, then `draw` for each changed span, then at most
/// one `cursor`.
pub trait Display {
    /// Columns and rows. It must not change while a terminal draws here.
    fn size(&self) -> (usize, usize);

    /// Shows `cells` in `row` from column `col` on. The span lies within the
    /// screen. A display that remembers what it shows may skip equal cells.
    fn draw(&mut self, row: usize, col: usize, cells: &[Cell]);

    /// Moves the picture up by `lines` (1 to rows - 1) and fills the rows that
    /// come free at the bottom with `fill`. The picture that moves is what
    /// `draw` was last given: a cursor painted into it is the display's own to
    /// erase first.
    fn scroll_up(&mut self, lines: usize, fill: Cell) -> Scrolled;

    /// Puts the cursor at `row`, `col`. Called after every flush that drew or
    /// scrolled anything, and when the cursor moved, appeared or vanished.
    fn cursor(&mut self, row: usize, col: usize, cursor: Cursor);
}
