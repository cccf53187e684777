//! Why there is no answer, in words for people.

use super::asl;
use crate::memory::GuardedError;
use acpi::aml::op_region::RegionSpace;
use acpi::aml::{AmlError, Operation};
use core::fmt::{self, Write};
use valhalla_core::text::Text;

/// Words about what went wrong.
pub(super) type Words = Text<200>;

/// What `what` shows as.
pub(super) fn words(what: impl fmt::Display) -> Words {
    let mut words = Words::new();
    // A `Text` cuts what does not fit; it has no other error.
    let _ = write!(words, "{what}");
    words
}

/// A failure in words, without where this machine keeps its crates and its compiler.
pub(super) fn told(failure: &GuardedError) -> Words {
    let long = words(failure);
    let Some((before, place)) = long.as_str().rsplit_once(" (/") else { return long };
    if before.contains("memory allocation of") {
        return words("out of memory, as a recursion without an end is");
    }
    let in_crate = place.split_once("/registry/src/").and_then(|(_, path)| path.split_once('/'));
    // One that was cut says nothing.
    match in_crate.filter(|(_, path)| path.ends_with(')')) {
        Some((_, path)) => words(format_args!("{before} ({path}")),
        None => words(before),
    }
}

/// An error of the interpreter, told to people.
pub(super) struct Told<'a>(pub(super) &'a AmlError);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            AmlError::ObjectDoesNotExist(name) => write!(f, "there is no {}", asl::Path(name)),
            AmlError::LevelDoesNotExist(name) => write!(f, "there is no scope {}", asl::Path(name)),
            AmlError::InvalidName(_)
            | AmlError::InvalidNameSeg(_)
            | AmlError::EmptyNamesAreInvalid => {
                f.write_str("not a path: four letters, digits or _ in each part, as in \\_SB.PCI0")
            }
            AmlError::MethodArgCountIncorrect => f.write_str("the method wants other arguments"),
            AmlError::NoHandlerForRegionAccess(RegionSpace::PciConfig) => {
                f.write_str("it needs a PCI device that is not known; nothing was written")
            }
            AmlError::MutexAcquireTimeout => f.write_str("the firmware keeps its global lock"),
            AmlError::ObjectNotOfExpectedType { expected, got } => {
                write!(f, "it needs an object of type {expected:?}, and got one of type {got:?}")
            }
            AmlError::IndexOutOfBounds => f.write_str("an index past the end"),
            AmlError::InvalidOperationOnObject { op: Operation::WriteBufferField, typ } => {
                write!(f, "an element of an object ({typ:?}) cannot become that value")
            }
            AmlError::NoHandlerForRegionAccess(space) => {
                write!(f, "it needs {space:?}, which this kernel cannot reach")
            }
            AmlError::IllegalOpcode(code) => write!(f, "illegal opcode {code:#x} in AML"),
            AmlError::RunOutOfStream => f.write_str("AML ends in the middle of an instruction"),
            AmlError::LibUnimplemented => f.write_str("the interpreter cannot do that yet"),
            other => write!(f, "AML error: {other:?}"),
        }
    }
}
