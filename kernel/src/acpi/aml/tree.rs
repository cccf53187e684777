//! The name space as a tree, and the value of an object in it.

use super::{Error, ask, asl};
use acpi::aml::AmlError;
use acpi::aml::namespace::NamespaceLevelKind;
use acpi::aml::object::Object;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;
use valhalla_core::acpi::resource;

/// Columns of a line of the tree.
const COLUMNS: usize = 76;

/// The part of the name space at `path`, all of it for an empty one: a line for
/// each name.
///
/// # Errors
///
/// When AML is off, or there is no such scope.
pub fn tree(path: &str) -> Result<String, Error> {
    ask(|question, out| {
        let top = asl::parse(path)?;
        let (top, below) = (top.as_string(), top.as_string() + ".");
        let all = top == "\\";
        let mut found = false;
        question.traverse(|name, level| {
            let path = name.as_string();
            if !(all || path == top || path.starts_with(&below)) {
                // Its children may be what is asked for.
                return Ok(true);
            }
            found = true;
            let depth = if path == "\\" { 0 } else { path.matches('.').count() + 1 };
            let short = asl::Path(name);
            let last = path.rsplit(['.', '\\']).next().unwrap_or_default().trim_end_matches('_');
            let kind = match level.kind {
                NamespaceLevelKind::Scope => "Scope",
                NamespaceLevelKind::Device => "Device",
                NamespaceLevelKind::Processor => "Processor",
                NamespaceLevelKind::PowerResource => "PowerResource",
                NamespaceLevelKind::ThermalZone => "ThermalZone",
                // A method's own names, which are there while it runs.
                NamespaceLevelKind::MethodLocals => return Ok(false),
            };
            let _ = match depth {
                0 => writeln!(out, "  \\"),
                _ if path == top => writeln!(out, "{:w$}{kind} ({short})", "", w = 2 + 2 * depth),
                _ => writeln!(out, "{:w$}{kind} ({last})", "", w = 2 + 2 * depth),
            };
            for (name, (flags, object)) in &level.values {
                if level.children.contains_key(name) && !matches!(**object, Object::Method { .. }) {
                    continue;
                }
                let start = out.len();
                let alias = if flags.is_alias() { "alias of " } else { "" };
                let _ =
                    write!(out, "{:w$}{:<4}  {alias}", "", asl::segment(name), w = 4 + 2 * depth);
                let _ = asl::write(out, object, 0);
                cut(out, start);
                out.push('\n');
            }
            Ok(true)
        })?;
        if found { Ok(()) } else { Err(AmlError::LevelDoesNotExist(asl::parse(path)?)) }
    })
    .map(|((), text)| text)
}

/// Keeps what was written since `start` to one line of [`COLUMNS`].
fn cut(out: &mut String, start: usize) {
    let line = out.get(start..).unwrap_or_default();
    let first = line.split('\n').next().unwrap_or_default();
    let keep = first.char_indices().nth(COLUMNS).map_or(first.len(), |(at, _)| at);
    if keep < line.len() {
        out.truncate(start + keep);
        out.push_str("...");
    }
}

/// The value of the object at `path`; a method is run with `arguments`.
///
/// # Errors
///
/// When AML is off, there is no such object, or the method fails.
pub fn evaluate(path: &str, arguments: &[u64]) -> Result<String, Error> {
    ask(|question, out| {
        let path = asl::parse(path)?;
        if path.as_string() == "\\" {
            return Err(AmlError::InvalidName(None));
        }
        let object = question.object(path.clone())?;
        let wanted = match &*object {
            Object::Method { flags, .. } => flags.arg_count(),
            _ => 0,
        };
        if wanted != arguments.len() {
            let _ = write!(out, "it takes {wanted} arguments, and got {}", arguments.len());
            return Ok(());
        }
        let arguments: Vec<_> = arguments.iter().map(|n| Object::Integer(*n).wrap()).collect();
        let value = question.evaluate(path, arguments)?;
        let _ = asl::write(out, &value, 0);
        if let Object::Buffer(bytes) = &*value {
            for resource in resource::resources(bytes) {
                let _ = write!(out, "\n    {resource}");
            }
        }
        Ok(())
    })
    .map(|((), text)| text)
}
