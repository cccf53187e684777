//! What the evaluations of an interpreter share: tables, names, values, notes.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;

use crate::convert::IntegerWidth;
use crate::embedded::EcPorts;
use crate::error::Fault;
use crate::heap::Heap;
use crate::interfaces;
use crate::interpreter::{Note, Notification, Settings};
use crate::name::{Path, Seg};
use crate::namespace::{Namespace, NodeId};
use crate::object::{Body, Method, Mutex, Object};
use crate::table::{Signature, Table};
use crate::value::Value;

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
    pub(crate) notes: Vec<Note>,
    pub(crate) skipped: usize,
    pub(crate) notifications: VecDeque<Notification>,
}

impl State {
    pub(crate) fn new(settings: Settings) -> Self {
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
