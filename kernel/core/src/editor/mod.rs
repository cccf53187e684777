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
//!         Action::Complete    => editor.complete(names, out), or list them
//!         Action::None | Action::Bell => {}
//!     }
//! }
//! ```

pub mod completion;
mod history;
mod line;
mod search;
#[cfg(test)]
mod tests;
mod view;

use core::fmt;
use core::ops::Range;

use crate::key::Key;
use completion::{Place, shared};
pub use history::HISTORY_LINES;
use history::History;
use line::Line;
pub use line::MAX_BYTES;
use search::Search;
use view::View;

/// Why a line that was submitted is not to be run: not all of it is there, and half
/// a command may mean something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not run: a line has {MAX_BYTES} bytes at the most")
    }
}

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
    /// Tab: the caller knows the candidates, see [`LineEditor::complete`].
    Complete,
    /// The key could not be followed; a BEL went out, and a red `!` stands at the
    /// right end of the row until the next key.
    Bell,
}

/// What became of a [`LineEditor::complete`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Completed {
    /// The line is as complete as the candidates allow, or no one fits.
    Done,
    /// Several fit, and nothing more is common to them: show them, then redraw.
    List,
}

/// What a key did to the line.
enum Edit {
    Nothing,
    Refused,
    Moved,
    /// The text differs from this column on.
    Changed(usize),
}

/// Says that a key could not be followed: to the ear, and to the eye at the
/// right end of the row, wherever that is; the cursor comes back. That column is
/// the cursor's own, no line reaches it.
const REFUSED: &str = "\x07\x1b7\x1b[999C\x1b[91m!\x1b8";
/// Takes the mark away.
const NOT_REFUSED: &str = "\x1b7\x1b[999C \x1b8";

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
    /// What was killed last, for Ctrl-Y.
    killed: Line,
    search: Option<Search>,
    /// Within a bracketed paste: nothing but text and line ends counts.
    pasting: bool,
    /// Something did not fit, and the line was not shortened since.
    cut: bool,
    /// [`REFUSED`] stands on the row.
    marked: bool,
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
            killed: Line::new(),
            search: None,
            pasting: false,
            cut: false,
            marked: false,
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
        self.search.map_or(self.prompt_columns + self.view.at(), |search| search.columns)
    }

    /// Whether the row shows a search in place of prompt and line.
    #[must_use]
    pub fn is_searching(&self) -> bool {
        self.search.is_some()
    }

    /// The line that was submitted.
    ///
    /// # Errors
    /// [`TooLong`], when something that was typed or pasted did not fit into it.
    pub fn submitted(&self) -> Result<&str, TooLong> {
        if self.cut { Err(TooLong) } else { Ok(self.line()) }
    }

    /// Empties the line without a word to the terminal; the history stays.
    pub fn clear(&mut self) {
        self.line.clear();
        self.cursor = 0;
        self.recalled = None;
        self.search = None;
        self.cut = false;
        self.marked = false;
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
        // It goes with the rest of the row.
        self.marked = false;
        if let Some(search) = &mut self.search {
            let width = row_width(self.prompt_columns, self.width);
            return search.draw(&self.history, width, out);
        }
        self.view = View::new(self.prompt_columns, self.width);
        self.view.redraw(self.prompt, &self.line, self.cursor, out);
    }

    /// Follows one key and writes what the terminal needs to show it. Errors of
    /// `out` are ignored: there is nobody to tell.
    pub fn key(&mut self, key: Key, out: &mut dyn fmt::Write) -> Action {
        if self.marked {
            self.marked = false;
            let _ = out.write_str(NOT_REFUSED);
        }
        match key {
            // Nobody typed it.
            Key::Answer(_) => return Action::None,
            Key::PasteStart | Key::PasteEnd => {
                self.pasting = key == Key::PasteStart;
                return Action::None;
            }
            _ if self.pasting => return self.paste(key, out),
            _ => {}
        }
        if self.search.is_some()
            && let Some(action) = self.search_key(key, out)
        {
            return action;
        }
        let (cursor, was_cut) = (self.cursor, self.cut);
        let edit = match key {
            Key::Char(ch) => self.insert(ch),
            Key::Enter | Key::Ctrl('j' | 'm') => return self.submit(out),
            Key::Ctrl('c') => return self.cancel(out),
            Key::Ctrl('l') => return Action::ClearScreen,
            Key::Backspace | Key::Ctrl('h') => self.erase(self.line.before(cursor)..cursor),
            Key::Delete | Key::Ctrl('d') => self.erase(cursor..self.line.after(cursor)),
            Key::Ctrl('u') => self.kill(0..cursor),
            Key::Ctrl('k') => self.kill(cursor..self.line.len()),
            Key::Ctrl('w') => self.kill(self.line.word_before(cursor)..cursor),
            Key::Alt('d') => self.kill(cursor..self.line.name_after(cursor)),
            Key::Ctrl('y') => self.yank(),
            Key::Ctrl('t') => self.transpose(),
            Key::Ctrl('r') => return self.begin_search(out),
            Key::WordLeft | Key::Alt('b') => self.go(self.line.name_before(cursor)),
            Key::WordRight | Key::Alt('f') => self.go(self.line.name_after(cursor)),
            Key::Left | Key::Ctrl('b') => self.go(self.line.before(cursor)),
            Key::Right | Key::Ctrl('f') => self.go(self.line.after(cursor)),
            Key::Home | Key::Ctrl('a') => self.go(0),
            Key::End | Key::Ctrl('e') => self.go(self.line.len()),
            Key::Up | Key::Ctrl('p') => self.recall(self.recalled.map_or(Some(0), |n| Some(n + 1))),
            Key::Down | Key::Ctrl('n') if self.recalled.is_none() => Edit::Refused,
            Key::Down | Key::Ctrl('n') => self.recall(self.recalled.and_then(|n| n.checked_sub(1))),
            Key::Tab | Key::Ctrl('i') => return Action::Complete,
            _ => Edit::Nothing,
        };
        let changed = match edit {
            Edit::Nothing => return Action::None,
            Edit::Refused => return self.refuse(out),
            Edit::Moved => None,
            Edit::Changed(column) => Some(column),
        };
        self.view.update(self.prompt, &self.line, self.cursor, changed, out);
        // What was put in did not fit as a whole.
        if self.cut && !was_cut { self.refuse(out) } else { Action::None }
    }

    fn insert(&mut self, ch: char) -> Edit {
        if ch.is_control() {
            return Edit::Nothing;
        }
        let at = self.cursor;
        if self.line.insert(at, ch).is_err() {
            // Said once: a paste may have a hundred thousand more of them.
            let first = !core::mem::replace(&mut self.cut, true);
            return if first { Edit::Refused } else { Edit::Nothing };
        }
        self.cursor += ch.len_utf8();
        Edit::Changed(self.line.columns(at))
    }

    fn erase(&mut self, range: Range<usize>) -> Edit {
        if range.is_empty() {
            return Edit::Nothing;
        }
        self.cursor = range.start;
        self.line.remove(range);
        self.cut = false;
        Edit::Changed(self.line.columns(self.cursor))
    }

    /// Erases, and remembers for Ctrl-Y.
    fn kill(&mut self, range: Range<usize>) -> Edit {
        if let Some(text) = self.line.as_str().get(range.clone()).filter(|text| !text.is_empty()) {
            self.killed.set(text);
        }
        self.erase(range)
    }

    fn yank(&mut self) -> Edit {
        if self.killed.len() == 0 {
            return Edit::Refused;
        }
        let killed = self.killed.clone();
        self.put(killed.as_str())
    }

    /// Adds text at the cursor, as much of it as fits.
    fn put(&mut self, text: &str) -> Edit {
        let column = self.line.columns(self.cursor);
        for ch in text.chars() {
            if self.line.insert(self.cursor, ch).is_err() {
                self.cut = true;
                break;
            }
            self.cursor += ch.len_utf8();
        }
        Edit::Changed(column)
    }

    /// Exchanges the two characters around the cursor, or the last two.
    fn transpose(&mut self) -> Edit {
        let end =
            if self.cursor == self.line.len() { self.cursor } else { self.line.after(self.cursor) };
        let middle = self.line.before(end);
        let start = self.line.before(middle);
        if start == middle {
            return Edit::Refused;
        }
        let Some(left) = self.line.as_str().get(start..middle).and_then(|t| t.chars().next())
        else {
            return Edit::Refused;
        };
        self.line.remove(start..middle);
        let at = end - left.len_utf8();
        // There was room for it before.
        let _ = self.line.insert(at, left);
        self.cursor = end;
        Edit::Changed(self.line.columns(start))
    }

    /// A key within a bracketed paste: text and line ends, nothing else.
    fn paste(&mut self, key: Key, out: &mut dyn fmt::Write) -> Action {
        self.leave_search(out);
        let edit = match key {
            Key::Char(ch) => self.insert(ch),
            Key::Tab => self.insert(' '),
            Key::Enter => return self.submit(out),
            _ => return Action::None,
        };
        match edit {
            Edit::Changed(column) => {
                self.view.update(self.prompt, &self.line, self.cursor, Some(column), out);
                Action::None
            }
            Edit::Refused => self.refuse(out),
            _ => Action::None,
        }
    }

    /// The word that Tab is to complete.
    #[must_use]
    pub fn place(&self) -> Place<'_> {
        Place::at_end_of(self.line.as_str().get(..self.cursor).unwrap_or_default())
    }

    /// Completes the word before the cursor from `candidates`, as far as they
    /// agree, with a blank behind the only one.
    pub fn complete<'a>(
        &mut self,
        candidates: impl Iterator<Item = &'a str>,
        out: &mut dyn fmt::Write,
    ) -> Completed {
        let part = self.place().part;
        let part_len = part.len();
        let Some(found) = shared(part, candidates) else {
            let _ = self.refuse(out);
            return Completed::Done;
        };
        let more = found.prefix.get(part_len..).unwrap_or_default();
        if more.is_empty() && found.count > 1 {
            let _ = self.refuse(out);
            return Completed::List;
        }
        let mut edit = self.put(more);
        if found.count == 1
            && let (Edit::Changed(first), Edit::Changed(_)) = (&edit, self.put(" "))
        {
            edit = Edit::Changed(*first);
        }
        if let Edit::Changed(column) = edit {
            self.view.update(self.prompt, &self.line, self.cursor, Some(column), out);
        }
        Completed::Done
    }

    fn begin_search(&mut self, out: &mut dyn fmt::Write) -> Action {
        self.search = Some(Search::new());
        self.redraw(out);
        Action::None
    }

    /// A key while a search goes on; none if it ended the search and is still to
    /// be followed.
    fn search_key(&mut self, key: Key, out: &mut dyn fmt::Write) -> Option<Action> {
        let search = self.search.as_mut()?;
        let found = match key {
            Key::Char(ch) if !ch.is_control() => search.add(ch, &self.history),
            Key::Backspace | Key::Ctrl('h') => search.shorten(&self.history),
            Key::Ctrl('r') => search.older(&self.history),
            Key::Ctrl('g') | Key::Escape => {
                self.search = None;
                self.redraw(out);
                return Some(Action::None);
            }
            Key::Ctrl('l') => return Some(Action::ClearScreen),
            _ => {
                self.leave_search(out);
                return None;
            }
        };
        self.redraw(out);
        Some(if found { Action::None } else { self.refuse(out) })
    }

    /// Ends a search with the line that it found, if it found one.
    fn leave_search(&mut self, out: &mut dyn fmt::Write) {
        let Some(search) = self.search.take() else { return };
        if let Some(text) = search.found.and_then(|found| self.history.get(found)) {
            self.line.set(text);
            self.cursor = self.line.len();
            self.recalled = None;
        }
        self.redraw(out);
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

    /// Says that a key could not be followed.
    fn refuse(&mut self, out: &mut dyn fmt::Write) -> Action {
        self.marked = true;
        let _ = out.write_str(REFUSED);
        Action::Bell
    }

    fn cancel(&mut self, out: &mut dyn fmt::Write) -> Action {
        self.clear();
        let _ = out.write_str("^C\r\n");
        Action::Cancel
    }
}

/// Columns that a row may fill: those of prompt and line together.
fn row_width(prompt: usize, width: usize) -> usize {
    prompt + View::new(prompt, width).room()
}

impl fmt::Debug for LineEditor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineEditor").field("line", &self.line()).finish_non_exhaustive()
    }
}
