//! From bytes to operands: begins terms and fetches their arguments.

use alloc::rc::Rc;

use super::Machine;
use super::frame::{Frame, Operand, Term, Wanted};
use crate::decode::{Reader, Start};
use crate::error::Fault;
use crate::namespace::NodeId;
use crate::object::{Method, Object};
use crate::opcode::{Arg, Op};
use crate::value::{Place, Slot, Value};

impl Machine<'_> {
    /// Begins the next term of a block.
    pub(super) fn begin_statement(&mut self) -> Result<(), Fault> {
        let code = Rc::clone(&self.code);
        let mut reader = self.reader(&code, self.limit());
        match reader.start()? {
            Start::Name => {
                let start = reader.at;
                let path = reader.name()?;
                let node = self.state.names.resolve(self.position.scope, &path)?;
                self.position.at = reader.at;
                match self.method_of(node) {
                    Some(method) => self.push_call(node, &method, start, Wanted::Nothing),
                    None => Ok(()),
                }
            }
            // An `If` that was false has taken its `Else` already.
            Start::Op(Op::Else) => {
                self.position.at = reader.package_end()?;
                Ok(())
            }
            Start::Op(op) => match variable(op) {
                Some(_) => {
                    self.position.at = reader.at;
                    Ok(())
                }
                None => self.push_term(op, reader, Wanted::Nothing),
            },
        }
    }

    /// Fetches the next argument of the term on top, or executes it.
    pub(super) fn continue_term(&mut self) -> Result<(), Fault> {
        let at = self.position.at;
        let Some(Frame::Term(term)) = self.frames.last_mut() else {
            return Err(Fault::Internal("no term to go on with"));
        };
        self.running = term.start;
        let next = usize::from(term.next);
        let arg = match term.callee {
            Some((_, count)) => (term.next < count).then_some(Arg::Term),
            None => term.op.arguments().get(next).copied(),
        };
        let Some(arg) = arg else {
            return self.execute_top();
        };
        if arg != Arg::Elements || at >= term.end {
            term.next = term.next.saturating_add(1);
        }
        match arg {
            Arg::Elements if at >= term.end => Ok(()),
            Arg::Elements => self.fetch_element(),
            Arg::Term => self.fetch_value(),
            Arg::Super | Arg::Target | Arg::Maybe => self.fetch_place(arg),
            Arg::Bytes | Arg::Fields | Arg::Terms => Ok(()),
            Arg::Name | Arg::Byte | Arg::Word | Arg::DWord | Arg::QWord | Arg::Text => {
                self.fetch_plain(arg)
            }
        }
    }

    /// Fetches an argument that stands by itself in the bytes.
    fn fetch_plain(&mut self, arg: Arg) -> Result<(), Fault> {
        let code = Rc::clone(&self.code);
        let mut reader = self.reader(&code, self.limit());
        let operand = match arg {
            Arg::Name => {
                let at = reader.at;
                reader.name()?;
                Operand::Name(at)
            }
            Arg::Text => {
                let text = reader.text()?;
                Operand::Value(Value::String(self.state.heap.alloc_bytes(text.to_vec())?))
            }
            Arg::Byte => integer(&mut reader, 1)?,
            Arg::Word => integer(&mut reader, 2)?,
            Arg::DWord => integer(&mut reader, 4)?,
            _ => integer(&mut reader, 8)?,
        };
        self.position.at = reader.at;
        self.operands.push(operand);
        Ok(())
    }

    /// Fetches an element of a package: a name stays a name.
    fn fetch_element(&mut self) -> Result<(), Fault> {
        let code = Rc::clone(&self.code);
        let mut reader = self.reader(&code, self.limit());
        match reader.start()? {
            Start::Name => {}
            // The package says that it is longer than it is, which some firmware
            // does: a declaration is the next statement, no element.
            Start::Op(op) if op.is_declaration() => return self.end_package_here(),
            Start::Op(_) => return self.fetch_value(),
        }
        let offset = u32::try_from(reader.at).map_err(|_| Fault::Truncated)?;
        reader.name()?;
        self.position.at = reader.at;
        let (scope, table) = (self.position.scope, self.position.table);
        self.operands.push(Operand::Value(Value::Name { scope, table, offset }));
        Ok(())
    }

    /// Ends the package on top at the current position.
    fn end_package_here(&mut self) -> Result<(), Fault> {
        if let Some(Frame::Term(term)) = self.frames.last_mut() {
            term.end = self.position.at;
        }
        Ok(())
    }

    /// Fetches an argument that is a value: reads it at once, or begins the
    /// term that gives it.
    fn fetch_value(&mut self) -> Result<(), Fault> {
        let code = Rc::clone(&self.code);
        let mut reader = self.reader(&code, self.limit());
        let op = match reader.start()? {
            Start::Name => {
                let start = reader.at;
                let path = reader.name()?;
                let node = self.state.names.resolve(self.position.scope, &path)?;
                if let Some(method) = self.method_of(node) {
                    self.position.at = reader.at;
                    return self.push_call(node, &method, start, Wanted::Value);
                }
                let value = self.read_node(node)?;
                self.position.at = reader.at;
                self.operands.push(Operand::Value(value));
                return Ok(());
            }
            Start::Op(op) => op,
        };
        let value = match op {
            Op::Zero => Value::Integer(0),
            Op::One => Value::Integer(1),
            Op::Ones => Value::Integer(self.state.width.cut(u64::MAX)),
            Op::ByteConst => Value::Integer(reader.number(1)?),
            Op::WordConst => Value::Integer(reader.number(2)?),
            Op::DWordConst => Value::Integer(reader.number(4)?),
            Op::QWordConst => Value::Integer(self.state.width.cut(reader.number(8)?)),
            op => match variable(op) {
                Some(slot) => {
                    self.position.at = reader.at;
                    self.operands.push(Operand::Place(self.variable_place(slot)));
                    return Ok(());
                }
                None => return self.push_term(op, reader, Wanted::Value),
            },
        };
        self.position.at = reader.at;
        self.operands.push(Operand::Value(value));
        Ok(())
    }

    /// Fetches an argument that is a place.
    fn fetch_place(&mut self, arg: Arg) -> Result<(), Fault> {
        let code = Rc::clone(&self.code);
        let mut reader = self.reader(&code, self.limit());
        let operand = match reader.start()? {
            Start::Name => {
                let path = reader.name()?;
                match self.state.names.find_in(self.position.scope, &path) {
                    Some(node) => Operand::Place(Place::Node(self.state.names.follow(node))),
                    None if arg == Arg::Maybe => Operand::Missing,
                    None => {
                        return Err(Fault::NotFound(alloc::string::ToString::to_string(&path)));
                    }
                }
            }
            Start::Op(Op::Debug) => Operand::Place(Place::Debug),
            // A constant as target: what is written is dropped.
            Start::Op(Op::Zero | Op::One | Op::Ones) => Operand::Place(Place::Nothing),
            Start::Op(op) => match variable(op) {
                Some(slot) => Operand::Place(self.variable_place(slot)),
                None => return self.push_term(op, reader, Wanted::Place),
            },
        };
        self.position.at = reader.at;
        self.operands.push(operand);
        Ok(())
    }

    /// Puts a term on the stack, whose code the reader has just read.
    fn push_term(&mut self, op: Op, mut reader: Reader<'_>, wanted: Wanted) -> Result<(), Fault> {
        let start = self.position.at;
        let end = if op.has_package() { reader.package_end()? } else { 0 };
        self.position.at = reader.at;
        let base = self.operands.len();
        self.frames.push(Frame::Term(Term { op, start, end, next: 0, base, wanted, callee: None }));
        Ok(())
    }

    /// Puts a call on the stack, which collects its arguments like any term.
    fn push_call(
        &mut self,
        node: NodeId,
        method: &Method,
        start: usize,
        wanted: Wanted,
    ) -> Result<(), Fault> {
        let base = self.operands.len();
        let callee = Some((node, method.arguments));
        let op = Op::Call;
        self.frames.push(Frame::Term(Term { op, start, end: 0, next: 0, base, wanted, callee }));
        Ok(())
    }

    /// The method of a node, if it is one.
    pub(super) fn method_of(&self, node: NodeId) -> Option<Method> {
        match self.state.names.object(node) {
            Ok(Object::Method(method)) => Some(*method),
            _ => None,
        }
    }

    /// A variable of the running method.
    fn variable_place(&self, slot: Slot) -> Place {
        let call = self.calls.last().map_or(0, |call| call.serial);
        Place::Variable { call, slot }
    }
}

fn integer(reader: &mut Reader<'_>, bytes: usize) -> Result<Operand, Fault> {
    Ok(Operand::Value(Value::Integer(reader.number(bytes)?)))
}

/// The variable of an operator that is one.
fn variable(op: Op) -> Option<Slot> {
    Some(match op {
        Op::Local0 => Slot::Local(0),
        Op::Local1 => Slot::Local(1),
        Op::Local2 => Slot::Local(2),
        Op::Local3 => Slot::Local(3),
        Op::Local4 => Slot::Local(4),
        Op::Local5 => Slot::Local(5),
        Op::Local6 => Slot::Local(6),
        Op::Local7 => Slot::Local(7),
        Op::Arg0 => Slot::Arg(0),
        Op::Arg1 => Slot::Arg(1),
        Op::Arg2 => Slot::Arg(2),
        Op::Arg3 => Slot::Arg(3),
        Op::Arg4 => Slot::Arg(4),
        Op::Arg5 => Slot::Arg(5),
        Op::Arg6 => Slot::Arg(6),
        _ => return None,
    })
}
