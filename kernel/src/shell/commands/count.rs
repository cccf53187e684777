//! `count`: how much another command says.

use crate::println;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, expect_none};
use valhalla_core::filter::Counts;
use valhalla_core::units::Many;

pub(super) static COMMAND: Command = Command {
    name: "count",
    aliases: &["wc"],
    group: Group::Shell,
    usage: "",
    summary: "counts lines, words and characters",
    example: "vm map | count   how many ranges are mapped",
    words: &[],
    reach: Reach::Bulk,
    run,
};

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    let text = session.piped()?;
    let mut counts = Counts::default();
    for line in text.lines() {
        session.check()?;
        counts.add(line);
    }
    let Counts { lines, words, characters } = counts;
    let [lines, words, characters] = [(lines, "line"), (words, "word"), (characters, "character")]
        .map(|(n, name)| Many(n, name));
    println!("{lines}, {words}, {characters}");
    Ok(())
}
