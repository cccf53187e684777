//! One character of the screen, and how it looks.

use crate::pixel::{Rgb, palette};

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

    /// The one of the sixteen that looks most like `rgb`.
    #[must_use]
    pub fn nearest(rgb: Rgb) -> Self {
        // The eye is most sensitive to green, least to blue.
        let distance = |colour: &Self| {
            let shown = palette(*colour);
            let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
            2 * square(rgb.r, shown.r) + 4 * square(rgb.g, shown.g) + 3 * square(rgb.b, shown.b)
        };
        Self::ALL.into_iter().min_by_key(distance).unwrap_or(Self::LightGrey)
    }

    /// The same hue with the bright bit set.
    #[must_use]
    pub const fn bright(self) -> Self {
        Self::from_attribute(self as u8 | 8)
    }
}

/// A colour as it was asked for: one of the sixteen, one of xterm's other 240, or
/// red, green and blue. What a display makes of it is the display's affair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tint(u32);

impl Tint {
    /// Set for red, green and blue; else the number of a colour.
    const IS_RGB: u32 = 1 << 24;

    /// One of the sixteen.
    #[must_use]
    pub const fn named(colour: Colour) -> Self {
        Self(colour as u32)
    }

    /// Any colour of 24 bits.
    #[must_use]
    pub const fn rgb(rgb: Rgb) -> Self {
        Self(Self::IS_RGB | (rgb.r as u32) << 16 | (rgb.g as u32) << 8 | rgb.b as u32)
    }

    /// A colour of xterm's palette: the sixteen in ANSI's order, a cube of six
    /// levels a channel, 24 greys.
    #[must_use]
    pub const fn indexed(number: u8) -> Self {
        match number {
            0..8 => Self::named(Colour::from_ansi(number)),
            8..16 => Self::named(Colour::from_ansi(number).bright()),
            _ => Self(number as u32),
        }
    }

    /// Which of the sixteen it is, if it is one of them.
    #[must_use]
    pub const fn as_named(self) -> Option<Colour> {
        if self.0 < 16 { Some(Colour::from_attribute(self.0 as u8)) } else { None }
    }

    /// The same hue, brighter, where the colour is one of the darker eight.
    #[must_use]
    pub const fn bright(self) -> Self {
        if self.0 < 8 { Self(self.0 | 8) } else { self }
    }

    /// What to show where any colour can be shown.
    #[must_use]
    pub const fn to_rgb(self) -> Rgb {
        if let Some(colour) = self.as_named() {
            return palette(colour);
        }
        if self.0 & Self::IS_RGB != 0 {
            return Rgb::new(self.0);
        }
        // The first sixteen are named.
        let number = self.0 as u8;
        if number >= 232 {
            let level = 8 + 10 * (number - 232);
            return Rgb { r: level, g: level, b: level };
        }
        let cube = number.saturating_sub(16);
        Rgb { r: level(cube / 36), g: level(cube / 6 % 6), b: level(cube % 6) }
    }

    /// What to show where there are sixteen colours.
    #[must_use]
    pub fn to_colour(self) -> Colour {
        self.as_named().unwrap_or_else(|| Colour::nearest(self.to_rgb()))
    }
}

/// The six levels of a channel in xterm's cube.
const fn level(step: u8) -> u8 {
    if step == 0 { 0 } else { 55 + 40 * step }
}

impl From<Colour> for Tint {
    fn from(colour: Colour) -> Self {
        Self::named(colour)
    }
}

/// Whether text has a line under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Underline {
    /// No line.
    Off,
    /// A line.
    On,
}

/// How a character looks: two colours, perhaps a line under it.
///
/// Two words, so that equal styles are told at once; the VGA's attribute is
/// worked out beforehand, because cells are drawn far more often than made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Background above, foreground below.
    tints: u64,
    /// In the places that a [`Cell`] has them.
    look: u64,
}

const ATTRIBUTE_SHIFT: u32 = 32;
const UNDERLINED: u64 = 1 << 40;

impl Style {
    /// Light grey on black.
    pub const DEFAULT: Self = Self {
        tints: (Colour::Black as u64) << 32 | Colour::LightGrey as u64,
        look: (Colour::LightGrey as u64) << ATTRIBUTE_SHIFT,
    };

    /// These colours, with or without a line.
    #[must_use]
    pub fn new(fg: Tint, bg: Tint, underline: Underline) -> Self {
        let (mut front, back) = (fg.to_colour(), bg.to_colour());
        if front == back && fg != bg {
            // Two colours that become one: what can be read comes first.
            let dark = matches!(back as u8, 0..=6 | 8);
            front = if dark { Colour::White } else { Colour::Black };
        }
        let mut underlined = 0;
        if underline == Underline::On {
            underlined = UNDERLINED;
            // Colour modes of the VGA have no line: white, as on Linux's console.
            if back != Colour::White {
                front = Colour::White;
            }
        }
        let attribute = u64::from((back as u8) << 4 | front as u8) << ATTRIBUTE_SHIFT;
        Self { tints: u64::from(bg.0) << 32 | u64::from(fg.0), look: underlined | attribute }
    }

    /// Foreground.
    #[must_use]
    pub const fn fg(self) -> Tint {
        split_tints(self.tints).0
    }

    /// Background.
    #[must_use]
    pub const fn bg(self) -> Tint {
        split_tints(self.tints).1
    }

    /// Both colours in a word, to compare them by; [`split_tints`] undoes it.
    #[must_use]
    #[inline]
    pub const fn tints(self) -> u64 {
        self.tints
    }

    /// Whether there is a line under the text.
    #[must_use]
    pub const fn underline(self) -> Underline {
        if self.look & UNDERLINED != 0 { Underline::On } else { Underline::Off }
    }
}

/// Foreground and background of what [`Style::tints`] gave.
#[must_use]
pub const fn split_tints(tints: u64) -> (Tint, Tint) {
    (Tint(tints as u32), Tint((tints >> 32) as u32))
}

/// A character cell: what is shown, and how.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// The character in the low half, the style's look above.
    what: u64,
    tints: u64,
}

impl Cell {
    /// An empty cell in the default colours.
    pub const BLANK: Self = Self::new(' ', Style::DEFAULT);

    /// Equal to no cell that can be written: what a display shows where it cannot
    /// tell.
    pub const UNKNOWN: Self = Self { what: u64::MAX, tints: u64::MAX };

    /// The second cell of a character that is two cells wide.
    pub const REST: char = '\0';

    /// `ch` in this style. The character is kept as it was written; a display
    /// that lacks it substitutes.
    #[must_use]
    pub const fn new(ch: char, style: Style) -> Self {
        Self { what: style.look | ch as u64, tints: style.tints }
    }

    /// The character.
    #[must_use]
    pub fn ch(self) -> char {
        char::from_u32(self.what as u32).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// The character's number.
    #[must_use]
    #[inline]
    pub const fn code(self) -> u32 {
        self.what as u32
    }

    /// How it looks.
    #[must_use]
    #[inline]
    pub const fn style(self) -> Style {
        Style { tints: self.tints, look: self.what & !0xffff_ffff }
    }

    /// Both colours in a word, to compare them by: [`Style::tints`].
    #[must_use]
    #[inline]
    pub const fn tints(self) -> u64 {
        self.tints
    }

    /// Whether there is a line under the character.
    #[must_use]
    #[inline]
    pub const fn is_underlined(self) -> bool {
        self.what & UNDERLINED != 0
    }

    /// Another character in the same style.
    #[must_use]
    #[inline]
    pub const fn with(self, ch: char) -> Self {
        Self { what: self.what & !0xffff_ffff | ch as u64, ..self }
    }

    /// The look as a VGA attribute byte: the nearest of the sixteen colours, and
    /// white text for underlined text.
    #[must_use]
    #[inline]
    pub const fn attribute(self) -> u8 {
        (self.what >> ATTRIBUTE_SHIFT) as u8
    }
}

impl Default for Cell {
    fn default() -> Self {
        Self::BLANK
    }
}

impl core::fmt::Debug for Cell {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:?} {:?}", self.ch(), self.style())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_kept_and_mapped() {
        assert_eq!(Tint::indexed(1), Colour::Red.into());
        assert_eq!(Tint::indexed(12), Colour::LightBlue.into());
        assert_eq!(Tint::indexed(16).to_rgb(), Rgb::new(0));
        assert_eq!(Tint::indexed(208).to_rgb(), Rgb::new(0xff_87_00));
        assert_eq!(Tint::indexed(255).to_rgb(), Rgb::new(0xee_ee_ee));
        assert_eq!(Tint::rgb(Rgb::new(0x12_34_56)).to_rgb(), Rgb::new(0x12_34_56));
        assert_eq!(Tint::rgb(Rgb::new(0xf0_10_08)).to_colour(), Colour::Red);
        assert_eq!(Tint::indexed(231).to_colour(), Colour::White);
        for colour in Colour::ALL {
            assert_eq!(Tint::rgb(palette(colour)).to_colour(), colour);
        }
    }

    #[test]
    fn a_cell_gives_back_what_it_was_given() {
        let style = Style::new(Tint::indexed(200), Colour::Blue.into(), Underline::On);
        let cell = Cell::new('é', style);
        assert_eq!((cell.ch(), cell.style()), ('é', style));
        assert_eq!((style.fg(), style.bg()), (Tint::indexed(200), Colour::Blue.into()));
        assert_eq!(style.underline(), Underline::On);
        assert_eq!(cell.with('x'), Cell::new('x', style));
        let default = Style::new(Colour::LightGrey.into(), Colour::Black.into(), Underline::Off);
        assert_eq!(default, Style::DEFAULT);
        assert_eq!(Cell::BLANK.attribute(), 0x07);
    }

    #[test]
    fn text_can_be_read_in_sixteen_colours_too() {
        let near = |hex| Tint::rgb(Rgb::new(hex));
        let cell = |fg, bg| Cell::new('x', Style::new(near(fg), near(bg), Underline::Off));
        assert_eq!(cell(0x00_00_b0, 0x00_00_a0).attribute(), 0x1f);
        assert_eq!(cell(0xfa_fa_fa, 0xff_ff_ff).attribute(), 0xf0);
        assert_eq!(cell(0x10_10_10, 0x10_10_10).attribute(), 0x00, "hidden on purpose");
        let lined = |bg: Colour| {
            Cell::new('x', Style::new(Colour::Red.into(), bg.into(), Underline::On)).attribute()
        };
        assert_eq!((lined(Colour::Blue), lined(Colour::White)), (0x1f, 0xf4));
    }
}
