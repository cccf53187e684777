//! Keys out of the bytes that a terminal sends over a serial line.
//!
//! UTF-8 text, control bytes, and the escape sequences that VT100, xterm, the
//! Linux console and rxvt send for their keys. Any byte sequence whatsoever is
//! decoded to something; bytes that cannot be text give U+FFFD.
//!
//! A lone Escape key sends the byte that starts every sequence. Which of the two
//! it was, the next byte tells: after one that starts no sequence, Escape comes
//! out first and then that byte's own key. Where time is known, [`Decoder::idle`]
//! tells as well.

use crate::key::Key;

/// Turns bytes into keys, one terminal's worth of state.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    state: State,
    /// A byte that ended something else and is still to be looked at.
    put_back: Option<u8>,
    /// A line feed right after a carriage return is the same Enter.
    after_return: bool,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Text,
    /// Within a character of `need` bytes.
    Utf8 { bytes: [u8; 4], len: usize, need: usize },
    /// After ESC.
    Escape,
    /// After `ESC [`: the first parameter so far, and whether it is complete.
    Csi { number: u16, complete: bool },
    /// After `ESC O`.
    Ss3,
    /// After `ESC [ [`, the Linux console's F1 to F5.
    Linux,
}

impl Decoder {
    /// A decoder at the start of a stream.
    #[must_use]
    pub const fn new() -> Self {
        Self { state: State::Text, put_back: None, after_return: false }
    }

    /// Takes bytes from `source` until they make a key; `None` when `source` has
    /// no more for now. What was taken is remembered for the next call.
    pub fn next_key(&mut self, mut source: impl FnMut() -> Option<u8>) -> Option<Key> {
        loop {
            let byte = self.put_back.take().or_else(&mut source)?;
            if let Some(key) = self.byte(byte) {
                return Some(key);
            }
        }
    }

    /// To be called when no byte has come for a while (50 ms is usual): an ESC
    /// that is still alone was the Escape key.
    pub fn idle(&mut self) -> Option<Key> {
        if !matches!(self.state, State::Escape) {
            return None;
        }
        self.state = State::Text;
        Some(Key::Escape)
    }

    fn byte(&mut self, byte: u8) -> Option<Key> {
        let after_return = core::mem::take(&mut self.after_return);
        match core::mem::take(&mut self.state) {
            State::Text if byte == b'\n' && after_return => None,
            State::Text => self.text(byte),
            State::Utf8 { bytes, len, need } => self.utf8(bytes, len, need, byte),
            State::Escape => match byte {
                b'[' => self.go(State::Csi { number: 0, complete: false }),
                b'O' => self.go(State::Ss3),
                _ => self.again(byte, Some(Key::Escape)),
            },
            State::Csi { number, complete } => self.csi(number, complete, byte),
            State::Ss3 => match byte {
                b'M' => Some(Key::Enter),
                0x21..=0x7e => letter(byte),
                _ => self.again(byte, None),
            },
            State::Linux => match byte {
                b'A'..=b'E' => Some(Key::Function(byte - b'A' + 1)),
                _ => self.again(byte, None),
            },
        }
    }

    fn text(&mut self, byte: u8) -> Option<Key> {
        let need = match byte {
            0x1b => return self.go(State::Escape),
            b'\r' => {
                self.after_return = true;
                return Some(Key::Enter);
            }
            b'\n' => return Some(Key::Enter),
            b'\t' => return Some(Key::Tab),
            0x08 | 0x7f => return Some(Key::Backspace),
            // The other controls are a letter, or `@ \ ] ^ _`, less bit 6.
            0x00..=0x1f => return Some(Key::Ctrl(char::from(byte | 0x40).to_ascii_lowercase())),
            0x20..=0x7e => return Some(Key::Char(char::from(byte))),
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            0x80..=0xff => return Some(Key::Char(char::REPLACEMENT_CHARACTER)),
        };
        self.go(State::Utf8 { bytes: [byte, 0, 0, 0], len: 1, need })
    }

    fn utf8(&mut self, mut bytes: [u8; 4], len: usize, need: usize, byte: u8) -> Option<Key> {
        let broken = Some(Key::Char(char::REPLACEMENT_CHARACTER));
        if byte & 0xc0 != 0x80 {
            return self.again(byte, broken);
        }
        *bytes.get_mut(len)? = byte;
        if len + 1 < need {
            return self.go(State::Utf8 { bytes, len: len + 1, need });
        }
        // Overlong forms and surrogates have the right shape and still are none;
        // C1 controls are characters that no key has.
        let text = bytes.get(..need).and_then(|bytes| str::from_utf8(bytes).ok());
        let ch = text.and_then(|text| text.chars().next()).filter(|ch| !ch.is_control());
        ch.map(Key::Char).or(broken)
    }

    fn csi(&mut self, number: u16, complete: bool, byte: u8) -> Option<Key> {
        match byte {
            b'0'..=b'9' if !complete => {
                let number = number.saturating_mul(10).saturating_add(u16::from(byte - b'0'));
                self.go(State::Csi { number, complete })
            }
            b'[' => self.go(State::Linux),
            // The second parameter says which of shift, alt and control are down.
            0x20..=0x3f => self.go(State::Csi { number, complete: true }),
            b'~' => numbered(number),
            0x40..=0x7e => letter(byte),
            _ => self.again(byte, None),
        }
    }

    fn go(&mut self, state: State) -> Option<Key> {
        self.state = state;
        None
    }

    /// Gives `key` and has `byte` looked at again, as text.
    fn again(&mut self, byte: u8, key: Option<Key>) -> Option<Key> {
        self.put_back = Some(byte);
        key
    }
}

/// Keys that VT100 and xterm name by a letter, after `ESC [` or `ESC O`.
fn letter(byte: u8) -> Option<Key> {
    Some(match byte {
        b'A' => Key::Up,
        b'B' => Key::Down,
        b'C' => Key::Right,
        b'D' => Key::Left,
        b'H' => Key::Home,
        b'F' => Key::End,
        b'P'..=b'S' => Key::Function(byte - b'P' + 1),
        _ => return None,
    })
}

/// Keys that the VT220 and its heirs name by a number before `~`; the gaps in
/// the function keys are the VT220's own.
fn numbered(number: u16) -> Option<Key> {
    Some(match number {
        1 | 7 => Key::Home,
        2 => Key::Insert,
        3 => Key::Delete,
        4 | 8 => Key::End,
        5 => Key::PageUp,
        6 => Key::PageDown,
        11..=15 => Key::Function(number as u8 - 10),
        17..=21 => Key::Function(number as u8 - 11),
        23 | 24 => Key::Function(number as u8 - 12),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys(bytes: &[u8]) -> Vec<Key> {
        let mut decoder = Decoder::new();
        let mut bytes = bytes.iter().copied();
        core::iter::from_fn(|| decoder.next_key(|| bytes.next())).collect()
    }

    #[test]
    fn text_and_controls() {
        assert_eq!(keys("aé✓😀".as_bytes()), ['a', 'é', '✓', '😀'].map(Key::Char));
        assert_eq!(keys(b"\t\x08\x7f"), [Key::Tab, Key::Backspace, Key::Backspace]);
        assert_eq!(keys(b"\x00\x01\x1a\x1c\x1f"), ['@', 'a', 'z', '\\', '_'].map(Key::Ctrl));
    }

    #[test]
    fn one_enter_for_each_line_end() {
        assert_eq!(keys(b"\r\n"), [Key::Enter]);
        assert_eq!(keys(b"\n\n"), [Key::Enter; 2]);
        assert_eq!(keys(b"\r\r"), [Key::Enter; 2]);
        assert_eq!(keys(b"\r\n\r\n\n"), [Key::Enter; 3]);
        assert_eq!(keys(b"\ra\n"), [Key::Enter, Key::Char('a'), Key::Enter]);
    }

    #[test]
    fn sequences() {
        use Key::*;
        for (bytes, key) in [
            ("\x1b[A", Up),
            ("\x1b[B", Down),
            ("\x1b[C", Right),
            ("\x1b[D", Left),
            ("\x1b[H", Home),
            ("\x1b[F", End),
            ("\x1bOH", Home),
            ("\x1bOF", End),
            ("\x1bOA", Up),
            ("\x1bOM", Enter),
            ("\x1bOP", Function(1)),
            ("\x1b[1~", Home),
            ("\x1b[2~", Insert),
            ("\x1b[3~", Delete),
            ("\x1b[4~", End),
            ("\x1b[5~", PageUp),
            ("\x1b[6~", PageDown),
            ("\x1b[15~", Function(5)),
            ("\x1b[17~", Function(6)),
            ("\x1b[21~", Function(10)),
            ("\x1b[24~", Function(12)),
            ("\x1b[[A", Function(1)),
            ("\x1b[1;5C", Right),
            ("\x1b[3;2~", Delete),
            ("\x1b[1;2R", Function(3)),
        ] {
            assert_eq!(keys(bytes.as_bytes()), [key], "{bytes:?}");
        }
        assert_eq!(keys(b"\x1b[99999999~\x1b[Z\x1b[?1;2c\x1bOzx"), [Char('x')]);
    }

    #[test]
    fn escape_alone() {
        assert_eq!(keys(b"\x1bx"), [Key::Escape, Key::Char('x')]);
        assert_eq!(keys(b"\x1b\x1b[A"), [Key::Escape, Key::Up]);
        assert_eq!(keys(b"\x1b\r\n"), [Key::Escape, Key::Enter]);
        let mut decoder = Decoder::new();
        assert_eq!(decoder.idle(), None);
        let mut bytes = b"\x1b".iter().copied();
        assert_eq!(decoder.next_key(|| bytes.next()), None);
        assert_eq!((decoder.idle(), decoder.idle()), (Some(Key::Escape), None));
    }

    #[test]
    fn what_breaks_a_sequence_is_not_lost() {
        assert_eq!(keys(b"\x1b[1;\rx"), [Key::Enter, Key::Char('x')]);
        assert_eq!(keys(b"\x1bO\r\n"), [Key::Enter]);
        assert_eq!(keys(b"\x1b[\x1b[A"), [Key::Up]);
        assert_eq!(keys(b"\x1b[[x"), [Key::Char('x')]);
        assert_eq!(keys(b"\xe2\x9c\r"), [Key::Char('\u{fffd}'), Key::Enter]);
    }

    #[test]
    fn bytes_that_are_no_text() {
        let broken = Key::Char('\u{fffd}');
        assert_eq!(keys(b"\x80\xff\xc0"), [broken; 3]);
        assert_eq!(keys(b"\xed\xa0\x80"), [broken], "a surrogate");
        assert_eq!(keys(b"\xe0\x80\x80"), [broken], "overlong");
        assert_eq!(keys(b"\xc2\x85"), [broken], "a C1 control");
        assert_eq!(keys(b"\xf4\x90\x80\x80a"), [broken, Key::Char('a')], "past U+10FFFF");
    }

    proptest! {
        #[test]
        fn any_bytes_are_decoded(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
            let keys = keys(&bytes);
            prop_assert!(keys.len() <= bytes.len());
            for key in keys {
                match key {
                    Key::Char(ch) => prop_assert!(!ch.is_control()),
                    Key::Ctrl(ch) => prop_assert!(matches!(ch, '@'..='_' | 'a'..='z')),
                    Key::Function(number) => prop_assert!((1..=12).contains(&number)),
                    _ => {}
                }
            }
        }

        #[test]
        fn any_text_comes_through(text in "[^\\p{Cc}]{0,40}") {
            prop_assert_eq!(keys(text.as_bytes()), text.chars().map(Key::Char).collect::<Vec<_>>());
        }

        #[test]
        fn enter_works_after_anything(bytes in prop::collection::vec(any::<u8>(), 0..50)) {
            let after = [&bytes[..], b"\rok\r"].concat();
            let (ok, tail) = ([Key::Enter, Key::Char('o'), Key::Char('k'), Key::Enter], keys(&after));
            prop_assert!(tail.ends_with(&ok));
        }
    }
}
