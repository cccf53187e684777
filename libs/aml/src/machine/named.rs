//! Operators that create named objects and open scopes.

use alloc::boxed::Box;
use alloc::rc::Rc;

use super::Machine;
use super::frame::{BlockKind, Operand, Term};
use crate::decode::Reader;
use crate::error::{At, Fault};
use crate::name::Path;
use crate::namespace::NodeId;
use crate::object::{Body, Kind, Method, Mutex, Object};
use crate::opcode::Op;
use crate::region::{BufferField, Region, Space};
use crate::value::Value;

impl Machine<'_> {
    /// Reads a name operand from the code and does something with it.
    pub(super) fn with_name<T>(
        &mut self,
        term: &Term,
        number: usize,
        work: impl FnOnce(&mut Self, &Path<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let Operand::Name(at) = self.operand(term, number)? else {
            return Err(Fault::Internal("an operand that is no name"));
        };
        let code = Rc::clone(&self.code);
        let path = Reader::new(&code, at, code.len()).name()?;
        work(self, &path)
    }

    /// The node that a name operand means.
    pub(super) fn named_node(&mut self, term: &Term, number: usize) -> Result<NodeId, Fault> {
        self.with_name(term, number, |machine, path| {
            machine.state.names.resolve(machine.position.scope, path)
        })
    }

    /// Creates an object under a name in the current scope.
    pub(super) fn create(&mut self, path: &Path<'_>, object: Object) -> Result<NodeId, Fault> {
        let used = self.state.names.used().saturating_add(self.state.heap.used());
        if used > self.memory_limit {
            return Err(Fault::OutOfMemory);
        }
        let node = self.state.names.create(self.position.scope, path, object)?;
        match self.calls.last_mut() {
            Some(call) if !call.is_table => call.created.push(node),
            // What AML has loaded it can unload.
            Some(call) if call.result.is_some() => {
                if let Some(table) = self.state.tables.get_mut(usize::from(self.position.table)) {
                    table.created.push(node);
                }
            }
            _ => {}
        }
        Ok(node)
    }

    /// `External`: how many arguments a method takes that another table may have.
    pub(super) fn external(&mut self, term: &Term) -> Result<(), Fault> {
        const METHOD: u64 = 8;
        let count = self.plain_operand(term, 2)?.to_le_bytes()[0] & 0x07;
        // Compilers write zero for a number that they do not know.
        if self.plain_operand(term, 1)? != METHOD || count == 0 {
            return Ok(());
        }
        self.with_name(term, 0, |machine, path| {
            let path = machine.state.names.absolute(machine.position.scope, path);
            machine.state.externals.insert(path, count);
            Ok(())
        })
    }

    /// Objects that open no scope.
    pub(super) fn create_named(&mut self, term: &Term) -> Result<(), Fault> {
        if term.op == Op::Alias {
            let target = self.named_node(term, 0)?;
            return self.with_name(term, 1, |machine, path| {
                machine.create(path, Object::Alias(target)).map(drop)
            });
        }
        let object = match term.op {
            Op::Name => Object::Data(self.value(term, 1)?),
            Op::Method => self.method(term)?,
            Op::Mutex => {
                let sync_level = self.plain_operand(term, 1)?.to_le_bytes()[0] & 0x0F;
                Object::Mutex(Mutex { sync_level, ..Mutex::default() })
            }
            Op::Event => Object::Event(0),
            _ => self.table_region(term)?,
        };
        self.with_name(term, 0, |machine, path| machine.create(path, object).map(drop))
    }

    /// `OperationRegion`. One that a method creates is announced by `_REG`.
    pub(super) fn open_region(&mut self, term: &Term) -> Result<(), Fault> {
        let object = Object::Region(Box::new(Region {
            space: Space(self.plain_operand(term, 1)?.to_le_bytes()[0]),
            offset: self.integer_operand(term, 2)?,
            length: self.integer_operand(term, 3)?,
            pci: None,
            table: None,
        }));
        let node = self.with_name(term, 0, |machine, path| machine.create(path, object))?;
        self.operands.truncate(term.base);
        if self.calls.last().is_some_and(|call| !call.is_table) {
            self.announce(&[node])?;
        }
        Ok(())
    }

    /// `Method`: its body is left for a call.
    fn method(&mut self, term: &Term) -> Result<Object, Fault> {
        let [flags, ..] = self.plain_operand(term, 1)?.to_le_bytes();
        let offset = u32::try_from(self.position.at).map_err(|_| Fault::Truncated)?;
        let end = u32::try_from(term.end).map_err(|_| Fault::Truncated)?;
        self.position.at = term.end;
        let at = At { table: self.position.table, offset };
        Ok(Object::Method(Method {
            body: Body::Aml { at, end },
            arguments: flags & 0x07,
            serialized: flags & 0x08 != 0,
            sync_level: flags >> 4,
        }))
    }

    /// `CreateField` and its short forms.
    pub(super) fn create_buffer_field(&mut self, term: &Term) -> Result<(), Fault> {
        let buffer = match self.value(term, 0)? {
            Value::Buffer(handle) | Value::String(handle) => handle,
            other => {
                return Err(Fault::Type { wanted: "a buffer", found: other.type_name() });
            }
        };
        let index = self.integer_operand(term, 1)?;
        let (bit, bits, name) = match term.op {
            Op::CreateBitField => (index, 1, 2),
            Op::CreateField => (index, self.integer_operand(term, 2)?, 3),
            Op::CreateByteField => (index.saturating_mul(8), 8, 2),
            Op::CreateWordField => (index.saturating_mul(8), 16, 2),
            Op::CreateDWordField => (index.saturating_mul(8), 32, 2),
            _ => (index.saturating_mul(8), 64, 2),
        };
        let end = bit.saturating_add(bits);
        let length = (self.state.heap.bytes(buffer)?.len() as u64).saturating_mul(8);
        let fault = Fault::Index { index: end, length, of: "the bits of a buffer" };
        if end > length || bits == 0 {
            return Err(fault);
        }
        let (Ok(bit), Ok(bits)) = (u32::try_from(bit), u32::try_from(bits)) else {
            return Err(fault);
        };
        let is_buffer = term.op == Op::CreateField;
        let object = Object::BufferField(BufferField { buffer, bit, bits, is_buffer });
        self.with_name(term, name, |machine, path| machine.create(path, object).map(drop))
    }

    /// `Scope`, `Device` and their like: the terms that follow run inside.
    pub(super) fn open_scope(&mut self, term: &Term) -> Result<(), Fault> {
        let node = match term.op {
            Op::Scope => self.scope_target(term)?,
            op => {
                let object = match op {
                    Op::Device => Object::Device,
                    Op::ThermalZone => Object::ThermalZone,
                    Op::Processor => {
                        let block = self.plain_operand(term, 2)?;
                        Object::Processor {
                            id: self.plain_operand(term, 1)?.to_le_bytes()[0],
                            block: u32::try_from(block).unwrap_or_default(),
                            length: self.plain_operand(term, 3)?.to_le_bytes()[0],
                        }
                    }
                    _ => {
                        let order = self.plain_operand(term, 2)?;
                        Object::PowerResource {
                            level: self.plain_operand(term, 1)?.to_le_bytes()[0],
                            order: u16::try_from(order).unwrap_or_default(),
                        }
                    }
                };
                self.with_name(term, 0, |machine, path| machine.create(path, object))?
            }
        };
        self.operands.truncate(term.base);
        let outer = self.position.scope;
        self.position.scope = node;
        self.push_block(BlockKind::Scope { outer }, term.end);
        Ok(())
    }

    /// The node that `Scope` opens: something that has a scope.
    fn scope_target(&mut self, term: &Term) -> Result<NodeId, Fault> {
        let node = self.named_node(term, 0)?;
        match self.state.names.kind(node) {
            Some(
                Kind::Scope
                | Kind::Device
                | Kind::Processor
                | Kind::PowerResource
                | Kind::ThermalZone
                | Kind::Method,
            ) => Ok(node),
            // Old firmware opens the scope of plain names; ACPICA lets it.
            Some(Kind::Integer | Kind::String | Kind::Buffer) => Ok(node),
            _ => Err(Fault::Type { wanted: "an object with a scope", found: "something else" }),
        }
    }
}
