//! Which operator does what: executes a term that has all its arguments.

use super::Machine;
use super::frame::{Frame, Operand, Term, Wanted};
use crate::error::Fault;
use crate::interfaces;
use crate::opcode::Op;
use crate::value::{Place, Value};

impl Machine<'_> {
    /// Takes the term on top off the stack and executes it. Its operands stay
    /// until it is done, so that nothing of theirs is swept.
    pub(super) fn execute_top(&mut self) -> Result<(), Fault> {
        let Some(Frame::Term(term)) = self.frames.pop() else {
            return Err(Fault::Internal("no term to execute"));
        };
        self.executing = Some(term);
        self.execute(&term)?;
        self.executing = None;
        Ok(())
    }

    fn execute(&mut self, term: &Term) -> Result<(), Fault> {
        let step = self.begin_step(term);
        if let Some((node, _)) = term.callee {
            self.end_step(step, None)?;
            return self.execute_call(node, term);
        }
        let value = match term.op {
            Op::If
            | Op::While
            | Op::Break
            | Op::Continue
            | Op::Return
            | Op::Scope
            | Op::Device
            | Op::ThermalZone
            | Op::Processor
            | Op::PowerResource
            | Op::OperationRegion
            | Op::Load
            | Op::LoadTable => {
                self.end_step(step, None)?;
                return self.execute_flow(term);
            }
            _ => self.execute_plain(term)?,
        };
        self.end_step(step, value)?;
        self.operands.truncate(term.base);
        self.deliver(term.wanted, value)
    }

    /// Operators that change where the code goes on.
    fn execute_flow(&mut self, term: &Term) -> Result<(), Fault> {
        match term.op {
            Op::If => self.branch(term),
            Op::While => self.repeat(term),
            Op::Break => self.leave_loop(term, false),
            Op::Continue => self.leave_loop(term, true),
            Op::Return => self.return_value(term),
            Op::OperationRegion => self.open_region(term),
            Op::Load => self.load(term),
            Op::LoadTable => self.load_table(term),
            _ => self.open_scope(term),
        }
    }

    /// Operators that give a value, or nothing, and let the code go on.
    fn execute_plain(&mut self, term: &Term) -> Result<Option<Value>, Fault> {
        let done = |()| None;
        match term.op {
            Op::Zero => Ok(Some(Value::Integer(0))),
            Op::One => Ok(Some(Value::Integer(1))),
            Op::Ones => Ok(Some(Value::Integer(self.state.width.cut(u64::MAX)))),
            Op::Revision => Ok(Some(Value::Integer(interfaces::ACPICA_REVISION))),
            Op::ByteConst | Op::WordConst | Op::DWordConst | Op::QWordConst | Op::Text => {
                self.value(term, 0).map(Some)
            }
            Op::Timer => Ok(Some(Value::Integer(self.hardware.timer_100ns()))),
            Op::Noop | Op::BreakPoint => Ok(None),
            Op::External => self.external(term).map(done),
            Op::Stall | Op::Sleep => self.pause(term).map(done),
            Op::Fatal => self.fatal(term).map(done),

            Op::Add
            | Op::Subtract
            | Op::Multiply
            | Op::Mod
            | Op::ShiftLeft
            | Op::ShiftRight
            | Op::And
            | Op::NAnd
            | Op::Or
            | Op::NOr
            | Op::XOr => self.arithmetic(term).map(Some),
            Op::Divide => self.divide(term).map(Some),
            Op::Not | Op::FindSetLeftBit | Op::FindSetRightBit | Op::FromBcd | Op::ToBcd => {
                self.unary(term).map(Some)
            }
            Op::Increment | Op::Decrement => self.count(term).map(Some),
            Op::LAnd | Op::LOr | Op::LNot => self.logic(term).map(Some),
            Op::LEqual | Op::LGreater | Op::LLess => self.compare(term).map(Some),

            Op::Concatenate | Op::ConcatenateResTemplate => self.concatenate(term).map(Some),
            Op::Mid => self.mid(term).map(Some),
            Op::ToBuffer | Op::ToDecimalString | Op::ToHexString | Op::ToInteger | Op::ToString => {
                self.convert_explicitly(term).map(Some)
            }

            Op::Buffer => self.buffer(term).map(Some),
            Op::Package | Op::VarPackage => self.package(term).map(Some),
            Op::Index => self.index(term).map(Some),
            Op::Match => self.find_match(term).map(Some),
            Op::SizeOf => self.size_of(term).map(Some),
            Op::ObjectType => self.object_type(term).map(Some),
            Op::RefOf => self.reference_of(term).map(Some),
            Op::CondRefOf => self.conditional_reference(term).map(Some),
            Op::DerefOf => self.dereference(term).map(Some),
            Op::Store | Op::CopyObject => self.assign(term).map(Some),
            Op::Notify => self.notify(term).map(done),

            Op::Alias | Op::Name | Op::Method | Op::Mutex | Op::Event | Op::DataTableRegion => {
                self.create_named(term).map(done)
            }
            Op::CreateField
            | Op::CreateBitField
            | Op::CreateByteField
            | Op::CreateWordField
            | Op::CreateDWordField
            | Op::CreateQWordField => self.create_buffer_field(term).map(done),
            Op::Field | Op::IndexField | Op::BankField => self.create_fields(term).map(done),

            Op::Acquire => self.acquire(term).map(Some),
            Op::Release => self.release(term).map(done),
            Op::Signal | Op::Reset => self.signal(term).map(done),
            Op::Wait => self.wait(term).map(Some),
            Op::Unload => self.unload(term).map(done),
            op => Err(Fault::BadOpcode(op as u16)),
        }
    }

    /// Hands a term's result to where it is wanted.
    pub(super) fn deliver(&mut self, wanted: Wanted, value: Option<Value>) -> Result<(), Fault> {
        match (wanted, value) {
            (Wanted::Nothing, _) => {}
            // A package's element that is returned stands for what it holds.
            (Wanted::Host, Some(Value::Reference(place @ Place::Element { .. }))) => {
                self.result = Some(self.read_place(place)?);
            }
            (Wanted::Host, value) => self.result = value,
            // What returns nothing may be returned.
            (Wanted::Value, None) if self.top_is(Op::Return) => {
                self.operands.push(Operand::Missing)
            }
            // The term that wants it fails.
            (_, None) => self.operands.push(Operand::Nothing),
            (Wanted::Place, Some(Value::Reference(place))) => {
                self.operands.push(Operand::Place(place));
            }
            (Wanted::Place, Some(value)) => self.operands.push(Operand::Value(value)),
            (Wanted::Value, Some(value)) => {
                let value = match value {
                    // A reference to an element that `Index` has just made
                    // stands for the element, but where it is asked for itself.
                    Value::Reference(place @ Place::Element { .. }) if !self.takes_references() => {
                        self.read_place(place)?
                    }
                    value => value,
                };
                self.operands.push(Operand::Value(value));
            }
        }
        Ok(())
    }

    /// True if the term on top works with references themselves.
    fn takes_references(&self) -> bool {
        [Op::Store, Op::CopyObject, Op::DerefOf, Op::Return, Op::Call]
            .into_iter()
            .any(|op| self.top_is(op))
    }

    fn top_is(&self, op: Op) -> bool {
        matches!(self.frames.last(), Some(Frame::Term(term)) if term.op == op)
    }

    /// An operand of a term.
    pub(super) fn operand(&self, term: &Term, number: usize) -> Result<Operand, Fault> {
        let own = self.operands.get(term.base..).unwrap_or_default();
        own.get(number).copied().ok_or(Fault::Internal("a term without its operand"))
    }

    /// An operand that is a value. A variable is read only now: terms to the
    /// right of it may have written it, as ACPICA does it.
    pub(super) fn value(&self, term: &Term, number: usize) -> Result<Value, Fault> {
        match self.operand(term, number)? {
            Operand::Value(value) => Ok(value),
            Operand::Place(Place::Variable { call, slot }) => self.read_variable(call, slot),
            Operand::Nothing => Err(Fault::NoValue),
            Operand::Place(Place::Node(_)) => Err(Fault::Uninitialized("a name")),
            _ => Err(Fault::Internal("an operand that is no value")),
        }
    }

    /// An operand that is converted to an integer.
    pub(super) fn integer_operand(&self, term: &Term, number: usize) -> Result<u64, Fault> {
        self.to_integer(self.value(term, number)?)
    }

    /// A small number that stands in the code.
    pub(super) fn plain_operand(&self, term: &Term, number: usize) -> Result<u64, Fault> {
        match self.value(term, number)? {
            Value::Integer(number) => Ok(number),
            _ => Err(Fault::Internal("an operand that is no number")),
        }
    }

    /// An operand that is a place. A value that is none is written nowhere.
    pub(super) fn place(&self, term: &Term, number: usize) -> Result<Place, Fault> {
        match self.operand(term, number)? {
            Operand::Place(place) => Ok(place),
            Operand::Value(Value::Object(node)) => Ok(Place::Node(node)),
            Operand::Nothing => Err(Fault::NoValue),
            _ => Ok(Place::Nothing),
        }
    }
}
