//! `help`: the commands by group, one group, or the page of one command.
//!
//! Everything comes from the one table. The overview fits a screen of 25 rows,
//! however many commands there are; `help all` has a line for each.

mod keys;

use super::{TABLE, details, find, names};
use crate::shell::Printable;
use crate::shell::command::{Command, CommandError, Group, Reach, Session};
use crate::{print, println};
use valhalla_core::nearest::nearest;

pub(super) static COMMAND: Command = Command {
    name: "help",
    aliases: &["?"],
    group: Group::General,
    usage: "[COMMAND|GROUP|keys|all]",
    summary: "the commands by group, or all about one",
    example: "\
              help           every command's name, by group\n\
              help memory    a group, with a line on each command\n\
              help all       all groups like that\n\
              help keys      what the keys do\n\
              help vm        what to type, what it does, examples",
    words: &[
        "all",
        "keys",
        "general",
        "shell",
        "system",
        "memory",
        "devices",
        "interrupts",
        "testing",
        "power",
    ],
    reach: Reach::Bulk,
    run,
};

fn run(_: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    match arguments {
        [] => overview(),
        ["all"] => there().for_each(list),
        ["keys"] => keys::page(),
        // A group first: `interrupts` is another name for `irq`, too.
        [name] => match (group(name), find(name)) {
            (Some(group), _) => list(group),
            (None, Some(command)) => page(command),
            (None, None) => return Err(unknown(name)),
        },
        _ => return Err(CommandError::Usage),
    }
    Ok(())
}

fn unknown(name: &str) -> CommandError {
    let groups = Group::ALL.iter().map(|group| group.name());
    let known = TABLE.iter().flat_map(|command| names(command)).chain(groups).chain(["keys"]);
    let name_shown = Printable(name);
    match nearest(name, known) {
        Some(meant) => CommandError::failed(format_args!(
            "there is no command {name_shown}; did you mean {meant}?"
        )),
        None => CommandError::failed(format_args!("there is no command {name_shown}")),
    }
}

fn group(name: &str) -> Option<Group> {
    there().find(|group| group.name().eq_ignore_ascii_case(name))
}

/// The groups that have commands.
fn there() -> impl Iterator<Item = Group> {
    Group::ALL.into_iter().filter(|group| commands(*group).next().is_some())
}

fn commands(group: Group) -> impl Iterator<Item = &'static Command> {
    TABLE.iter().copied().filter(move |command| command.group == group)
}

/// What fits on the narrowest screen without a wrap.
const LINE: usize = 79;
/// Where the names begin in the overview, behind the longest group's.
const NAMES_AT: usize = 14;

fn overview() {
    for group in there() {
        print!("  \x1b[93m{:<1$}\x1b[0m", group.name(), NAMES_AT - 2);
        let mut column = NAMES_AT;
        for command in commands(group) {
            let gap = if column == NAMES_AT { 0 } else { 2 };
            if column + gap + command.name.len() > LINE {
                print!("\n{:NAMES_AT$}\x1b[96m{}\x1b[0m", "", command.name);
                column = NAMES_AT + command.name.len();
            } else {
                print!("{:gap$}\x1b[96m{}\x1b[0m", "", command.name);
                column += gap + command.name.len();
            }
        }
        println!();
    }
    println!("help COMMAND explains one, help GROUP or help all lists more, help keys: keys.");
}

/// Columns for name and usage in a list; longer ones have a line of their own.
const SYNOPSIS_COLUMNS: usize = 24;
/// Where the summaries begin.
const SUMMARY_AT: usize = SYNOPSIS_COLUMNS + 3;

fn list(group: Group) {
    println!("\x1b[93m{}\x1b[0m \x1b[90m- {}\x1b[0m", group.name(), group.about());
    for command in commands(group) {
        let synopsis = command.synopsis();
        match SYNOPSIS_COLUMNS.checked_sub(synopsis.width()) {
            Some(pad) => print!("  {synopsis:#}{:pad$} ", ""),
            None => print!("  {synopsis:#}\n{:SUMMARY_AT$}", ""),
        }
        let mut column = SUMMARY_AT;
        for word in command.summary.split(' ') {
            let gap = if column == SUMMARY_AT { "" } else { " " };
            if column + gap.len() + word.len() > LINE {
                print!("\n{:SUMMARY_AT$}{word}", "");
                column = SUMMARY_AT + word.len();
            } else {
                print!("{gap}{word}");
                column += gap.len() + word.len();
            }
        }
        println!();
    }
}

fn page(command: &Command) {
    println!("usage: {:#}", command.synopsis());
    println!("  {}", command.summary);
    println!("  \x1b[90mgroup\x1b[0m {}", command.group.name());
    for alias in command.aliases {
        println!("  {alias} is another name for it");
    }
    if !command.example.is_empty() {
        println!("\x1b[93mexamples\x1b[0m");
        command.example.lines().for_each(example);
    }
    if let Some(explain) = details(command.name) {
        explain();
    }
}

/// A command line and what it shows, or a line of explanation.
fn example(line: &str) {
    // A command line may hold two spaces, in quotes; three or more end it.
    match line.split_once("   ") {
        Some((command, what)) => {
            let gap = line.len() - command.len() - what.trim_start().len();
            println!("  \x1b[96m{command}\x1b[0m{:gap$}{}", "", what.trim_start());
        }
        None => println!("  {line}"),
    }
}
