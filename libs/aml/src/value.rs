//! Values that AML computes with, and places that it can write to.

use crate::heap::Handle;
use crate::namespace::NodeId;

/// A value. Strings, buffers and packages are on the [`Heap`](crate::heap::Heap)
/// and shared by handle; a store copies them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Nothing yet: a fresh local, an element of a package beyond its initialisers.
    Uninitialized,
    Integer(u64),
    String(Handle),
    Buffer(Handle),
    Package(Handle),
    /// A reference, by `RefOf` or `Index`.
    Reference(Place),
    /// A name that stands in a package: looked up when it is used, so that it
    /// may be created later, by another table.
    Name {
        scope: NodeId,
        table: u16,
        offset: u32,
    },
    /// An object that is no data: a device, a method, a mutex.
    Object(NodeId),
    /// A table that `Load` or `LoadTable` loaded.
    Table(u32),
}

/// A place that AML can read and write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A named object.
    Node(NodeId),
    /// A local or argument of a running method, by the call's serial number.
    Variable { call: u32, slot: Slot },
    /// An element of a package.
    Element { package: Handle, index: u32 },
    /// A byte of a buffer or string.
    Byte { object: Handle, index: u32 },
    /// The object `Debug`.
    Debug,
    /// No target: what is written is dropped.
    Nothing,
}

/// A local or an argument of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Local(u8),
    Arg(u8),
}

impl Value {
    /// The heap cell that the value needs to live.
    pub(crate) fn handle(self) -> Option<Handle> {
        match self {
            Self::String(handle)
            | Self::Buffer(handle)
            | Self::Package(handle)
            | Self::Reference(Place::Element { package: handle, .. })
            | Self::Reference(Place::Byte { object: handle, .. }) => Some(handle),
            _ => None,
        }
    }

    /// The name of the value's type, in words for errors.
    pub(crate) fn type_name(self) -> &'static str {
        match self {
            Self::Uninitialized => "nothing",
            Self::Integer(_) => "an integer",
            Self::String(_) => "a string",
            Self::Buffer(_) => "a buffer",
            Self::Package(_) => "a package",
            Self::Reference(_) => "a reference",
            Self::Name { .. } => "a name",
            Self::Object(_) => "an object that is no data",
            Self::Table(_) => "a table",
        }
    }
}
