//! References: how they are made, followed and asked for their type.

use super::Machine;
use super::frame::{Operand, Term};
use super::store::Keep;
use crate::error::Fault;
use crate::interpreter::Notification;
use crate::name::PathText;
use crate::object::{Kind, Object, kind_of};
use crate::value::{Place, Value};

/// References that may lead to references.
const REFERENCE_LIMIT: u8 = 32;

impl Machine<'_> {
    /// `RefOf`.
    pub(super) fn reference_of(&mut self, term: &Term) -> Result<Value, Fault> {
        match self.operand(term, 0)? {
            Operand::Place(place) => Ok(Value::Reference(place)),
            Operand::Value(Value::Object(node)) => Ok(Value::Reference(Place::Node(node))),
            Operand::Value(value) => {
                Err(Fault::Type { wanted: "something to refer to", found: value.type_name() })
            }
            _ => Err(Fault::Internal("a reference to nothing")),
        }
    }

    /// `CondRefOf`: false where nothing is there to refer to.
    pub(super) fn conditional_reference(&mut self, term: &Term) -> Result<Value, Fault> {
        let Operand::Place(place) = self.operand(term, 0)? else {
            return Ok(Value::Integer(0));
        };
        let target = self.place(term, 1)?;
        self.store(Value::Reference(place), target, Keep::Type)?;
        Ok(self.truth(true))
    }

    /// `DerefOf`: what a reference leads to, or what a string names.
    pub(super) fn dereference(&mut self, term: &Term) -> Result<Value, Fault> {
        match self.value(term, 0)? {
            Value::Reference(place) => self.read_place(place),
            Value::String(handle) => {
                let text = self.state.heap.bytes(handle)?;
                let text = core::str::from_utf8(text).map_err(|_| Fault::BadName)?;
                let path = PathText::parse(text).ok_or(Fault::BadName)?;
                let node = self.state.names.resolve(self.position.scope, &path.as_path())?;
                self.read_node(node)
            }
            value @ Value::Object(_) => Ok(value),
            other => Err(Fault::Type { wanted: "a reference", found: other.type_name() }),
        }
    }

    /// The value of an operand behind all references.
    pub(super) fn final_value(&mut self, term: &Term) -> Result<Value, Fault> {
        let mut value = match self.operand(term, 0)? {
            Operand::Place(place) => self.read_place(place)?,
            Operand::Value(value) => value,
            _ => return Err(Fault::Internal("a place that is none")),
        };
        for _ in 0..REFERENCE_LIMIT {
            match value {
                Value::Reference(place) => value = self.read_place(place)?,
                value => return Ok(value),
            }
        }
        Err(Fault::TooDeep)
    }

    /// `ObjectType`: the type behind all references.
    pub(super) fn object_type(&mut self, term: &Term) -> Result<Value, Fault> {
        let mut operand = self.operand(term, 0)?;
        for _ in 0..REFERENCE_LIMIT {
            let value = match operand {
                Operand::Value(value) => value,
                Operand::Place(place) => match self.type_of_place(place)? {
                    Ok(kind) => return Ok(Value::Integer(kind as u64)),
                    Err(value) => value,
                },
                _ => return Err(Fault::Internal("a place that is none")),
            };
            operand = match value {
                Value::Reference(place) => Operand::Place(place),
                Value::Object(node) => Operand::Place(Place::Node(node)),
                Value::Name { scope, table, offset } => {
                    Operand::Place(Place::Node(self.resolve_at(scope, table, offset)?))
                }
                value => return Ok(Value::Integer(kind_of(value) as u64)),
            };
        }
        Err(Fault::TooDeep)
    }

    /// The type of what is at a place, or the value there that leads on.
    fn type_of_place(&mut self, place: Place) -> Result<Result<Kind, Value>, Fault> {
        Ok(match place {
            Place::Debug => Ok(Kind::Debug),
            Place::Byte { .. } => Ok(Kind::BufferField),
            Place::Nothing => Ok(Kind::Uninitialized),
            Place::Node(node) => match self.state.names.object(node)? {
                Object::Data(value) => Err(*value),
                Object::Scope => Ok(Kind::Uninitialized),
                object => Ok(object.kind()),
            },
            Place::Variable { call, slot } => Err(*self.call_by_serial(call)?.variable(slot)?),
            Place::Element { package, index } => {
                let element = self.state.heap.package(package)?.get(index as usize).copied();
                Err(element.unwrap_or(Value::Uninitialized))
            }
        })
    }

    /// `Notify`: queued, for the caller of the evaluation to take.
    pub(super) fn notify(&mut self, term: &Term) -> Result<(), Fault> {
        let value = self.integer_operand(term, 1)?;
        let place = match self.operand(term, 0)? {
            Operand::Place(place) => place,
            Operand::Value(Value::Object(node)) => Place::Node(node),
            _ => Place::Nothing,
        };
        let node = match place {
            Place::Node(node) => Some(node),
            place => match self.read_place(place)? {
                Value::Object(node) => Some(node),
                _ => None,
            },
        };
        let node = node.filter(|&node| {
            let kind = self.state.names.kind(node);
            matches!(kind, Some(Kind::Device | Kind::Processor | Kind::ThermalZone))
        });
        let node = node.ok_or(Fault::Type {
            wanted: "a device, processor or thermal zone",
            found: "something else",
        })?;
        let device = self.state.names.path(node);
        self.state.queue(Notification { device, value });
        Ok(())
    }
}
