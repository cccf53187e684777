//! Which PCI device a region in configuration space belongs to.
//!
//! The crate (6.1.1) takes `_ADR` of the scope that declares a region and bus 0, or
//! 00:00.0 where it finds nothing, as in a method. That would write to the wrong
//! device. So the handler does not use what the crate makes up. Before each access
//! the crate asks the scope for a `_BBR`, its misspelt `_BBN`: there it finds a method
//! of ours, which tells the handler the function, found as ACPICA finds it (ACPI 6.5,
//! 19.6.100):
//!
//! ```text
//!   \_SB.PCI0        _SEG, _BBN: segment 0, bus 0
//!   \_SB.PCI0.RP05   _ADR 0x00050000: 00:05.0, a bridge to bus 1
//!   \_SB...RP05.XCH0 _ADR 0: 01:00.0, which is it
//! ```
//!
//! Bus numbers are those that the bridges have now. What cannot be found stays
//! unknown: a region that a method declares, one behind a bridge that is not there,
//! or a device whose `_ADR` fails. (For a method's region the crate would forget the
//! base, too.)

use super::super::handler::{Handler, expect_pci};
use super::super::pci::Config;
use super::devices::levels;
use super::pins::{integer, is_host_bridge};
use super::question::Question;
use acpi::aml::namespace::{AmlName, NamespaceLevelKind};
use acpi::aml::object::{FieldUnitKind, Object, WrappedObject};
use acpi::aml::op_region::RegionSpace;
use acpi::aml::{AmlError, Interpreter};
use alloc::collections::btree_map::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::str::FromStr;
use valhalla_core::pci::header::Function;
use valhalla_core::pci::{Address, scan};

/// The scope that regions are moved to once all is loaded, where the crate finds
/// nothing else to run in the middle of a method. It is of a kind that `acpi tree`
/// leaves out.
const SCOPE: &str = "\\VHPC";
const KIND: NamespaceLevelKind = NamespaceLevelKind::MethodLocals;

/// Where regions are declared, and the function that they belong to.
pub(super) type Known = [(AmlName, Address)];

/// What can be foretold to tables that reach for PCI while they are loaded, when
/// fields are not moved yet: regions that begin at register 0. The interpreter is of
/// no more use afterwards.
pub(super) fn known(question: &Question<'_>) -> Result<&'static Known, AmlError> {
    let devices = levels(question, |level| level.kind == NamespaceLevelKind::Device)?;
    let mut parted = part(&question.interpreter())?;
    parted.retain(|parted| parted.begins_at_0 && devices.contains(&parted.scope));
    let known = parted.into_iter().filter_map(|parted| {
        let address = locate(question, &parted.scope)?;
        Some((parted.scope, address))
    });
    Ok(known.collect::<Vec<_>>().leak())
}

/// Puts what is known where tables that are loaded from now on will ask.
pub(super) fn foretell(interpreter: &Interpreter<Handler>, known: &Known) -> Result<(), AmlError> {
    for (scope, address) in known {
        let mut levels = Vec::from([scope.clone()]);
        while let Some(above) = levels.last().and_then(|level| level.parent().ok()) {
            levels.push(above);
        }
        for level in levels.into_iter().rev() {
            interpreter.namespace.lock().add_level(level, NamespaceLevelKind::Device)?;
        }
        tell(interpreter, scope, *address)?;
    }
    Ok(())
}

/// Gives every region in PCI configuration space its function, and moves its fields
/// by its base, which the crate forgets.
pub(super) fn settle(question: &Question<'_>) -> Result<(), AmlError> {
    move_fields(&question.interpreter())?;
    let parted = part(&question.interpreter())?;
    for Parted { scope, place, .. } in &parted {
        if let Some(address) = locate(question, scope) {
            tell(&question.interpreter(), place, address)?;
        }
    }
    Ok(())
}

/// A scope whose regions were moved.
struct Parted {
    scope: AmlName,
    /// Where the crate looks for what it asks of them.
    place: AmlName,
    /// Do all of them begin at register 0?
    begins_at_0: bool,
}

/// Moves all regions in PCI configuration space below [`SCOPE`], one place for each
/// scope. That comes before anything is evaluated: for an `_ADR` that reads a register
/// of its own function the crate would ask `_ADR` again, until there is no stack.
fn part(interpreter: &Interpreter<Handler>) -> Result<Vec<Parted>, AmlError> {
    let mut parted: BTreeMap<String, Parted> = BTreeMap::new();
    let found = regions(interpreter)?;
    interpreter.namespace.lock().add_level(AmlName::from_str(SCOPE)?, KIND)?;
    for (region, scope) in found {
        let key = scope.as_string();
        if !parted.contains_key(&key) {
            let place = AmlName::from_str(&format!("{SCOPE}.P{:03X}", parted.len()))?;
            interpreter.namespace.lock().add_level(place.clone(), KIND)?;
            parted.insert(key.clone(), Parted { scope, place, begins_at_0: true });
        }
        let token = interpreter.object_token.lock();
        // SAFETY: the token is ours, and no other reference to the object lives.
        if let Object::OpRegion(region) = unsafe { region.gain_mut(&token) }
            && let Some(parted) = parted.get_mut(&key)
        {
            region.parent_device_path = parted.place.clone();
            parted.begins_at_0 &= region.base == 0;
        }
    }
    Ok(parted.into_values().collect())
}

/// Has the crate's question for the bus of `scope` tell the handler the function.
fn tell(
    interpreter: &Interpreter<Handler>,
    scope: &AmlName,
    address: Address,
) -> Result<(), AmlError> {
    let bus = Object::native_method(0, move |_| {
        expect_pci(address);
        Ok(Object::Integer(address.bus().into()).wrap())
    });
    interpreter.namespace.lock().insert(AmlName::from_str("_BBR")?.resolve(scope)?, bus.wrap())
}

/// The regions that have fields, with the scopes that declare them; one that has
/// several fields stands there as often.
fn regions(interpreter: &Interpreter<Handler>) -> Result<Vec<(WrappedObject, AmlName)>, AmlError> {
    let mut regions = Vec::new();
    interpreter.namespace.lock().traverse(|_, level| {
        for (_, object) in level.values.values() {
            let Object::FieldUnit(field) = &**object else { continue };
            let FieldUnitKind::Normal { region } = &field.kind else { continue };
            let Object::OpRegion(found) = &**region else { continue };
            if found.space == RegionSpace::PciConfig {
                regions.push((region.clone(), found.parent_device_path.clone()));
            }
        }
        Ok(true)
    })?;
    Ok(regions)
}

fn move_fields(interpreter: &Interpreter<Handler>) -> Result<(), AmlError> {
    let token = interpreter.object_token.lock();
    interpreter.namespace.lock().traverse(|_, level| {
        // An alias is the same field once more.
        for (_, object) in level.values.values().filter(|(flags, _)| !flags.is_alias()) {
            // SAFETY: the token is ours, and no other reference to the object
            // lives meanwhile; its region is another object.
            let Object::FieldUnit(field) = (unsafe { object.gain_mut(&token) }) else { continue };
            let FieldUnitKind::Normal { region } = &field.kind else { continue };
            let Object::OpRegion(region) = &**region else { continue };
            if region.space == RegionSpace::PciConfig {
                let base = usize::try_from(region.base).unwrap_or(usize::MAX);
                field.bit_index = field.bit_index.saturating_add(base.saturating_mul(8));
            }
        }
        Ok(true)
    })
}

/// The function whose configuration space a region in `scope` is.
fn locate(question: &Question<'_>, scope: &AmlName) -> Option<Address> {
    let mut devices = Vec::new();
    let mut at = scope.clone();
    while !is_host_bridge(question, &at) {
        devices.push(at.clone());
        at = at.parent().ok()?;
    }
    let host = at;
    let segment = u16::try_from(integer(question, &host, "_SEG").ok()?.unwrap_or(0)).ok()?;
    let mut bus = u8::try_from(integer(question, &host, "_BBN").ok()?.unwrap_or(0)).ok()?;
    let mut found = None;
    for device in devices.iter().rev() {
        // A scope without an address is a part of the function around it.
        let Some(place) = integer(question, device, "_ADR").ok()? else { continue };
        if let Some(bridge) = found {
            let bridge = Function::find(&Config, bridge)?;
            bus = scan::bridged(&Config, &bridge)?.secondary;
            // A bridge that was given no buses has nothing behind it.
            (bus != 0).then_some(())?;
        }
        found = Some(function(segment, bus, place)?);
    }
    let own = || function(segment, bus, integer(question, &host, "_ADR").ok()??);
    found.or_else(own)
}

/// The function that `_ADR` means on a bus: device above, function below; `None` for
/// "all functions", too (6.1.1).
fn function(segment: u16, bus: u8, place: u64) -> Option<Address> {
    let (device, function) = (u8::try_from(place >> 16), u8::try_from(place & 0xffff));
    Address::new(segment, bus, device.ok()?, function.ok()?)
}
