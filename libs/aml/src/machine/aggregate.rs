//! Buffers and packages: how they are made, indexed and searched.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::Machine;
use super::frame::{Operand, Term};
use super::store::Keep;
use crate::error::Fault;
use crate::object::Kind;
use crate::value::{Place, Value};

impl Machine<'_> {
    /// `Buffer`: as long as it says, or as its bytes if there are more.
    pub(super) fn buffer(&mut self, term: &Term) -> Result<Value, Fault> {
        let size = usize::try_from(self.integer_operand(term, 0)?).unwrap_or(usize::MAX);
        let code = Rc::clone(&self.code);
        let initial = self.reader(&code, term.end).rest();
        self.position.at = term.end;
        let size = size.max(initial.len());
        self.state.heap.check(size)?;
        let mut bytes = initial.to_vec();
        bytes.resize(size, 0);
        self.new_buffer(bytes)
    }

    /// `Package`: as many elements as it says.
    pub(super) fn package(&mut self, term: &Term) -> Result<Value, Fault> {
        let count = usize::try_from(self.integer_operand(term, 0)?).unwrap_or(usize::MAX);
        self.position.at = term.end;
        self.state.heap.check(count.saturating_mul(size_of::<Value>()))?;
        let first = term.base.saturating_add(1);
        let given = self.operands.len().saturating_sub(first);
        let mut elements = (0..given)
            .map(|number| self.value(term, number.saturating_add(1)))
            .collect::<Result<Vec<Value>, _>>()?;
        self.pay_for_bytes(count.saturating_mul(size_of::<Value>()))?;
        elements.resize(count, Value::Uninitialized);
        self.state.heap.alloc_package(elements).map(Value::Package)
    }

    /// `Index`: a reference to an element or byte.
    pub(super) fn index(&mut self, term: &Term) -> Result<Value, Fault> {
        let source = self.value(term, 0)?;
        let index = self.integer_operand(term, 1)?;
        let length = match source {
            Value::Package(handle) => self.state.heap.package(handle)?.len(),
            Value::String(handle) | Value::Buffer(handle) => self.state.heap.bytes(handle)?.len(),
            other => {
                let wanted = "a package, buffer or string";
                return Err(Fault::Type { wanted, found: other.type_name() });
            }
        };
        let of = match source {
            Value::Package(_) => "a package",
            Value::String(_) => "a string",
            _ => "a buffer",
        };
        let fault = Fault::Index { index, length: length as u64, of };
        let index = u32::try_from(index).ok().filter(|&index| (index as usize) < length);
        let index = index.ok_or(fault)?;
        let reference = Value::Reference(match source {
            Value::Package(package) => Place::Element { package, index },
            Value::String(object) | Value::Buffer(object) => Place::Byte { object, index },
            _ => Place::Nothing,
        });
        self.store(reference, self.place(term, 2)?, Keep::Type)?;
        Ok(reference)
    }

    /// `Match`: the index of the first element that both comparisons hold for,
    /// ones if there is none.
    pub(super) fn find_match(&mut self, term: &Term) -> Result<Value, Fault> {
        let Value::Package(package) = self.value(term, 0)? else {
            let found = self.value(term, 0)?.type_name();
            return Err(Fault::Type { wanted: "a package", found });
        };
        let tests = [
            (self.plain_operand(term, 1)?, self.value(term, 2)?),
            (self.plain_operand(term, 3)?, self.value(term, 4)?),
        ];
        let start = usize::try_from(self.integer_operand(term, 5)?).unwrap_or(usize::MAX);
        let elements = self.state.heap.package(package)?.to_vec();
        self.pay_for_bytes(elements.len().saturating_mul(size_of::<Value>()))?;
        if start >= elements.len() {
            let (index, length) = (start as u64, elements.len() as u64);
            return Err(Fault::Index { index, length, of: "a package" });
        }
        for (position, element) in elements.iter().enumerate().skip(start) {
            let Ok(element) = self.read_element(*element) else { continue };
            let mut fits = true;
            for (relation, wanted) in tests {
                fits &= self.relation_holds(relation, element, wanted)?;
            }
            if fits {
                return Ok(Value::Integer(position as u64));
            }
        }
        Ok(Value::Integer(self.state.width.cut(u64::MAX)))
    }

    /// The comparisons of `Match`. The element is converted to the type of what
    /// it is compared with; what cannot be converted does not match.
    fn relation_holds(&self, relation: u64, element: Value, wanted: Value) -> Result<bool, Fault> {
        if !matches!(element, Value::Integer(_) | Value::String(_) | Value::Buffer(_)) {
            return Ok(false);
        }
        let Ok(wanted_first) = self.order(wanted, element) else { return Ok(relation == 0) };
        let ordering = wanted_first.reverse();
        match relation {
            0 => Ok(true),
            1 => Ok(ordering == Ordering::Equal),
            2 => Ok(ordering != Ordering::Greater),
            3 => Ok(ordering == Ordering::Less),
            4 => Ok(ordering != Ordering::Less),
            5 => Ok(ordering == Ordering::Greater),
            _ => Err(Fault::Type { wanted: "a comparison of Match", found: "another number" }),
        }
    }

    /// `SizeOf`.
    pub(super) fn size_of(&mut self, term: &Term) -> Result<Value, Fault> {
        if let Operand::Place(Place::Node(node)) = self.operand(term, 0)?
            && let Some(Kind::FieldUnit | Kind::BufferField) = self.state.names.kind(node)
        {
            return Err(Fault::Type { wanted: "a package, buffer or string", found: "a field" });
        }
        let size = match self.final_value(term)? {
            Value::Integer(_) => self.state.width.bytes(),
            Value::String(handle) | Value::Buffer(handle) => self.state.heap.bytes(handle)?.len(),
            Value::Package(handle) => self.state.heap.package(handle)?.len(),
            other => {
                let wanted = "a package, buffer or string";
                return Err(Fault::Type { wanted, found: other.type_name() });
            }
        };
        Ok(Value::Integer(size as u64))
    }
}
