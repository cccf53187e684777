//! What happens after a fault.
//!
//! In a method it ends the whole evaluation. At table level it costs one term:
//! the fault is noted, the term skipped, and the table goes on.

use alloc::rc::Rc;

use super::Machine;
use super::frame::{BlockKind, Frame};
use crate::decode::Reader;
use crate::error::{At, Error, Fault};
use crate::name::Path;
use crate::namespace::NodeId;
use crate::skip;

impl Machine<'_> {
    /// Remembers where a fault happened; of nested evaluations, the innermost.
    pub(super) fn locate(&mut self, fault: &Fault) {
        if self.failure.as_ref().is_some_and(|failure| failure.fault == *fault) {
            return;
        }
        let table = self.position.table;
        let offset = u32::try_from(self.running).unwrap_or(u32::MAX);
        let method = self.calls.last().filter(|call| !call.is_table).map(|call| call.node);
        self.failure = Some(Error {
            fault: fault.clone(),
            at: Some(At { table, offset }),
            table: self.state.signature(table),
            path: self.state.names.path(method.unwrap_or(self.position.scope)),
        });
    }

    /// Makes the error of an evaluation that has failed.
    pub(crate) fn take_failure(&mut self, fault: Fault, node: NodeId) -> Error {
        self.failure.take().filter(|failure| failure.fault == fault).unwrap_or_else(|| Error {
            fault,
            at: None,
            table: self.state.signature(0),
            path: self.state.names.path(node),
        })
    }

    /// Goes on after a fault: with the next term of a table's code, or not at all.
    pub(super) fn recover(&mut self, fault: Fault, base: usize) -> Result<(), Fault> {
        let open = self
            .frames
            .iter()
            .rposition(|frame| matches!(frame, Frame::Block(block) if block.at_table_level));
        match open.filter(|&position| position >= base && !fault.ends_all()) {
            None => {
                self.unwind(base);
                Err(fault)
            }
            Some(position) => {
                self.unwind(position.saturating_add(1));
                if let Some(error) = self.failure.take() {
                    self.state.note(error);
                }
                self.skip_term();
                Ok(())
            }
        }
    }

    /// Takes frames off the stack, and with each what it had changed.
    pub(super) fn unwind(&mut self, to: usize) {
        while self.frames.len() > to {
            match self.frames.pop() {
                Some(Frame::Term(term)) => self.operands.truncate(term.base),
                Some(Frame::Block(block)) => match block.kind {
                    BlockKind::Branch | BlockKind::Loop { .. } => {}
                    BlockKind::Scope { outer } => self.position.scope = outer,
                    BlockKind::Call => {
                        let _closed = self.close_call();
                    }
                },
                None => break,
            }
        }
    }

    /// Skips the term that runs in the block on top. A name that is not there
    /// may have been a call: then as many arguments are skipped as it takes to
    /// come to something that can be a statement.
    fn skip_term(&mut self) {
        let Some(Frame::Block(block)) = self.frames.last().copied() else { return };
        // Operands of a term that was taken off the stack before it failed.
        let below = self.frames.iter().rev().find_map(|frame| match frame {
            Frame::Term(term) => Some(term.base),
            Frame::Block(_) => None,
        });
        self.operands.truncate(below.unwrap_or_default());
        let code = Rc::clone(&self.code);
        let reader = Reader::new(&code, block.term, block.end);
        let known = |path: &Path<'_>| self.state.known(self.position.scope, path);
        self.position.at = skip::guess_end(reader, &known).map_or(block.end, |(end, _)| end);
    }
}
