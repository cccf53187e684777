//! Results and arguments of an evaluation: values that own what they hold.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// A value outside the interpreter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// Nothing: an element of a package that was never written.
    Uninitialized,
    /// An integer.
    Integer(u64),
    /// A string; each byte of AML is one character.
    String(String),
    /// A buffer.
    Buffer(Vec<u8>),
    /// A package.
    Package(Vec<Data>),
    /// A reference, or an object that is no data, by its path; in words for
    /// what has no path.
    Reference(String),
    /// A table that AML loaded, by its index.
    Table(u32),
}

impl Data {
    /// The number of an integer.
    pub fn as_integer(&self) -> Option<u64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The elements of a package.
    pub fn as_package(&self) -> Option<&[Data]> {
        match self {
            Self::Package(elements) => Some(elements),
            _ => None,
        }
    }
}

impl fmt::Display for Data {
    /// Writes the value as ASL does, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uninitialized => write!(f, "(nothing)"),
            Self::Integer(number) => write!(f, "{number:#x}"),
            Self::String(text) => write!(f, "{text:?}"),
            Self::Buffer(bytes) => {
                write!(f, "Buffer {{")?;
                list(f, bytes, |f, byte| write!(f, "{byte:#04x}"))
            }
            Self::Package(elements) => {
                write!(f, "Package {{")?;
                list(f, elements, |f, element| element.fmt(f))
            }
            Self::Reference(path) => write!(f, "{path}"),
            Self::Table(number) => write!(f, "(table {number})"),
        }
    }
}

fn list<T>(
    f: &mut fmt::Formatter<'_>,
    items: &[T],
    write_item: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (position, item) in items.iter().enumerate() {
        write!(f, "{}", if position > 0 { ", " } else { " " })?;
        write_item(f, item)?;
    }
    write!(f, " }}")
}
