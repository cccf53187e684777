//! One PCI pin: which global system interrupt it arrives on.

use super::question::Question;
use super::routes::{Mode, current};
use super::{Error, ask};
use acpi::aml::AmlError;
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
        let told = Object::Integer(if mode == Mode::Apic { 1 } else { 0 }).wrap();
        question.evaluate_if_present(AmlName::from_str("\\_PIC")?, vec![told])?;
        for bridge in super::devices::levels(question, |_| true)? {
            if is_host_bridge(question, &bridge)?
                && integer(question, &bridge, "_BBN")?.unwrap_or(0) == u64::from(bus)
                && let Some(gsi) = route(question, &bridge, device, pin)?
            {
                return Ok(Some(gsi));
            }
        }
        Ok(None)
    })
    .map(|(gsi, _)| gsi)
}

/// PNP0A03 (PCI) or PNP0A08 (PCI Express): the root of a tree of buses.
fn is_host_bridge(question: &Question<'_>, level: &AmlName) -> Result<bool, AmlError> {
    let path = AmlName::from_str("_HID")?.resolve(level)?;
    let Some(id) = question.evaluate_if_present(path, vec![])? else { return Ok(false) };
    let is_one = |name: &str| matches!(name, "PNP0A03" | "PNP0A08");
    Ok(match &*id {
        Object::Integer(id) => is_one(&alloc::format!("{}", EisaId(*id as u32))),
        Object::String(name) => is_one(name),
        _ => false,
    })
}

fn integer(question: &Question<'_>, level: &AmlName, name: &str) -> Result<Option<u64>, AmlError> {
    let path = AmlName::from_str(name)?.resolve(level)?;
    let value = question.evaluate_if_present(path, vec![])?;
    Ok(value.and_then(|value| value.as_integer().ok()))
}

/// The entry of a bridge's table that is about this pin.
fn route(
    question: &Question<'_>,
    bridge: &AmlName,
    device: u8,
    pin: u8,
) -> Result<Option<u32>, AmlError> {
    let path = AmlName::from_str("_PRT")?.resolve(bridge)?;
    let Some(table) = question.evaluate_if_present(path, vec![])? else { return Ok(None) };
    let Object::Package(entries) = &*table else { return Ok(None) };
    for entry in entries {
        let Object::Package(entry) = &**entry else { continue };
        let number = |index: usize| entry.get(index).and_then(|part| part.as_integer().ok());
        let is_it = number(0).map(|address| address >> 16 & 0xffff) == Some(device.into())
            && number(1) == Some(pin.into());
        if !is_it {
            continue;
        }
        let source = entry.get(2).map(|source| source.clone().unwrap_reference());
        return Ok(match source.as_deref() {
            Some(Object::Integer(0)) => number(3).and_then(|gsi| gsi.try_into().ok()),
            Some(Object::String(name)) => {
                let name = AmlName::from_str(name)?;
                let link = question.level(&name, bridge)?;
                match current(question, &link)? {
                    Some(Resource::Gsi { gsi, .. }) => Some(gsi),
                    Some(Resource::Irqs { mask, .. }) if mask != 0 => Some(mask.trailing_zeros()),
                    _ => None,
                }
            }
            _ => None,
        });
    }
    Ok(None)
}
