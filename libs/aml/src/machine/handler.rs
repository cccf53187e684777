//! The tables' own method that is asked after a fault.
//!
//! ACPICA's `acpiexec` evaluates `\_ERR`, which can let the method go on behind
//! the term that failed: its test suite provokes faults and counts them. The
//! term then has no value, and a term around it that needs one fails, too.

use alloc::rc::Rc;

use super::Machine;
use super::frame::{BlockKind, Frame, Operand, Term, Wanted};
use crate::decode::Start;
use crate::error::Fault;
use crate::opcode::Op;
use crate::value::{Place, Value};

/// Number of the thread that is told to the method: there is one only.
const THREAD: u64 = 1;

impl Machine<'_> {
    /// Asks the method. If the evaluation is to go on, it is behind the term or
    /// the name that failed.
    pub(super) fn goes_on_after(&mut self, fault: &Fault) -> Result<bool, Fault> {
        let executed = self.executing.take();
        if self.calls.last().is_none_or(|call| call.is_table) {
            return Ok(false);
        }
        if !self.is_forgiven(fault)? {
            return Ok(false);
        }
        match executed {
            Some(term) => self.pass_term(&term),
            None => self.pass_name(),
        }
    }

    fn is_forgiven(&mut self, fault: &Fault) -> Result<bool, Fault> {
        let node = self.state.settings.error_method.and_then(|path| self.state.names.find(path));
        let Some(node) = node.filter(|_| !self.is_handling && !fault.ends_all()) else {
            return Ok(false);
        };
        let (number, name) = fault.status();
        let arguments =
            [Value::Integer(number.into()), self.new_text(name)?, Value::Integer(THREAD)];
        self.is_handling = true;
        let answer = self.evaluate_nested(node, &arguments);
        self.is_handling = false;
        Ok(answer? == Some(Value::Integer(0)))
    }

    /// Goes on behind a term that failed when it was executed. A condition that
    /// fails lets the block behind it run once.
    fn pass_term(&mut self, term: &Term) -> Result<bool, Fault> {
        self.operands.truncate(term.base);
        match term.op {
            Op::If | Op::While => self.push_block(BlockKind::Branch, term.end),
            _ if term.end > 0 => self.position.at = term.end,
            _ => {}
        }
        if matches!(term.wanted, Wanted::Value | Wanted::Place) {
            self.operands.push(Operand::Nothing);
        }
        Ok(true)
    }

    /// Goes on behind a name that is not there, or whose value cannot be read.
    fn pass_name(&mut self) -> Result<bool, Fault> {
        let code = Rc::clone(&self.code);
        let mut reader = self.reader(&code, self.limit());
        let Ok(Start::Name) = reader.start() else { return Ok(false) };
        let path = reader.name()?;
        let node = self.state.names.find_in(self.position.scope, &path);
        self.position.at = reader.at;
        if let Some(Frame::Term(_)) = self.frames.last() {
            let node = node.map(|node| self.state.names.follow(node));
            self.operands
                .push(node.map_or(Operand::Nothing, |node| Operand::Place(Place::Node(node))));
        }
        Ok(true)
    }
}
