//! A question to the interpreter, and the object that it is at.
//!
//! The interpreter may panic or run for ever over any object. What is left of
//! the call is the note of which one it was. An error that it returns costs that
//! object alone: the methods that were half run are dropped, the name space stays.

use super::super::handler::{Handler, refused_pci};
use super::super::{facs, tables};
use super::failing::{self, Path};
use super::{Told, Words, load, words};
use acpi::aml::namespace::{AmlName, NamespaceLevel};
use acpi::aml::object::WrappedObject;
use acpi::aml::op_region::RegionSpace;
use acpi::aml::{AmlError, Interpreter};
use alloc::vec::Vec;
use core::cell::{Cell, Ref, RefCell};
use core::mem;
use core::str::FromStr;

/// What is evaluated.
#[derive(Clone, Copy)]
pub(super) enum At {
    /// Nothing in particular.
    Aml,
    /// An object that was asked for by name.
    Object(Path),
    /// One of many, the others of which are worth to go on for.
    OneOfMany(Path),
}

impl At {
    /// Notes one of many as failing; `false` where going on makes no sense.
    pub(super) fn note(self, why: Words) -> bool {
        matches!(self, Self::OneOfMany(path) if failing::note(path, why))
    }
}

impl core::fmt::Display for At {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Aml => f.write_str("the interpreter"),
            Self::Object(path) | Self::OneOfMany(path) => path.fmt(f),
        }
    }
}

/// The interpreter, with a note of what it evaluates. What is not here cannot be
/// asked: nothing is evaluated without its note.
pub(super) struct Question<'a> {
    interpreter: &'a RefCell<Interpreter<Handler>>,
    /// On the stack of the caller, where it outlives a call that is abandoned.
    at: &'a Cell<At>,
}

impl<'a> Question<'a> {
    pub(super) fn new(interpreter: &'a RefCell<Interpreter<Handler>>, at: &'a Cell<At>) -> Self {
        Self { interpreter, at }
    }

    /// The value of an object, or what a method returns.
    pub(super) fn evaluate(
        &self,
        path: AmlName,
        arguments: Vec<WrappedObject>,
    ) -> Result<WrappedObject, AmlError> {
        self.at.set(At::Object(Path::of(&path)));
        self.run(path, arguments)
    }

    /// The same for an object that may not be there.
    pub(super) fn evaluate_if_present(
        &self,
        path: AmlName,
        arguments: Vec<WrappedObject>,
    ) -> Result<Option<WrappedObject>, AmlError> {
        if !self.is_there(&path) {
            return Ok(None);
        }
        self.evaluate(path, arguments).map(Some)
    }

    /// The value of `name` in the scope `within`, or why there is none: one of many,
    /// of which each may fail without the others.
    pub(super) fn property(
        &self,
        within: &AmlName,
        name: &str,
        arguments: Vec<WrappedObject>,
    ) -> Result<Option<WrappedObject>, Words> {
        let path = AmlName::from_str(name).and_then(|name| name.resolve(within));
        let path = path.map_err(|error| words(Told(&error)))?;
        if let Some(why) = failing::why(&path) {
            return Err(why);
        }
        if !self.is_there(&path) {
            return Ok(None);
        }
        self.at.set(At::OneOfMany(Path::of(&path)));
        let value = self.run(path, arguments).map_err(|error| words(Told(&error)));
        self.at.set(At::Aml);
        value.map(Some)
    }

    /// Evaluates, and ends what is not over by itself: locks of a method that failed
    /// or forgot them, and methods that an error left half run.
    fn run(&self, path: AmlName, arguments: Vec<WrappedObject>) -> Result<WrappedObject, AmlError> {
        refused_pci();
        let value = self.interpreter.borrow().evaluate(path, arguments);
        facs::release_all();
        let value = match value {
            Ok(_) if refused_pci() => {
                Err(AmlError::NoHandlerForRegionAccess(RegionSpace::PciConfig))
            }
            value => value,
        };
        if value.is_err() {
            self.renew();
        }
        value
    }

    /// Goes on with a fresh interpreter over the same name space: the old one keeps
    /// the methods that an error ended on its stack, and would go on with them.
    fn renew(&self) {
        let _quiet = load::Quiet::new();
        let handler = tables().and_then(|tables| tables.handler());
        let Some(Ok(fresh)) = handler.map(load::empty) else {
            // The call around us ends with it, and AML is loaded anew.
            panic!("no fresh interpreter after an error");
        };
        let mut interpreter = self.interpreter.borrow_mut();
        mem::swap(&mut *interpreter.namespace.lock(), &mut *fresh.namespace.lock());
        *interpreter = fresh;
    }

    /// The interpreter, for what evaluates nothing.
    pub(super) fn interpreter(&self) -> Ref<'_, Interpreter<Handler>> {
        self.interpreter.borrow()
    }

    fn is_there(&self, path: &AmlName) -> bool {
        self.object(path.clone()).is_ok()
    }

    /// The object at `path`, without running anything.
    pub(super) fn object(&self, path: AmlName) -> Result<WrappedObject, AmlError> {
        self.interpreter.borrow().namespace.lock().get(path)
    }

    /// The path of the level that `name` means within `scope`.
    pub(super) fn level(&self, name: &AmlName, scope: &AmlName) -> Result<AmlName, AmlError> {
        self.interpreter.borrow().namespace.lock().search_for_level(name, scope)
    }

    /// Shows `visit` every level, from the top; those below one of which it says
    /// `false` are left out. It runs nothing.
    pub(super) fn traverse(
        &self,
        visit: impl FnMut(&AmlName, &NamespaceLevel) -> Result<bool, AmlError>,
    ) -> Result<(), AmlError> {
        self.interpreter.borrow().namespace.lock().traverse(visit)
    }
}
