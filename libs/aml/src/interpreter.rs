//! The interpreter as its caller sees it, and the state that evaluations share.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::budget::Budget;
use crate::convert::IntegerWidth;
use crate::data::Data;
use crate::embedded::EcPorts;
use crate::error::{Error, Fault};
use crate::hardware::Hardware;
use crate::heap::Heap;
use crate::interfaces;
use crate::machine::{Machine, Observer};
use crate::name::{Path, PathText, Seg};
use crate::namespace::{Namespace, NodeId};
use crate::object::{Body, Method, Mutex, Object};
use crate::region::Space;
use crate::table::{Signature, Table};
use crate::value::Value;

/// What an interpreter is told once.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Interfaces that `_OSI` says yes to; by default those of Windows.
    pub interfaces: Option<&'static [&'static str]>,
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
            interfaces: None,
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

/// Notes that are kept, and notifications that wait. More is counted, not kept.
const NOTES_KEPT: usize = 256;
const NOTIFICATIONS_KEPT: usize = 256;

/// What evaluations share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) tables: Vec<Table>,
    pub(crate) names: Namespace,
    pub(crate) heap: Heap,
    pub(crate) width: IntegerWidth,
    pub(crate) settings: Settings,
    pub(crate) ec_ports: Option<EcPorts>,
    pub(crate) global_lock: NodeId,
    pub(crate) global_lock_depth: u32,
    /// Arguments of methods that tables declare to be elsewhere, by path.
    pub(crate) externals: BTreeMap<String, u8>,
    notes: Vec<Note>,
    skipped: usize,
    notifications: VecDeque<Notification>,
}

impl State {
    fn new(settings: Settings) -> Self {
        let mut state = Self {
            tables: Vec::new(),
            names: Namespace::new(),
            heap: Heap::new(),
            width: IntegerWidth::Bits64,
            settings,
            ec_ports: None,
            global_lock: Namespace::ROOT,
            global_lock_depth: 0,
            externals: BTreeMap::new(),
            notes: Vec::new(),
            skipped: 0,
            notifications: VecDeque::new(),
        };
        state.predefine();
        state
    }

    /// Creates the names that are there before any table (ACPI 6.5, 5.3.1 and 5.7).
    fn predefine(&mut self) {
        let osi = Object::Method(Method {
            body: Body::Osi,
            arguments: 1,
            serialized: false,
            sync_level: 0,
        });
        let os = self.heap.alloc_bytes(interfaces::OS_NAME.into());
        let os = os.map_or(Value::Uninitialized, Value::String);
        let names = [
            (*b"_GPE", Object::Scope),
            (*b"_PR_", Object::Scope),
            (*b"_SB_", Object::Device),
            (*b"_SI_", Object::Scope),
            (*b"_TZ_", Object::Scope),
            (*b"_REV", Object::Data(Value::Integer(interfaces::REVISION))),
            (*b"_OS_", Object::Data(os)),
            (*b"_OSI", osi),
            (*b"_GL_", Object::Mutex(Mutex::default())),
        ];
        for (seg, object) in names {
            let is_lock = matches!(object, Object::Mutex(_));
            if let Ok(node) = self.names.add(Namespace::ROOT, Seg(seg), object)
                && is_lock
            {
                self.global_lock = node;
            }
        }
    }

    /// Takes a table in, whose code then runs. The first one sets the width of integers.
    pub(crate) fn add_table(&mut self, table: Table) -> Result<u16, Fault> {
        let number = u16::try_from(self.tables.len()).map_err(|_| Fault::OutOfMemory)?;
        if table.signature == Signature(*b"DSDT") && table.revision < 2 {
            self.width = IntegerWidth::Bits32;
        }
        self.tables.push(table);
        Ok(number)
    }

    /// What a name is, as far as it is known: a method's number of arguments, or
    /// no method. A name that is not there may be declared to be elsewhere.
    pub(crate) fn known(&self, scope: NodeId, path: &Path<'_>) -> Option<Option<u8>> {
        if let Some(node) = self.names.find_in(scope, path) {
            return Some(match self.names.object(self.names.follow(node)) {
                Ok(Object::Method(method)) => Some(method.arguments),
                _ => None,
            });
        }
        let mut scope = Some(scope);
        while let Some(node) = scope {
            if let Some(&count) = self.externals.get(&self.names.absolute(node, path)) {
                return Some(Some(count));
            }
            scope = path.single().and_then(|_| self.names.parent(node));
        }
        None
    }

    /// Signature of a table by its number.
    pub(crate) fn signature(&self, table: u16) -> Signature {
        self.tables.get(usize::from(table)).map_or(Signature(*b"????"), |table| table.signature)
    }

    /// Keeps a note; a term that fails again and again is said once.
    pub(crate) fn note(&mut self, note: Note) {
        self.skipped = self.skipped.saturating_add(1);
        let known = self.notes.iter().any(|known| known.at == note.at && note.at.is_some());
        if !known && self.notes.len() < NOTES_KEPT {
            self.notes.push(note);
        }
    }

    /// Queues a notification; the oldest make room.
    pub(crate) fn queue(&mut self, notification: Notification) {
        if self.notifications.len() >= NOTIFICATIONS_KEPT {
            self.notifications.pop_front();
        }
        self.notifications.push_back(notification);
    }
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
