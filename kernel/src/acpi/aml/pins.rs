//! One PCI pin: which global system interrupt it arrives on.

use super::question::Question;
use super::routes::{Mode, current, tables, tell};
use super::{Error, Told, Words, ask, words};
use acpi::aml::namespace::AmlName;
use acpi::aml::object::Object;
use alloc::vec;
use core::str::FromStr;
use valhalla_core::acpi::eisa::EisaId;
use valhalla_core::acpi::resource::Resource;

/// Where `pin` (0 for INTA) of `device` on the root bus `bus` arrives, as the
/// `_PRT` of that bus says; `None` where it says nothing. The firmware is told
/// `mode` first, so it must be the one that is in use.
///
/// # Errors
///
/// When AML is off, or a method fails.
pub fn gsi_of_pin(mode: Mode, bus: u8, device: u8, pin: u8) -> Result<Option<u32>, Error> {
    ask(|question, _| {
        // What a table says that was not told which one it shall be is not taken.
        if tell(question, mode).is_err() {
            return Ok(None);
        }
        for bridge in tables(question)? {
            if is_host_bridge(question, &bridge)
                && matches!(integer(question, &bridge, "_BBN"), Ok(number) if number.unwrap_or(0) == u64::from(bus))
                && let Some(gsi) = route(question, &bridge, device, pin)
            {
                return Ok(Some(gsi));
            }
        }
        Ok(None)
    })
    .map(|(gsi, _)| gsi)
}

/// PNP0A03 (PCI) or PNP0A08 (PCI Express): the root of a tree of buses, by its
/// `_HID` or one of its `_CID`.
pub(super) fn is_host_bridge(question: &Question<'_>, level: &AmlName) -> bool {
    fn is_one(id: &Object) -> bool {
        let is_name = |name: &str| matches!(name, "PNP0A03" | "PNP0A08");
        match id {
            Object::Integer(id) => is_name(&alloc::format!("{}", EisaId(*id as u32))),
            Object::String(name) => is_name(name),
            Object::Package(ids) => {
                ids.iter().any(|id| !matches!(**id, Object::Package(_)) && is_one(id))
            }
            _ => false,
        }
    }
    ["_HID", "_CID"].iter().any(|name| {
        let id = question.property(level, name, vec![]);
        id.is_ok_and(|id| id.is_some_and(|id| is_one(&id)))
    })
}

/// A property that is a number, where there is one.
pub(super) fn integer(
    question: &Question<'_>,
    level: &AmlName,
    name: &str,
) -> Result<Option<u64>, Words> {
    let value = question.property(level, name, vec![])?;
    let number = value.map(|value| value.as_integer()).transpose();
    number.map_err(|error| words(Told(&error)))
}

/// The entry of a bridge's table that is about this pin.
fn route(question: &Question<'_>, bridge: &AmlName, device: u8, pin: u8) -> Option<u32> {
    let table = question.property(bridge, "_PRT", vec![]).ok()??;
    let Object::Package(entries) = &*table else { return None };
    for entry in entries {
        let Object::Package(entry) = &**entry else { continue };
        let number = |index: usize| entry.get(index).and_then(|part| part.as_integer().ok());
        let is_it = number(0).map(|address| address >> 16 & 0xffff) == Some(device.into())
            && number(1) == Some(pin.into());
        if !is_it {
            continue;
        }
        let source = entry.get(2).map(|source| source.clone().unwrap_reference());
        return match source.as_deref() {
            Some(Object::Integer(0)) => number(3).and_then(|gsi| gsi.try_into().ok()),
            Some(Object::String(name)) => {
                let name = AmlName::from_str(name).ok()?;
                let link = question.level(&name, bridge).ok()?;
                match current(question, &link).ok()? {
                    Some(Resource::Gsi { gsi, .. }) => Some(gsi),
                    Some(Resource::Irqs { mask, .. }) if mask != 0 => Some(mask.trailing_zeros()),
                    _ => None,
                }
            }
            _ => None,
        };
    }
    None
}
