//! Where words go: to every console, to one of them, or into a pipe.
//!
//! A command prints; who ran it decides where that is read. What comes in
//! between (a log line, a word of another session) finds the last row of a
//! console in one of these states, and leaves a line that is being edited whole:
//! the row is erased, the words go out, and the session draws its line again.

use super::{Console, Voice};
use crate::drivers::serial::Line;
use alloc::string::String;
use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};

/// The most that a pipe holds.
pub const MOST_PIPED: usize = 256 * 1024;

/// To the start of the row, and nothing more on it.
const ERASE_ROW: &str = "\r\x1b[K";

/// A console: where somebody reads and types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The screen and the keyboard before it.
    Screen,
    /// The terminal at the first serial line.
    Com1,
    /// The terminal at the second.
    Com2,
}

impl From<Line> for Place {
    fn from(line: Line) -> Self {
        match line {
            Line::Com1 => Self::Com1,
            Line::Com2 => Self::Com2,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Screen => "the screen",
            Self::Com1 => "COM1",
            Self::Com2 => "COM2",
        })
    }
}

/// Where `print!` goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// To every console there is.
    Everywhere,
    /// To one.
    Only(Place),
    /// Into the pipe.
    Pipe,
    /// Nowhere: the command was cancelled.
    Nowhere,
}

/// What is on the row of a console's cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// Nothing yet.
    Fresh,
    /// Words without a line feed.
    Begun,
    /// A prompt and the line that somebody types.
    Edited,
    /// A progress bar.
    Bar,
    /// Where a line was edited, words came in between; the row is fresh.
    Disturbed,
    /// As before, and the words have no line feed yet.
    DisturbedBegun,
}

/// Some row is [`Row::Disturbed`]: cheap to ask in every round of a loop.
static DISTURBED: AtomicBool = AtomicBool::new(false);

impl Row {
    /// The row after `text` went out, and whether it has to be erased before.
    fn after(self, text: &str) -> (Self, bool) {
        // A cursor sent home is at the start of a row, too.
        let ended = text.ends_with('\n') || text.ends_with("\x1b[H");
        match self {
            Self::Edited | Self::Disturbed | Self::DisturbedBegun => {
                DISTURBED.store(true, Ordering::Relaxed);
                let row = if ended { Self::Disturbed } else { Self::DisturbedBegun };
                (row, self == Self::Edited)
            }
            Self::Fresh | Self::Begun | Self::Bar => {
                (if ended { Self::Fresh } else { Self::Begun }, self == Self::Bar)
            }
        }
    }
}

/// What went into a pipe.
#[derive(Debug, Default)]
pub struct Piped {
    /// The text, whole characters.
    pub text: String,
    /// Why it is not all.
    pub cut: Option<Cut>,
}

/// Why a pipe did not take everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// [`MOST_PIPED`] bytes were in it.
    Full,
    /// The heap had no room for more.
    NoMemory,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => write!(f, "a pipe holds {} KiB; the rest is cut off", MOST_PIPED / 1024),
            Self::NoMemory => f.write_str("there is no memory for more in the pipe"),
        }
    }
}

impl Piped {
    /// Takes as much of `text` as there is room for.
    pub(super) fn push(&mut self, text: &str) {
        if self.cut.is_some() {
            return;
        }
        let mut end = text.len().min(MOST_PIPED - self.text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let taken = text.get(..end).unwrap_or_default();
        if self.text.try_reserve(taken.len()).is_err() {
            self.cut = Some(Cut::NoMemory);
            return;
        }
        self.text.push_str(taken);
        if end < text.len() {
            self.cut = Some(Cut::Full);
        }
    }
}

/// What a redirection stands in for; give it back to [`restore`].
#[derive(Debug)]
#[must_use = "output goes into the pipe until this is given back"]
pub struct Redirected {
    target: Target,
    pipe: Piped,
}

/// From now on `print!` goes into an empty pipe.
pub fn redirect() -> Redirected {
    let mut console = super::CONSOLE.lock();
    let target = core::mem::replace(&mut console.target, Target::Pipe);
    Redirected { target, pipe: core::mem::take(&mut console.pipe) }
}

/// `print!` goes where it went before; what went into the pipe comes out. After
/// Ctrl-C it goes on being dropped.
pub fn restore(before: Redirected) -> Piped {
    let mut console = super::CONSOLE.lock();
    if console.target != Target::Nowhere {
        console.target = before.target;
    }
    core::mem::replace(&mut console.pipe, before.pipe)
}

/// From now on `print!` goes to the console where a command was asked for.
pub fn begin_command(place: Place) {
    let mut console = super::CONSOLE.lock();
    (console.target, console.reader) = (Target::Only(place), Some(place));
}

/// The command has ended: `print!` goes everywhere again.
pub fn end_command() {
    let mut console = super::CONSOLE.lock();
    (console.target, console.reader) = (Target::Everywhere, None);
}

/// Whether what is printed goes into a pipe.
#[must_use]
pub fn is_piped() -> bool {
    super::CONSOLE.lock().target == Target::Pipe
}

/// Drops what is printed from now on, until the command ends.
pub fn drop_output() {
    super::CONSOLE.lock().target = Target::Nowhere;
}

/// Says something to whoever ran the command, past a pipe: reasons and notes.
pub fn tell(arguments: fmt::Arguments<'_>) {
    let mut console = super::CONSOLE.lock();
    let aside = console.reader.map_or(Target::Everywhere, Target::Only);
    let target = core::mem::replace(&mut console.target, aside);
    // The console takes any text; it has no error to report.
    let _ = fmt::Write::write_fmt(&mut *console, arguments);
    console.target = target;
    console.flush_now_and_then();
}

/// Says something at one console, whatever runs there.
pub fn tell_at(place: Place, arguments: fmt::Arguments<'_>) {
    let mut console = super::CONSOLE.lock();
    let target = core::mem::replace(&mut console.target, Target::Only(place));
    // As above.
    let _ = fmt::Write::write_fmt(&mut *console, arguments);
    console.target = target;
    console.flush_now_and_then();
}

/// What a line editor writes: it knows its row, and nothing is erased.
#[derive(Clone, Copy, Debug)]
pub struct Echo(pub Place);

impl fmt::Write for Echo {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        super::CONSOLE.lock().put(self.0, text);
        Ok(())
    }
}

/// A line is about to be edited there. Ends a line that was begun.
pub fn open_line(place: Place) {
    let mut console = super::CONSOLE.lock();
    if matches!(console.row(place), Row::Begun | Row::DisturbedBegun | Row::Bar) {
        console.put(place, "\r\n");
    }
    console.set_row(place, Row::Edited);
}

/// The line was submitted or given up; the cursor is on a fresh row.
pub fn close_line(place: Place) {
    super::CONSOLE.lock().set_row(place, Row::Fresh);
}

/// Whether words came in between where somebody edits a line, anywhere.
#[must_use]
pub fn any_disturbed() -> bool {
    DISTURBED.load(Ordering::Relaxed)
}

/// Forgets that there are any; before each place is asked.
pub fn forget_disturbed() {
    DISTURBED.store(false, Ordering::Relaxed);
}

/// Whether words came in between there: the line has to be drawn again.
#[must_use]
pub fn is_disturbed(place: Place) -> bool {
    matches!(super::CONSOLE.lock().row(place), Row::Disturbed | Row::DisturbedBegun)
}

/// Whether a line is being edited there, and stands on its row.
#[must_use]
pub fn is_edited(place: Place) -> bool {
    super::CONSOLE.lock().row(place) == Row::Edited
}

/// What became of a progress bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bar {
    /// It stands on the row of the cursor, until words come.
    Stands,
    /// It is not there: nobody reads, or a line was begun.
    None,
}

/// Shows a progress bar where the command was asked for, unless it is in the
/// middle of a line. The next words erase it.
pub fn show_bar(bar: fmt::Arguments<'_>) -> Bar {
    let mut console = super::CONSOLE.lock();
    let Some(place) = console.reader else { return Bar::None };
    if console.target == Target::Nowhere || console.voice == Voice::Muted {
        return Bar::None;
    }
    if !matches!(console.row(place), Row::Fresh | Row::Bar) {
        return Bar::None;
    }
    console.set_row(place, Row::Fresh);
    let target = core::mem::replace(&mut console.target, Target::Only(place));
    let _ = fmt::Write::write_fmt(&mut *console, format_args!("\r{bar}\x1b[K"));
    console.target = target;
    console.set_row(place, Row::Bar);
    console.flush();
    Bar::Stands
}

/// Takes it away.
pub fn hide_bar() {
    let mut console = super::CONSOLE.lock();
    if let Some(place) = console.reader
        && console.row(place) == Row::Bar
    {
        console.put(place, ERASE_ROW);
        console.set_row(place, Row::Fresh);
    }
}

impl Console {
    /// Writes where output goes now.
    pub(super) fn route(&mut self, text: &str) {
        match self.target {
            Target::Everywhere => {
                self.write_at(Place::Screen, text);
                self.write_at(Place::Com1, text);
                if self.second_heard {
                    self.write_at(Place::Com2, text);
                }
            }
            Target::Only(place) => self.write_at(place, text),
            Target::Pipe => self.pipe.push(text),
            Target::Nowhere => {}
        }
    }

    /// Writes to one console, whatever is on its row.
    fn write_at(&mut self, place: Place, text: &str) {
        if text.is_empty() {
            return;
        }
        let (row, erase) = self.row(place).after(text);
        self.set_row(place, row);
        if erase {
            self.put(place, ERASE_ROW);
        }
        self.put(place, text);
    }
}
