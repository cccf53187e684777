//! The devices that the firmware names, with what it says about each, and their
//! initialisation.

use super::question::Question;
use super::{Error, Told, asl, each, failing};
use acpi::aml::AmlError;
use acpi::aml::namespace::{AmlName, NamespaceLevel, NamespaceLevelKind};
use acpi::aml::object::{DeviceStatus, Object};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::Write;
use core::str::FromStr;
use valhalla_core::acpi::eisa::EisaId;

/// Every device in a line: path, `_HID`, `_UID`, `_ADR`, `_STA`. What fails is said
/// below its device.
///
/// # Errors
///
/// When AML is off.
pub fn devices() -> Result<String, Error> {
    let paths = |question: &Question<'_>| {
        levels(question, |level| level.kind == NamespaceLevelKind::Device)
    };
    each(|_, _| Ok(()), paths, describe)
}

fn describe(question: &Question<'_>, device: &AmlName, out: &mut String) {
    let _ = write!(out, "  {:<24}", alloc::format!("{}", asl::Path(device)));
    let mut failed = String::new();
    let mut property = |name: &str| {
        question.property(device, name, vec![]).unwrap_or_else(|why| {
            let _ = writeln!(failed, "      {name} failed: {why}");
            None
        })
    };
    let _ = match property("_HID").as_deref() {
        Some(Object::Integer(id)) => write!(out, " {}", EisaId(*id as u32)),
        Some(Object::String(id)) => write!(out, " {id}"),
        _ => Ok(()),
    };
    for name in ["_UID", "_ADR"] {
        if let Some(value) = property(name) {
            let _ = write!(out, " {name} ");
            let _ = asl::write(out, &value, 1);
        }
    }
    if let Some(value) = property("_STA") {
        let _ = match value.as_integer().map(DeviceStatus) {
            Ok(status) => write!(out, " {}", status_words(&status)),
            Err(error) => writeln!(failed, "      _STA is no number: {}", Told(&error)),
        };
    }
    let initialise = AmlName::from_str("_INI").and_then(|name| name.resolve(device));
    if let Some(why) = initialise.ok().and_then(|path| failing::why(&path)) {
        let _ = writeln!(failed, "      _INI failed: {why}");
    }
    out.push('\n');
    out.push_str(&failed);
}

fn status_words(status: &DeviceStatus) -> &'static str {
    match (status.present(), status.functioning()) {
        (true, true) => "present",
        (true, false) => "present, not working",
        (false, true) => "absent, but its children count",
        (false, false) => "absent",
    }
}

/// The paths of all levels that are wanted, each before those below it.
pub(super) fn levels(
    question: &Question<'_>,
    is_wanted: impl Fn(&NamespaceLevel) -> bool,
) -> Result<Vec<AmlName>, AmlError> {
    let mut found = Vec::new();
    question.traverse(|path, level| {
        if is_wanted(level) {
            found.push(path.clone());
        }
        Ok(true)
    })?;
    Ok(found)
}

/// The levels that may have an `_INI`, each before those below it. They stay in the
/// arena.
pub(super) fn to_initialise(question: &Question<'_>) -> Result<&'static [AmlName], AmlError> {
    let mut all = vec![AmlName::root(), AmlName::from_str("\\_SB")?];
    let kinds = [
        NamespaceLevelKind::Device,
        NamespaceLevelKind::Processor,
        NamespaceLevelKind::ThermalZone,
    ];
    all.extend(levels(question, |level| kinds.contains(&level.kind))?);
    Ok(all.leak())
}

/// Runs `_INI` of a device that is present (ACPI 6.5, 6.5.1). Below one that is
/// `absent` and does not work, nothing is looked at. What fails is noted, and costs
/// that device alone.
pub(super) fn initialise(
    question: &Question<'_>,
    device: &'static AmlName,
    absent: &mut Option<&'static AmlName>,
) -> Result<(), AmlError> {
    let is_below = |above: &AmlName| device.as_string().starts_with(&(above.as_string() + "."));
    if absent.is_some_and(is_below) {
        return Ok(());
    }
    match super::pins::integer(question, device, "_STA") {
        Ok(status) => {
            let status = DeviceStatus(status.unwrap_or(0xf));
            if status.present() {
                run_ini(question, device);
            } else if !status.functioning() {
                *absent = Some(device);
            }
        }
        Err(why) => failing::report(device, "_STA", why),
    }
    Ok(())
}

fn run_ini(question: &Question<'_>, device: &AmlName) {
    if let Err(why) = question.property(device, "_INI", vec![]) {
        failing::report(device, "_INI", why);
    }
}
