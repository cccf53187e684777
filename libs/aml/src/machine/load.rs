//! Tables at run time: `Load`, `LoadTable`, `DataTableRegion`.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::Machine;
use super::frame::{Operand, Term};
use crate::error::Fault;
use crate::hardware::Width;
use crate::name::PathText;
use crate::namespace::{Namespace, NodeId};
use crate::object::Object;
use crate::region::{Region, Space};
use crate::table::{HEADER, Table};
use crate::value::{Place, Value};

impl Machine<'_> {
    /// `Load`: a table from a region, field or buffer.
    pub(super) fn load(&mut self, term: &Term) -> Result<(), Fault> {
        let bytes = match self.operand(term, 0)? {
            Operand::Place(Place::Node(node)) => match self.state.names.object(node)? {
                Object::Region(_) => self.region_bytes(node)?,
                _ => {
                    let value = self.read_node(node)?;
                    self.table_buffer(value)?
                }
            },
            Operand::Place(place) => {
                let value = self.read_place(place)?;
                self.table_buffer(value)?
            }
            Operand::Value(value) => self.table_buffer(value)?,
            _ => return Err(Fault::Internal("a table from nowhere")),
        };
        let target = self.place(term, 1)?;
        let number = self.add_table(&bytes)?;
        self.operands.truncate(term.base);
        let loaded = self.truth(true);
        self.begin_table(number, Namespace::ROOT, term.wanted, Some(loaded))?;
        // The target is written when the code of the table has run.
        if let Some(call) = self.calls.last_mut() {
            call.stores.push((Value::Table(u32::from(number)), target));
        }
        Ok(())
    }

    fn table_buffer(&self, value: Value) -> Result<Vec<u8>, Fault> {
        match value {
            Value::Buffer(handle) => Ok(self.state.heap.bytes(handle)?.to_vec()),
            other => Err(Fault::Type { wanted: "a table", found: other.type_name() }),
        }
    }

    /// Reads the table in a region, as long as its header says.
    fn region_bytes(&mut self, node: NodeId) -> Result<Vec<u8>, Fault> {
        const LENGTH_OFFSET: u64 = 4;
        let target = self.target(node)?;
        let length = self.read_target(&target, LENGTH_OFFSET, Width::DWord)?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        self.state.heap.check(length)?;
        self.pay_for_bytes(length.saturating_mul(8))?;
        let mut bytes = Vec::new();
        for offset in 0..length {
            let byte = self.read_target(&target, offset as u64, Width::Byte)?;
            bytes.push(byte.to_le_bytes()[0]);
        }
        Ok(bytes)
    }

    fn add_table(&mut self, bytes: &[u8]) -> Result<u16, Fault> {
        let table = Table::new(bytes)?;
        if !matches!(&table.signature.0, b"SSDT" | b"PSDT" | [b'O', b'E', b'M', _]) {
            return Err(Fault::BadTable("only an SSDT can be loaded"));
        }
        let mut loaded = self.state.tables.iter().filter(|table| !table.is_unloaded);
        if loaded.any(|loaded| loaded.bytes == table.bytes) {
            return Err(Fault::BadTable("the table is loaded already"));
        }
        self.state.add_table(table)
    }

    /// `LoadTable`: a table of the firmware. Gives zero if there is none.
    pub(super) fn load_table(&mut self, term: &Term) -> Result<(), Fault> {
        let found = self.table_of(term, 0)?;
        let scope = self.path_operand(term, 3)?;
        let parameter = self.path_operand(term, 4)?;
        let parameter_value = self.value(term, 5)?;
        let Some(bytes) = found else {
            self.operands.truncate(term.base);
            return self.deliver(term.wanted, Some(Value::Integer(0)));
        };
        let scope = match scope {
            Some(path) => self.state.names.resolve(self.position.scope, &path.as_path())?,
            None => Namespace::ROOT,
        };
        let parameter = parameter
            .map(|path| self.state.names.resolve(scope, &path.as_path()))
            .transpose()?
            .map(|node| (parameter_value, Place::Node(node)));
        let number = self.add_table(&bytes)?;
        self.operands.truncate(term.base);
        let handle = Value::Table(u32::from(number));
        self.begin_table(number, scope, term.wanted, Some(handle))?;
        // The parameter is written when the table is there, as ACPICA does it.
        if let Some(call) = self.calls.last_mut() {
            call.stores.extend(parameter);
        }
        Ok(())
    }

    /// `Unload`: removes the names that a table's code has created.
    pub(super) fn unload(&mut self, term: &Term) -> Result<(), Fault> {
        let value = match self.operand(term, 0)? {
            Operand::Place(place) => self.read_place(place)?,
            Operand::Value(value) => value,
            _ => return Err(Fault::NoValue),
        };
        let Value::Table(number) = value else {
            return Err(Fault::Type { wanted: "a loaded table", found: value.type_name() });
        };
        let table = self.state.tables.get_mut(number as usize).ok_or(Fault::Stale)?;
        if core::mem::replace(&mut table.is_unloaded, true) {
            return Err(Fault::Type { wanted: "a loaded table", found: "one that was unloaded" });
        }
        for node in core::mem::take(&mut table.created).into_iter().rev() {
            self.state.names.remove(node);
        }
        Ok(())
    }

    /// The path in a string operand; an empty string is none.
    fn path_operand(&self, term: &Term, number: usize) -> Result<Option<PathText>, Fault> {
        let text = self.text_operand(term, number)?;
        let text = core::str::from_utf8(&text).map_err(|_| Fault::BadName)?;
        if text.is_empty() {
            return Ok(None);
        }
        PathText::parse(text).map(Some).ok_or(Fault::BadName)
    }

    fn text_operand(&self, term: &Term, number: usize) -> Result<Vec<u8>, Fault> {
        match self.value(term, number)? {
            Value::String(handle) => Ok(self.state.heap.bytes(handle)?.to_vec()),
            other => Err(Fault::Type { wanted: "a string", found: other.type_name() }),
        }
    }

    /// Finds a table by signature and the two identifications behind it: among
    /// those that are loaded, then in the firmware.
    fn table_of(&mut self, term: &Term, first: usize) -> Result<Option<Vec<u8>>, Fault> {
        let signature = self.text_operand(term, first)?;
        let oem = self.text_operand(term, first.saturating_add(1))?;
        let oem_table = self.text_operand(term, first.saturating_add(2))?;
        let loaded = self.state.tables.iter().find(|table| {
            !table.is_unloaded && Table::fits(&table.bytes, &signature, &oem, &oem_table)
        });
        if let Some(table) = loaded {
            return Ok(Some(table.bytes.to_vec()));
        }
        let found = self.hardware.firmware_table(&signature, &oem, &oem_table);
        Ok(found.filter(|table| table.len() >= HEADER))
    }

    /// `DataTableRegion`.
    pub(super) fn table_region(&mut self, term: &Term) -> Result<Object, Fault> {
        let bytes =
            self.table_of(term, 1)?.ok_or(Fault::BadTable("no such table in the firmware"))?;
        let length = bytes.len() as u64;
        let table = Some(self.state.heap.alloc_bytes(bytes)?);
        let region = Region { space: Space::TABLE, offset: 0, length, pci: None, table };
        Ok(Object::Region(Box::new(region)))
    }
}
