//! From bytes to keys.

use pc_keyboard::{DecodedKey, KeyCode, KeyEvent, KeyState, Modifiers};
use pc_keyboard::{ScancodeSet, ScancodeSet1, ScancodeSet2};

use super::accent::compose;
use super::held::{Held, Locks, Repeat};
use super::layout::Layout;
use super::wire::{ScanSet, Wire, untranslate};
use crate::key::Key;

/// The keyboard's word that it has started and is well.
const SELF_TEST_PASSED: u8 = 0xaa;
/// Either of these says that the keyboard's own buffer overran.
const OVERRUN: [u8; 2] = [0x00, 0xff];

/// What a byte made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// Nothing yet, or nothing at all.
    Nothing,
    /// A key was pressed.
    Key(Key),
    /// Two characters: an accent, and a letter that it does not sit on.
    Keys(Key, Key),
    /// A keyboard was plugged in, or started anew: it knows nothing of what it
    /// was told, and no key is down.
    Started,
    /// The keyboard lost codes; all keys count as released.
    Overrun,
}

/// Turns bytes into keys, one keyboard's worth of state.
pub struct Decoder {
    layout: Layout,
    wire: Wire,
    one: ScancodeSet1,
    two: ScancodeSet2,
    /// The last byte was a prefix: 0xAA is no message then.
    midway: bool,
    /// 0xE1 0x1D: what follows belongs to the Pause key.
    pause: bool,
    held: Held,
    locks: Locks,
    /// A dead key was pressed, and waits for its letter.
    accent: Option<char>,
}

impl Decoder {
    /// No key down, no caps lock, digits on the keypad.
    #[must_use]
    pub const fn new(layout: Layout, wire: Wire) -> Self {
        Self {
            layout,
            wire,
            one: ScancodeSet1::new(),
            two: ScancodeSet2::new(),
            midway: false,
            pause: false,
            held: Held::NONE,
            locks: Locks::START,
            accent: None,
        }
    }

    /// Lets go of every key; the locks stay. For when releases may be lost.
    pub fn release_all(&mut self) {
        (self.one, self.two) = (ScancodeSet1::new(), ScancodeSet2::new());
        (self.midway, self.pause) = (false, false);
        (self.held, self.accent) = (Held::NONE, None);
    }

    /// Another layout, from the next key on.
    pub fn set_layout(&mut self, layout: Layout) {
        (self.layout, self.accent) = (layout, None);
    }

    /// Another meaning of the bytes, from the next on; keys count as released.
    pub fn set_wire(&mut self, wire: Wire) {
        self.wire = wire;
        self.release_all();
    }

    /// The layout.
    #[must_use]
    pub const fn layout(&self) -> Layout {
        self.layout
    }

    /// What the bytes mean.
    #[must_use]
    pub const fn wire(&self) -> Wire {
        self.wire
    }

    /// Which keys are down.
    #[must_use]
    pub const fn held(&self) -> Held {
        self.held
    }

    /// Which locks are on.
    #[must_use]
    pub const fn locks(&self) -> Locks {
        self.locks
    }

    /// One byte from the controller, any byte.
    pub fn byte(&mut self, byte: u8) -> Decoded {
        let byte = if self.wire.is_garbled() {
            untranslate(byte, self.held.has(KeyCode::Key2))
        } else {
            byte
        };
        if OVERRUN.contains(&byte) {
            self.release_all();
            return Decoded::Overrun;
        }
        if byte == SELF_TEST_PASSED && self.is_no_release() {
            self.release_all();
            return Decoded::Started;
        }
        let event = match self.wire.arriving() {
            ScanSet::One => self.one.advance_state(byte),
            ScanSet::Two => self.two.advance_state(byte),
        };
        // An unknown code (an answer that nobody waits for, a key of a later
        // age) is an error to the crate, which is back at its start then.
        self.midway = matches!(event, Ok(None));
        match event {
            Ok(Some(event)) => self.event(&event),
            Ok(None) | Err(_) => Decoded::Nothing,
        }
    }

    /// 0xAA in set 1 is the release of the left shift key too: it is a message
    /// when that key is up.
    const fn is_no_release(&self) -> bool {
        match self.wire.arriving() {
            ScanSet::One => !self.midway && !self.held.has(KeyCode::LShift),
            ScanSet::Two => !self.midway,
        }
    }

    fn event(&mut self, event: &KeyEvent) -> Decoded {
        let pause = core::mem::take(&mut self.pause);
        let code = event.code;
        match (event.state, code) {
            (_, KeyCode::RControl2) => self.pause = true,
            // The second half of the Pause key looks like Num Lock.
            (_, KeyCode::NumpadLock) if pause => {}
            // Shift releases that keyboards make up around the arrow keys.
            (_, KeyCode::RAlt2) => {}
            (KeyState::Up, _) => self.held.release(code),
            (KeyState::SingleShot, _) => {}
            (KeyState::Down, _) => {
                let repeat = self.held.press(code);
                return self.pressed(code, repeat);
            }
        }
        Decoded::Nothing
    }

    fn pressed(&mut self, code: KeyCode, repeat: Repeat) -> Decoded {
        let lock = match code {
            KeyCode::CapsLock => &mut self.locks.caps,
            KeyCode::NumpadLock => &mut self.locks.num,
            KeyCode::ScrollLock => &mut self.locks.scroll,
            KeyCode::LShift
            | KeyCode::RShift
            | KeyCode::LControl
            | KeyCode::RControl
            | KeyCode::LAlt
            | KeyCode::RAltGr
            | KeyCode::LWin
            | KeyCode::RWin
            | KeyCode::Apps => return Decoded::Nothing,
            _ => return self.typed(code),
        };
        *lock ^= repeat == Repeat::First;
        Decoded::Nothing
    }

    /// A key that is neither a lock nor a modifier.
    fn typed(&mut self, code: KeyCode) -> Decoded {
        let any_alt = self.held.left_alt() || self.held.right_alt();
        let is_delete = matches!(code, KeyCode::Delete | KeyCode::NumpadPeriod);
        if is_delete && self.held.control() && any_alt {
            return Decoded::Key(Key::Reboot);
        }
        let (modifiers, chord) = chord_of(self.layout, self.held, self.locks);
        match self.layout.map(code, &modifiers) {
            DecodedKey::Unicode(ch) => self.character(code, ch, chord),
            DecodedKey::RawKey(code) => {
                self.accent = None;
                chord.named(code).map_or(Decoded::Nothing, Decoded::Key)
            }
        }
    }

    fn character(&mut self, code: KeyCode, ch: char, chord: Chord) -> Decoded {
        if ch.is_control() || chord.control || chord.alt {
            self.accent = None;
            return chord.character(ch).map_or(Decoded::Nothing, Decoded::Key);
        }
        let dead = self.layout.is_dead(code, ch);
        let Some(accent) = self.accent.take() else {
            if dead {
                self.accent = Some(ch);
                return Decoded::Nothing;
            }
            return Decoded::Key(Key::Char(ch));
        };
        match compose(accent, ch) {
            Some(composed) => Decoded::Key(Key::Char(composed)),
            None if dead => {
                self.accent = Some(ch);
                Decoded::Key(Key::Char(accent))
            }
            None => Decoded::Keys(Key::Char(accent), Key::Char(ch)),
        }
    }
}

// By hand: the crate's decoders have no `Debug`.
impl core::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { layout, wire, held, locks, .. } = self;
        f.debug_struct("Decoder")
            .field("layout", layout)
            .field("wire", wire)
            .field("held", held)
            .field("locks", locks)
            .finish_non_exhaustive()
    }
}

/// What modifiers and locks make of a key: for its layout, and beyond that.
const fn chord_of(layout: Layout, held: Held, locks: Locks) -> (Modifiers, Chord) {
    let any_alt = held.left_alt() || held.right_alt();
    // Ctrl and Alt together stand for AltGr: for keyboards without one.
    let both = held.control() && held.left_alt();
    let alt_gr = layout.has_alt_gr() && (held.right_alt() || both);
    let chord = Chord {
        shift: held.shift(),
        control: held.control() && !(alt_gr && both),
        alt: any_alt && !alt_gr,
    };
    let modifiers = Modifiers {
        lshift: held.shift(),
        rshift: false,
        lctrl: false,
        rctrl: false,
        // Shift turns the keypad round for as long as it is held.
        numlock: locks.num != held.shift(),
        capslock: locks.caps,
        lalt: false,
        ralt: alt_gr,
        rctrl2: false,
    };
    (modifiers, chord)
}

/// What is held with a key, once AltGr has done its work.
#[derive(Clone, Copy)]
struct Chord {
    shift: bool,
    control: bool,
    alt: bool,
}

impl Chord {
    /// A control character, or one with Ctrl or Alt.
    fn character(self, ch: char) -> Option<Key> {
        let word = self.control || self.alt;
        Some(match ch {
            '\n' => Key::Enter,
            '\t' => Key::Tab,
            // As over a serial line: a word is rubbed out, to the left or right.
            '\u{8}' if word => Key::Ctrl('w'),
            '\u{7f}' if word => Key::Alt('d'),
            '\u{8}' => Key::Backspace,
            '\u{1b}' => Key::Escape,
            '\u{7f}' => Key::Delete,
            ch if ch.is_control() => return None,
            ch if self.control => match ch.to_ascii_lowercase() {
                ch @ ('a'..='z' | '@' | '[' | '\\' | ']' | '^' | '_') => Key::Ctrl(ch),
                ' ' => Key::Ctrl('@'),
                '/' | '-' => Key::Ctrl('_'),
                _ => return None,
            },
            ch => Key::Alt(ch.to_ascii_lowercase()),
        })
    }

    fn named(self, code: KeyCode) -> Option<Key> {
        let word = self.control || self.alt;
        Some(match code {
            KeyCode::ArrowLeft if word => Key::WordLeft,
            KeyCode::ArrowRight if word => Key::WordRight,
            KeyCode::ArrowLeft => Key::Left,
            KeyCode::ArrowRight => Key::Right,
            KeyCode::ArrowUp => Key::Up,
            KeyCode::ArrowDown => Key::Down,
            KeyCode::Home => Key::Home,
            KeyCode::End => Key::End,
            KeyCode::PageUp if self.shift => Key::ScrollUp,
            KeyCode::PageDown if self.shift => Key::ScrollDown,
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
}
