//! What the shell lends to the crash monitor: commands that need no session.
//!
//! The monitor belongs to `report`, which stands to the left: it names the two
//! symbols defined here, as `cpu` names the report's.

use super::command::{Command, CommandError};
use super::commands::{dmesg, peek, power, vm};
use crate::println;
use crate::report::monitor::Answer;

/// A command, and how to run it without a session.
type Lent = (&'static Command, fn(&[&str]) -> Result<(), CommandError>);

static LENT: [Lent; 4] = [
    (&peek::PEEK, peek::peek),
    (&vm::COMMAND, vm::run),
    (&dmesg::COMMAND, dmesg::run),
    (&power::REBOOT, power::reboot),
];

/// Runs one of them.
#[unsafe(no_mangle)]
extern "Rust" fn valhalla_shell_command(words: &[&str]) -> Answer {
    let [name, arguments @ ..] = words else { return Answer::Unknown };
    match LENT.iter().find(|(command, _)| command.name == *name) {
        Some((command, run)) => {
            super::execute::conclude(command, run(arguments));
            Answer::Known
        }
        None => Answer::Unknown,
    }
}

/// Lists them, each with its arguments.
#[unsafe(no_mangle)]
extern "Rust" fn valhalla_shell_help() {
    for (command, _) in &LENT {
        println!("  {:#}", command.synopsis());
        println!("  {:<12} {}", "", command.summary);
    }
}
