//! What the evaluator has on its stacks.
//!
//! A [`Frame`] is a block of terms or a term that collects its arguments; a
//! [`Call`] is a running method or table. They are small and on the heap, so
//! that nesting in AML never costs native stack.

use alloc::vec::Vec;

use crate::error::Fault;
use crate::namespace::NodeId;
use crate::opcode::Op;
use crate::value::{Place, Slot, Value};

/// An entry of the evaluator's stack.
#[derive(Clone, Copy, Debug)]
pub(super) enum Frame {
    Block(Block),
    Term(Term),
}

/// A list of terms that runs one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub(super) kind: BlockKind,
    /// Start of the term that runs.
    pub(super) term: usize,
    /// End of the list.
    pub(super) end: usize,
    /// It is code at table level, not in a method: a term that fails is skipped.
    pub(super) at_table_level: bool,
}

/// What a block is the body of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlockKind {
    /// A method or a table: the bottom of a call.
    Call,
    /// `If` or `Else`.
    Branch,
    /// `While`, which begins again at its own code.
    Loop { start: usize },
    /// `Scope`, `Device` and their like; the scope around it comes back.
    Scope { outer: NodeId },
}

/// A term that collects its arguments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    pub(super) op: Op,
    /// Offset of its first byte.
    pub(super) start: usize,
    /// End of its package, if it has one.
    pub(super) end: usize,
    /// Arguments that have been fetched.
    pub(super) next: u8,
    /// Number of operands below its own.
    pub(super) base: usize,
    pub(super) wanted: Wanted,
    /// The method of a call, and how many arguments it takes.
    pub(super) callee: Option<(NodeId, u8)>,
}

/// What becomes of a term's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// It is dropped.
    Nothing,
    /// It is an operand of the term below.
    Value,
    /// It is a place that the term below writes to or looks at.
    Place,
    /// The caller of the evaluation gets it.
    Host,
}

/// An argument that has been fetched.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operand {
    Value(Value),
    Place(Place),
    /// A name string, by its offset.
    Name(usize),
    /// A name that is not there, where that is allowed.
    Missing,
    /// The value of a term that has none.
    Nothing,
}

/// A method or table that runs.
#[derive(Debug)]
pub(super) struct Call {
    /// Number of this call: what references to its variables carry.
    pub(super) serial: u32,
    /// The method, or the scope that a table is loaded into.
    pub(super) node: NodeId,
    /// It is the code of a table.
    pub(super) is_table: bool,
    pub(super) wanted: Wanted,
    /// The result of a table's load.
    pub(super) result: Option<Value>,
    /// What is to be written, and where, when the code of a table has run.
    pub(super) stores: Vec<(Value, Place)>,
    /// Where its caller goes on.
    pub(super) caller: Position,
    /// The caller's sync level, if the method changed it.
    pub(super) sync_level: Option<u8>,
    /// Nodes that the method created: they go when it ends.
    pub(super) created: Vec<NodeId>,
    locals: [Value; 8],
    arguments: [Value; 7],
}

/// A position in a table, and the scope that names are searched from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position {
    pub(super) table: u16,
    pub(super) at: usize,
    pub(super) scope: NodeId,
}

impl Call {
    pub(super) fn new(serial: u32, node: NodeId, wanted: Wanted, caller: Position) -> Self {
        Self {
            serial,
            node,
            is_table: false,
            wanted,
            result: None,
            stores: Vec::new(),
            caller,
            sync_level: None,
            created: Vec::new(),
            locals: [Value::Uninitialized; 8],
            arguments: [Value::Uninitialized; 7],
        }
    }

    /// A local or an argument.
    pub(super) fn variable(&mut self, slot: Slot) -> Result<&mut Value, Fault> {
        match slot {
            Slot::Local(number) => self.locals.get_mut(usize::from(number)),
            Slot::Arg(number) => self.arguments.get_mut(usize::from(number)),
        }
        .ok_or(Fault::Internal("a variable that AML cannot name"))
    }

    /// The value of a local or an argument.
    pub(super) fn value(&self, slot: Slot) -> Option<Value> {
        match slot {
            Slot::Local(number) => self.locals.get(usize::from(number)).copied(),
            Slot::Arg(number) => self.arguments.get(usize::from(number)).copied(),
        }
    }

    /// Iterates over all values that the call holds.
    pub(super) fn values(&self) -> impl Iterator<Item = Value> {
        let stores = self.stores.iter();
        let stores = stores.flat_map(|(value, place)| [*value, Value::Reference(*place)]);
        self.locals.iter().chain(&self.arguments).copied().chain(self.result).chain(stores)
    }
}
