//! `Field`, `IndexField` and `BankField`: lists of fields (ACPI 6.5, 20.2.5.2).

use alloc::rc::Rc;

use super::Machine;
use super::frame::Term;
use crate::decode::Reader;
use crate::error::Fault;
use crate::name::Path;
use crate::namespace::NodeId;
use crate::object::{Kind, Object};
use crate::opcode::Op;
use crate::region::{AccessType, Bank, Field, FieldFlags, IndexPair, Owner};

/// Entries of a field list that are no field.
const RESERVED: u8 = 0x00;
const ACCESS: u8 = 0x01;
const CONNECTION: u8 = 0x02;
const EXTENDED_ACCESS: u8 = 0x03;
/// The buffer that a connection may have in place of a name.
const BUFFER: u8 = 0x11;

impl Machine<'_> {
    /// Creates the fields of a list. A field whose name is taken costs itself.
    pub(super) fn create_fields(&mut self, term: &Term) -> Result<(), Fault> {
        let (owner, flags) = match term.op {
            Op::Field => (Owner::Region(self.region_node(term)?), self.plain_operand(term, 1)?),
            Op::IndexField => {
                let pair =
                    IndexPair { index: self.named_node(term, 0)?, data: self.named_node(term, 1)? };
                (Owner::Index(Rc::new(pair)), self.plain_operand(term, 2)?)
            }
            _ => {
                let bank = Bank {
                    region: self.region_node(term)?,
                    register: self.named_node(term, 1)?,
                    value: self.integer_operand(term, 2)?,
                };
                (Owner::Bank(Rc::new(bank)), self.plain_operand(term, 3)?)
            }
        };
        let flags = FieldFlags::from_byte(flags.to_le_bytes()[0]);
        let code = Rc::clone(&self.code);
        let mut reader = self.reader(&code, term.end);
        self.position.at = term.end;
        self.field_list(&mut reader, &owner, flags)
    }

    fn field_list(
        &mut self,
        reader: &mut Reader<'_>,
        owner: &Owner,
        mut flags: FieldFlags,
    ) -> Result<(), Fault> {
        let mut bit = 0_u32;
        let mut refused = None;
        while !reader.is_at_end() {
            match reader.peek()? {
                RESERVED => {
                    reader.byte()?;
                    bit = advance(bit, reader.length()?)?;
                }
                entry @ (ACCESS | EXTENDED_ACCESS) => {
                    reader.byte()?;
                    flags.access = AccessType::from_byte(reader.byte()?);
                    reader.take(if entry == ACCESS { 1 } else { 2 })?;
                }
                CONNECTION => {
                    reader.byte()?;
                    skip_connection(reader)?;
                }
                _ => {
                    let segs = reader.take(4)?;
                    let bits = reader.length()?;
                    let end = advance(bit, bits)?;
                    let field =
                        Field { owner: owner.clone(), bit, bits: end.saturating_sub(bit), flags };
                    bit = end;
                    let path = Path { root: false, parents: 0, segs };
                    self.meter.pay(1)?;
                    if let Err(fault) = self.create(&path, Object::Field(field)) {
                        refused = Some(fault);
                    }
                }
            }
        }
        refused.map_or(Ok(()), Err)
    }

    /// The region that a field list is of.
    fn region_node(&mut self, term: &Term) -> Result<NodeId, Fault> {
        let node = self.named_node(term, 0)?;
        match self.state.names.kind(node) {
            Some(Kind::Region) => Ok(node),
            _ => Err(Fault::Type { wanted: "an operation region", found: "something else" }),
        }
    }
}

/// A connection is a name or a buffer with a resource descriptor. Its space has
/// no driver, so it is not needed any further.
fn skip_connection(reader: &mut Reader<'_>) -> Result<(), Fault> {
    if reader.peek()? == BUFFER {
        reader.byte()?;
        reader.at = reader.package_end()?;
        return Ok(());
    }
    reader.name().map(drop)
}

fn advance(bit: u32, bits: usize) -> Result<u32, Fault> {
    let bits = u32::try_from(bits).map_err(|_| Fault::Truncated)?;
    bit.checked_add(bits).ok_or(Fault::Truncated)
}
