//! `tour`: the machine page by page, for who cannot type.
//!
//! The boot menu's entry "no keyboard" runs it (`run=tour`). What commands say is
//! gathered at the start of each round, so that the number of pages is known.

use super::watch;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, parse_number};
use crate::{console, print};
use alloc::string::String;

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

/// What is shown.
const STOPS: [(&str, &str); 9] = [
    ("Machine", "version"),
    ("Processor", "lscpu"),
    ("Memory", "mem"),
    ("Tables", "acpi list"),
    ("Processors and controllers", "acpi madt"),
    ("Interrupts", "irq"),
    ("Clocks", "clocks"),
    ("Devices", "lspci"),
    ("Log", "dmesg"),
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

/// Shows each page once; whether nobody pressed a key.
fn round(session: &mut Session<'_>, seconds: u64) -> Result<bool, CommandError> {
    let mut texts = [const { String::new() }; STOPS.len()];
    for (text, (_, line)) in texts.iter_mut().zip(STOPS) {
        *text = gather(session, line)?;
    }
    let rows = watch::rows();
    let pages = |text: &String| text.lines().count().div_ceil(rows).max(1);
    let all: usize = texts.iter().map(pages).sum();
    let mut page = 0;
    for (text, (title, line)) in texts.iter().zip(STOPS) {
        for part in 0..pages(text) {
            page += 1;
            let title = format_args!(
                "{title} ({line}): page {page} of {all}, {seconds} s each; a key ends this"
            );
            watch::show(title, text.lines().skip(part * rows));
            if session.key_within(seconds * SECOND_NS)?.is_some() {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// What a command says; why it could not, else.
fn gather(session: &mut Session<'_>, line: &str) -> Result<String, CommandError> {
    let before = console::redirect();
    let result = session.run(&[line]);
    let text = console::restore(before).text;
    match result {
        Err(CommandError::Cancelled) => Err(CommandError::Cancelled),
        // It has said so; the other pages are as good as before.
        _ => Ok(text),
    }
}
