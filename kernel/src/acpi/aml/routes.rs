//! `_PRT`: which interrupt each PCI device's pins arrive on.
//!
//! A routing entry names a global system interrupt, or a link device, which
//! says in its `_CRS` where it is routed now (ACPI 6.5, 6.2.13). Which table
//! the firmware gives depends on what `\_PIC` was told.

use super::question::Question;
use super::{Error, ask, asl};
use acpi::aml::AmlError;
use acpi::aml::namespace::AmlName;
use acpi::aml::object::Object;
use alloc::string::String;
use alloc::vec;
use core::fmt::Write;
use core::str::FromStr;
use valhalla_core::acpi::resource::{Resource, resources};

/// Which interrupt controllers the firmware is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The 8259s.
    Pic,
    /// The I/O APICs.
    Apic,
}

/// Every route in a line, for every bridge that has a table.
///
/// # Errors
///
/// When AML is off, or a method fails.
pub fn routes(mode: Mode) -> Result<String, Error> {
    ask(|question, out| {
        let told = Object::Integer(if mode == Mode::Apic { 1 } else { 0 }).wrap();
        question.evaluate_if_present(AmlName::from_str("\\_PIC")?, vec![told])?;
        for bridge in super::devices::levels(question, |_| true)? {
            let path = AmlName::from_str("_PRT")?.resolve(&bridge)?;
            let Some(table) = question.evaluate_if_present(path, vec![])? else { continue };
            let Object::Package(entries) = &*table else { continue };
            let _ = writeln!(out, "  {}", asl::Path(&bridge));
            for entry in entries {
                if let Object::Package(entry) = &**entry {
                    route(question, &bridge, entry, out)?;
                }
            }
        }
        Ok(())
    })
    .map(|((), text)| text)
}

/// One entry: address, pin, source, index.
fn route(
    question: &Question<'_>,
    bridge: &AmlName,
    entry: &[acpi::aml::object::WrappedObject],
    out: &mut String,
) -> Result<(), AmlError> {
    const PINS: [&str; 4] = ["INTA", "INTB", "INTC", "INTD"];
    let number = |index: usize| entry.get(index).and_then(|part| part.as_integer().ok());
    let (Some(address), Some(pin)) = (number(0), number(1)) else {
        let _ = writeln!(out, "    an entry that cannot be read");
        return Ok(());
    };
    let pin = usize::try_from(pin).ok().and_then(|pin| PINS.get(pin)).unwrap_or(&"INT?");
    let _ = write!(out, "    device {:02x} {pin}  ", address >> 16 & 0xffff);
    let source = entry.get(2).map(|source| source.clone().unwrap_reference());
    let _ = match source.as_deref() {
        Some(Object::Integer(0)) => writeln!(out, "GSI {}", number(3).unwrap_or(0)),
        Some(Object::String(name)) => {
            let name = AmlName::from_str(name)?;
            let link = question.level(&name, bridge)?;
            let now = current(question, &link)?;
            let _ = write!(out, "{}: ", asl::Path(&link));
            match now {
                Some(resource) => writeln!(out, "{resource}"),
                None => writeln!(out, "not routed"),
            }
        }
        _ => writeln!(out, "an unknown source"),
    };
    Ok(())
}

/// The interrupt that a link device is routed to now.
pub(super) fn current(
    question: &Question<'_>,
    link: &AmlName,
) -> Result<Option<Resource>, AmlError> {
    let path = AmlName::from_str("_CRS")?.resolve(link)?;
    let Some(now) = question.evaluate_if_present(path, vec![])? else { return Ok(None) };
    let Object::Buffer(bytes) = &*now else { return Ok(None) };
    let is_interrupt =
        |resource: &Resource| matches!(resource, Resource::Irqs { .. } | Resource::Gsi { .. });
    Ok(resources(bytes).find(is_interrupt))
}
