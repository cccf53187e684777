//! Shows an evaluation step by step: each operation, its operands, its result.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::Machine;
use super::frame::{Operand, Term};
use crate::decode::Reader;
use crate::error::{At, Fault};
use crate::value::{Place, Slot, Value};

/// An operation that has been executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where its term begins.
    pub at: At,
    /// Number of methods that call each other here.
    pub depth: usize,
    /// Its name in ASL, or the path of the method that is called.
    pub operator: String,
    /// Its operands, as ASL writes them.
    pub operands: Vec<String>,
    /// Its value; nothing for what has none, or only later, as a call.
    pub result: Option<String>,
}

/// Takes steps; false ends the evaluation as cancelled.
pub type Observer<'a> = &'a mut dyn FnMut(&Step) -> bool;

impl Machine<'_> {
    /// Describes a term that is about to be executed, if it is watched.
    pub(super) fn begin_step(&self, term: &Term) -> Option<Step> {
        self.observer.as_ref()?;
        let operator = match term.callee {
            Some((node, _)) => self.state.names.path(node),
            None => term.op.name().to_string(),
        };
        let own = self.operands.get(term.base..).unwrap_or_default();
        let offset = u32::try_from(term.start).unwrap_or(u32::MAX);
        Some(Step {
            at: At { table: self.position.table, offset },
            depth: self.calls.len(),
            operator,
            operands: own.iter().map(|operand| self.show_operand(operand)).collect(),
            result: None,
        })
    }

    /// Hands a step to whoever watches.
    pub(super) fn end_step(
        &mut self,
        step: Option<Step>,
        value: Option<Value>,
    ) -> Result<(), Fault> {
        let Some(mut step) = step else { return Ok(()) };
        step.result = value.map(|value| self.show(value));
        match self.observer.as_mut().map(|observer| observer(&step)) {
            Some(false) => Err(Fault::Cancelled),
            _ => Ok(()),
        }
    }

    fn show(&self, value: Value) -> String {
        match value {
            Value::Reference(place) => alloc::format!("RefOf ({})", self.show_place(place)),
            value => {
                self.export(value).map_or_else(|fault| fault.to_string(), |data| data.to_string())
            }
        }
    }

    fn show_operand(&self, operand: &Operand) -> String {
        match operand {
            Operand::Value(value) => self.show(*value),
            Operand::Place(place) => self.show_place(*place),
            Operand::Missing | Operand::Nothing => "(nothing)".into(),
            Operand::Name(at) => Reader::new(&self.code, *at, self.code.len())
                .name()
                .map_or_else(|fault| fault.to_string(), |path| path.to_string()),
        }
    }

    /// A place's name; for a variable with what it holds.
    fn show_place(&self, place: Place) -> String {
        let Place::Variable { call, slot } = place else { return self.place_name(place) };
        let name = match slot {
            Slot::Local(number) => alloc::format!("Local{number}"),
            Slot::Arg(number) => alloc::format!("Arg{number}"),
        };
        match self.read_variable(call, slot) {
            Ok(Value::Reference(_)) | Err(_) => name,
            Ok(value) => alloc::format!("{name}={}", self.show(value)),
        }
    }
}
