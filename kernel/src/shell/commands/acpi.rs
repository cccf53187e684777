//! `acpi`: the firmware's tables, those that passed and those that did not.

use crate::acpi::tables::{Processors, Trust};
use crate::println;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, expect_none};

pub(super) static COMMAND: Command = Command {
    name: "acpi",
    aliases: &[],
    group: Group::System,
    usage: "",
    summary: "the ACPI tables",
    example: "acpi    the tables that passed, and those that did not",
    words: &[],
    reach: Reach::Bulk,
    run,
};

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    let tables = session.machine.tables;
    if let Some(absence) = tables.absence() {
        return Err(CommandError::failed(format_args!("no ACPI here: {absence}")));
    }
    if let Some(rsdp) = tables.rsdp() {
        println!(
            "  RSDP  revision {}, RSDT {:#x}, XSDT {:#x}",
            rsdp.revision,
            rsdp.rsdt.unwrap_or(0),
            rsdp.xsdt.unwrap_or(0)
        );
    }
    for table in tables.list().iter() {
        let note = match table.trust {
            Trust::Whole => "",
            Trust::OwnUseOnly => "  (an entry in it is wrong: read up to there)",
        };
        println!(
            "  {}  revision {}, {:>6} bytes at {:#010x}{note}",
            table.header.signature, table.header.revision, table.header.length, table.physical
        );
    }
    for rejected in tables.rejected().iter() {
        println!("  not used: {rejected}");
    }
    if let Some(facts) = tables.madt() {
        println!("  {}", Processors(facts));
    }
    match tables.soft_off() {
        Some(types) => println!("  soft off (_S5): sleep types {} and {}", types.a, types.b),
        None => println!("  soft off (_S5): not found"),
    }
    Ok(())
}
