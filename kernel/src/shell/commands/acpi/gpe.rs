//! `acpi gpe`: general-purpose events, their bits and their methods.

use crate::acpi::aml;
use crate::acpi::sci;
use crate::println;
use crate::shell::command::{CommandError, Session};

/// Every block of eight, and each event that has a method or a bit. Looks only:
/// AML is not loaded, and no method is run.
pub(super) fn gpe(session: &mut Session<'_>) -> Result<(), CommandError> {
    let methods = if aml::is_loaded() {
        Some(aml::gpe_methods().map_err(CommandError::failed)?)
    } else {
        None
    };
    let mut found = false;
    for gpes in sci::gpes() {
        session.check()?;
        found = true;
        let sci::Gpes { first, status, enable, came } = gpes;
        println!(
            "  GPE {first:02x} to {:02x}: status {status:#04x}, enable {enable:#04x}",
            first + 7
        );
        for bit in 0..8 {
            let event = first + bit;
            let kind = methods.as_ref().and_then(|methods| methods.kind(event));
            let is = |bits: u8| bits >> bit & 1 == 1;
            if kind.is_none() && !is(status | enable | came) {
                continue;
            }
            let active = if is(status) { "active" } else { "not active" };
            let may = match (is(enable), is(came)) {
                (true, _) => "enabled",
                (false, true) => "came, and is disabled since",
                (false, false) => "disabled",
            };
            match kind {
                Some(letter) => println!(
                    "    {event:02x}  {active}, {may}; \\_GPE._{letter}{event:02X}, which is not run"
                ),
                None => println!("    {event:02x}  {active}, {may}"),
            }
        }
    }
    match (found, methods) {
        (false, _) => println!("  this machine has no general-purpose events, or no SCI"),
        (true, None) => {
            println!("  their methods are not known: AML is not loaded (acpi tree _GPE)");
        }
        (true, Some(_)) => {}
    }
    Ok(())
}
