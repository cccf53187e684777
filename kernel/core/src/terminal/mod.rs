//! A terminal: text and escape sequences in, a grid of cells out.

mod cell;
mod display;

pub use cell::{Cell, Colour};
pub use display::{Cursor, Display, Scrolled};
