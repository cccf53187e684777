//! The shell: takes a line from somebody, finds the command, runs it, asks again.
//!
//! Somebody sits at the screen, at COM1 or at COM2 ([`session`]): each has a
//! prompt, and what a command prints goes to whoever asked for it. A command is
//! a file in `commands/` and a row in its table.

mod alias;
mod banner;
mod bar;
pub mod command;
pub mod commands;
mod complete;
mod execute;
pub mod hex;
mod keyless;
mod labelled;
pub mod machine;
mod monitor;
mod outcome;
mod progress;
mod seat;
mod session;

pub use execute::execute;
pub use outcome::Outcome;

use crate::console::{self, Place};
use crate::drivers::serial;
use crate::memory::frames;
use crate::{interrupts, print, println};
use command::Session;
use core::fmt::{self, Write};

/// Stands above the first prompt.
const GREETING: &str = "Type help for a list of commands.";

/// Reads and runs commands for ever.
pub fn run(mut session: Session<'_>) -> ! {
    session.run_script();
    greet(&mut session);
    loop {
        let (place, line) = session.next_line();
        session.run_line(place, line.as_str());
        session.reboot_if_asked();
    }
}

/// Shows what was found, the first prompts, and what to do with them.
pub fn greet(session: &mut Session<'_>) {
    // A line that fell silent during the boot.
    serial::report();
    banner::show(session.machine);
    match keyless::Warning::if_due() {
        Some(warning) => {
            console::tell_at(Place::Screen, format_args!("{warning}"));
            console::tell_at(Place::Com1, format_args!("{GREETING}\n"));
        }
        None => println!("{GREETING}"),
    }
    session.first_prompts();
    console::paint();
}

/// What is looked at between two commands; what it finds goes everywhere.
fn after_command() {
    interrupts::storm::report();
    serial::report();
    crate::time::report();
    // Under `test=` the frames' books are gone through before every prompt.
    if frames::checks_on()
        && let Err(error) = frames::check_books()
    {
        println!("the frames' books are wrong: {error}");
    }
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

/// A writer that fails once its session's command is cancelled.
struct Stoppable<'a, 'b>(&'a mut Session<'b>);

impl Write for Stoppable<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        print!("{text}");
        self.0.check().map_err(|_| fmt::Error)
    }
}

/// For what wants a writer: the same as `print!`.
struct ConsoleWriter;

impl Write for ConsoleWriter {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        print!("{text}");
        Ok(())
    }
}
