//! A key as the line editor sees it, whichever device it came from.

use crate::answer::Answer;

/// One key press, already decoded: the PS/2 layout and the serial line's escape
/// sequences end here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A character to insert; never a control character.
    Char(char),
    /// Enter, on either keyboard.
    Enter,
    /// Erases to the left.
    Backspace,
    /// Erases at the cursor.
    Delete,
    /// Tab.
    Tab,
    /// Escape on its own.
    Escape,
    /// Cursor left.
    Left,
    /// Cursor right.
    Right,
    /// Cursor up.
    Up,
    /// Cursor down.
    Down,
    /// To the start of the line.
    Home,
    /// To the end of the line.
    End,
    /// A page back.
    PageUp,
    /// A page on.
    PageDown,
    /// Insert.
    Insert,
    /// F1 to F12, as 1 to 12.
    Function(u8),
    /// Control and a key: a lower-case letter, or one of `@ [ \ ] ^ _`.
    Ctrl(char),
    /// Alt and a key, in lower case.
    Alt(char),
    /// Control and Left: a word back.
    WordLeft,
    /// Control and Right: a word on.
    WordRight,
    /// Shift and Page Up: look at what scrolled away.
    ScrollUp,
    /// Shift and Page Down: back again.
    ScrollDown,
    /// Control, Alt and Delete: start anew, in order.
    Reboot,
    /// A terminal says that pasted text begins (xterm, bracketed paste).
    PasteStart,
    /// The pasted text is at its end.
    PasteEnd,
    /// A terminal's answer, no key: nothing is typed by it.
    Answer(Answer),
}
