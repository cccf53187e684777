//! A bar that shows parts of a whole, with a legend.

use core::fmt;
use valhalla_core::terminal::Colour;
use valhalla_core::units::Bytes;

/// Cells of the bar; the line fits an 80-column screen.
const WIDTH: u64 = 64;

/// One part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// How large it is.
    pub(super) bytes: u64,
    /// How it is drawn.
    pub(super) colour: Colour,
    /// What it is.
    pub(super) name: &'static str,
}

/// The parts of a whole, side by side: a line of blocks and a legend. A part
/// that is there gets at least one cell, so that nothing hides.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bar<'a>(pub(super) &'a [Part]);

impl fmt::Display for Bar<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total: u64 = self.0.iter().map(|part| part.bytes).sum();
        let there = || self.0.iter().filter(|part| part.bytes > 0);
        let share = |part: &Part| {
            let cells = u128::from(part.bytes) * u128::from(WIDTH) / u128::from(total.max(1));
            (cells as u64).max(1)
        };
        // Rounding leaves cells over, or takes too many: the largest part evens
        // it out.
        let largest = there().max_by_key(|part| part.bytes).map(|part| part.name);
        let given: u64 = there().filter(|part| Some(part.name) != largest).map(share).sum();
        f.write_str("  ")?;
        for part in there() {
            let is_largest = Some(part.name) == largest;
            let cells = if is_largest { WIDTH.saturating_sub(given) } else { share(part) };
            write!(f, "\x1b[{}m", foreground(part.colour))?;
            for _ in 0..cells {
                f.write_str("\u{2588}")?;
            }
        }
        f.write_str("\x1b[0m\n")?;
        for part in there() {
            let colour = foreground(part.colour);
            writeln!(
                f,
                "  \x1b[{colour}m\u{2588}\x1b[0m {:<22} {:>10}",
                part.name,
                Bytes(part.bytes)
            )?;
        }
        Ok(())
    }
}

/// The SGR parameter of a foreground colour (ECMA-48, 8.3.117): ANSI counts
/// red, green, blue where VGA counts blue, green, red.
const fn foreground(colour: Colour) -> u8 {
    let vga = colour as u8;
    let ansi = vga & 2 | vga >> 2 & 1 | (vga & 1) << 2;
    if vga < 8 { 30 + ansi } else { 90 + ansi }
}
