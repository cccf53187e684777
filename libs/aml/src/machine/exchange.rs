//! Values that leave the interpreter and come in: results, arguments, words.

use alloc::string::String;
use alloc::vec::Vec;

use super::Machine;
use super::values::PACKAGE_DEPTH;
use crate::data::Data;
use crate::decode::Reader;
use crate::error::Fault;
use crate::object::Object;
use crate::value::{Place, Value};

impl Machine<'_> {
    /// Makes a value that owns what it holds.
    pub(crate) fn export(&self, value: Value) -> Result<Data, Fault> {
        self.export_below(value, PACKAGE_DEPTH)
    }

    fn export_below(&self, value: Value, depth: u8) -> Result<Data, Fault> {
        Ok(match value {
            Value::Uninitialized => Data::Uninitialized,
            Value::Integer(number) => Data::Integer(number),
            Value::String(handle) => Data::String(
                self.state.heap.bytes(handle)?.iter().copied().map(char::from).collect(),
            ),
            Value::Buffer(handle) => Data::Buffer(self.state.heap.bytes(handle)?.to_vec()),
            Value::Package(handle) => {
                let depth = depth.checked_sub(1).ok_or(Fault::TooDeep)?;
                let elements = self.state.heap.package(handle)?;
                let exported = elements.iter().map(|&element| self.export_below(element, depth));
                Data::Package(exported.collect::<Result<_, _>>()?)
            }
            Value::Reference(place) => Data::Reference(self.place_name(place)),
            Value::Object(node) => Data::Reference(self.state.names.path(node)),
            Value::Table(number) => Data::Table(number),
            Value::Name { scope, table, offset } => match self.resolve_at(scope, table, offset) {
                Ok(node) => match self.state.names.object(node)? {
                    Object::Data(value) if !matches!(value, Value::Name { .. }) => {
                        let depth = depth.checked_sub(1).ok_or(Fault::TooDeep)?;
                        self.export_below(*value, depth)?
                    }
                    _ => Data::Reference(self.state.names.path(node)),
                },
                Err(_) => Data::Reference(self.name_at(table, offset)),
            },
        })
    }

    /// The text of a name in the bytes of a table.
    fn name_at(&self, table: u16, offset: u32) -> String {
        let table = self.state.tables.get(usize::from(table));
        let name = table.and_then(|table| {
            let path = Reader::new(&table.bytes, offset as usize, table.bytes.len()).name().ok()?;
            Some(alloc::string::ToString::to_string(&path))
        });
        name.unwrap_or_default()
    }

    pub(super) fn place_name(&self, place: Place) -> String {
        match place {
            Place::Node(node) => self.state.names.path(node),
            Place::Variable { .. } => "a variable".into(),
            Place::Element { .. } => "an element of a package".into(),
            Place::Byte { .. } => "a byte of a buffer".into(),
            Place::Debug => "Debug".into(),
            Place::Nothing => "nothing".into(),
        }
    }

    /// Takes a value from outside.
    pub(crate) fn import(&mut self, data: &Data) -> Result<Value, Fault> {
        self.import_below(data, PACKAGE_DEPTH)
    }

    fn import_below(&mut self, data: &Data, depth: u8) -> Result<Value, Fault> {
        match data {
            Data::Uninitialized => Ok(Value::Uninitialized),
            Data::Integer(number) => Ok(Value::Integer(self.state.width.cut(*number))),
            Data::String(text) => {
                let bytes: Vec<u8> =
                    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
                self.new_text(bytes)
            }
            Data::Buffer(bytes) => self.new_buffer(bytes.clone()),
            Data::Package(elements) => {
                let depth = depth.checked_sub(1).ok_or(Fault::TooDeep)?;
                let mut imported = Vec::new();
                for element in elements {
                    imported.push(self.import_below(element, depth)?);
                }
                self.state.heap.alloc_package(imported).map(Value::Package)
            }
            Data::Reference(path) => {
                let node = self.state.names.find(path);
                let node = node.ok_or_else(|| Fault::NotFound(path.clone()))?;
                Ok(Value::Reference(Place::Node(node)))
            }
            Data::Table(number) => Ok(Value::Table(*number)),
        }
    }
}
