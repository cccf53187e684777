//! `help`: lists the commands from the one table.

use super::{TABLE, details, find};
use crate::println;
use crate::shell::Printable;
use crate::shell::command::{Command, CommandError, Reach, Session};

pub(super) static COMMAND: Command = Command {
    name: "help",
    aliases: &["?"],
    usage: "[COMMAND]",
    summary: "lists the commands, or explains one",
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

fn list() {
    for command in TABLE {
        println!("  \x1b[96m{:<12}\x1b[0m {}", command.name, command.summary);
    }
    println!("help COMMAND shows how to use one.");
}
