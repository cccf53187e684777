//! Branches, loops, calls and returns.

use alloc::rc::Rc;
use alloc::vec::Vec;

use super::Machine;
use super::frame::{Block, BlockKind, Call, Frame, Operand, Position, Term, Wanted};
use super::store::Keep;
use crate::decode::Start;
use crate::error::Fault;
use crate::namespace::NodeId;
use crate::object::Body;
use crate::opcode::Op;
use crate::value::{Slot, Value};

impl Machine<'_> {
    /// Opens a block at the current position.
    pub(super) fn push_block(&mut self, kind: BlockKind, end: usize) {
        let at_table_level = self.calls.last().is_some_and(|call| call.is_table);
        let term = self.position.at;
        self.frames.push(Frame::Block(Block { kind, term, end, at_table_level }));
    }

    /// Leaves a block whose terms have all run.
    pub(super) fn end_block(&mut self) -> Result<(), Fault> {
        let Some(Frame::Block(block)) = self.frames.pop() else {
            return Err(Fault::Internal("no block to leave"));
        };
        match block.kind {
            BlockKind::Branch => Ok(()),
            BlockKind::Loop { start } => {
                self.position.at = start;
                Ok(())
            }
            BlockKind::Scope { outer } => {
                self.position.scope = outer;
                Ok(())
            }
            BlockKind::Call => self.end_call(None),
        }
    }

    /// `If`, and the `Else` behind it.
    pub(super) fn branch(&mut self, term: &Term) -> Result<(), Fault> {
        let truth = self.integer_operand(term, 0)? != 0;
        self.operands.truncate(term.base);
        if truth {
            self.push_block(BlockKind::Branch, term.end);
            return Ok(());
        }
        self.position.at = term.end;
        let code = Rc::clone(&self.code);
        let mut reader = self.reader(&code, self.limit());
        if !reader.is_at_end() && matches!(reader.start(), Ok(Start::Op(Op::Else))) {
            let end = reader.package_end()?;
            self.position.at = reader.at;
            self.push_block(BlockKind::Branch, end);
        }
        Ok(())
    }

    /// `While`.
    pub(super) fn repeat(&mut self, term: &Term) -> Result<(), Fault> {
        let truth = self.integer_operand(term, 0)? != 0;
        self.operands.truncate(term.base);
        if truth {
            self.push_block(BlockKind::Loop { start: term.start }, term.end);
        } else {
            self.position.at = term.end;
        }
        Ok(())
    }

    /// `Break` and `Continue`: out of the innermost loop of this call.
    pub(super) fn leave_loop(&mut self, term: &Term, again: bool) -> Result<(), Fault> {
        self.operands.truncate(term.base);
        let open = self.frames.iter().rposition(|frame| match frame {
            Frame::Block(block) => matches!(block.kind, BlockKind::Loop { .. } | BlockKind::Call),
            Frame::Term(_) => false,
        });
        let position = open.ok_or(Fault::NotInLoop)?;
        let Some(Frame::Block(Block { kind: BlockKind::Loop { start }, end, .. })) =
            self.frames.get(position).copied()
        else {
            return Err(Fault::NotInLoop);
        };
        self.unwind(position);
        self.position.at = if again { start } else { end };
        Ok(())
    }

    /// Executes a call whose arguments are there.
    pub(super) fn execute_call(&mut self, node: NodeId, term: &Term) -> Result<(), Fault> {
        let count = self.operands.len().saturating_sub(term.base);
        let arguments =
            (0..count).map(|number| self.value(term, number)).collect::<Result<Vec<_>, _>>()?;
        self.operands.truncate(term.base);
        self.begin_call(node, &arguments, term.wanted)
    }

    /// Begins a method. Arguments that it does not take are dropped.
    pub(super) fn begin_call(
        &mut self,
        node: NodeId,
        arguments: &[Value],
        wanted: Wanted,
    ) -> Result<(), Fault> {
        let method = self.method_of(node).ok_or(Fault::Stale)?;
        let Body::Aml { at, end } = method.body else {
            let value = self.answer_interface(arguments)?;
            return self.deliver(wanted, Some(value));
        };
        if self.calls.len() >= self.depth_limit {
            return Err(Fault::OutOfDepth);
        }
        let mut call = Call::new(self.new_serial(), node, wanted, self.position);
        for (number, argument) in (0..method.arguments).zip(arguments) {
            *call.variable(Slot::Arg(number))? = *argument;
        }
        if method.serialized {
            if self.sync_level > method.sync_level {
                return Err(Fault::MutexOrder("a method of a lower sync level than what is held"));
            }
            call.sync_level = Some(self.sync_level);
            self.sync_level = method.sync_level;
        }
        self.enter(call, Position { table: at.table, at: at.offset as usize, scope: node })?;
        self.push_block(BlockKind::Call, end as usize);
        Ok(())
    }

    /// Begins the code of a table, which runs in a scope like a method.
    pub(super) fn begin_table(
        &mut self,
        table: u16,
        scope: NodeId,
        wanted: Wanted,
        result: Option<Value>,
    ) -> Result<(), Fault> {
        if self.calls.len() >= self.depth_limit {
            return Err(Fault::OutOfDepth);
        }
        let mut call = Call::new(self.new_serial(), scope, wanted, self.position);
        call.is_table = true;
        call.result = result;
        self.enter(call, Position { table, at: crate::table::HEADER, scope })?;
        self.push_block(BlockKind::Call, self.code.len());
        Ok(())
    }

    fn new_serial(&mut self) -> u32 {
        self.next_serial = self.next_serial.wrapping_add(1);
        self.next_serial
    }

    fn enter(&mut self, call: Call, to: Position) -> Result<(), Fault> {
        let table = self.state.tables.get(usize::from(to.table)).ok_or(Fault::Stale)?;
        self.code = Rc::clone(&table.bytes);
        self.position = to;
        self.calls.push(call);
        Ok(())
    }

    /// `Return`: leaves all blocks of the call.
    pub(super) fn return_value(&mut self, term: &Term) -> Result<(), Fault> {
        let value = match self.operand(term, 0)? {
            Operand::Missing => None,
            _ => Some(self.value(term, 0)?),
        };
        self.operands.truncate(term.base);
        let bottom = self.frames.iter().rposition(
            |frame| matches!(frame, Frame::Block(block) if block.kind == BlockKind::Call),
        );
        let bottom = bottom.ok_or(Fault::Internal("a return from nothing"))?;
        self.unwind(bottom.saturating_add(1));
        self.frames.pop();
        self.end_call(value)
    }

    /// Ends the call on top, whose block is gone already, and delivers.
    fn end_call(&mut self, value: Option<Value>) -> Result<(), Fault> {
        let stores = self.calls.last_mut().map(|call| core::mem::take(&mut call.stores));
        let table = self.position.table;
        let is_loaded =
            self.calls.last().is_some_and(|call| call.is_table && call.result.is_some());
        let (wanted, result) = self.close_call()?;
        for (value, place) in stores.unwrap_or_default() {
            self.store(value, place, Keep::Type)?;
        }
        // What a loaded table's code returns is nobody's.
        self.deliver(wanted, result.or(value))?;
        if is_loaded {
            let table = self.state.tables.get(usize::from(table)).ok_or(Fault::Stale)?;
            let created = table.created.clone();
            self.announce(&created)?;
        }
        Ok(())
    }

    /// Takes the call on top away, with all names that its method has created.
    pub(super) fn close_call(&mut self) -> Result<(Wanted, Option<Value>), Fault> {
        let call = self.calls.pop().ok_or(Fault::Internal("no call to end"))?;
        for node in call.created.iter().rev() {
            self.state.names.remove(*node);
        }
        self.sync_level = call.sync_level.unwrap_or(self.sync_level);
        self.position = call.caller;
        if let Some(table) = self.state.tables.get(usize::from(self.position.table)) {
            self.code = Rc::clone(&table.bytes);
        }
        Ok((call.wanted, call.result))
    }

    /// `_OSI`.
    fn answer_interface(&mut self, arguments: &[Value]) -> Result<Value, Fault> {
        let name = match arguments.first() {
            Some(Value::String(handle)) => self.state.heap.bytes(*handle)?,
            other => {
                let found = other.map_or("nothing", |value| value.type_name());
                return Err(Fault::Type { wanted: "a string", found });
            }
        };
        let truth = (self.state.settings.has_interface)(name);
        Ok(self.truth(truth))
    }
}
