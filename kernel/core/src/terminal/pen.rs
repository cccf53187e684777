//! The attributes that text is written with, and how SGR sets them.

use vte::{Params, ParamsIter};

use super::{Cell, Colour, Style, Tint, Underline};
use crate::pixel::Rgb;

/// How the next character looks (ECMA-48, 8.3.117 SGR).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pen {
    fg: Tint,
    bg: Tint,
    bold: bool,
    inverse: bool,
    hidden: bool,
    underline: Underline,
}

const FOREGROUND: Tint = Tint::named(Colour::LightGrey);
const BACKGROUND: Tint = Tint::named(Colour::Black);

impl Pen {
    pub(super) const DEFAULT: Self = Self {
        fg: FOREGROUND,
        bg: BACKGROUND,
        bold: false,
        inverse: false,
        hidden: false,
        underline: Underline::Off,
    };

    /// A cell in this pen's style. Bold is bright, as on every VGA console.
    pub(super) fn cell(self, ch: char) -> Cell {
        let fg = if self.bold { self.fg.bright() } else { self.fg };
        let (fg, bg) = if self.inverse { (self.bg, fg) } else { (fg, self.bg) };
        Cell::new(ch, Style::new(if self.hidden { bg } else { fg }, bg, self.underline))
    }

    /// What erasing leaves behind: the background stays, as terminals do.
    pub(super) fn blank(self) -> Cell {
        Cell::new(' ', Style::new(FOREGROUND, self.bg, Underline::Off))
    }

    /// Does what the sequence asks for; numbers that mean nothing here are skipped.
    pub(super) fn set(&mut self, params: &Params) {
        let mut params = params.iter();
        while let Some(param) = params.next() {
            let number = param.first().copied().unwrap_or(0);
            match number {
                // `4:0` is none; `4:3` and others are lines of some kind.
                4 if param.get(1) == Some(&0) => self.underline = Underline::Off,
                38 => self.fg = extended(param, &mut params).unwrap_or(self.fg),
                48 => self.bg = extended(param, &mut params).unwrap_or(self.bg),
                // An underline's own colour: its numbers are no attributes.
                58 => drop(extended(param, &mut params)),
                number => self.set_one(number),
            }
        }
    }

    /// Does what a number asks for that stands alone.
    fn set_one(&mut self, number: u16) {
        match number {
            0 => *self = Self::DEFAULT,
            1 => self.bold = true,
            22 => self.bold = false,
            4 | 21 => self.underline = Underline::On,
            24 => self.underline = Underline::Off,
            7 => self.inverse = true,
            27 => self.inverse = false,
            8 => self.hidden = true,
            28 => self.hidden = false,
            30..=37 => self.fg = Tint::indexed((number - 30) as u8),
            39 => self.fg = FOREGROUND,
            40..=47 => self.bg = Tint::indexed((number - 40) as u8),
            49 => self.bg = BACKGROUND,
            90..=97 => self.fg = Tint::indexed((number - 90 + 8) as u8),
            100..=107 => self.bg = Tint::indexed((number - 100 + 8) as u8),
            _ => {}
        }
    }

    /// Does what a sequence of one number at the start of `text` asks for, and
    /// returns what is behind it. `None` for everything else, which is the
    /// parser's: several numbers, those of [`extended`], and what is not whole.
    pub(super) fn take<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let digits = text.strip_prefix("\x1b[")?;
        let mut number = 0;
        for (at, byte) in digits.bytes().enumerate().take(4) {
            match byte {
                b'0'..=b'9' => number = 10 * number + u16::from(byte - b'0'),
                b'm' if !matches!(number, 38 | 48 | 58) => {
                    self.set_one(number);
                    return digits.get(at + 1..);
                }
                _ => return None,
            }
        }
        None
    }
}

/// The colour after 38 or 48: `38:5:n`, `38:2:r:g:b`, `38:2:space:r:g:b` in one
/// parameter (ITU T.416), or xterm's `38;5;n` and `38;2;r;g;b` in several.
/// A number past 255 makes it no colour.
fn extended(param: &[u16], more: &mut ParamsIter<'_>) -> Option<Tint> {
    let byte = |number: &u16| u8::try_from(*number).ok();
    let rgb = |r, g, b| Some(Tint::rgb(Rgb { r: byte(r)?, g: byte(g)?, b: byte(b)? }));
    match param {
        [_, 5, number, ..] => return byte(number).map(Tint::indexed),
        [_, 2, r, g, b] | [_, 2, _, r, g, b, ..] => return rgb(r, g, b),
        [_] => {}
        _ => return None,
    }
    // All of them are taken off, whether they make a colour or not.
    let mut next = || more.next().and_then(|param| param.first()).unwrap_or(&u16::MAX);
    match next() {
        5 => byte(next()).map(Tint::indexed),
        2 => {
            let (r, g, b) = (next(), next(), next());
            rgb(r, g, b)
        }
        _ => None,
    }
}
