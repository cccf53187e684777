//! Named objects: what a node of the namespace stands for.

use alloc::boxed::Box;
use core::fmt;

use crate::error::At;
use crate::namespace::NodeId;
use crate::region::{BufferField, Field, Region};
use crate::value::Value;

/// What a node of the namespace stands for.
#[derive(Clone, Debug)]
pub(crate) enum Object {
    /// A scope that the standard predefines, such as `\_SB`.
    Scope,
    /// Data: an integer, a string, a buffer, a package, a reference.
    Data(Value),
    Device,
    ThermalZone,
    Processor {
        id: u8,
        block: u32,
        length: u8,
    },
    PowerResource {
        level: u8,
        order: u16,
    },
    Method(Method),
    Mutex(Mutex),
    /// An event, by the signals that nobody has waited for yet.
    Event(u32),
    Region(Box<Region>),
    /// A field of a region, a bank or an index register pair.
    Field(Field),
    /// A field of a buffer.
    BufferField(BufferField),
    /// Another name for a node.
    Alias(NodeId),
}

/// The type of a named object, as `ObjectType` numbers it (ACPI 6.5, 19.6.97).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Kind {
    Uninitialized = 0,
    Integer = 1,
    String = 2,
    Buffer = 3,
    Package = 4,
    FieldUnit = 5,
    Device = 6,
    Event = 7,
    Method = 8,
    Mutex = 9,
    Region = 10,
    PowerResource = 11,
    Processor = 12,
    ThermalZone = 13,
    BufferField = 14,
    Table = 15,
    Debug = 16,
    Reference = 20,
    Scope = 27,
}

impl Object {
    /// The object's type.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Scope => Kind::Scope,
            Self::Data(value) => kind_of(*value),
            Self::Device => Kind::Device,
            Self::ThermalZone => Kind::ThermalZone,
            Self::Processor { .. } => Kind::Processor,
            Self::PowerResource { .. } => Kind::PowerResource,
            Self::Method(_) => Kind::Method,
            Self::Mutex(_) => Kind::Mutex,
            Self::Event(_) => Kind::Event,
            Self::Region(_) => Kind::Region,
            Self::Field(_) => Kind::FieldUnit,
            Self::BufferField(_) => Kind::BufferField,
            Self::Alias(_) => Kind::Uninitialized,
        }
    }

    /// The heap cell that the object needs to live.
    pub(crate) fn root(&self) -> Option<Value> {
        match self {
            Self::Data(value) => Some(*value),
            Self::BufferField(field) => Some(Value::Buffer(field.buffer)),
            Self::Region(region) => region.table.map(Value::Buffer),
            _ => None,
        }
    }
}

/// The type of a value, as far as it is known without a look at the namespace.
pub(crate) fn kind_of(value: Value) -> Kind {
    match value {
        Value::Uninitialized => Kind::Uninitialized,
        Value::Integer(_) => Kind::Integer,
        Value::String(_) => Kind::String,
        Value::Buffer(_) => Kind::Buffer,
        Value::Package(_) => Kind::Package,
        Value::Reference(_) | Value::Name { .. } | Value::Object(_) => Kind::Reference,
        Value::Table(_) => Kind::Table,
    }
}

/// A control method.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Method {
    pub(crate) body: Body,
    /// Number of arguments, at most 7.
    pub(crate) arguments: u8,
    /// Only one call at a time.
    pub(crate) serialized: bool,
    pub(crate) sync_level: u8,
}

/// What a method runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Body {
    /// AML, from a position to an offset in the same table.
    Aml { at: At, end: u32 },
    /// `_OSI`, which the interpreter answers itself.
    Osi,
}

/// A mutex.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mutex {
    pub(crate) sync_level: u8,
    /// Acquisitions that have not been released.
    pub(crate) depth: u32,
    /// Sync level of the evaluation before it acquired the mutex.
    pub(crate) outer_level: u8,
}

impl fmt::Display for Object {
    /// Writes what the object is, in the words of ASL and its numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Processor { id, block, length } => {
                write!(f, "Processor {id}, block {block:#x}, length {length}")
            }
            Self::PowerResource { level, order } => {
                write!(f, "PowerResource, level {level}, order {order}")
            }
            Self::Method(method) => {
                let serialized = if method.serialized { ", serialized" } else { "" };
                write!(f, "Method, {} arguments{serialized}", method.arguments)
            }
            Self::Mutex(mutex) => write!(f, "Mutex, level {}", mutex.sync_level),
            Self::Region(region) => {
                let Region { space, offset, length, .. } = &**region;
                write!(f, "OperationRegion, {}, {offset:#x}, length {length:#x}", space.name())
            }
            Self::Field(field) => write!(f, "Field, {} bits at bit {}", field.bits, field.bit),
            Self::BufferField(field) => {
                write!(f, "BufferField, {} bits at bit {}", field.bits, field.bit)
            }
            Self::Data(Value::Integer(number)) => write!(f, "Integer, {number:#x}"),
            object => write!(f, "{:?}", object.kind()),
        }
    }
}
