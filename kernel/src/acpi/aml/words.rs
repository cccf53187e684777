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

/// A failure in words, without where this machine keeps its crates.
pub(super) fn told(failure: &GuardedError) -> Words {
    let long = words(failure);
    match long.as_str().split_once("/registry/src/") {
        Some((before, path)) => {
            let before = before.rsplit_once('(').map_or(before, |(before, _)| before);
            let path = path.split_once('/').map_or(path, |(_, path)| path);
            words(format_args!("{before}({path}"))
        }
        None => long,
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
                f.write_str("it needs a PCI device whose address is not known; nothing was written")
            }
            AmlError::MutexAcquireTimeout => f.write_str("the firmware keeps its global lock"),
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
