//! The sessions: who sits where, whose command runs, and whether it goes on.
//!
//! ```text
//!   keyboard ──> seat ──> screen
//!   COM1 ──────> seat ──> COM1       one loop (`shell::run`) asks them all;
//!   COM2 ──────> seat ──> COM2       a command runs for one of them
//! ```
//!
//! One command runs at a time. While it does, it asks its session whether to
//! go on, and that is when the other seats are looked at: somebody who types
//! there is told who is busy, and the keys wait.

use super::alias::Aliases;
use super::command::CommandError;
use super::commands::power;
use super::machine::Machine;
use super::outcome::Outcome;
use super::progress::Progress;
use super::seat::{Seat, Submitted};
use crate::console::{self, Bar, Input, Place, input};
use crate::drivers::ps2;
use crate::drivers::serial::Line;
use crate::{interrupts, println, time};
use alloc::string::String;
use core::fmt::Write;
use valhalla_core::answer::Answer;
use valhalla_core::key::Key;
use valhalla_core::options::Options;
use valhalla_core::text::Text;

/// A command that takes longer gets a progress bar.
const LONG_NS: u64 = 500_000_000;
/// A bar is drawn so often.
const BAR_EVERY_NS: u64 = 100_000_000;
/// Columns that hold a bar and the name of what is being done.
const WIDE_ENOUGH: usize = 60;

/// What a command is given: the machine, and the seat that asked for it.
#[derive(Debug)]
pub struct Session<'a> {
    /// What start-up found.
    pub machine: &'a Machine,
    seats: [Option<Seat>; 3],
    /// Whose command runs; nobody's during the boot.
    at: Option<Place>,
    job: Job,
    /// Ctrl-Alt-Del was pressed.
    reboot: bool,
    /// What the command before the `|` printed.
    pub(super) piped: Option<String>,
    pub(super) aliases: Aliases,
    /// Commands within commands.
    pub(super) depth: u32,
}

/// The command that runs.
#[derive(Debug)]
struct Job {
    line: Text<40>,
    began_ns: u64,
    bar_ns: u64,
    cancelled: bool,
    question: Option<Question>,
}

/// What a command asks its terminal.
#[derive(Debug)]
struct Question {
    /// Whether that is an answer to it.
    meets: fn(Answer) -> bool,
    answer: Option<Answer>,
}

impl Question {
    fn is_met_by(&self, answer: Answer) -> bool {
        self.answer.is_none() && (self.meets)(answer)
    }
}

/// What became of the keys that waited at the prompts.
enum Followed {
    /// All were followed: there is nothing to do until something comes.
    All,
    /// Some were; there may be more.
    Some,
    /// One of them was Ctrl-Alt-Del.
    Reboot,
    /// One of them submitted a line there.
    Line(Place, Submitted),
}

impl Job {
    fn begin(line: &str) -> Self {
        let mut shown = Text::new();
        // A `Text` cuts what does not fit; it has no other error.
        let _ = write!(shown, "{}", super::Printable(line.trim()));
        Self { line: shown, began_ns: time::now_ns(), bar_ns: 0, cancelled: false, question: None }
    }
}

impl<'a> Session<'a> {
    /// A seat at each console there is. Without a screen the keyboard feeds
    /// COM1's; without anything to read it still feeds one.
    #[must_use]
    pub fn new(machine: &'a Machine, keyboard: Option<ps2::Keyboard>) -> Self {
        let (screen, com1) = (console::is_there(Place::Screen), console::is_there(Place::Com1));
        let first = (screen || !com1).then_some(Place::Screen);
        let keyboard = match first {
            Some(place) => Seat::new(place, Input::keyboard(keyboard)),
            None => Seat::new(Place::Com1, Input::new(keyboard)),
        };
        let com1 = (screen && com1).then(|| Seat::new(Place::Com1, Input::serial(Line::Com1)));
        let com2 = console::is_there(Place::Com2)
            .then(|| Seat::new(Place::Com2, Input::serial(Line::Com2)));
        Self {
            machine,
            seats: [Some(keyboard), com1, com2],
            at: None,
            job: Job::begin(""),
            reboot: false,
            piped: None,
            aliases: Aliases::default(),
            depth: 0,
        }
    }

    /// For every loop that may take long: whether to go on. Costs a few loads
    /// when nothing has happened.
    ///
    /// # Errors
    ///
    /// `Cancelled` after Ctrl-C; from then on whatever is printed is dropped.
    pub fn check(&mut self) -> Result<(), CommandError> {
        if !time::can_sleep() {
            input::poll_devices();
        }
        if input::may_have_key() {
            power::answer_button();
            self.take_keys();
        }
        if console::any_disturbed() {
            self.redraw();
        }
        if self.job.cancelled { Err(CommandError::Cancelled) } else { Ok(()) }
    }

    /// Waits so many nanoseconds.
    ///
    /// # Errors
    ///
    /// `Cancelled` after Ctrl-C.
    pub fn pause(&mut self, ns: u64) -> Result<(), CommandError> {
        console::flush();
        match time::pause_unless(ns, || self.check().err()) {
            Some(cancelled) => Err(cancelled),
            None => Ok(()),
        }
    }

    /// Waits for a key, for at most so many nanoseconds.
    ///
    /// # Errors
    ///
    /// `Cancelled` after Ctrl-C.
    pub fn key_within(&mut self, ns: u64) -> Result<Option<Key>, CommandError> {
        console::flush();
        let look = || match self.check() {
            Err(cancelled) => Some(Err(cancelled)),
            Ok(()) => self.kept_key().map(Ok),
        };
        time::pause_unless(ns, look).transpose()
    }

    /// Waits for a key.
    ///
    /// # Errors
    ///
    /// `Cancelled` after Ctrl-C.
    pub fn key(&mut self) -> Result<Key, CommandError> {
        input::wait_for(|| match self.check() {
            Err(cancelled) => Some(Err(cancelled)),
            Ok(()) => self.kept_key().map(Ok),
        })
    }

    /// Where the command was asked for; nowhere, when the kernel's command line
    /// did.
    #[must_use]
    pub const fn place(&self) -> Option<Place> {
        self.at
    }

    /// Asks the terminal that the command was asked for at, and waits at most so
    /// many nanoseconds for an answer that `meets` the question.
    ///
    /// # Errors
    ///
    /// `Cancelled` after Ctrl-C.
    pub fn ask(
        &mut self,
        question: &str,
        meets: fn(Answer) -> bool,
        ns: u64,
    ) -> Result<Option<Answer>, CommandError> {
        let Some(place) = self.at else { return Ok(None) };
        self.job.question = Some(Question { meets, answer: None });
        console::ask(place, question);
        console::flush();
        let look = || match self.check() {
            Err(cancelled) => Some(Err(cancelled)),
            Ok(()) => self.job.question.as_ref()?.answer.map(Ok),
        };
        let answer = time::wait_until(ns.div_ceil(1_000_000), look);
        self.job.question = None;
        answer.map_or(Ok(None), |answer| answer.map(Some))
    }

    /// The next key that came here while the command ran; at any seat, when the
    /// kernel's command line asked for it.
    fn kept_key(&mut self) -> Option<Key> {
        let at = self.at;
        let runners = |seat: &&mut Seat| at.is_none_or(|at| at == seat.place);
        self.seats.iter_mut().flatten().filter(runners).find_map(|seat| seat.input.next_kept())
    }

    /// The text that came through a pipe, for the filters.
    ///
    /// # Errors
    ///
    /// In words, when there was no pipe.
    pub fn piped(&mut self) -> Result<String, CommandError> {
        self.piped.take().ok_or_else(|| {
            CommandError::failed("it reads what another command says: COMMAND | filter")
        })
    }

    /// The names that people gave to lines.
    pub(super) fn aliases(&mut self) -> &mut Aliases {
        &mut self.aliases
    }

    /// Runs a command of these words; a single one may be a whole line, as in
    /// `repeat 3 'uptime; ping'`.
    ///
    /// # Errors
    ///
    /// `Within`, when that did not work, and `Cancelled`.
    pub fn run(&mut self, words: &[&str]) -> Result<(), CommandError> {
        let outcome = match words {
            [line] => super::execute(line, self),
            words => super::execute::nested(words, self),
        };
        match outcome {
            Outcome::Done => Ok(()),
            Outcome::Cancelled => Err(CommandError::Cancelled),
            outcome => Err(CommandError::Within(outcome)),
        }
    }

    /// Shows how much of the work is done, once it takes long. Cheap enough to
    /// call in every round that takes some microseconds.
    pub fn progress(&mut self, done: u64, total: u64) {
        let now = time::now_ns();
        let long = now.saturating_sub(self.job.began_ns) >= LONG_NS;
        if long && now.saturating_sub(self.job.bar_ns) >= BAR_EVERY_NS {
            self.job.bar_ns = now;
            let width = console::size().0;
            console::show_bar(format_args!("{}", Progress { done, total, width, what: "" }));
        }
    }

    /// The same before a step that is worth its name, and prints a line when it is
    /// done. Where the bar stands meanwhile, the name is in it.
    pub fn progress_with(&mut self, done: u64, total: u64, what: &str) -> Bar {
        let now = time::now_ns();
        let width = console::size().0;
        if now.saturating_sub(self.job.began_ns) < LONG_NS || width < WIDE_ENOUGH {
            return Bar::None;
        }
        self.job.bar_ns = now;
        console::show_bar(format_args!("{}", Progress { done, total, width, what }))
    }

    /// A prompt at every seat where somebody is expected.
    pub(super) fn first_prompts(&mut self) {
        let expected = self.seats.iter_mut().flatten().filter(|seat| seat.place != Place::Com2);
        expected.for_each(Seat::first_prompt);
    }

    /// Follows keys until a line is submitted somewhere.
    pub(super) fn next_line(&mut self) -> (Place, Submitted) {
        loop {
            if console::any_disturbed() {
                self.redraw();
            }
            interrupts::storm::report();
            power::answer_button();
            match self.follow_keys() {
                Followed::Line(place, line) => return (place, line),
                Followed::Reboot => reboot(),
                Followed::Some => {}
                Followed::All => {
                    console::flush();
                    input::rest();
                }
            }
        }
    }

    /// Follows a key of each seat that has one.
    fn follow_keys(&mut self) -> Followed {
        let Self { seats, aliases, .. } = self;
        let mut followed = Followed::All;
        for seat in seats.iter_mut().flatten().filter(|seat| seat.input.may_have_key()) {
            let Some(key) = seat.input.try_next() else { continue };
            if key == Key::Reboot {
                return Followed::Reboot;
            }
            if let Some(line) = seat.key(key, aliases) {
                return Followed::Line(seat.place, line);
            }
            if seat.input.may_have_key() {
                followed = Followed::Some;
            }
        }
        followed
    }

    /// Runs what the kernel's command line says: `run="..."`. Everybody reads
    /// it, and Ctrl-C stops it anywhere.
    pub(super) fn run_script(&mut self) {
        let machine = self.machine;
        let options = Options::parse(machine.boot.cmdline.as_str());
        if let Some(line) = options.run {
            self.job = Job::begin(line);
            println!("run: {}", super::Printable(line));
            super::execute(line, self);
            console::end_command();
            super::after_command();
        }
    }

    /// Runs a line for the seat at `place`, and asks there again.
    pub(super) fn run_line(&mut self, place: Place, line: &str) {
        self.at = Some(place);
        self.job = Job::begin(line);
        console::begin_command(place);
        let outcome = super::execute(line, self);
        console::hide_bar();
        if outcome == Outcome::Cancelled {
            console::tell(format_args!("^C\n"));
        }
        console::end_command();
        self.at = None;
        super::after_command();
        if let Some(seat) = self.seat(place) {
            seat.last = outcome;
            seat.prompt();
        }
    }

    /// Follows Ctrl-Alt-Del.
    pub(super) fn reboot_if_asked(&mut self) {
        if core::mem::take(&mut self.reboot) {
            reboot();
        }
    }

    fn seat(&mut self, place: Place) -> Option<&mut Seat> {
        self.seats.iter_mut().flatten().find(|seat| seat.place == place)
    }

    /// Follows what a terminal says about its size, when a command read it.
    pub fn resize(&mut self, place: Place, (cols, rows): (u16, u16)) {
        if let Some(seat) = self.seat(place) {
            seat.resize(cols, rows);
        }
    }

    /// Looks through what arrived while a command runs.
    fn take_keys(&mut self) {
        let at = self.at;
        for seat in self.seats.iter_mut().flatten() {
            let is_runner = at.is_none_or(|at| at == seat.place);
            while let Some(key) = seat.input.arrived() {
                if key == Key::Reboot {
                    // In order: the command ends first.
                    self.reboot = true;
                    self.job.cancelled = true;
                } else if let Key::Answer(answer) = key {
                    match &mut self.job.question {
                        Some(question) if is_runner && question.is_met_by(answer) => {
                            question.answer = Some(answer);
                        }
                        _ => seat.hear(answer),
                    }
                    continue;
                } else if key == Key::Ctrl('c') {
                    seat.input.forget_kept();
                    self.job.cancelled |= is_runner;
                } else {
                    seat.input.keep(key);
                }
                if !is_runner {
                    seat.tell_busy(at, self.job.line.as_str());
                }
            }
        }
        if self.job.cancelled {
            console::drop_output();
        }
    }

    /// Draws the lines again that words came in between.
    fn redraw(&mut self) {
        console::forget_disturbed();
        let at = self.at;
        let waiting = self.seats.iter_mut().flatten().filter(|seat| at != Some(seat.place));
        waiting.for_each(Seat::redraw_if_disturbed);
    }

    /// How the last line of the seat that runs a command ended.
    #[must_use]
    pub fn last_outcome(&mut self) -> Outcome {
        self.at.and_then(|at| self.seat(at)).map_or(Outcome::Done, |seat| seat.last)
    }
}

fn reboot() {
    // It comes back only where no way to reset works; it says so.
    let _ = power::reboot(&[]);
}
