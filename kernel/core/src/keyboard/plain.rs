//! The short ways for what typing mostly is: one byte, one plain key.
//!
//! ```text
//!   byte --> known    a key that typed an ASCII character before  -- else -+
//!        --> let_go   a key goes up that is known, no modifier    -- else -+
//!                                                                          v
//!                          what the key gave is remembered <-- Decoder::byte
//! ```
//!
//! A scan code is always the same key, and what a key gave it gives again until
//! a lock or the layout changes, once with shift and once without. Both ways do
//! what [`Decoder::byte`] would have done, or nothing at all.

use pc_keyboard::{KeyCode, KeyEvent, KeyState};

use super::decode::{Decoded, Decoder, is_modifier};
use super::wire::ScanSet;
use crate::key::Key;

/// Set in the byte of a release, in set 1.
const RELEASE: u8 = 0x80;
/// Where the characters with shift begin.
const SHIFTED: u8 = 0x80;
/// No character is known.
const UNKNOWN: u8 = 0;

/// What is known of plain keys, by scan code.
pub(super) struct Plain {
    /// The next byte is a whole key, in set 1 as the keyboard means it.
    is_whole: bool,
    /// So it is, and no modifier but shift and no accent has a part in it.
    is_typing: bool,
    /// Where in `characters` the keys are now: 0, or [`SHIFTED`].
    half: u8,
    /// No modifiers; none above 0x7f.
    codes: [Option<KeyCode>; 256],
    /// Or [`UNKNOWN`].
    characters: [u8; 256],
}

impl Plain {
    /// Nothing is known.
    pub(super) const NEW: Self = Self {
        is_whole: false,
        is_typing: false,
        half: 0,
        codes: [None; 256],
        characters: [UNKNOWN; 256],
    };

    /// A lock or the layout has changed.
    pub(super) const fn forget_characters(&mut self) {
        self.characters = [UNKNOWN; 256];
    }
}

impl Decoder {
    /// The character that `byte` types, where it is known; else nothing was done,
    /// and [`byte`](Self::byte) is to be asked.
    #[inline]
    pub fn known(&mut self, byte: u8) -> Option<char> {
        let code = self.plain.codes[usize::from(byte)]?;
        let character = self.plain.characters[usize::from(byte | self.plain.half)];
        if !self.plain.is_typing || character == UNKNOWN {
            return None;
        }
        self.held.press(code);
        Some(char::from(character))
    }

    /// Follows a byte that says no more than that a plain key went up. Else
    /// nothing was done, and [`byte`](Self::byte) is to be asked.
    #[inline]
    #[must_use]
    pub fn let_go(&mut self, byte: u8) -> bool {
        let code = self.plain.codes[usize::from(byte ^ RELEASE)];
        if let (Some(code), true) = (code, self.plain.is_whole) {
            self.held.release(code);
            return true;
        }
        false
    }

    /// Remembers what the key made that `byte` alone pressed.
    pub(super) fn remember(&mut self, byte: u8, event: &KeyEvent, made: Decoded) {
        if event.state != KeyState::Down || is_modifier(event.code) {
            return;
        }
        self.plain.codes[usize::from(byte)] = Some(event.code);
        if let (Decoded::Key(Key::Char(ch @ ' '..='~')), true) = (made, self.plain.is_typing) {
            self.plain.characters[usize::from(byte | self.plain.half)] = ch as u8;
        }
    }

    /// Whether the next byte is a whole key.
    pub(super) const fn is_whole(&self) -> bool {
        self.plain.is_whole
    }

    /// To be called when anything but the keys that are down has changed.
    pub(super) fn settle(&mut self) {
        let is_set_1 = self.wire.arriving() == ScanSet::One && !self.wire.is_garbled();
        self.plain.is_whole = is_set_1 && !self.midway && !self.pause;
        self.plain.is_typing =
            self.plain.is_whole && self.accent.is_none() && self.grip.is_at_most_shift();
        self.plain.half = if self.held.shift() { SHIFTED } else { 0 };
    }
}
