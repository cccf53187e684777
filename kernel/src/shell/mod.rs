//! The shell: reads a line, finds the command, runs it, and asks again.
//!
//! One shell serves keyboard and serial alike; what it prints goes to every
//! console. A command is a file in `commands/` and a row in its table.

mod banner;
mod bar;
pub mod command;
pub mod commands;
pub mod hex;
mod labelled;
pub mod machine;
mod monitor;

use crate::console::{self, Input};
use crate::drivers::serial;
use crate::memory::frames;
use crate::{cpu, interrupts, print, println};
use command::{Command, CommandError, Session};
use core::fmt::{self, Write};
use core::sync::atomic::{AtomicU64, Ordering};
use valhalla_core::editor::{Action, LineEditor};
use valhalla_core::words;

/// What stands before the cursor; tests wait for it.
const PROMPT: &str = "valhalla> ";

/// Reads and runs commands for ever.
pub fn run(mut session: Session<'_>) -> ! {
    banner::show(session.machine);
    let mut editor = greet();
    loop {
        read_line(&mut editor, &mut session.input);
        execute(editor.line(), &mut session);
        interrupts::storm::report();
        serial::report();
        crate::time::report();
        check_books();
        prompt(&mut editor);
    }
}

/// The time-stamp counter when the first prompt stood on the screen; 0 before.
static FIRST_PROMPT: AtomicU64 = AtomicU64::new(0);

/// What the time-stamp counter showed at the first prompt.
#[must_use]
pub fn first_prompt_at() -> Option<u64> {
    Some(FIRST_PROMPT.load(Ordering::Relaxed)).filter(|at| *at != 0)
}

/// Shows the first prompt, and what to do with it.
pub fn greet() -> LineEditor {
    println!("Type help for a list of commands.");
    let mut editor = LineEditor::new(PROMPT);
    prompt(&mut editor);
    console::flush();
    FIRST_PROMPT.store(cpu::timestamp(), Ordering::Relaxed);
    editor
}

/// Begins a line.
fn prompt(editor: &mut LineEditor) {
    editor.set_width(console::size().0);
    editor.start(&mut ConsoleWriter);
}

/// Under `test=` the frames' books are gone through before every prompt.
fn check_books() {
    if frames::checks_on()
        && let Err(error) = frames::check_books()
    {
        println!("the frames' books are wrong: {error}");
    }
}

/// Edits until the line is submitted. Ctrl-C drops the line, Ctrl-L clears
/// the screen and keeps it.
fn read_line(editor: &mut LineEditor, input: &mut Input) {
    loop {
        match editor.key(input.wait(), &mut ConsoleWriter) {
            Action::Submit => return,
            Action::Cancel => editor.start(&mut ConsoleWriter),
            Action::ClearScreen => {
                print!("\x1b[2J\x1b[H");
                editor.redraw(&mut ConsoleWriter);
            }
            Action::None | Action::Bell => {}
        }
    }
}

/// How a line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The command did it, or there was none.
    Done,
    /// It did not, and said why.
    Failed,
}

/// Runs one line; whatever is wrong with it is said in words.
pub fn execute(line: &str, session: &mut Session<'_>) -> Outcome {
    let words = match words::split(line) {
        Ok(words) => words,
        Err(error) => {
            println!("cannot read this line: {error}");
            return Outcome::Failed;
        }
    };
    let mut room = [""; words::MAX_WORDS];
    let [name, arguments @ ..] = words.slices(&mut room) else { return Outcome::Done };
    let Some(command) = commands::find(name) else {
        println!("unknown command: {}{}", Printable(name), commands::instead_of(name));
        return Outcome::Failed;
    };
    conclude(command, (command.run)(session, arguments))
}

/// Says why a command did not do what was asked.
fn conclude(command: &Command, result: Result<(), CommandError>) -> Outcome {
    match result {
        Ok(()) => return Outcome::Done,
        Err(CommandError::Usage) => println!("usage: {}", command.synopsis()),
        Err(CommandError::Cancelled) => println!("^C"),
        Err(CommandError::Failed(message)) => println!("{}: {message}", command.name),
    }
    Outcome::Failed
}

/// Text from a person, safe to echo: control characters show as `\u{..}`.
pub struct Printable<'a>(pub &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if c.is_control() { write!(f, "{}", c.escape_default())? } else { f.write_char(c)? }
        }
        Ok(())
    }
}

/// Sends what the editor echoes to every console.
struct ConsoleWriter;

impl Write for ConsoleWriter {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        print!("{text}");
        Ok(())
    }
}
