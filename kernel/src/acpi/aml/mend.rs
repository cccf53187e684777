//! What the crate (6.1.1) does wrong or not at all, mended in what was loaded.

use super::super::handler::Handler;
use acpi::aml::namespace::AmlName;
use acpi::aml::object::{Object, ObjectToken, WrappedObject};
use acpi::aml::{AmlError, Interpreter, Operation};
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::mem;
use core::str::FromStr;
use valhalla_core::acpi::stores::call_for_stores;

/// The method that stores into elements, at the top of the name space.
const HELPER: [u8; 4] = *b"VHST";

/// Lets methods store into elements and count with locals, which the crate cannot:
/// they call [`HELPER`], and add. A method that is not understood stays as it is, and
/// so does all where firmware has a name like the helper's.
pub(super) fn stores(interpreter: &'static RefCell<Interpreter<Handler>>) -> Result<(), AmlError> {
    let helper = AmlName::from_str("\\VHST")?;
    let mut methods = Vec::new();
    let loaded = interpreter.borrow();
    loaded.namespace.lock().traverse(|path, level| {
        let objects = level.values.values().filter(|(flags, _)| !flags.is_alias());
        methods.extend(objects.map(|(_, object)| (path.clone(), object.clone())));
        Ok(true)
    })?;
    methods.retain(|(_, object)| {
        // Most have neither an index nor a count in them.
        let is_one = |byte: &u8| matches!(byte, 0x75 | 0x76 | 0x88);
        matches!(&**object, Object::Method { code, .. } if code.iter().any(is_one))
    });
    if methods.is_empty() || loaded.namespace.lock().get(helper.clone()).is_ok() {
        return Ok(());
    }
    let store = move |arguments: &[WrappedObject]| {
        let interpreter = interpreter.borrow();
        let token = interpreter.object_token.lock();
        let [value, object, index] = arguments else {
            return Err(AmlError::MethodArgCountIncorrect);
        };
        store(&token, value, object, index)
    };
    loaded.namespace.lock().insert(helper, Object::native_method(3, store).wrap())?;
    for (scope, object) in methods {
        let Object::Method { code, .. } = &*object else { continue };
        let arguments = |name: &str| {
            let found = AmlName::from_str(name)
                .and_then(|name| loaded.namespace.lock().search(&name, &scope));
            match found.as_ref().map(|(_, object)| &**object) {
                Ok(Object::Method { flags, .. } | Object::NativeMethod { flags, .. }) => {
                    flags.arg_count()
                }
                _ => 0,
            }
        };
        let Some(mended) = call_for_stores(code, HELPER, &arguments) else { continue };
        let token = loaded.object_token.lock();
        // SAFETY: the token is ours, no method runs, and `code` above is not used
        // any more.
        if let Object::Method { code, .. } = unsafe { object.gain_mut(&token) } {
            *code = mended;
        }
    }
    Ok(())
}

/// `Store (value, Index (object, index))`: an element of a package becomes the value,
/// a byte of a buffer or a string its lowest byte (ACPI 6.5, 19.6.62).
fn store(
    token: &ObjectToken,
    value: &WrappedObject,
    object: &WrappedObject,
    index: &WrappedObject,
) -> Result<WrappedObject, AmlError> {
    let value = value.clone().unwrap_transparent_reference();
    let byte = match &*value {
        Object::Integer(value) => Some(*value as u8),
        Object::Buffer(bytes) => bytes.first().copied(),
        Object::String(text) => text.bytes().next(),
        _ => None,
    };
    let new = (*value).clone();
    let index = index.clone().unwrap_transparent_reference().as_integer()?;
    let index = usize::try_from(index).map_err(|_| AmlError::IndexOutOfBounds)?;
    let object = object.clone().unwrap_transparent_reference();
    let refused =
        AmlError::InvalidOperationOnObject { op: Operation::WriteBufferField, typ: object.typ() };
    // SAFETY: the token is ours, and no reference to the object lives: `new` is a copy.
    match unsafe { object.gain_mut(token) } {
        Object::Package(elements) => {
            *elements.get_mut(index).ok_or(AmlError::IndexOutOfBounds)? = new.wrap();
        }
        Object::Buffer(bytes) => {
            *bytes.get_mut(index).ok_or(AmlError::IndexOutOfBounds)? = byte.ok_or(refused)?;
        }
        Object::String(text) => {
            let byte = byte.filter(|byte| (1..=0x7f).contains(byte)).ok_or(refused)?;
            let mut bytes = mem::take(text).into_bytes();
            let stored = bytes.get_mut(index).map(|place| *place = byte);
            *text = String::from_utf8(bytes).unwrap_or_default();
            stored.ok_or(AmlError::IndexOutOfBounds)?;
        }
        _ => return Err(refused),
    }
    Ok(value)
}
