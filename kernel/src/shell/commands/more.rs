//! `more`: what another command says, a screen at a time.

use crate::shell::command::{Command, CommandError, Group, Reach, Session, expect_none};
use crate::{console, print, println};
use valhalla_core::filter::visible;
use valhalla_core::key::Key;

pub(super) static COMMAND: Command = Command {
    name: "more",
    aliases: &["less"],
    group: Group::Shell,
    usage: "",
    summary: "shows what another command says a screen at a time",
    example: "\
              help all | more   Space: the next screen, Enter: a line, Q: enough",
    words: &[],
    reach: Reach::Bulk,
    run,
};

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    let text = session.piped()?;
    let (columns, rows) = console::size();
    // In the middle of pipes there is nobody to wait for.
    let page = if console::is_piped() { usize::MAX } else { rows.saturating_sub(1).max(1) };
    let mut left = page;
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        session.check()?;
        println!("{line}\x1b[0m");
        left = left.saturating_sub(visible(line).count().div_ceil(columns.max(1)).max(1));
        if left > 0 || lines.peek().is_none() {
            continue;
        }
        print!("\x1b[7m-- more --\x1b[0m");
        let key = session.key();
        print!("\r\x1b[K");
        left = match key? {
            Key::Char('q' | 'Q') | Key::Escape => return Ok(()),
            Key::Enter | Key::Down => 1,
            _ => page,
        };
    }
    Ok(())
}
