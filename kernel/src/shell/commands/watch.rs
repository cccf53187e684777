//! `watch`: a command again and again, its output in place.

use crate::shell::command::{Command, CommandError, Group, Reach, Session, parse_number};
use crate::{console, print};
use valhalla_core::filter::visible;
use valhalla_core::key::Key;

pub(super) static COMMAND: Command = Command {
    name: "watch",
    aliases: &[],
    group: Group::Shell,
    usage: "[SECONDS] COMMAND ...",
    summary: "shows a command anew every SECONDS (2), until a key",
    example: "\
              watch uptime              every two seconds\n\
              watch 1 'irq | head 8'    every second, a whole line in quotes",
    words: &[],
    reach: Reach::NeverInBulk,
    run,
};

const SECOND_NS: u64 = 1_000_000_000;

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    let (seconds, command) = match arguments {
        [seconds, command @ ..] if seconds.starts_with(|c: char| c.is_ascii_digit()) => {
            (parse_number(seconds)?, command)
        }
        command => (2, command),
    };
    if command.is_empty() || !(1..=3600).contains(&seconds) {
        return Err(CommandError::Usage);
    }
    print!("\x1b[2J");
    loop {
        let before = console::redirect();
        let result = session.run(command);
        let text = console::restore(before).text;
        result?;
        show(&text, seconds, command);
        if let Some(key) = session.key_within(seconds * SECOND_NS)? {
            // A key means enough; one that is not for us goes nowhere else.
            let _: Key = key;
            return Ok(());
        }
    }
}

/// The output from the screen's top, each row cut to its width, and a line that
/// says what it is.
fn show(text: &str, seconds: u64, command: &[&str]) {
    let (columns, rows) = console::size();
    print!("\x1b[H\x1b[7m every {seconds} s:");
    for word in command {
        print!(" {word}");
    }
    print!(" (a key ends it) \x1b[0m\x1b[K\n");
    for line in text.lines().take(rows.saturating_sub(3)) {
        if visible(line).count() < columns {
            print!("{line}\x1b[0m\x1b[K\n");
        } else {
            for c in visible(line).take(columns.saturating_sub(1)) {
                print!("{c}");
            }
            print!("\x1b[K\n");
        }
    }
    print!("\x1b[J");
    console::flush();
}
