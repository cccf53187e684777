//! One character of the screen and its two colours.

/// The sixteen text colours, numbered as a VGA attribute byte has them
/// (IBM VGA: bit 0 blue, bit 1 green, bit 2 red, bit 3 bright).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[expect(missing_docs, reason = "a colour's name says all there is to say")]
pub enum Colour {
    Black = 0,
    Blue = 1,
    Green = 2,
    Cyan = 3,
    Red = 4,
    Magenta = 5,
    Brown = 6,
    LightGrey = 7,
    DarkGrey = 8,
    LightBlue = 9,
    LightGreen = 10,
    LightCyan = 11,
    LightRed = 12,
    LightMagenta = 13,
    Yellow = 14,
    White = 15,
}

impl Colour {
    /// Every colour, in attribute order: `ALL[n] as u8 == n`.
    pub const ALL: [Self; 16] = [
        Self::Black,
        Self::Blue,
        Self::Green,
        Self::Cyan,
        Self::Red,
        Self::Magenta,
        Self::Brown,
        Self::LightGrey,
        Self::DarkGrey,
        Self::LightBlue,
        Self::LightGreen,
        Self::LightCyan,
        Self::LightRed,
        Self::LightMagenta,
        Self::Yellow,
        Self::White,
    ];

    /// The colour that a VGA attribute's four bits name; higher bits are ignored.
    #[must_use]
    pub const fn from_attribute(bits: u8) -> Self {
        Self::ALL[(bits & 0xf) as usize]
    }

    /// The colour that ANSI numbers `number & 7` (ECMA-48, 8.3.117 SGR): ANSI
    /// has red in bit 0 and blue in bit 2, VGA the other way round.
    #[must_use]
    pub const fn from_ansi(number: u8) -> Self {
        Self::from_attribute((number & 1) << 2 | number & 2 | (number & 4) >> 2)
    }

    /// The same hue with the bright bit set.
    #[must_use]
    pub const fn bright(self) -> Self {
        Self::from_attribute(self as u8 | 8)
    }
}

/// A character cell: what is shown, and in which colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The character as it was written; a display that lacks it substitutes.
    pub ch: char,
    /// Foreground.
    pub fg: Colour,
    /// Background.
    pub bg: Colour,
}

impl Cell {
    /// An empty cell in the default colours, light grey on black.
    pub const BLANK: Self = Self { ch: ' ', fg: Colour::LightGrey, bg: Colour::Black };

    /// Both colours as a VGA attribute byte.
    #[must_use]
    pub const fn attribute(self) -> u8 {
        (self.bg as u8) << 4 | self.fg as u8
    }
}

impl Default for Cell {
    fn default() -> Self {
        Self::BLANK
    }
}

const _: () = assert!(size_of::<Cell>() <= 8, "a cell grid is walked on every flush");
