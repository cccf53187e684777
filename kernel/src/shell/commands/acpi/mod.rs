//! `acpi`: what the firmware says about the machine.
//!
//! | file | subcommands |
//! | --- | --- |
//! | `list` | `list`, `dump` |
//! | `words` | `madt`, `fadt`, `hpet`, `mcfg`, `srat` |
//! | `check` | `check` |
//! | `gpe` | `gpe` |
//! | `aml` | `tree`, `eval`, `devices`, `prt`, `aml`, `fuzz` |

mod aml;
mod check;
mod gpe;
mod list;
mod words;

use crate::acpi::Tables;
use crate::acpi::aml::Mode;
use crate::acpi::tables::Table;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, parse_number};
use valhalla_core::acpi::Signature;

pub(super) static COMMAND: Command = Command {
    name: "acpi",
    aliases: &[],
    group: Group::System,
    usage: "[list|dump TABLE|tree|eval PATH|check|...]",
    summary: "the firmware's words",
    example: "acpi list          the tables that passed, and those that did not
acpi dump SSDT 2   the second SSDT, header and bytes
acpi madt          processors and interrupt controllers in words
acpi fadt          every field and flag of the FADT
acpi hpet          where the HPET is; also: mcfg, srat (with the SLIT)
acpi check         checks everything again and says what is odd
acpi gpe           general-purpose events: status, enable, methods
AML, the firmware's own programs, is loaded by the first of these:
acpi tree _SB.PCI0 the name space from a path on
acpi eval _S5      the value of an object, or what a method returns
acpi eval _PIC 1   a method with a number
acpi devices       _HID, _UID, _ADR and _STA of every device
acpi prt pic       where PCI interrupts arrive, under pic or apic
acpi aml           what is loaded, or why AML is off
acpi aml reload    another try
acpi fuzz 1 200    200 copies of the DSDT with one bit flipped, seed 1",
    words: &[
        "list", "dump", "madt", "fadt", "hpet", "mcfg", "srat", "check", "gpe", "tree", "eval",
        "devices", "prt", "aml", "fuzz",
    ],
    reach: Reach::Bulk,
    run,
};

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    match arguments {
        [] | ["list"] => list::list(session),
        ["dump", name] => list::dump(session, name, 1),
        ["dump", name, number] => list::dump(session, name, parse_number(number)?),
        ["madt"] => words::madt(session),
        ["fadt"] => words::fadt(session),
        ["hpet"] => words::hpet(session),
        ["mcfg"] => words::mcfg(session),
        ["srat"] => words::srat(session),
        ["check"] => check::check(session),
        ["gpe"] => gpe::gpe(session),
        ["tree"] => aml::tree(session, ""),
        ["tree", path] => aml::tree(session, path),
        ["eval", path, arguments @ ..] => aml::eval(session, path, arguments),
        ["devices"] => aml::devices(session),
        ["prt"] | ["prt", "pic"] => aml::prt(session, Mode::Pic),
        ["prt", "apic"] => aml::prt(session, Mode::Apic),
        ["aml"] => {
            aml::state();
            Ok(())
        }
        ["aml", "reload"] => aml::reload(),
        ["fuzz", seed, count] => aml::fuzz(session, parse_number(seed)?, parse_number(count)?),
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
