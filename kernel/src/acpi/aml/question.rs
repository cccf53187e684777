//! A question to the interpreter, and the object that it is at.
//!
//! The interpreter may panic or run for ever over any object. What is left of
//! the call is the note of which one it was.

use super::super::handler::Handler;
use super::{Words, asl, words};
use acpi::aml::namespace::AmlName;
use acpi::aml::object::WrappedObject;
use acpi::aml::{AmlError, Interpreter};
use alloc::vec::Vec;
use core::cell::Cell;
use core::ops::Deref;

/// The interpreter, with a note of what it evaluates.
pub(super) struct Question<'a> {
    interpreter: &'a Interpreter<Handler>,
    /// On the stack of whoever asks, where it outlives a call that is abandoned.
    at: &'a Cell<Words>,
}

impl<'a> Question<'a> {
    pub(super) fn new(interpreter: &'a Interpreter<Handler>, at: &'a Cell<Words>) -> Self {
        Self { interpreter, at }
    }

    /// The value of an object, or what a method returns.
    pub(super) fn evaluate(
        &self,
        path: AmlName,
        arguments: Vec<WrappedObject>,
    ) -> Result<WrappedObject, AmlError> {
        self.at.set(words(asl::Path(&path)));
        self.interpreter.evaluate(path, arguments)
    }

    /// The same for an object that may not be there.
    pub(super) fn evaluate_if_present(
        &self,
        path: AmlName,
        arguments: Vec<WrappedObject>,
    ) -> Result<Option<WrappedObject>, AmlError> {
        self.at.set(words(asl::Path(&path)));
        self.interpreter.evaluate_if_present(path, arguments)
    }
}

/// For the name space, which is looked at without running anything.
impl Deref for Question<'_> {
    type Target = Interpreter<Handler>;

    fn deref(&self) -> &Self::Target {
        self.interpreter
    }
}
