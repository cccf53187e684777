//! Keys out of the bytes that a terminal sends over a serial line.
//!
//! UTF-8 text, control bytes, and the escape sequences that VT100, xterm, the
//! Linux console and rxvt send for their keys, and their answers to questions.
//! Any byte sequence whatsoever is decoded to something; bytes that cannot be
//! text give U+FFFD.
//!
//! ```text
//! ESC alone              Escape             ESC [ 200 ~ .. ESC [ 201 ~   a paste
//! ESC x                  Alt-x              ESC [ 40 ; 132 R             a report
//! ESC [ 1 ; 5 C, ESC O A keys               ESC ] P X ^ _ .. ESC \       swallowed
//! ```
//!
//! A lone Escape key sends the byte that starts every sequence, and Alt-[ and
//! Alt-] send the beginning of one. Only time tells them apart: a terminal sends
//! a sequence in one go. Whoever reads calls [`Decoder::idle`] when no byte has
//! come for about 50 ms, and what is still a beginning was typed by hand. Who
//! cannot tell the time loses little: a second ESC, or a control byte, shows
//! that the first was the key.

mod names;
#[cfg(test)]
mod tests;

use crate::answer::Answer;
use crate::key::Key;
use names::{Parameters, final_letter, numbered};

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
    /// After `ESC [`.
    Csi(Parameters),
    /// After `ESC O`.
    Ss3,
    /// After `ESC [ [`, the Linux console's F1 to F5.
    Linux,
    /// Within a string, begun by ESC and this byte: an answer for a program.
    /// `empty` as long as nothing else has come.
    String { by: u8, empty: bool },
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

    /// Whether [`idle`](Self::idle) would change anything.
    #[must_use]
    #[inline]
    pub fn is_undecided(&self) -> bool {
        match self.state {
            State::Escape | State::Ss3 | State::String { empty: true, .. } => true,
            State::Csi(parameters) => parameters.is_empty(),
            _ => false,
        }
    }

    /// Whether there may be a key without another byte: one was put back, or
    /// time decides.
    #[must_use]
    #[inline]
    pub fn has_more(&self) -> bool {
        self.put_back.is_some() || self.is_undecided()
    }

    /// To be called when no byte has come for a while (50 ms is usual): an ESC
    /// that is still alone was the Escape key, and `ESC [` was Alt-[.
    pub fn idle(&mut self) -> Option<Key> {
        if !self.is_undecided() {
            return None;
        }
        Some(match core::mem::take(&mut self.state) {
            State::Csi(_) => Key::Alt('['),
            State::Ss3 => Key::Alt('o'),
            State::String { by, .. } => Key::Alt(lower_case(by)),
            _ => Key::Escape,
        })
    }

    fn byte(&mut self, byte: u8) -> Option<Key> {
        let after_return = core::mem::take(&mut self.after_return);
        match core::mem::take(&mut self.state) {
            State::Text if byte == b'\n' && after_return => None,
            State::Text => self.text(byte),
            State::Utf8 { bytes, len, need } => self.utf8(bytes, len, need, byte),
            State::Escape => self.escape(byte),
            State::Csi(parameters) => self.csi(parameters, byte),
            State::Ss3 => match byte {
                b'M' => Some(Key::Enter),
                // rxvt's arrows with Ctrl.
                b'c' => Some(Key::WordRight),
                b'd' => Some(Key::WordLeft),
                // A keypad's `.` ends as the answer "ready" does.
                0x21..=0x7e => final_letter(byte, Parameters::default())
                    .filter(|key| !matches!(key, Key::Answer(_))),
                _ => self.again(byte, None),
            },
            State::Linux => match byte {
                b'A'..=b'E' => Some(Key::Function(byte - b'A' + 1)),
                _ => self.again(byte, None),
            },
            State::String { by, .. } => self.string(by, byte),
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

    fn escape(&mut self, byte: u8) -> Option<Key> {
        match byte {
            b'[' => self.go(State::Csi(Parameters::default())),
            b'O' => self.go(State::Ss3),
            // OSC, DCS, SOS, PM, APC (ECMA-48, 5.6).
            b']' | b'P' | b'X' | b'^' | b'_' => self.go(State::String { by: byte, empty: true }),
            // A string's terminator without a string: the string was cut.
            b'\\' => None,
            0x20..=0x7e => Some(Key::Alt(lower_case(byte))),
            // Alt-Backspace rubs out a word, as Ctrl-W does.
            0x08 | 0x7f => Some(Key::Ctrl('w')),
            _ => self.again(byte, Some(Key::Escape)),
        }
    }

    fn csi(&mut self, mut parameters: Parameters, byte: u8) -> Option<Key> {
        match byte {
            b'[' if parameters.is_empty() => self.go(State::Linux),
            0x20..=0x3f => {
                parameters.take(byte);
                self.go(State::Csi(parameters))
            }
            b'~' => numbered(parameters),
            0x40..=0x7e => final_letter(byte, parameters),
            _ => self.again(byte, None),
        }
    }

    /// An answer ends with BEL or ST. No answer holds a line end or Ctrl-C, so
    /// that a person who got into a string by accident gets out of it.
    fn string(&mut self, by: u8, byte: u8) -> Option<Key> {
        const BEL: u8 = 0x07;
        const CAN: u8 = 0x18;
        const SUB: u8 = 0x1a;
        const ETX: u8 = 0x03;
        match byte {
            BEL | CAN | SUB => None,
            0x1b | b'\r' | b'\n' | ETX => self.again(byte, None),
            _ => self.go(State::String { by, empty: false }),
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

/// The first answer in what a terminal said to its host, and what follows it; for
/// a terminal that is known to have no keys, whose answers need not be told apart
/// from these. What is no answer is passed over.
#[must_use]
pub fn first_answer(text: &str) -> Option<(Answer, &str)> {
    let mut rest = text;
    while let Some((_, sequence)) = rest.split_once("\x1b[") {
        let end = sequence.find(|ch| !matches!(ch, '\x20'..='\x3f'))?;
        let mut parameters = Parameters::default();
        sequence.bytes().take(end).for_each(|byte| parameters.take(byte));
        let last = *sequence.as_bytes().get(end)?;
        // Whatever ended it: the next one begins with an escape.
        rest = sequence.get(end..)?;
        if let Some(answer) = names::answer(last, parameters) {
            return Some((answer, rest.get(1..)?));
        }
    }
    None
}

fn lower_case(byte: u8) -> char {
    char::from(byte.to_ascii_lowercase())
}
