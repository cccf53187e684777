//! Layouts: which character a key gives.
//!
//! The tables are the `pc-keyboard` crate's; added here are the dead keys, which
//! it gives as plain characters, and the German keypad's comma.

use core::fmt;

use pc_keyboard::layouts::{Azerty, De105Key, Dvorak104Key, Uk105Key, Us104Key};
use pc_keyboard::{DecodedKey, HandleControl, KeyCode, KeyboardLayout, Modifiers};

/// What is printed on the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// United States.
    #[default]
    Us,
    /// United Kingdom.
    Uk,
    /// German.
    De,
    /// French, AZERTY.
    Fr,
    /// Dvorak's.
    Dvorak,
}

impl Layout {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Us, Self::Uk, Self::De, Self::Fr, Self::Dvorak];

    /// What `keyboard=` and the command call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Us => "us",
            Self::Uk => "uk",
            Self::De => "de",
            Self::Fr => "fr",
            Self::Dvorak => "dvorak",
        }
    }

    /// The layout of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layout| layout.name() == name)
    }

    /// Whether the right Alt key reaches a third character on a key; where it
    /// does not, it is an Alt key like the left one.
    #[must_use]
    pub const fn has_alt_gr(self) -> bool {
        matches!(self, Self::Uk | Self::De | Self::Fr)
    }

    /// What `code` gives while `modifiers` hold.
    pub(super) fn map(self, code: KeyCode, modifiers: &Modifiers) -> DecodedKey {
        // `Ignore`: the crate would turn Ctrl-H into what Backspace gives.
        const CONTROL: HandleControl = HandleControl::Ignore;
        match self {
            // The key that an ISO keyboard has beside the left shift, and these do not.
            Self::Us | Self::Dvorak if code == KeyCode::Oem5 => {
                DecodedKey::Unicode(if modifiers.is_shifted() { '|' } else { '\\' })
            }
            Self::Us => Us104Key.map_keycode(code, modifiers, CONTROL),
            Self::Uk => Uk105Key.map_keycode(code, modifiers, CONTROL),
            Self::De if code == KeyCode::NumpadPeriod && modifiers.numlock => {
                DecodedKey::Unicode(',')
            }
            Self::De => De105Key.map_keycode(code, modifiers, CONTROL),
            Self::Fr => Azerty.map_keycode(code, modifiers, CONTROL),
            Self::Dvorak => Dvorak104Key.map_keycode(code, modifiers, CONTROL),
        }
    }

    /// Whether `ch` on the key `code` waits for a letter to sit on.
    pub(super) const fn is_dead(self, code: KeyCode, ch: char) -> bool {
        match self {
            Self::De => matches!((code, ch), (KeyCode::Oem8, '^') | (KeyCode::OemPlus, '´' | '`')),
            Self::Fr => matches!(
                (code, ch),
                (KeyCode::Oem4, '^' | '¨') | (KeyCode::Key2, '~') | (KeyCode::Key7, '`')
            ),
            Self::Us | Self::Uk | Self::Dvorak => false,
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
