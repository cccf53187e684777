//! `watch`: a command again and again, its output in place.

use crate::shell::command::{Command, CommandError, Group, Reach, Session, parse_number};
use crate::{console, print};
use core::fmt;
use valhalla_core::filter;
use valhalla_core::key::Key;
use valhalla_core::text::Text;

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
/// Bytes of a title: what the widest screen shows of it.
const TITLE_BYTES: usize = 256;

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
        let what = fmt::from_fn(|f| command.iter().try_for_each(|word| write!(f, " {word}")));
        show(format_args!("every {seconds} s:{what} (a key ends it)"), text.lines());
        if let Some(key) = session.key_within(seconds * SECOND_NS)? {
            // A key means enough; one that is not for us goes nowhere else.
            let _: Key = key;
            return Ok(());
        }
    }
}

/// Columns and rows that [`show`] has room for.
pub(super) fn room() -> (usize, usize) {
    let (columns, rows) = console::size();
    (columns, rows.saturating_sub(3).max(1))
}

/// Rows from the screen's top, each cut to its width, below one that says what they
/// are. What stood there is erased first: behind a full row nothing can be.
pub(super) fn show<'a>(title: fmt::Arguments<'_>, rows: impl Iterator<Item = &'a str>) {
    let (columns, most) = room();
    let title = Text::<TITLE_BYTES>::of(title);
    let title = cut(title.as_str(), columns.saturating_sub(2));
    print!("\x1b[H\x1b[K\x1b[7m {title} \x1b[0m\n");
    for row in rows.take(most) {
        print!("\x1b[K{}\x1b[0m\n", cut(row, columns));
    }
    print!("\x1b[J");
    console::flush();
}

/// The part of a line that fits.
fn cut(line: &str, columns: usize) -> &str {
    filter::rows(line, columns).next().unwrap_or_default()
}
