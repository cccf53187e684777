//! A seat: one session's own things, at one console.
//!
//! Where its keys come from, where its output goes, the line that is edited
//! there and how the last command ended. What is shared (the machine, who runs
//! a command now) is the [`Session`](super::command::Session)'s.

use super::alias::Aliases;
use super::complete::Offer;
use super::outcome::Outcome;
use crate::console::{self, Echo, Input, Place, terminals};
use crate::print;
use core::fmt;
use valhalla_core::answer::Answer;
use valhalla_core::editor::{Action, Completed, LineEditor, MAX_BYTES};
use valhalla_core::key::Key;
use valhalla_core::text::Text;

/// A line that was submitted.
pub(super) type Submitted = Text<MAX_BYTES>;

/// One session's own things.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) place: Place,
    pub(super) input: Input,
    pub(super) last: Outcome,
    editor: LineEditor,
    stage: Stage,
    told_busy: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nobody has been seen here: no prompt.
    Asleep,
    /// A prompt stands here, and nobody has typed yet.
    Waiting,
    /// Somebody is here: a prompt stands, or a command runs.
    Awake,
}

impl Seat {
    pub(super) fn new(place: Place, input: Input) -> Self {
        let editor = LineEditor::new(Outcome::Done.prompt());
        let (input, last) = (input.with_room(), Outcome::Done);
        Self { place, input, last, editor, stage: Stage::Asleep, told_busy: false }
    }

    /// The prompt at the end of the boot, for whoever may be there.
    pub(super) fn first_prompt(&mut self) {
        self.prompt();
        self.stage = Stage::Waiting;
        terminals::greet(self.place);
    }

    /// Follows an answer of the terminal: the one question that a seat asks is
    /// how large it is.
    pub(super) fn hear(&mut self, answer: Answer) {
        if let Some((cols, rows)) = answer.as_size() {
            self.resize(cols, rows);
        }
    }

    /// Follows the terminal's size, where it is news and can be.
    pub(super) fn resize(&mut self, cols: u16, rows: u16) {
        if console::set_size(self.place, (cols, rows)) {
            self.editor.set_width(usize::from(cols));
            if console::is_edited(self.place) {
                self.editor.redraw(&mut Echo(self.place));
            }
        }
    }

    /// Begins a line.
    pub(super) fn prompt(&mut self) {
        self.stage = Stage::Awake;
        self.told_busy = false;
        console::open_line(self.place);
        self.editor.set_width(console::size_of(self.place).0);
        self.editor.set_prompt(self.last.prompt());
        self.editor.start(&mut Echo(self.place));
    }

    /// Draws the line again where words came in between.
    pub(super) fn redraw_if_disturbed(&mut self) {
        if self.stage != Stage::Asleep && console::is_disturbed(self.place) {
            console::open_line(self.place);
            self.editor.redraw(&mut Echo(self.place));
        }
    }

    /// Follows a key at the prompt; returns the line when it is submitted.
    pub(super) fn key(&mut self, key: Key, aliases: &Aliases) -> Option<Submitted> {
        if let Key::Answer(answer) = key {
            self.hear(answer);
            return None;
        }
        if self.stage == Stage::Waiting {
            // The terminal may not have been there at the end of the boot.
            self.stage = Stage::Awake;
            terminals::greet(self.place);
        }
        if self.stage == Stage::Asleep {
            if self.place == Place::Com2 {
                console::hear_second();
            }
            console::tell_at(self.place, format_args!("\n{}\n", super::GREETING));
            self.prompt();
            terminals::greet(self.place);
            // What wakes a session means no more than that.
            if key == Key::Enter {
                return None;
            }
        }
        let mut echo = Echo(self.place);
        match self.editor.key(key, &mut echo) {
            Action::Submit => {
                console::close_line(self.place);
                match self.editor.submitted() {
                    // As long as the editor's: it fits.
                    Ok(line) => return Some(Submitted::of(line)),
                    Err(too_long) => {
                        console::tell_at(self.place, format_args!("{too_long}\n"));
                        self.last = Outcome::Usage;
                        self.prompt();
                    }
                }
            }
            Action::Cancel => {
                console::close_line(self.place);
                self.last = Outcome::Done;
                self.prompt();
            }
            Action::ClearScreen => {
                console::begin_command(self.place);
                console::close_line(self.place);
                print!("\x1b[2J\x1b[H");
                console::end_command();
                console::open_line(self.place);
                self.editor.redraw(&mut echo);
                terminals::greet(self.place);
            }
            Action::Complete => self.complete(aliases),
            Action::None | Action::Bell => {}
        }
        None
    }

    /// Completes the word at the cursor, or shows how it could go on.
    fn complete(&mut self, aliases: &Aliases) {
        let mut echo = Echo(self.place);
        let place = self.editor.place();
        let offer = Offer::at(place);
        let mut part = Submitted::new();
        // No longer than the line: it fits.
        let _ = fmt::Write::write_str(&mut part, place.part);
        if self.editor.complete(offer.candidates(aliases), &mut echo) == Completed::Done {
            return;
        }
        let fits = |name: &&str| name.starts_with(part.as_str());
        let mut column = 0;
        let width = console::size_of(self.place).0;
        console::close_line(self.place);
        for name in offer.candidates(aliases).filter(fits) {
            // The first goes below the line, and so does one without room.
            let start = if column == 0 || column + name.len() + 2 >= width { "\n" } else { "" };
            column = if start.is_empty() { column } else { 0 } + name.len() + 2;
            console::tell_at(self.place, format_args!("{start}\x1b[96m{name}\x1b[0m  "));
        }
        console::open_line(self.place);
        self.editor.redraw(&mut echo);
    }

    /// Says once who keeps this session waiting.
    pub(super) fn tell_busy(&mut self, who: Option<Place>, command: &str) {
        if core::mem::replace(&mut self.told_busy, true) {
            return;
        }
        let Some(who) = who else { return };
        let words = format_args!(
            "busy: {who}'s session runs \"{command}\" (Ctrl-C there stops it); what you type waits\n"
        );
        console::tell_at(self.place, words);
    }
}
