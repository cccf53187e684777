//! Writes places, with the conversions of a store.
//!
//! What becomes of the value depends on the operator (ACPI 6.5, 19.3.5.4 to
//! 19.3.5.7, and ACPICA): `Store` and the targets of arithmetic keep the type of
//! a named object and convert; explicit conversions (`ToInteger` and its like)
//! change its type; `CopyObject` replaces whatever is there.

use super::Machine;
use super::frame::Term;
use crate::error::Fault;
use crate::namespace::NodeId;
use crate::object::Object;
use crate::opcode::Op;
use crate::value::{Place, Slot, Value};

/// How a value replaces what a named object holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// The object keeps its type; the value is converted.
    Type,
    /// The object keeps nothing but what it is: data.
    Data,
    /// The object is replaced.
    Nothing,
}

impl Machine<'_> {
    /// `Store` and `CopyObject`.
    pub(super) fn assign(&mut self, term: &Term) -> Result<Value, Fault> {
        let value = self.value(term, 0)?;
        let place = self.place(term, 1)?;
        if matches!((term.op, value), (Op::Store, Value::Object(_))) && place != Place::Debug {
            return Err(Fault::Type { wanted: "data", found: value.type_name() });
        }
        let keep = if term.op == Op::CopyObject { Keep::Nothing } else { Keep::Type };
        self.store(value, place, keep)?;
        Ok(value)
    }

    /// Writes a copy of a value to a place.
    pub(super) fn store(&mut self, value: Value, place: Place, keep: Keep) -> Result<(), Fault> {
        match place {
            Place::Nothing => Ok(()),
            Place::Debug => self.write_debug(value),
            Place::Node(node) => self.store_node(value, node, keep),
            Place::Variable { call, slot } => self.store_variable(value, call, slot),
            Place::Element { package, index } => {
                let copy = self.copy(value)?;
                let elements = self.state.heap.package_mut(package)?;
                let length = elements.len() as u64;
                let fault = Fault::Index { index: u64::from(index), length, of: "a package" };
                *elements.get_mut(index as usize).ok_or(fault)? = copy;
                Ok(())
            }
            Place::Byte { object, index } => {
                let byte = self.first_byte(value)?;
                let bytes = self.state.heap.bytes_mut(object)?;
                let length = bytes.len() as u64;
                let fault = Fault::Index { index: u64::from(index), length, of: "a buffer" };
                *bytes.get_mut(index as usize).ok_or(fault)? = byte;
                Ok(())
            }
        }
    }

    /// What a byte of a buffer takes of a value.
    fn first_byte(&self, value: Value) -> Result<u8, Fault> {
        match value {
            Value::Integer(number) => Ok(number.to_le_bytes()[0]),
            Value::String(handle) | Value::Buffer(handle) => {
                let bytes = self.state.heap.bytes(handle)?;
                Ok(bytes.first().copied().unwrap_or_default())
            }
            other => Err(Fault::Type { wanted: "a byte", found: other.type_name() }),
        }
    }

    /// Writes a local or argument. An argument that holds a reference is written
    /// through: that is how a method changes what its caller has.
    fn store_variable(&mut self, value: Value, call: u32, slot: Slot) -> Result<(), Fault> {
        let current = *self.call_by_serial(call)?.variable(slot)?;
        match (slot, current) {
            (Slot::Arg(_), Value::Reference(Place::Node(node))) => {
                self.store_node(value, node, Keep::Nothing)
            }
            (Slot::Arg(_), Value::Reference(Place::Variable { call, slot })) => {
                self.set_variable(value, call, slot)
            }
            _ => self.set_variable(value, call, slot),
        }
    }

    fn set_variable(&mut self, value: Value, call: u32, slot: Slot) -> Result<(), Fault> {
        let copy = self.copy(value)?;
        *self.call_by_serial(call)?.variable(slot)? = copy;
        Ok(())
    }

    /// Writes a named object.
    fn store_node(&mut self, value: Value, node: NodeId, keep: Keep) -> Result<(), Fault> {
        let current = match self.state.names.object(node)? {
            Object::Field(_) => return self.write_field(node, value),
            Object::BufferField(field) => {
                let field = *field;
                return self.write_buffer_field(&field, value);
            }
            Object::Data(current) => Some(*current),
            Object::Method(_) => Some(Value::Uninitialized),
            _ => None,
        };
        match (keep, current) {
            (Keep::Nothing, _) | (_, Some(Value::Uninitialized | Value::Reference(_))) => {
                self.replace(value, node)
            }
            (_, Some(Value::Integer(_) | Value::String(_) | Value::Buffer(_))) => {
                self.store_simple(value, node, keep)
            }
            (Keep::Type, Some(Value::Package(_))) if matches!(value, Value::Package(_)) => {
                self.replace(value, node)
            }
            (_, Some(Value::Package(_))) => {
                Err(Fault::Type { wanted: "a package", found: value.type_name() })
            }
            (_, Some(_)) => self.replace(value, node),
            (_, None) => Err(Fault::Type {
                wanted: "a target that is data or a field",
                found: "an object that is no data",
            }),
        }
    }

    /// Puts a copy of a value in a named object's place.
    fn replace(&mut self, value: Value, node: NodeId) -> Result<(), Fault> {
        let copy = self.copy(value)?;
        *self.state.names.object_mut(node)? = Object::Data(copy);
        Ok(())
    }

    /// Writes an integer, string or buffer that has a name. It is changed in
    /// place, so that arguments and packages that share it see the change.
    fn store_simple(&mut self, value: Value, node: NodeId, keep: Keep) -> Result<(), Fault> {
        let &Object::Data(current) = self.state.names.object(node)? else {
            return Err(Fault::Internal("data that is none"));
        };
        match value {
            Value::Integer(_) | Value::String(_) | Value::Buffer(_) => {}
            // The handle of a table cannot be converted: it takes the place.
            Value::Table(_) => return self.replace(value, node),
            other => {
                return Err(Fault::Type {
                    wanted: "an integer, string or buffer",
                    found: other.type_name(),
                });
            }
        }
        let same = matches!(
            (current, value),
            (Value::Integer(_), Value::Integer(_))
                | (Value::String(_), Value::String(_))
                | (Value::Buffer(_), Value::Buffer(_))
        );
        if keep == Keep::Data && !same {
            return self.replace(value, node);
        }
        match current {
            Value::String(handle) => {
                let text = self.to_text(value)?;
                self.pay_for_bytes(text.len())?;
                self.state.heap.replace_bytes(handle, text)
            }
            Value::Buffer(handle) => {
                let mut bytes = self.to_bytes(value)?;
                self.pay_for_bytes(bytes.len())?;
                // A buffer keeps its length, unless it had none.
                let length = self.state.heap.bytes(handle)?.len();
                if length > 0 {
                    bytes.resize(length, 0);
                }
                self.state.heap.replace_bytes(handle, bytes)
            }
            _ => {
                let number = self.state.width.cut(self.to_integer(value)?);
                *self.state.names.object_mut(node)? = Object::Data(Value::Integer(number));
                Ok(())
            }
        }
    }

    /// Writes a line for `Debug`.
    fn write_debug(&mut self, value: Value) -> Result<(), Fault> {
        let line = alloc::string::ToString::to_string(&self.export(value)?);
        self.hardware.debug(&line);
        Ok(())
    }
}
