//! Which keys are held down, and which locks are on.

use core::fmt;

use pc_keyboard::KeyCode;

/// A set of keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held(u128);

const _: () = assert!((KeyCode::Unknown as u8) < 128, "a bit for every key");

impl Held {
    /// No key.
    pub const NONE: Self = Self(0);

    const fn bit(code: KeyCode) -> u128 {
        1 << code as u8
    }

    /// Puts a key in; whether it was in already, which is what repeats are.
    pub(super) const fn press(&mut self, code: KeyCode) -> Repeat {
        let before = self.has(code);
        self.0 |= Self::bit(code);
        if before { Repeat::Again } else { Repeat::First }
    }

    pub(super) const fn release(&mut self, code: KeyCode) {
        self.0 &= !Self::bit(code);
    }

    pub(super) const fn has(self, code: KeyCode) -> bool {
        self.0 & Self::bit(code) != 0
    }

    /// How many keys are held.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// Either shift key.
    #[must_use]
    pub const fn shift(self) -> bool {
        self.has(KeyCode::LShift) || self.has(KeyCode::RShift)
    }

    /// Either control key.
    #[must_use]
    pub const fn control(self) -> bool {
        self.has(KeyCode::LControl) || self.has(KeyCode::RControl)
    }

    /// The left Alt key.
    #[must_use]
    pub const fn left_alt(self) -> bool {
        self.has(KeyCode::LAlt)
    }

    /// The right Alt key, which is AltGr on many layouts.
    #[must_use]
    pub const fn right_alt(self) -> bool {
        self.has(KeyCode::RAltGr)
    }
}

/// The modifiers by name, `-` between them; nothing where there is none.
impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        for (held, name) in [
            (self.shift(), "Shift"),
            (self.control(), "Ctrl"),
            (self.left_alt(), "Alt"),
            (self.right_alt(), "AltGr"),
        ] {
            if held {
                write!(f, "{between}{name}")?;
                between = "-";
            }
        }
        Ok(())
    }
}

/// Whether a key came down just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    First,
    Again,
}

/// The three locks, which the LEDs show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locks {
    /// Letters are capital.
    pub caps: bool,
    /// The keypad gives digits.
    pub num: bool,
    /// No more than a light.
    pub scroll: bool,
}

impl Locks {
    /// As the kernel starts: the keypad gives digits.
    pub const START: Self = Self { caps: false, num: true, scroll: false };

    /// The byte that follows keyboard command 0xED.
    #[must_use]
    pub const fn led_byte(self) -> u8 {
        self.scroll as u8 | (self.num as u8) << 1 | (self.caps as u8) << 2
    }
}

impl fmt::Display for Locks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |on| if on { "on" } else { "off" };
        let Self { caps, num, scroll } = *self;
        write!(f, "caps {}, num {}, scroll {}", word(caps), word(num), word(scroll))
    }
}
