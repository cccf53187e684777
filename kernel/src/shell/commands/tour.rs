//! `tour`: the machine page by page, for who cannot type.
//!
//! The boot menu's entry "no keyboard" runs it (`run=tour`). Each command is asked at
//! the start of a round, so that the number of pages is known, and again when it is
//! its turn.

use super::watch;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, parse_number};
use crate::{console, print, println};
use alloc::string::String;
use core::fmt;
use valhalla_core::filter;

pub(super) static COMMAND: Command = Command {
    name: "tour",
    aliases: &[],
    group: Group::Shell,
    usage: "[SECONDS]",
    summary: "shows the machine page by page, SECONDS (8) each, until a key",
    example: "\
              tour                     again and again; any key ends it\n\
              tour 20                  pages that stay for 20 seconds",
    words: &[],
    reach: Reach::NeverInBulk,
    run,
};

/// A title, a command, and what it is told.
type Stop = (&'static str, &'static str, &'static [&'static str]);

/// The pages, in the order in which they are shown.
const STOPS: [Stop; 9] = [
    ("Machine", "version", &[]),
    ("Processor", "lscpu", &[]),
    ("Memory", "mem", &[]),
    ("Tables", "acpi", &["list"]),
    ("Controllers", "acpi", &["madt"]),
    ("Interrupts", "irq", &[]),
    ("Clocks", "clocks", &[]),
    ("Devices", "lspci", &[]),
    ("Log", "dmesg", &[]),
];

const SECOND_NS: u64 = 1_000_000_000;

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    let seconds = match arguments {
        [] => 8,
        [seconds] => parse_number(seconds)?,
        _ => return Err(CommandError::Usage),
    };
    if !(1..=3600).contains(&seconds) {
        return Err(CommandError::Usage);
    }
    print!("\x1b[2J");
    while round(session, seconds)? {}
    print!("\x1b[2J\x1b[H");
    Ok(())
}

/// Shows each page once; false when somebody pressed a key.
fn round(session: &mut Session<'_>, seconds: u64) -> Result<bool, CommandError> {
    let (columns, most) = watch::room();
    let pages = |text: &str| filter::rows(text, columns).count().div_ceil(most).max(1);
    let mut counts = [0; STOPS.len()];
    for (count, stop) in counts.iter_mut().zip(STOPS) {
        *count = pages(&gather(session, stop)?);
    }
    let mut page = 0;
    for (number, stop) in STOPS.into_iter().enumerate() {
        let (title, name, arguments) = stop;
        let line = fmt::from_fn(|f| {
            f.write_str(name)?;
            arguments.iter().try_for_each(|argument| write!(f, " {argument}"))
        });
        // Again: what was said when the round began is a minute old.
        let text = gather(session, stop)?;
        counts[number] = pages(&text);
        let all: usize = counts.iter().sum();
        for part in 0..counts[number] {
            page += 1;
            let title = format_args!(
                "{title} ({line}): page {page} of {all}, {seconds} s each; a key ends this"
            );
            watch::show(title, filter::rows(&text, columns).skip(part * most));
            if session.key_within(seconds * SECOND_NS)?.is_some() {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Returns what a command says. Why it could not is part of that: there is no other
/// place to say it while a page is shown.
fn gather(session: &mut Session<'_>, (_, name, arguments): Stop) -> Result<String, CommandError> {
    let before = console::redirect();
    let result = match super::find(name) {
        Some(command) => (command.run)(session, arguments),
        None => Err(CommandError::failed("there is no such command")),
    };
    if let Err(CommandError::Failed(reason)) = &result {
        println!("{name}: {reason}");
    }
    let text = console::restore(before).text;
    match result {
        Err(CommandError::Cancelled) => Err(CommandError::Cancelled),
        _ => Ok(text),
    }
}
