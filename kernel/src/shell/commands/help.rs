//! `help`: lists the commands from the one table.

use super::{TABLE, details, find};
use crate::shell::Printable;
use crate::shell::command::{Command, CommandError, Group, Reach, Session};
use crate::{print, println};

pub(super) static COMMAND: Command = Command {
    name: "help",
    aliases: &["?"],
    group: Group::General,
    usage: "[COMMAND]",
    summary: "lists the commands, or explains one",
    example: "help mem    what the command mem does, with examples",
    words: &[],
    reach: Reach::Bulk,
    run,
};

fn run(_: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    match arguments {
        [] => list(),
        [name] => {
            let command = find(name).ok_or_else(|| {
                CommandError::failed(format_args!("there is no command {}", Printable(name)))
            })?;
            println!("usage: {} {}", command.name, command.usage);
            println!("  {}", command.summary);
            for alias in command.aliases {
                println!("  {alias} is another name for it");
            }
            if let Some(explain) = details(command.name) {
                explain();
            }
        }
        _ => return Err(CommandError::Usage),
    }
    Ok(())
}

/// Columns for name and usage; longer ones push their summary to the right,
/// or to a line of its own.
const COLUMNS: usize = 18;
/// What fits on the narrowest screen without a wrap.
const LINE: usize = 79;

fn list() {
    for command in TABLE {
        let Command { name, usage, summary, .. } = command;
        let space = if usage.is_empty() { "" } else { " " };
        let taken = name.len() + space.len() + usage.len();
        let pad = COLUMNS.saturating_sub(taken);
        print!("  \x1b[96m{name}\x1b[36m{space}{usage}\x1b[0m{:pad$} ", "");
        if 3 + taken + pad + summary.len() > LINE {
            print!("\n    ");
        }
        println!("{summary}");
    }
}
