//! `alias` and `unalias`: short names for long lines.

use crate::println;
use crate::shell::Printable;
use crate::shell::command::{Command, CommandError, Group, Reach, Session};

pub(super) static ALIAS: Command = Command {
    name: "alias",
    aliases: &[],
    group: Group::Shell,
    usage: "[NAME=LINE]",
    summary: "lets NAME stand for a line; lists the names",
    example: "\
              alias irqs='dmesg | grep -i irq'    from now on irqs is a command\n\
              alias                               what stands for what",
    words: &[],
    reach: Reach::NeverInBulk,
    run: alias,
};

pub(super) static UNALIAS: Command = Command {
    name: "unalias",
    aliases: &[],
    group: Group::Shell,
    usage: "NAME",
    summary: "forgets a name that alias gave",
    example: "unalias irqs   that name stands for nothing any more",
    words: &[],
    reach: Reach::NeverInBulk,
    run: unalias,
};

fn alias(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    match arguments {
        [] => {
            if session.aliases().iter().next().is_none() {
                println!("no name stands for a line yet");
            }
            for (name, line) in session.aliases().iter() {
                println!("  \x1b[96m{name:<12}\x1b[0m {}", Printable(line));
            }
            Ok(())
        }
        [given] => {
            let Some((name, line)) = given.split_once('=') else {
                let line = session.aliases().get(given).ok_or_else(|| {
                    CommandError::failed(format_args!("{} stands for nothing", Printable(given)))
                })?;
                println!("  \x1b[96m{given:<12}\x1b[0m {}", Printable(line));
                return Ok(());
            };
            session.aliases().set(name, line).map_err(CommandError::failed)
        }
        _ => Err(CommandError::Usage),
    }
}

fn unalias(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    let [name] = arguments else { return Err(CommandError::Usage) };
    if session.aliases().remove(name) {
        return Ok(());
    }
    Err(CommandError::failed(format_args!("{} stands for nothing", Printable(name))))
}
