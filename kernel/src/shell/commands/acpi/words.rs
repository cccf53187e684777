//! `acpi madt`, `fadt`, `hpet`, `mcfg`, `srat`: tables in words, with the
//! specification's names.

use super::table;
use crate::println;
use crate::shell::command::{CommandError, Session};
use valhalla_core::acpi::Signature;
use valhalla_core::acpi::fadt::fields::{self, Bit};
use valhalla_core::acpi::{hpet, madt, mcfg, srat};
use valhalla_core::units::Bytes;

/// Every entry of the MADT.
pub(super) fn madt(session: &mut Session<'_>) -> Result<(), CommandError> {
    let tables = session.machine.tables;
    let table = table(tables, Signature::MADT)?;
    if let Some(facts) = tables.madt() {
        println!("  local APICs at {:#x}", facts.lapic_address);
        let pic = if facts.legacy_pic { "a pair of 8259s is there" } else { "no 8259s" };
        println!("  PCAT_COMPAT: {pic}");
    }
    for (number, entry) in madt::entries(table.bytes()).enumerate() {
        session.check()?;
        match entry {
            Ok(entry) => println!("  {number:>3}  {entry}"),
            Err(problem) => println!("  {number:>3}  wrong: {problem}"),
        }
    }
    Ok(())
}

/// Every field and every flag of the FADT.
pub(super) fn fadt(session: &mut Session<'_>) -> Result<(), CommandError> {
    let table = table(session.machine.tables, Signature::FADT)?;
    let bytes = table.bytes();
    println!("  revision {}, {} bytes", table.header.revision, bytes.len());
    let mut behind_end = 0;
    for field in fields::FIELDS {
        session.check()?;
        let Some(value) = field.value(bytes) else {
            behind_end += 1;
            continue;
        };
        println!("  {:<20}  {value}", field.name);
        match field.name {
            "Flags" => bits(fields::FLAGS, valhalla_core::acpi::fadt::Fadt(bytes).flags()),
            "IAPC_BOOT_ARCH" => bits(fields::BOOT_ARCH, u32::from(fields::boot_arch(bytes))),
            _ => {}
        }
    }
    if behind_end > 0 {
        println!("  {behind_end} newer fields are behind this table's end");
    }
    Ok(())
}

fn bits(names: &'static [Bit], value: u32) {
    for (bit, name, meaning) in fields::set_bits(names, value) {
        println!("      bit {bit:<2} {name}: {meaning}");
    }
}

/// Where the HPET is said to be.
pub(super) fn hpet(session: &mut Session<'_>) -> Result<(), CommandError> {
    let table = table(session.machine.tables, Signature::HPET)?;
    let hpet = hpet::parse(table.bytes()).ok_or_else(too_short)?;
    println!("  registers          {}", hpet.base);
    println!(
        "  number, revision   {}, {:#x} by PCI vendor {:04x}",
        hpet.number, hpet.revision, hpet.vendor
    );
    println!(
        "  comparators        {}, counter of {} bits",
        hpet.comparators,
        if hpet.is_64_bit { 64 } else { 32 }
    );
    let legacy = if hpet.replaces_legacy { "can" } else { "cannot" };
    println!("  legacy replacement {legacy} take over IRQ 0 and 8");
    println!("  minimum tick       {} periods", hpet.min_tick);
    println!("  page protection    {}", hpet.protection);
    Ok(())
}

/// PCI configuration space in memory.
pub(super) fn mcfg(session: &mut Session<'_>) -> Result<(), CommandError> {
    let table = table(session.machine.tables, Signature::MCFG)?;
    for window in mcfg::windows(table.bytes()) {
        session.check()?;
        match window {
            Ok(window) => println!("  {window}"),
            Err(problem) => println!("  left out: {problem}"),
        }
    }
    Ok(())
}

/// What is near to what: the SRAT, and the SLIT where there is one.
pub(super) fn srat(session: &mut Session<'_>) -> Result<(), CommandError> {
    let tables = session.machine.tables;
    let table = table(tables, Signature::SRAT)?;
    for entry in srat::entries(table.bytes()) {
        session.check()?;
        match entry {
            srat::Entry::Processor { domain, apic_id, enabled } => {
                let state = if enabled { "" } else { " (does not count)" };
                println!("  domain {domain}: processor, APIC id {apic_id}{state}");
            }
            srat::Entry::Memory { domain, start, length, flags } => {
                let words = match flags & 7 {
                    flags if flags & 1 == 0 => " (does not count)",
                    3 => " (pluggable)",
                    5 | 7 => " (non-volatile)",
                    _ => "",
                };
                println!("  domain {domain}: memory from {start:#x}, {}{words}", Bytes(length));
            }
            srat::Entry::Other(kind) => println!("  an entry of type {kind}: not decoded"),
        }
    }
    let Some(slit) = tables.get(Signature::SLIT) else { return Ok(()) };
    let distances = srat::distances(slit.bytes()).ok_or_else(too_short)?;
    for (domain, row) in distances.rows().enumerate() {
        session.check()?;
        println!("  distances from domain {domain}: {row:?}");
    }
    Ok(())
}

fn too_short() -> CommandError {
    CommandError::failed("the table is too short for what it says")
}
