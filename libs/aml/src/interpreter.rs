//! The interpreter as its caller sees it.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::budget::Budget;
use crate::data::Data;
use crate::embedded::EcPorts;
use crate::error::{Error, Fault};
use crate::hardware::Hardware;
use crate::machine::{Machine, Observer};
use crate::name::PathText;
use crate::namespace::{Namespace, NodeId};
use crate::region::Space;
use crate::state::State;
use crate::table::Table;
use crate::value::Value;

/// What an interpreter is told once.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Tells which interfaces `_OSI` says yes to; by default
    /// [`is_windows_interface`](crate::is_windows_interface).
    pub has_interface: fn(&[u8]) -> bool,
    /// Spaces whose `_REG` is called: those that the hardware has drivers for,
    /// memory and ports not among them.
    pub spaces: &'static [Space],
    /// A method of the tables, such as `\_ERR`, that is asked after each fault:
    /// it gets ACPICA's number and name for it, and a thread's number. If it
    /// gives zero, the term that failed has no value and the method goes on, as
    /// `acpiexec` has it for ACPICA's own tests. By default nothing is asked.
    pub error_method: Option<&'static str>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            has_interface: crate::interfaces::is_windows_interface,
            spaces: &[Space::PCI_CONFIG, Space::EMBEDDED_CONTROL, Space::CMOS],
            error_method: None,
        }
    }
}

/// An error at table level: the term was skipped, the table goes on.
pub type Note = Error;

/// A `Notify` that AML has sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Path of the device, processor or thermal zone.
    pub device: String,
    /// What happened (ACPI 6.5, 5.6.6).
    pub value: u64,
}

/// What the load of a table came to.
#[derive(Clone, Copy, Debug)]
pub struct Loaded {
    /// Steps of the budget that it took.
    pub steps: u64,
    /// Terms that were skipped: [`Interpreter::notes`] has the first of them.
    pub skipped: usize,
}

/// An AML interpreter: tables, their namespace, and its evaluation.
#[derive(Debug)]
pub struct Interpreter {
    pub(crate) state: State,
}

impl Interpreter {
    /// Makes an interpreter that has loaded nothing yet.
    pub fn new(settings: Settings) -> Self {
        Self { state: State::new(settings) }
    }

    /// Loads a definition block: the DSDT first, then the SSDTs in their order.
    ///
    /// Terms that fail are skipped and noted. An error means that the block is
    /// none, or that the budget was used up; what was created until then stays.
    pub fn load(
        &mut self,
        table: &[u8],
        hardware: &mut dyn Hardware,
        budget: &Budget,
    ) -> Result<Loaded, Error> {
        let skipped_before = self.state.skipped;
        let number = Table::new(table)
            .and_then(|table| self.state.add_table(table))
            .map_err(|fault| self.error(fault, "\\"))?;
        let mut machine = Machine::new(&mut self.state, hardware, budget, None);
        machine.run_table(number, Namespace::ROOT)?;
        let steps = budget.steps.saturating_sub(machine.steps_left());
        Ok(Loaded { steps, skipped: self.state.skipped.saturating_sub(skipped_before) })
    }

    /// Evaluates what has a path: calls a method with arguments, reads anything
    /// else. A method may give nothing.
    pub fn evaluate(
        &mut self,
        path: &str,
        arguments: &[Data],
        hardware: &mut dyn Hardware,
        budget: &Budget,
    ) -> Result<Option<Data>, Error> {
        let parsed = PathText::parse(path).ok_or(Fault::BadName);
        let node = parsed
            .and_then(|parsed| self.state.names.resolve(Namespace::ROOT, &parsed.as_path()))
            .map_err(|fault| self.error(fault, path))?;
        self.evaluate_node(node, arguments, hardware, budget)
    }

    /// Evaluates a node and shows each operation with its values, until the
    /// observer has seen enough.
    pub fn step_through(
        &mut self,
        node: NodeId,
        arguments: &[Data],
        hardware: &mut dyn Hardware,
        budget: &Budget,
        observer: Observer<'_>,
    ) -> Result<Option<Data>, Error> {
        self.run(node, arguments, hardware, budget, Some(observer))
    }

    /// Evaluates a node of the namespace.
    pub fn evaluate_node(
        &mut self,
        node: NodeId,
        arguments: &[Data],
        hardware: &mut dyn Hardware,
        budget: &Budget,
    ) -> Result<Option<Data>, Error> {
        self.run(node, arguments, hardware, budget, None)
    }

    fn run<'r>(
        &'r mut self,
        node: NodeId,
        arguments: &[Data],
        hardware: &'r mut dyn Hardware,
        budget: &Budget,
        observer: Option<Observer<'r>>,
    ) -> Result<Option<Data>, Error> {
        let node = self.state.names.follow(node);
        let mut machine = Machine::new(&mut self.state, hardware, budget, observer);
        let imported: Result<Vec<Value>, Fault> =
            arguments.iter().map(|argument| machine.import(argument)).collect();
        let outcome = match imported {
            Ok(arguments) => machine.evaluate(node, &arguments),
            Err(fault) => Err(machine.take_failure(fault, node)),
        };
        let exported = outcome?.map(|value| machine.export(value)).transpose();
        exported.map_err(|fault| machine.take_failure(fault, node))
    }

    /// The namespace.
    pub fn names(&self) -> &Namespace {
        &self.state.names
    }

    /// Terms of tables that failed and were skipped; the first of them, each once.
    pub fn notes(&self) -> &[Note] {
        &self.state.notes
    }

    /// Takes the oldest notification that AML has sent.
    pub fn take_notification(&mut self) -> Option<Notification> {
        self.state.notifications.pop_front()
    }

    /// Says where the embedded controller is, if it is known from elsewhere.
    pub fn set_ec_ports(&mut self, ports: EcPorts) {
        self.state.ec_ports = Some(ports);
    }

    /// Bytes that tables, names and values take, roughly.
    pub fn memory_bytes(&self) -> usize {
        let tables = self.state.tables.iter().map(|table| table.bytes.len());
        tables
            .fold(0_usize, usize::saturating_add)
            .saturating_add(self.state.names.used())
            .saturating_add(self.state.heap.used())
    }

    fn error(&self, fault: Fault, path: &str) -> Error {
        Error { fault, at: None, table: self.state.signature(0), path: path.to_string() }
    }
}
