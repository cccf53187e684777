//! What the crate (6.1.1) does wrong or not at all, mended in what was loaded.

use super::super::handler::Handler;
use acpi::aml::namespace::AmlName;
use acpi::aml::object::{FieldUnitKind, Object};
use acpi::aml::op_region::RegionSpace;
use acpi::aml::{AmlError, Interpreter};
use alloc::vec::Vec;
use core::str::FromStr;
use valhalla_core::acpi::stores::call_for_stores;

/// Moves every field in PCI configuration space to where it belongs.
///
/// The crate (6.1.1) reads and writes such a field at its offset in its region,
/// and forgets that the region has a base: the link devices' registers at 0x60
/// would be the vendor's id. Fields that a method makes while it runs are not
/// reached.
pub(super) fn pci_fields(interpreter: &Interpreter<Handler>) -> Result<(), AmlError> {
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

/// The method that stores into elements, at the top of the name space.
const HELPER: [u8; 4] = *b"VHST";
/// `Method (VHST, 2) { Store (Arg1, Arg0) }`
const HELPER_CODE: &[u8] = b"\x14\x09VHST\x02\x70\x69\x68";

/// Lets methods store into elements of packages and count with locals, which the
/// crate cannot: they call [`HELPER`], and add. A method that is not understood stays as it is, and so does
/// all where firmware has a name like the helper's.
pub(super) fn stores(interpreter: &Interpreter<Handler>) -> Result<(), AmlError> {
    let mut methods = Vec::new();
    interpreter.namespace.lock().traverse(|path, level| {
        let objects = level.values.values().filter(|(flags, _)| !flags.is_alias());
        methods.extend(objects.map(|(_, object)| (path.clone(), object.clone())));
        Ok(true)
    })?;
    methods.retain(|(_, object)| {
        // Most have neither an index nor a count in them.
        let is_one = |byte: &u8| matches!(byte, 0x75 | 0x76 | 0x88);
        matches!(&**object, Object::Method { code, .. } if code.iter().any(is_one))
    });
    if methods.is_empty() || interpreter.load_table(HELPER_CODE).is_err() {
        return Ok(());
    }
    for (scope, object) in methods {
        let Object::Method { code, .. } = &*object else { continue };
        let arguments = |name: &str| {
            let found = AmlName::from_str(name)
                .and_then(|name| interpreter.namespace.lock().search(&name, &scope));
            match found.as_ref().map(|(_, object)| &**object) {
                Ok(Object::Method { flags, .. } | Object::NativeMethod { flags, .. }) => {
                    flags.arg_count()
                }
                _ => 0,
            }
        };
        let Some(mended) = call_for_stores(code, HELPER, &arguments) else { continue };
        let token = interpreter.object_token.lock();
        // SAFETY: the token is ours, no method runs, and `code` above is not used
        // any more.
        if let Object::Method { code, .. } = unsafe { object.gain_mut(&token) } {
            *code = mended;
        }
    }
    Ok(())
}
