//! Reads places, converts and copies values.

use alloc::vec::Vec;

use super::Machine;
use crate::convert;
use crate::decode::Reader;
use crate::error::Fault;
use crate::namespace::NodeId;
use crate::object::Object;
use crate::value::{Place, Slot, Value};

/// Packages that may be in each other.
pub(super) const PACKAGE_DEPTH: u8 = 32;

impl Machine<'_> {
    /// Reads a named object: data and fields give their value, the rest itself.
    pub(super) fn read_node(&mut self, node: NodeId) -> Result<Value, Fault> {
        match self.state.names.object(node)? {
            Object::Data(Value::Uninitialized) => Err(Fault::Uninitialized("a name")),
            Object::Data(value) => Ok(*value),
            Object::Field(_) => self.read_field(node),
            Object::BufferField(field) => {
                let field = *field;
                self.read_buffer_field(&field)
            }
            _ => Ok(Value::Object(node)),
        }
    }

    /// Reads a place.
    pub(super) fn read_place(&mut self, place: Place) -> Result<Value, Fault> {
        let value = match place {
            Place::Node(node) => return self.read_node(node),
            Place::Variable { call, slot } => return self.read_variable(call, slot),
            Place::Element { package, index } => {
                let elements = self.state.heap.package(package)?;
                let element = elements.get(index as usize).copied();
                let value = element.ok_or(Fault::Index {
                    index: u64::from(index),
                    length: elements.len() as u64,
                    of: "a package",
                })?;
                return self.read_element(value);
            }
            Place::Byte { object, index } => {
                let bytes = self.state.heap.bytes(object)?;
                let byte = bytes.get(index as usize).copied();
                let (index, length) = (u64::from(index), bytes.len() as u64);
                let byte = byte.ok_or(Fault::Index { index, length, of: "a buffer" })?;
                Value::Integer(u64::from(byte))
            }
            Place::Debug | Place::Nothing => Value::Uninitialized,
        };
        match value {
            Value::Uninitialized => Err(Fault::Uninitialized("nothing")),
            value => Ok(value),
        }
    }

    /// The value of a package's element: a name stands for what it names.
    pub(super) fn read_element(&mut self, element: Value) -> Result<Value, Fault> {
        match element {
            Value::Uninitialized => Err(Fault::Uninitialized("an element of a package")),
            Value::Name { scope, table, offset } => {
                let node = self.resolve_at(scope, table, offset)?;
                self.read_node(node)
            }
            value => Ok(value),
        }
    }

    /// Finds what a name in the bytes of a table means.
    pub(super) fn resolve_at(
        &self,
        scope: NodeId,
        table: u16,
        offset: u32,
    ) -> Result<NodeId, Fault> {
        let table = self.state.tables.get(usize::from(table)).ok_or(Fault::Stale)?;
        let path = Reader::new(&table.bytes, offset as usize, table.bytes.len()).name()?;
        self.state.names.resolve(scope, &path)
    }

    /// Reads a local or an argument.
    pub(super) fn read_variable(&self, serial: u32, slot: Slot) -> Result<Value, Fault> {
        let call = self.calls.iter().rev().find(|call| call.serial == serial);
        match call.ok_or(Fault::Stale)?.value(slot) {
            Some(Value::Uninitialized) | None => Err(Fault::Uninitialized(match slot {
                Slot::Local(_) => "a local",
                Slot::Arg(_) => "an argument",
            })),
            Some(value) => Ok(value),
        }
    }

    pub(super) fn call_by_serial(&mut self, serial: u32) -> Result<&mut super::Call, Fault> {
        self.calls.iter_mut().rev().find(|call| call.serial == serial).ok_or(Fault::Stale)
    }

    /// Ones of the width for true, zero for false.
    pub(super) fn truth(&self, truth: bool) -> Value {
        Value::Integer(if truth { self.state.width.cut(u64::MAX) } else { 0 })
    }

    /// Converts implicitly to an integer.
    pub(super) fn to_integer(&self, value: Value) -> Result<u64, Fault> {
        let width = self.state.width;
        match value {
            Value::Integer(number) => Ok(number),
            // What `Load` and `LoadTable` give is true (ACPI 6.5, 19.6.77).
            Value::Table(_) => Ok(width.cut(u64::MAX)),
            Value::String(handle) => {
                Ok(convert::implicit_number(self.state.heap.bytes(handle)?, width))
            }
            Value::Buffer(handle) => width
                .number_of(self.state.heap.bytes(handle)?)
                .ok_or(Fault::Index { index: 0, length: 0, of: "a buffer" }),
            other => Err(Fault::Type { wanted: "an integer", found: other.type_name() }),
        }
    }

    /// Converts implicitly to the bytes of a string.
    pub(super) fn to_text(&self, value: Value) -> Result<Vec<u8>, Fault> {
        match value {
            Value::Integer(number) => Ok(self.state.width.to_hex(number).into_bytes()),
            Value::String(handle) => Ok(self.state.heap.bytes(handle)?.to_vec()),
            Value::Buffer(handle) => {
                let bytes = self.state.heap.bytes(handle)?;
                Ok(convert::hex_bytes(bytes, ' ').into_bytes())
            }
            other => Err(Fault::Type { wanted: "a string", found: other.type_name() }),
        }
    }

    /// Converts implicitly to the bytes of a buffer; a string ends with its zero.
    pub(super) fn to_bytes(&self, value: Value) -> Result<Vec<u8>, Fault> {
        match value {
            Value::Integer(number) => Ok(self.state.width.to_bytes(number)),
            Value::String(handle) => {
                let mut bytes = self.state.heap.bytes(handle)?.to_vec();
                bytes.push(0);
                Ok(bytes)
            }
            Value::Buffer(handle) => Ok(self.state.heap.bytes(handle)?.to_vec()),
            other => Err(Fault::Type { wanted: "a buffer", found: other.type_name() }),
        }
    }

    /// Makes a string of bytes.
    pub(super) fn new_text(&mut self, text: impl Into<Vec<u8>>) -> Result<Value, Fault> {
        let text = text.into();
        self.pay_for_bytes(text.len())?;
        self.state.heap.alloc_bytes(text).map(Value::String)
    }

    /// Makes a buffer of bytes.
    pub(super) fn new_buffer(&mut self, bytes: Vec<u8>) -> Result<Value, Fault> {
        self.pay_for_bytes(bytes.len())?;
        self.state.heap.alloc_bytes(bytes).map(Value::Buffer)
    }

    /// Copies a value, with all that it holds.
    pub(super) fn copy(&mut self, value: Value) -> Result<Value, Fault> {
        self.copy_below(value, PACKAGE_DEPTH)
    }

    fn copy_below(&mut self, value: Value, depth: u8) -> Result<Value, Fault> {
        match value {
            Value::String(handle) => {
                let bytes = self.state.heap.bytes(handle)?.to_vec();
                self.new_text(bytes)
            }
            Value::Buffer(handle) => {
                let bytes = self.state.heap.bytes(handle)?.to_vec();
                self.new_buffer(bytes)
            }
            Value::Package(handle) => {
                let depth = depth.checked_sub(1).ok_or(Fault::TooDeep)?;
                let mut elements = self.state.heap.package(handle)?.to_vec();
                self.pay_for_bytes(elements.len().saturating_mul(size_of::<Value>()))?;
                for element in &mut elements {
                    *element = self.copy_below(*element, depth)?;
                }
                self.state.heap.alloc_package(elements).map(Value::Package)
            }
            value => Ok(value),
        }
    }
}
