//! `vm walk ADDR`: what the page tables say of an address, entry by entry.

use crate::memory::{self, space};
use crate::println;
use crate::shell::command::{Command, CommandError, Session, parse_number};

pub(super) static COMMAND: Command = Command {
    name: "vm",
    aliases: &[],
    usage: "walk ADDRESS",
    summary: "follows the page tables to an address",
    run,
};

pub(super) static TRANSLATE: Command = Command {
    name: "translate",
    aliases: &[],
    usage: "ADDRESS",
    summary: "the same as vm walk",
    run: translate,
};

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    match arguments {
        ["walk", rest @ ..] => translate(session, rest),
        _ => Err(CommandError::Usage),
    }
}

fn translate(_: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    let [address] = arguments else { return Err(CommandError::Usage) };
    let address = parse_number(address)?;
    let walk = space::walk(address).ok_or_else(|| CommandError::failed("no page tables yet"))?;
    println!("{address:#018x} ({})", memory::what_is(address));
    for step in walk.steps() {
        println!("  {step}");
    }
    println!("  {}", walk.outcome);
    Ok(())
}
