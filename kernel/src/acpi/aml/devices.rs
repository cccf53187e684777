//! The devices that the firmware names, with what it says about each.

use super::question::Question;
use super::{Error, ask, asl};
use acpi::aml::AmlError;
use acpi::aml::namespace::{AmlName, NamespaceLevelKind};
use acpi::aml::object::Object;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::Write;
use core::str::FromStr;
use valhalla_core::acpi::eisa::EisaId;

/// Every device in a line: path, `_HID`, `_UID`, `_ADR`, `_STA`.
///
/// # Errors
///
/// When AML is off, or a device's methods fail.
pub fn devices() -> Result<String, Error> {
    ask(|question, out| {
        for path in levels(question, |kind| kind == NamespaceLevelKind::Device)? {
            let _ = write!(out, "  {:<24}", alloc::format!("{}", asl::Path(&path)));
            if let Some(id) = property(question, &path, "_HID")? {
                let _ = match &*id {
                    Object::Integer(id) => write!(out, " {}", EisaId(*id as u32)),
                    Object::String(id) => write!(out, " {id}"),
                    _ => Ok(()),
                };
            }
            for name in ["_UID", "_ADR"] {
                if let Some(value) = property(question, &path, name)? {
                    let _ = write!(out, " {name} ");
                    let _ = asl::write(out, &value, 1);
                }
            }
            if let Some(status) = property(question, &path, "_STA")? {
                let status = status.as_integer().unwrap_or(0);
                let words = match (status & 1 != 0, status & 8 != 0) {
                    (true, true) => "present",
                    (true, false) => "present, not working",
                    (false, true) => "absent, but its children count",
                    (false, false) => "absent",
                };
                let _ = write!(out, " {words}");
            }
            out.push('\n');
        }
        Ok(())
    })
    .map(|((), text)| text)
}

/// A property of a device, evaluated; `None` where it has none.
fn property(
    question: &Question<'_>,
    device: &AmlName,
    name: &str,
) -> Result<Option<acpi::aml::object::WrappedObject>, AmlError> {
    question.evaluate_if_present(AmlName::from_str(name)?.resolve(device)?, vec![])
}

/// The paths of all levels of a kind.
pub(super) fn levels(
    question: &Question<'_>,
    is_wanted: impl Fn(NamespaceLevelKind) -> bool,
) -> Result<Vec<AmlName>, AmlError> {
    let mut found = Vec::new();
    question.traverse(|path, level| {
        if is_wanted(level.kind) {
            found.push(path.clone());
        }
        Ok(true)
    })?;
    Ok(found)
}
