//! `acpi`: what the firmware says about the machine.
//!
//! | file | subcommands |
//! | --- | --- |
//! | `list` | `list`, `dump` |
//! | `words` | `madt`, `fadt`, `hpet`, `mcfg`, `srat` |
//! | `check` | `check` |

mod check;
mod list;
mod words;

use crate::acpi::Tables;
use crate::acpi::tables::Table;
use crate::shell::command::{Command, CommandError, Group, Reach, Session};
use valhalla_core::acpi::Signature;

pub(super) static COMMAND: Command = Command {
    name: "acpi",
    aliases: &[],
    group: Group::System,
    usage: "[list|dump TABLE|fadt|madt|check|...]",
    summary: "the firmware's tables",
    example: "acpi list          the tables that passed, and those that did not
acpi dump SSDT 2   the second SSDT, header and bytes
acpi madt          processors and interrupt controllers in words
acpi fadt          every field and flag of the FADT
acpi hpet          where the HPET is; also: mcfg, srat (with the SLIT)
acpi check         checks everything again and says what is odd",
    words: &["list", "dump", "madt", "fadt", "hpet", "mcfg", "srat", "check"],
    reach: Reach::Bulk,
    run,
};

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    match arguments {
        [] | ["list"] => list::list(session),
        ["dump", name] => list::dump(session, name, 1),
        ["dump", name, number] => {
            list::dump(session, name, crate::shell::command::parse_number(number)?)
        }
        ["madt"] => words::madt(session),
        ["fadt"] => words::fadt(session),
        ["hpet"] => words::hpet(session),
        ["mcfg"] => words::mcfg(session),
        ["srat"] => words::srat(session),
        ["check"] => check::check(session),
        _ => Err(CommandError::Usage),
    }
}

/// The first table of this name, or why there is none.
fn table(tables: &Tables, signature: Signature) -> Result<&Table, CommandError> {
    there(tables)?;
    tables
        .get(signature)
        .ok_or_else(|| CommandError::failed(format_args!("this machine has no {signature}")))
}

/// Fails, with the reason, where there is no ACPI at all.
fn there(tables: &Tables) -> Result<(), CommandError> {
    match tables.absence() {
        Some(absence) => Err(CommandError::failed(format_args!("no ACPI here: {absence}"))),
        None => Ok(()),
    }
}
