//! From scan codes to keys: the `pc-keyboard` crate, and what it leaves open.

use core::fmt;

use pc_keyboard::layouts::Us104Key;
use pc_keyboard::{DecodedKey, HandleControl, KeyCode, PS2Keyboard, ScancodeSet1};
use valhalla_core::key::Key;

use super::SCANCODES;

/// Decodes what the interrupt handler collected. There is one, in the shell's
/// context: the ring has a single consumer.
pub struct Keyboard {
    decoder: PS2Keyboard<Us104Key, ScancodeSet1>,
    /// The ring's drop count when last seen.
    dropped: usize,
}

impl Keyboard {
    /// No key held, caps lock off, numeric keypad on.
    #[must_use]
    pub const fn new() -> Self {
        Self { decoder: fresh(), dropped: 0 }
    }

    /// The next key press that has arrived; never waits.
    pub fn next_key(&mut self) -> Option<Key> {
        while let Some(byte) = SCANCODES.pop() {
            if let Some(key) = self.decode(byte) {
                return Some(key);
            }
        }
        let dropped = SCANCODES.dropped();
        if dropped != self.dropped {
            // A release may be among the lost: better to let go of a key that is
            // held than to hold one for ever.
            self.dropped = dropped;
            self.decoder = fresh();
        }
        None
    }

    /// One byte from the controller, any byte: a key, or nothing yet.
    pub fn decode(&mut self, byte: u8) -> Option<Key> {
        // 0x00 and 0xFF: the keyboard's own buffer overran, codes are lost.
        if matches!(byte, 0x00 | 0xff) {
            self.decoder = fresh();
            return None;
        }
        // An unknown code (an answer such as 0xFA or 0xFE, a key of a later
        // age) is an error to the crate, which is back at its start then.
        let event = self.decoder.add_byte(byte).ok().flatten()?;
        let key = self.decoder.process_keyevent(event)?;
        let modifiers = self.decoder.get_modifiers();
        match key {
            DecodedKey::Unicode(c) => character(c, modifiers.is_ctrl()),
            DecodedKey::RawKey(code) => named(code),
        }
    }
}

// By hand: the crate's decoder has no `Debug`.
impl fmt::Debug for Keyboard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyboard").field("dropped", &self.dropped).finish_non_exhaustive()
    }
}

impl Default for Keyboard {
    fn default() -> Self {
        Self::new()
    }
}

/// `Ignore`: the crate would turn Ctrl-H into the character that Backspace gives.
const fn fresh() -> PS2Keyboard<Us104Key, ScancodeSet1> {
    PS2Keyboard::new(ScancodeSet1::new(), Us104Key, HandleControl::Ignore)
}

fn character(c: char, control: bool) -> Option<Key> {
    Some(match c {
        '\n' => Key::Enter,
        '\t' => Key::Tab,
        '\u{8}' => Key::Backspace,
        '\u{1b}' => Key::Escape,
        '\u{7f}' => Key::Delete,
        c if c.is_control() => return None,
        c if control => match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '@' | '[' | '\\' | ']' | '^' | '_') => Key::Ctrl(c),
            _ => return None,
        },
        c => Key::Char(c),
    })
}

fn named(code: KeyCode) -> Option<Key> {
    Some(match code {
        KeyCode::ArrowLeft => Key::Left,
        KeyCode::ArrowRight => Key::Right,
        KeyCode::ArrowUp => Key::Up,
        KeyCode::ArrowDown => Key::Down,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Insert => Key::Insert,
        KeyCode::F1 => Key::Function(1),
        KeyCode::F2 => Key::Function(2),
        KeyCode::F3 => Key::Function(3),
        KeyCode::F4 => Key::Function(4),
        KeyCode::F5 => Key::Function(5),
        KeyCode::F6 => Key::Function(6),
        KeyCode::F7 => Key::Function(7),
        KeyCode::F8 => Key::Function(8),
        KeyCode::F9 => Key::Function(9),
        KeyCode::F10 => Key::Function(10),
        KeyCode::F11 => Key::Function(11),
        KeyCode::F12 => Key::Function(12),
        _ => return None,
    })
}
