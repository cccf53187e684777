//! What the sequences mean: which key, held with what, or which answer.

use crate::answer::Answer;
use crate::key::Key;

/// The numbers between `ESC [` and the byte that ends the sequence.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Parameters {
    numbers: [u16; 3],
    /// The number that is being read; 3 and more are not kept.
    at: usize,
    /// The first byte that is neither digit nor `;`, or 0: no key's sequence has
    /// one.
    mark: u8,
    /// Anything at all has come.
    begun: bool,
}

impl Parameters {
    /// Takes a parameter or intermediate byte, 0x20 to 0x3F.
    pub(super) fn take(&mut self, byte: u8) {
        self.begun = true;
        match byte {
            b'0'..=b'9' => {
                if let Some(number) = self.numbers.get_mut(self.at) {
                    *number = number.saturating_mul(10).saturating_add(u16::from(byte - b'0'));
                }
            }
            b';' => self.at = self.at.saturating_add(1),
            // rxvt ends what is pressed with shift by `$` in place of `~`.
            _ if self.mark == 0 => self.mark = byte,
            _ => {}
        }
    }

    /// Whether nothing has come yet.
    pub(super) const fn is_empty(&self) -> bool {
        !self.begun
    }
}

/// What is held with a key: xterm's second parameter less one.
#[derive(Clone, Copy)]
struct Held(u16);

impl Held {
    const SHIFT: u16 = 1 << 0;
    const ALT: u16 = 1 << 1;
    const CONTROL: u16 = 1 << 2;

    const fn of(parameters: Parameters) -> Self {
        let [_, second, _] = parameters.numbers;
        Self(second.saturating_sub(1))
    }

    /// What `key` means with this held; where that is nothing special, itself.
    const fn with(self, key: Key) -> Key {
        let word = self.0 & (Self::ALT | Self::CONTROL) != 0;
        let shift = self.0 & Self::SHIFT != 0;
        match key {
            Key::Left if word => Key::WordLeft,
            Key::Right if word => Key::WordRight,
            Key::PageUp if shift => Key::ScrollUp,
            Key::PageDown if shift => Key::ScrollDown,
            // As the editor's Alt-d: rubs out the word at the cursor.
            Key::Delete if word => Key::Alt('d'),
            key => key,
        }
    }
}

/// Keys and answers that VT100 and xterm name by a letter, after `ESC [` or
/// `ESC O`.
pub(super) fn final_letter(byte: u8, parameters: Parameters) -> Option<Key> {
    if parameters.mark != 0 {
        return answer(byte, parameters).map(Key::Answer);
    }
    let key = match (byte, parameters.numbers) {
        (b'A', _) => Key::Up,
        (b'B', _) => Key::Down,
        (b'C', _) => Key::Right,
        (b'D', _) => Key::Left,
        (b'H', _) => Key::Home,
        (b'F', _) => Key::End,
        (b'P' | b'Q' | b'S', _) => Key::Function(byte - b'P' + 1),
        // Shift-F3 and "the cursor is in row 1, column 2" are the same bytes;
        // nobody's terminal has one row.
        (b'R', [0 | 1, 0..=16, _]) => Key::Function(3),
        _ => return answer(byte, parameters).map(Key::Answer),
    };
    Some(Held::of(parameters).with(key))
}

/// What a terminal answers when it is asked.
pub(super) fn answer(byte: u8, parameters: Parameters) -> Option<Answer> {
    let Parameters { mark, numbers, .. } = parameters;
    match (mark, byte, numbers) {
        (0, b'n', [0, ..]) => Some(Answer::Ready),
        (0, b'n', [3, ..]) => Some(Answer::Faulty),
        (0, b'R', [row, col, _]) if row > 0 && col > 0 => Some(Answer::Place { row, col }),
        (0, b't', [8, rows, cols]) if rows > 0 && cols > 0 => Some(Answer::Size { cols, rows }),
        (b'?', b'c', [kind, ..]) => Some(Answer::Device(kind)),
        _ => None,
    }
}

/// Keys that the VT220 and its heirs name by a number before `~`; the gaps in
/// the function keys are the VT220's own.
pub(super) fn numbered(parameters: Parameters) -> Option<Key> {
    if parameters.mark != 0 {
        return None;
    }
    let [number, ..] = parameters.numbers;
    let key = match number {
        1 | 7 => Key::Home,
        2 => Key::Insert,
        3 => Key::Delete,
        4 | 8 => Key::End,
        5 => Key::PageUp,
        6 => Key::PageDown,
        11..=15 => Key::Function(number as u8 - 10),
        17..=21 => Key::Function(number as u8 - 11),
        23 | 24 => Key::Function(number as u8 - 12),
        200 => Key::PasteStart,
        201 => Key::PasteEnd,
        _ => return None,
    };
    Some(Held::of(parameters).with(key))
}
