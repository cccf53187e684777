//! The line editor: keys in, a line and the bytes that show it out.
//!
//! What it writes suits a serial terminal and our own screen alike, and is as
//! little as will do: one character for a key at the line's end. The shell's
//! loop:
//!
//! ```text
//! editor.start(out);                      prompt, empty line
//! loop {
//!     match editor.key(next_key(), out) {
//!         Action::Submit      => { run(editor.line()); editor.start(out) }
//!         Action::Cancel      => editor.start(out),
//!         Action::ClearScreen => { clear the screen; editor.redraw(out) }
//!         Action::None | Action::Bell => {}
//!     }
//! }
//! ```

mod history;
mod line;
#[cfg(test)]
mod tests;
mod view;

use core::fmt;
use core::ops::Range;

use crate::key::Key;
pub use history::HISTORY_LINES;
use history::History;
use line::Line;
pub use line::MAX_BYTES;
use view::View;

/// What the shell has to do after a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Action {
    /// Nothing: the key was dealt with and echoed.
    None,
    /// Enter: [`LineEditor::line`] is complete, the cursor is on the next row.
    Submit,
    /// Ctrl-C: the line is gone, the cursor is on the next row.
    Cancel,
    /// Ctrl-L: clear the screen and call [`LineEditor::redraw`].
    ClearScreen,
    /// The key could not be followed; a BEL went out.
    Bell,
}

/// What a key did to the line.
enum Edit {
    Nothing,
    Refused,
    Moved,
    /// The text differs from this column on.
    Changed(usize),
    /// As `Changed`, and shown already.
    Shown,
}

/// A line of at most [`MAX_BYTES`] bytes being edited, and the
/// [`HISTORY_LINES`] before it. About 3 KiB, no heap.
pub struct LineEditor {
    prompt: &'static str,
    prompt_columns: usize,
    width: usize,
    line: Line,
    /// Byte offset, always between two characters.
    cursor: usize,
    view: View,
    history: History,
    /// Which line of the history is shown, if one is.
    recalled: Option<usize>,
    /// What was being typed when the history was entered.
    draft: Line,
}

impl LineEditor {
    /// An empty line behind `prompt`, for a terminal of 80 columns. The prompt
    /// may hold colour sequences, but no line break.
    #[must_use]
    pub const fn new(prompt: &'static str) -> Self {
        const WIDTH: usize = 80;
        let prompt_columns = view::prompt_columns(prompt);
        Self {
            prompt,
            prompt_columns,
            width: WIDTH,
            line: Line::new(),
            cursor: 0,
            view: View::new(prompt_columns, WIDTH),
            history: History::new(),
            recalled: None,
            draft: Line::new(),
        }
    }

    /// Sets the terminal's width in columns; it holds from the next
    /// [`start`](Self::start) or [`redraw`](Self::redraw) on.
    pub fn set_width(&mut self, columns: usize) {
        self.width = columns;
    }

    /// Another prompt, from the next [`start`](Self::start) on. It may hold
    /// colour sequences, but no line break.
    pub fn set_prompt(&mut self, prompt: &'static str) {
        self.prompt = prompt;
        self.prompt_columns = view::prompt_columns(prompt);
    }

    /// The line as it stands.
    #[must_use]
    pub fn line(&self) -> &str {
        self.line.as_str()
    }

    /// The cursor's column on the row, from 0, prompt included.
    #[must_use]
    pub fn column(&self) -> usize {
        self.prompt_columns + self.view.at()
    }

    /// Empties the line without a word to the terminal; the history stays.
    pub fn clear(&mut self) {
        self.line.clear();
        self.cursor = 0;
        self.recalled = None;
        self.view = View::new(self.prompt_columns, self.width);
    }

    /// Begins an empty line: writes the prompt where the cursor is.
    pub fn start(&mut self, out: &mut dyn fmt::Write) {
        self.clear();
        let _ = out.write_str(self.prompt);
    }

    /// Draws prompt and line again, on the cursor's row: after other output, a
    /// cleared screen or a new width.
    pub fn redraw(&mut self, out: &mut dyn fmt::Write) {
        self.view = View::new(self.prompt_columns, self.width);
        self.view.redraw(self.prompt, &self.line, self.cursor, out);
    }

    /// Follows one key and writes what the terminal needs to show it. Errors of
    /// `out` are ignored: there is nobody to tell.
    pub fn key(&mut self, key: Key, out: &mut dyn fmt::Write) -> Action {
        let cursor = self.cursor;
        let edit = match key {
            Key::Char(ch) => self.insert(ch, out),
            Key::Enter | Key::Ctrl('j' | 'm') => return self.submit(out),
            Key::Ctrl('c') => return self.cancel(out),
            Key::Ctrl('l') => return Action::ClearScreen,
            Key::Backspace | Key::Ctrl('h') => self.erase(self.line.before(cursor)..cursor),
            Key::Delete | Key::Ctrl('d') => self.erase(cursor..self.line.after(cursor)),
            Key::Ctrl('u') => self.erase(0..cursor),
            Key::Ctrl('k') => self.erase(cursor..self.line.len()),
            Key::Ctrl('w') => self.erase(self.line.word_before(cursor)..cursor),
            Key::Left | Key::Ctrl('b') => self.go(self.line.before(cursor)),
            Key::Right | Key::Ctrl('f') => self.go(self.line.after(cursor)),
            Key::Home | Key::Ctrl('a') => self.go(0),
            Key::End | Key::Ctrl('e') => self.go(self.line.len()),
            Key::Up | Key::Ctrl('p') => self.recall(self.recalled.map_or(Some(0), |n| Some(n + 1))),
            Key::Down | Key::Ctrl('n') if self.recalled.is_none() => Edit::Refused,
            Key::Down | Key::Ctrl('n') => self.recall(self.recalled.and_then(|n| n.checked_sub(1))),
            Key::Tab | Key::Ctrl('i') => Edit::Refused,
            _ => Edit::Nothing,
        };
        let changed = match edit {
            Edit::Nothing | Edit::Shown => return Action::None,
            Edit::Refused => {
                let _ = out.write_char('\x07');
                return Action::Bell;
            }
            Edit::Moved => None,
            Edit::Changed(column) => Some(column),
        };
        self.view.update(self.prompt, &self.line, self.cursor, changed, out);
        Action::None
    }

    fn insert(&mut self, ch: char, out: &mut dyn fmt::Write) -> Edit {
        if ch.is_control() {
            return Edit::Nothing;
        }
        let at = self.cursor;
        if self.line.insert(at, ch).is_err() {
            return Edit::Refused;
        }
        self.cursor += ch.len_utf8();
        if self.cursor == self.line.len() && self.view.append(ch, out) {
            return Edit::Shown;
        }
        Edit::Changed(self.line.columns(at))
    }

    fn erase(&mut self, range: Range<usize>) -> Edit {
        if range.is_empty() {
            return Edit::Nothing;
        }
        self.cursor = range.start;
        self.line.remove(range);
        Edit::Changed(self.line.columns(self.cursor))
    }

    fn go(&mut self, to: usize) -> Edit {
        if to == self.cursor {
            return Edit::Nothing;
        }
        self.cursor = to;
        Edit::Moved
    }

    /// Shows a line of the history, or with none the one being typed.
    fn recall(&mut self, back: Option<usize>) -> Edit {
        match back {
            None => self.line = self.draft.clone(),
            Some(back) => {
                let Some(text) = self.history.get(back) else { return Edit::Refused };
                if self.recalled.is_none() {
                    self.draft = self.line.clone();
                }
                self.line.set(text);
            }
        }
        self.recalled = back;
        self.cursor = self.line.len();
        Edit::Changed(0)
    }

    fn submit(&mut self, out: &mut dyn fmt::Write) -> Action {
        self.history.add(self.line.as_str());
        let _ = out.write_str("\r\n");
        Action::Submit
    }

    fn cancel(&mut self, out: &mut dyn fmt::Write) -> Action {
        self.clear();
        let _ = out.write_str("^C\r\n");
        Action::Cancel
    }
}

impl fmt::Debug for LineEditor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineEditor").field("line", &self.line()).finish_non_exhaustive()
    }
}
