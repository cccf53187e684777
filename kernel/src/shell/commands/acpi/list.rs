//! `acpi list` and `acpi dump`: the tables, those that passed and those that
//! did not, and their bytes.

use super::there;
use crate::acpi::tables::{Processors, Trust};
use crate::println;
use crate::shell::Printable;
use crate::shell::command::{CommandError, Session};
use crate::shell::hex;
use core::fmt;
use valhalla_core::acpi::sdt;

/// Each table in a line.
pub(super) fn list(session: &mut Session<'_>) -> Result<(), CommandError> {
    let tables = session.machine.tables;
    there(tables)?;
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
        let sum = if table.sum.is_right() { "" } else { "  (bad checksum)" };
        println!(
            "  {}  revision {}, {:>6} bytes at {:#010x}{sum}{note}",
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

/// One table: its header in words, and all of its bytes. `number` counts the
/// tables of that name from 1.
pub(super) fn dump(session: &mut Session<'_>, name: &str, number: u64) -> Result<(), CommandError> {
    let tables = session.machine.tables;
    there(tables)?;
    // People know two of them by other names.
    let wanted = match name {
        "fadt" | "FADT" => "FACP",
        "madt" | "MADT" => "APIC",
        name => name,
    };
    let is_named = |signature: sdt::Signature| wanted.as_bytes().eq_ignore_ascii_case(&signature.0);
    let mut named = tables.list().iter().filter(|table| is_named(table.header.signature));
    let number = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
    let Some(table) = number.and_then(|number| named.nth(number)) else {
        let count = tables.list().iter().filter(|table| is_named(table.header.signature)).count();
        return Err(CommandError::failed(format_args!(
            "there are {count} tables named {}; `acpi list` shows them",
            Printable(name)
        )));
    };
    let header = &table.header;
    println!(
        "  {} at {:#x}: {} bytes, revision {}",
        header.signature, table.physical, header.length, header.revision
    );
    println!("  by {}, named {}", Trimmed(&header.oem_id), Trimmed(&header.oem_table_id));
    for (number, row) in table.bytes().chunks(hex::ROW).enumerate() {
        session.check()?;
        println!("  {}", hex::Row { address: (number * hex::ROW) as u64, digits: 4, bytes: row });
    }
    Ok(())
}

/// A fixed-size string of the firmware.
struct Trimmed<'a>(&'a [u8]);

impl fmt::Display for Trimmed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sdt::text(self.0, f)
    }
}
