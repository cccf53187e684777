//! Operators on integers, and comparisons.

use core::cmp::Ordering;

use super::Machine;
use super::frame::Term;
use super::store::Keep;
use crate::convert;
use crate::error::Fault;
use crate::opcode::Op;
use crate::value::Value;

impl Machine<'_> {
    /// Two integers to one.
    pub(super) fn arithmetic(&mut self, term: &Term) -> Result<Value, Fault> {
        let left = self.integer_operand(term, 0)?;
        let right = self.integer_operand(term, 1)?;
        let number = match term.op {
            Op::Add => left.wrapping_add(right),
            Op::Subtract => left.wrapping_sub(right),
            Op::Multiply => left.wrapping_mul(right),
            Op::Mod => left.checked_rem(right).ok_or(Fault::DivideByZero)?,
            Op::ShiftLeft => self.shift(left, right, u64::checked_shl),
            Op::ShiftRight => self.shift(left, right, u64::checked_shr),
            Op::And => left & right,
            Op::NAnd => !(left & right),
            Op::Or => left | right,
            Op::NOr => !(left | right),
            _ => left ^ right,
        };
        self.finish(term, 2, number, Keep::Type)
    }

    /// A shift by all bits or more gives zero.
    fn shift(&self, number: u64, by: u64, shift: fn(u64, u32) -> Option<u64>) -> u64 {
        let bits = self.state.width.bits();
        let by = u32::try_from(by).ok().filter(|&by| by < bits);
        by.and_then(|by| shift(number, by)).unwrap_or_default()
    }

    /// Cuts a result to the width, writes it to its target and gives it.
    fn finish(
        &mut self,
        term: &Term,
        target: usize,
        number: u64,
        keep: Keep,
    ) -> Result<Value, Fault> {
        let value = Value::Integer(self.state.width.cut(number));
        self.store(value, self.place(term, target)?, keep)?;
        Ok(value)
    }

    /// `Divide`: the remainder is written first, then the quotient.
    pub(super) fn divide(&mut self, term: &Term) -> Result<Value, Fault> {
        let dividend = self.integer_operand(term, 0)?;
        let divisor = self.integer_operand(term, 1)?;
        let quotient = dividend.checked_div(divisor).ok_or(Fault::DivideByZero)?;
        let remainder = dividend.checked_rem(divisor).ok_or(Fault::DivideByZero)?;
        self.finish(term, 2, remainder, Keep::Type)?;
        self.finish(term, 3, quotient, Keep::Type)
    }

    /// One integer to one.
    pub(super) fn unary(&mut self, term: &Term) -> Result<Value, Fault> {
        let number = self.integer_operand(term, 0)?;
        let width = self.state.width;
        let (number, keep) = match term.op {
            Op::Not => (!number, Keep::Type),
            // Bits are counted from one; zero says that none is set.
            Op::FindSetLeftBit => {
                (u64::from(64_u32.saturating_sub(number.leading_zeros())), Keep::Type)
            }
            Op::FindSetRightBit => {
                let below = number.trailing_zeros();
                let found = if number == 0 { 0 } else { below.saturating_add(1) };
                (u64::from(found), Keep::Type)
            }
            Op::FromBcd => (convert::from_bcd(number, width).ok_or(Fault::BadBcd)?, Keep::Data),
            _ => (convert::to_bcd(number, width).ok_or(Fault::BadBcd)?, Keep::Data),
        };
        self.finish(term, 1, number, keep)
    }

    /// `Increment` and `Decrement`.
    pub(super) fn count(&mut self, term: &Term) -> Result<Value, Fault> {
        let place = self.place(term, 0)?;
        let value = self.read_place(place)?;
        let number = self.to_integer(value)?;
        let number = match term.op {
            Op::Increment => number.wrapping_add(1),
            _ => number.wrapping_sub(1),
        };
        self.finish(term, 0, number, Keep::Type)
    }

    /// `LAnd`, `LOr`, `LNot`.
    pub(super) fn logic(&mut self, term: &Term) -> Result<Value, Fault> {
        let left = self.integer_operand(term, 0)? != 0;
        let truth = match term.op {
            Op::LNot => !left,
            Op::LAnd => left & (self.integer_operand(term, 1)? != 0),
            _ => left | (self.integer_operand(term, 1)? != 0),
        };
        Ok(self.truth(truth))
    }

    /// `LEqual`, `LGreater`, `LLess`: the second operand is converted to the
    /// type of the first.
    pub(super) fn compare(&mut self, term: &Term) -> Result<Value, Fault> {
        let ordering = self.order(self.value(term, 0)?, self.value(term, 1)?)?;
        let wanted = match term.op {
            Op::LEqual => Ordering::Equal,
            Op::LGreater => Ordering::Greater,
            _ => Ordering::Less,
        };
        Ok(self.truth(ordering == wanted))
    }

    /// Compares two values: numbers by size, bytes from the first to the last.
    pub(super) fn order(&self, left: Value, right: Value) -> Result<Ordering, Fault> {
        match left {
            Value::Integer(left) => Ok(left.cmp(&self.to_integer(right)?)),
            Value::String(left) => {
                Ok(self.state.heap.bytes(left)?.cmp(self.to_text(right)?.as_slice()))
            }
            Value::Buffer(left) => {
                Ok(self.state.heap.bytes(left)?.cmp(self.to_bytes(right)?.as_slice()))
            }
            other => Err(Fault::Type {
                wanted: "an integer, string or buffer",
                found: other.type_name(),
            }),
        }
    }
}
