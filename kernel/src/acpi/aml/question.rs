//! A question to the interpreter, and the object that it is at.
//!
//! The interpreter may panic or run for ever over any object. What is left of
//! the call is the note of which one it was.

use super::super::handler::Handler;
use super::{Words, asl, words};
use acpi::aml::namespace::{AmlName, NamespaceLevel};
use acpi::aml::object::WrappedObject;
use acpi::aml::{AmlError, Interpreter};
use alloc::vec::Vec;
use core::cell::Cell;

/// The interpreter, with a note of what it evaluates. What is not here cannot be
/// asked: nothing is evaluated without its note.
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

    /// The object at `path`, without running anything.
    pub(super) fn object(&self, path: AmlName) -> Result<WrappedObject, AmlError> {
        self.interpreter.namespace.lock().get(path)
    }

    /// The path of the level that `name` means within `scope`.
    pub(super) fn level(&self, name: &AmlName, scope: &AmlName) -> Result<AmlName, AmlError> {
        self.interpreter.namespace.lock().search_for_level(name, scope)
    }

    /// Shows `visit` every level, from the top; those below one of which it says
    /// `false` are left out. It runs nothing.
    pub(super) fn traverse(
        &self,
        visit: impl FnMut(&AmlName, &NamespaceLevel) -> Result<bool, AmlError>,
    ) -> Result<(), AmlError> {
        self.interpreter.namespace.lock().traverse(visit)
    }
}
