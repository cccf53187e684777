//! Objects in words close to ASL, the language that AML is compiled from.

use acpi::aml::namespace::{AmlName, NameSeg};
use acpi::aml::object::{FieldUnitKind, Object, ReferenceKind};
use core::fmt::{self, Write};

/// How deep packages in packages and references are followed: AML can make
/// them point to themselves.
const DEPTH: usize = 6;
/// Bytes of a buffer that are shown.
const MOST_BYTES: usize = 64;
/// Elements of a package that are shown.
const MOST_ELEMENTS: usize = 512;

/// A path as people write it: `\_SB.PCI0`, without filling underscores.
pub(super) struct Path<'a>(pub(super) &'a AmlName);

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.0.as_string();
        let (root, path) = path.split_at(path.len() - path.trim_start_matches(['\\', '^']).len());
        f.write_str(root)?;
        for (number, segment) in path.split('.').enumerate() {
            f.write_str(if number > 0 { "." } else { "" })?;
            f.write_str(short(segment))?;
        }
        Ok(())
    }
}

/// One segment without the underscores that fill it up to four.
pub(super) fn segment(segment: &NameSeg) -> &str {
    short(segment.as_str())
}

fn short(segment: &str) -> &str {
    let short = segment.trim_end_matches('_');
    if short.is_empty() { segment } else { short }
}

/// A path that a person typed, absolute, with or without the first `\`.
pub(super) fn parse(text: &str) -> Result<AmlName, acpi::aml::AmlError> {
    let mut path = alloc::string::String::from("\\");
    path.push_str(text.trim_start_matches('\\'));
    path.make_ascii_uppercase();
    // The crate's parser indexes four bytes of what it refuses.
    let fits = |part: &str| (1..=4).contains(&part.len());
    if path.len() > 1 && !path.get(1..).is_some_and(|rest| rest.split('.').all(fits)) {
        return Err(acpi::aml::AmlError::InvalidName(None));
    }
    path.parse()
}

/// Writes `object`, on several lines where it is a package of packages.
pub(super) fn write(out: &mut impl Write, object: &Object, depth: usize) -> fmt::Result {
    if depth > DEPTH {
        return out.write_str("...");
    }
    match object {
        Object::Uninitialized => out.write_str("Uninitialized"),
        Object::Integer(value @ 0..=9) => write!(out, "{value}"),
        Object::Integer(value) => write!(out, "{value:#x}"),
        Object::String(text) => write!(out, "{text:?}"),
        Object::Buffer(bytes) => buffer(out, bytes),
        Object::BufferField { offset, length, .. } => {
            write!(out, "BufferField (bits {offset} to {})", offset.saturating_add(*length))
        }
        Object::Package(elements) => {
            write!(out, "Package ({}) {{", elements.len())?;
            let nested = elements.iter().any(|element| matches!(**element, Object::Package(_)));
            for (number, element) in elements.iter().take(MOST_ELEMENTS).enumerate() {
                out.write_str(if number > 0 { "," } else { "" })?;
                if nested {
                    write!(out, "\n{:indent$}", "", indent = 4 * (depth + 1))?;
                } else {
                    out.write_str(" ")?;
                }
                write(out, element, depth + 1)?;
            }
            out.write_str(if elements.len() > MOST_ELEMENTS { ", ... }" } else { " }" })
        }
        Object::Method { flags, code } => {
            write!(out, "Method ({} arguments, {} bytes", flags.arg_count(), code.len())?;
            out.write_str(if flags.serialize() { ", Serialized)" } else { ")" })
        }
        Object::NativeMethod { flags, .. } => {
            write!(out, "Method ({} arguments, of the interpreter)", flags.arg_count())
        }
        Object::OpRegion(region) => {
            let (start, length) = (region.base, region.length);
            write!(out, "OperationRegion ({:?}, {start:#x}, {length:#x})", region.space)
        }
        Object::FieldUnit(field) => {
            let kind = match field.kind {
                FieldUnitKind::Normal { .. } => "Field",
                FieldUnitKind::Bank { .. } => "BankField",
                FieldUnitKind::Index { .. } => "IndexField",
            };
            write!(out, "{kind} (bit {}, {} bits)", field.bit_index, field.bit_length)
        }
        Object::Reference { kind: ReferenceKind::Unresolved, inner } => {
            out.write_str("unresolved ")?;
            write(out, inner, depth + 1)
        }
        Object::Reference { inner, .. } => {
            out.write_str("RefOf ")?;
            write(out, inner, depth + 1)
        }
        Object::Mutex { sync_level, .. } => write!(out, "Mutex ({sync_level})"),
        Object::PowerResource { system_level, resource_order } => {
            write!(out, "PowerResource ({system_level}, {resource_order})")
        }
        Object::Processor { proc_id, pblk_address, .. } => {
            write!(out, "Processor ({proc_id}, {pblk_address:#x})")
        }
        Object::Device => out.write_str("Device"),
        Object::Event(_) => out.write_str("Event"),
        Object::RawDataBuffer => out.write_str("RawDataBuffer"),
        Object::ThermalZone => out.write_str("ThermalZone"),
        Object::Debug => out.write_str("Debug"),
    }
}

fn buffer(out: &mut impl Write, bytes: &[u8]) -> fmt::Result {
    write!(out, "Buffer ({}) {{", bytes.len())?;
    for byte in bytes.iter().take(MOST_BYTES) {
        write!(out, " {byte:02x}")?;
    }
    out.write_str(if bytes.len() > MOST_BYTES { " ... }" } else { " }" })
}
