//! `_PRT`: which interrupt each PCI device's pins arrive on.
//!
//! A routing entry names a global system interrupt, or a link device, which
//! says in its `_CRS` where it is routed now (ACPI 6.5, 6.2.13). Which table
//! the firmware gives depends on what `\_PIC` was told.

use super::question::Question;
use super::{Error, Told, Words, asl, each};
use acpi::aml::AmlError;
use acpi::aml::namespace::{AmlName, NameSeg};
use acpi::aml::object::Object;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
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

/// Every route in a line, for every bridge that has a table. A table or a link that
/// fails is said in its place.
///
/// # Errors
///
/// When AML is off.
pub fn routes(mode: Mode) -> Result<String, Error> {
    each(
        |question, out| {
            if let Err(why) = tell(question, mode) {
                let _ = writeln!(out, "  \\_PIC failed, so they may be another mode's: {why}");
            }
            Ok(())
        },
        tables,
        |question, bridge, out| {
            // Loaded anew, the firmware does not know the mode; what comes of it
            // stands above.
            let _ = tell(question, mode);
            let _ = writeln!(out, "  {}", asl::Path(bridge));
            match question.property(bridge, "_PRT", vec![]) {
                Ok(Some(table)) => match &*table {
                    Object::Package(entries) => {
                        entries.iter().for_each(|entry| route(question, bridge, entry, out));
                    }
                    _ => drop(writeln!(out, "    _PRT is no package")),
                },
                Ok(None) => {}
                Err(why) => drop(writeln!(out, "    _PRT failed: {why}")),
            }
        },
    )
}

/// Tells the firmware which controllers are in use, where it wants to know.
pub(super) fn tell(question: &Question<'_>, mode: Mode) -> Result<(), Words> {
    let told = Object::Integer(if mode == Mode::Apic { 1 } else { 0 }).wrap();
    question.property(&AmlName::root(), "_PIC", vec![told]).map(drop)
}

/// The levels that have a routing table.
pub(super) fn tables(question: &Question<'_>) -> Result<Vec<AmlName>, AmlError> {
    let name = NameSeg::from_str("_PRT")?;
    super::devices::levels(question, |level| level.values.contains_key(&name))
}

/// One entry: address, pin, source, index.
fn route(question: &Question<'_>, bridge: &AmlName, entry: &Object, out: &mut String) {
    const PINS: [&str; 4] = ["INTA", "INTB", "INTC", "INTD"];
    let Object::Package(entry) = entry else { return };
    let number = |index: usize| entry.get(index).and_then(|part| part.as_integer().ok());
    let (Some(address), Some(pin)) = (number(0), number(1)) else {
        let _ = writeln!(out, "    an entry that cannot be read");
        return;
    };
    let pin = usize::try_from(pin).ok().and_then(|pin| PINS.get(pin)).unwrap_or(&"INT?");
    let _ = write!(out, "    device {:02x} {pin}  ", address >> 16 & 0xffff);
    let source = entry.get(2).map(|source| source.clone().unwrap_reference());
    let _ = match source.as_deref() {
        Some(Object::Integer(0)) => writeln!(out, "GSI {}", number(3).unwrap_or(0)),
        Some(Object::String(name)) => {
            let link = AmlName::from_str(name).and_then(|name| question.level(&name, bridge));
            match link.map(|link| (current(question, &link), link)) {
                Ok((Ok(Some(resource)), link)) => writeln!(out, "{}: {resource}", asl::Path(&link)),
                Ok((Ok(None), link)) => writeln!(out, "{}: not routed", asl::Path(&link)),
                Ok((Err(why), link)) => writeln!(out, "{}: _CRS failed: {why}", asl::Path(&link)),
                Err(error) => writeln!(out, "{}", Told(&error)),
            }
        }
        _ => writeln!(out, "an unknown source"),
    };
}

/// The interrupt that a link device is routed to now.
pub(super) fn current(question: &Question<'_>, link: &AmlName) -> Result<Option<Resource>, Words> {
    let Some(now) = question.property(link, "_CRS", vec![])? else { return Ok(None) };
    let Object::Buffer(bytes) = &*now else { return Ok(None) };
    let is_interrupt =
        |resource: &Resource| matches!(resource, Resource::Irqs { .. } | Resource::Gsi { .. });
    Ok(resources(bytes).find(is_interrupt))
}
