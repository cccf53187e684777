//! The evaluator: runs AML on stacks of its own.
//!
//! Code is run as it is decoded. A step looks at the top of the stack of
//! [`Frame`]s: a block begins its next term, a term fetches its next argument
//! or, when it has all, is executed and hands its result to the frame below.
//! So AML that nests deeply takes heap, which the budget limits, and a step can
//! be watched, counted and be the last one.
//!
//! | file | what it has |
//! | --- | --- |
//! | `frame` | the entries of the stacks |
//! | `fetch` | terms and their arguments, from bytes to operands |
//! | `execute` | which operator does what |
//! | `control` | branches, loops, calls and returns |
//! | `recover`, `handler` | what happens after a fault |
//! | `values`, `store` | reading places, conversions, copies; writing places |
//! | `exchange` | values that leave the interpreter and come in |
//! | `integer`, `text`, `aggregate`, `reference` | operators by what they work on |
//! | `named`, `fields`, `announce` | operators that create named objects; `_REG` of new regions |
//! | `region`, `bus`, `pci` | fields to accesses; accesses to hardware; PCI addresses |
//! | `sync`, `load` | mutexes and events; tables at run time |
//! | `trace` | what an evaluation does, step by step |

mod aggregate;
mod announce;
mod bus;
mod control;
mod exchange;
mod execute;
mod fetch;
mod fields;
mod frame;
mod handler;
mod integer;
mod load;
mod named;
mod pci;
mod recover;
mod reference;
mod region;
mod store;
mod sync;
mod text;
mod trace;
mod values;

pub use trace::{Observer, Step};

use alloc::rc::Rc;
use alloc::vec::Vec;

use frame::{Call, Frame, Operand, Position, Term, Wanted};

use crate::budget::{Budget, Meter};
use crate::decode::Reader;
use crate::error::{Error, Fault};
use crate::hardware::Hardware;
use crate::namespace::{Namespace, NodeId};
use crate::state::State;
use crate::value::Value;

/// Evaluations inside an evaluation: `_ADR` for the address of a region, say.
/// The only recursion there is.
const NESTING_LIMIT: u8 = 4;

/// Frames that may be open. Deeper code than this is no code.
const FRAME_LIMIT: usize = 1 << 16;

/// One evaluation, or the load of a table.
pub(crate) struct Machine<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) hardware: &'a mut dyn Hardware,
    /// Is shown each step.
    observer: Option<Observer<'a>>,
    meter: Meter,
    depth_limit: usize,
    memory_limit: usize,
    /// Bytes of the table that runs.
    code: Rc<[u8]>,
    position: Position,
    frames: Vec<Frame>,
    operands: Vec<Operand>,
    calls: Vec<Call>,
    next_serial: u32,
    sync_level: u8,
    /// Mutexes that this evaluation has acquired.
    held: Vec<NodeId>,
    nesting: u8,
    /// Start of the term that runs: where a fault is.
    running: usize,
    /// The term that is being executed: it is on no stack.
    executing: Option<Term>,
    /// The method that is asked after faults runs.
    is_handling: bool,
    result: Option<Value>,
    /// The last fault, with its place.
    failure: Option<Error>,
}

impl<'a> Machine<'a> {
    pub(crate) fn new(
        state: &'a mut State,
        hardware: &'a mut dyn Hardware,
        budget: &Budget,
        observer: Option<Observer<'a>>,
    ) -> Self {
        state.heap.set_limit(budget.memory_bytes);
        Self {
            state,
            hardware,
            observer,
            meter: Meter::new(budget),
            depth_limit: budget.depth,
            memory_limit: budget.memory_bytes,
            code: Rc::from([]),
            position: Position { table: 0, at: 0, scope: Namespace::ROOT },
            frames: Vec::new(),
            operands: Vec::new(),
            calls: Vec::new(),
            next_serial: 0,
            sync_level: 0,
            held: Vec::new(),
            nesting: 0,
            running: 0,
            executing: None,
            is_handling: false,
            result: None,
            failure: None,
        }
    }

    /// Steps of the budget that are left.
    pub(crate) fn steps_left(&self) -> u64 {
        self.meter.left()
    }

    /// Evaluates a named object: calls a method, reads anything else.
    pub(crate) fn evaluate(
        &mut self,
        node: NodeId,
        arguments: &[Value],
    ) -> Result<Option<Value>, Error> {
        let outcome = self.evaluate_nested(node, arguments);
        self.release_all();
        outcome.map_err(|fault| self.take_failure(fault, node))
    }

    /// Loads a table of the state: runs its code in a scope.
    pub(crate) fn run_table(&mut self, table: u16, scope: NodeId) -> Result<(), Error> {
        let outcome =
            self.begin_table(table, scope, Wanted::Host, None).and_then(|()| self.run(0).map(drop));
        self.release_all();
        outcome.map_err(|fault| self.take_failure(fault, scope))
    }

    /// Evaluates a named object on top of what runs already.
    fn evaluate_nested(
        &mut self,
        node: NodeId,
        arguments: &[Value],
    ) -> Result<Option<Value>, Fault> {
        if self.nesting >= NESTING_LIMIT {
            return Err(Fault::TooDeep);
        }
        self.nesting = self.nesting.saturating_add(1);
        let base = self.frames.len();
        let (running, executing) = (self.running, self.executing.take());
        let outcome = match self.method_of(node) {
            Some(_) => self.begin_call(node, arguments, Wanted::Host).and_then(|()| self.run(base)),
            None => self.read_node(node).map(Some),
        };
        (self.running, self.executing) = (running, executing);
        self.nesting = self.nesting.saturating_sub(1);
        outcome
    }

    /// Runs until no more frames than `base` are left.
    fn run(&mut self, base: usize) -> Result<Option<Value>, Fault> {
        while self.frames.len() > base {
            if let Err(fault) = self.step() {
                if self.goes_on_after(&fault)? {
                    continue;
                }
                self.locate(&fault);
                self.recover(fault, base)?;
            }
        }
        Ok(self.result.take())
    }

    fn step(&mut self) -> Result<(), Fault> {
        if self.meter.pay(1)? && self.hardware.cancelled() {
            return Err(Fault::Cancelled);
        }
        if self.nesting <= 1 && self.state.heap.is_due() {
            self.sweep();
        }
        if self.frames.len() > FRAME_LIMIT {
            return Err(Fault::OutOfDepth);
        }
        match self.frames.last_mut() {
            None => Ok(()),
            Some(Frame::Block(block)) if self.position.at >= block.end => self.end_block(),
            Some(Frame::Block(block)) => {
                block.term = self.position.at;
                self.running = self.position.at;
                self.begin_statement()
            }
            Some(Frame::Term(_)) => self.continue_term(),
        }
    }

    /// Pays for work that grows with its operands.
    fn pay_for_bytes(&mut self, bytes: usize) -> Result<(), Fault> {
        const BYTES_A_STEP: usize = 64;
        let steps = bytes.checked_div(BYTES_A_STEP).unwrap_or_default();
        self.meter.pay(u64::try_from(steps).unwrap_or(u64::MAX)).map(drop)
    }

    /// Frees values that nothing refers to. Between two steps all that live are
    /// in the namespace, among the operands or in variables.
    fn sweep(&mut self) {
        let named = self.state.names.objects().filter_map(crate::object::Object::root);
        let operands = self.operands.iter().filter_map(|operand| match operand {
            Operand::Value(value) => Some(*value),
            Operand::Place(place) => Some(Value::Reference(*place)),
            Operand::Name(_) | Operand::Missing | Operand::Nothing => None,
        });
        let calls = self.calls.iter().flat_map(Call::values);
        self.state.heap.sweep(named.chain(operands).chain(calls).chain(self.result));
    }

    /// A reader at the current position, up to an end.
    fn reader<'c>(&self, code: &'c [u8], end: usize) -> Reader<'c> {
        Reader::new(code, self.position.at, end)
    }

    /// End of the innermost block or package: nothing is read beyond it.
    fn limit(&self) -> usize {
        self.frames
            .iter()
            .rev()
            .find_map(|frame| match frame {
                Frame::Block(block) => Some(block.end),
                Frame::Term(term) => (term.end > 0).then_some(term.end),
            })
            .unwrap_or_default()
    }
}
