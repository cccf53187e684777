//! `acpi check`: finds and checks every table again, from the root pointer on,
//! and says what is odd about those that pass.

use super::there;
use crate::acpi::Tables;
use crate::println;
use crate::shell::command::{CommandError, Session};
use valhalla_core::acpi::Signature;
use valhalla_core::acpi::check::{self, Oddity};
use valhalla_core::units::Many;

type Check = fn(&[u8], &mut dyn FnMut(Oddity));

const CHECKS: [(Signature, Check); 4] = [
    (Signature::FADT, check::fadt),
    (Signature::MADT, check::madt),
    (Signature::HPET, check::hpet),
    (Signature::MCFG, check::mcfg),
];

pub(super) fn check(session: &mut Session<'_>) -> Result<(), CommandError> {
    let boot = &session.machine.boot;
    let now = Tables::look(boot.rsdp, boot.regions);
    there(&now)?;
    let mut findings = 0_usize;
    for rejected in now.rejected().iter() {
        println!("  not used: {rejected}");
        findings += 1;
    }
    for table in now.wrong_sums() {
        println!("  {} at {:#x}: {}", table.header.signature, table.physical, table.sum);
        findings += 1;
    }
    for (signature, check) in CHECKS {
        session.check()?;
        for table in now.list().iter().filter(|table| table.header.signature == signature) {
            check(table.bytes(), &mut |oddity| {
                println!("  {signature}: {oddity}");
                findings += 1;
            });
        }
    }
    for table in session.machine.tables.list().iter() {
        let same = |other: &&crate::acpi::tables::Table| {
            other.physical == table.physical && other.header == table.header
        };
        if now.list().iter().find(same).is_none() {
            println!(
                "  {} at {:#x} passed at boot, and no more",
                table.header.signature, table.physical
            );
            findings += 1;
        }
    }
    if now.soft_off().is_none() {
        println!("  no table has a _S5 that can be read without an interpreter");
        findings += 1;
    }
    let passing = Many(now.list().len() as u64, "table");
    println!("  {passing} pass, {}", Many(findings as u64, "finding"));
    Ok(())
}
