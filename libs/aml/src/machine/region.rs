//! Fields of regions, banks, index registers and buffers: bits to accesses.
//!
//! A field is read and written in words of its access width, each word once,
//! from the lowest up, as registers with side effects need it.

use alloc::vec::Vec;

use super::Machine;
use super::bus::Target;
use crate::error::Fault;
use crate::field::{bytes_for, extract, insert};
use crate::hardware::{HardwareFault, Width};
use crate::namespace::NodeId;
use crate::object::Object;
use crate::region::{BufferField, Field, Owner, Update};
use crate::value::Value;

/// Fields that may be registers of fields.
const REGISTER_DEPTH: u8 = 8;

/// The words that a field is in.
#[derive(Clone, Copy, Debug)]
struct Words {
    width: Width,
    /// Byte offset of the first word.
    first: u64,
    count: u32,
    /// First bit of the field in the first word.
    bit: u32,
}

impl Words {
    fn of(field: &Field) -> Self {
        let width = field.flags.width();
        let word_bits = width.bytes().saturating_mul(8);
        let first = field.bit.checked_div(word_bits).unwrap_or_default();
        let bit = field.bit.checked_rem(word_bits).unwrap_or_default();
        let count = bit.saturating_add(field.bits).div_ceil(word_bits.max(1));
        let first = u64::from(first).saturating_mul(u64::from(width.bytes()));
        Self { width, first, count, bit }
    }

    /// Byte offsets of the words.
    fn offsets(self) -> impl Iterator<Item = u64> {
        let width = u64::from(self.width.bytes());
        (0..self.count)
            .map(move |number| self.first.saturating_add(u64::from(number).saturating_mul(width)))
    }

    fn bytes(self) -> usize {
        (self.count as usize).saturating_mul(self.width.bytes() as usize)
    }
}

impl Machine<'_> {
    /// Reads a field: an integer, or a buffer if it is wider than one.
    pub(super) fn read_field(&mut self, node: NodeId) -> Result<Value, Fault> {
        let field = self.field(node)?;
        let bytes = self.read_bits(&field, REGISTER_DEPTH)?;
        self.field_value(bytes, field.bits, false)
    }

    fn field_value(&mut self, bytes: Vec<u8>, bits: u32, is_buffer: bool) -> Result<Value, Fault> {
        if is_buffer || bits > self.state.width.bits() {
            return self.new_buffer(bytes);
        }
        Ok(Value::Integer(self.state.width.number_of(&bytes).unwrap_or_default()))
    }

    /// Writes a field: the bytes of an integer, string or buffer, cut or filled
    /// with zeros.
    pub(super) fn write_field(&mut self, node: NodeId, value: Value) -> Result<(), Fault> {
        let field = self.field(node)?;
        let bytes = self.field_bytes(value)?;
        self.write_bits(&field, &bytes, REGISTER_DEPTH)
    }

    fn field_bytes(&self, value: Value) -> Result<Vec<u8>, Fault> {
        match value {
            Value::Integer(number) => Ok(number.to_le_bytes().to_vec()),
            Value::String(handle) | Value::Buffer(handle) => {
                Ok(self.state.heap.bytes(handle)?.to_vec())
            }
            other => {
                let wanted = "an integer, string or buffer";
                Err(Fault::Type { wanted, found: other.type_name() })
            }
        }
    }

    fn field(&self, node: NodeId) -> Result<Field, Fault> {
        match self.state.names.object(node)? {
            Object::Field(field) => Ok(field.clone()),
            _ => Err(Fault::Type { wanted: "a field", found: "something else" }),
        }
    }

    /// Reads a field of a buffer.
    pub(super) fn read_buffer_field(&mut self, field: &BufferField) -> Result<Value, Fault> {
        let bytes = extract(self.state.heap.bytes(field.buffer)?, field.bit, field.bits);
        self.field_value(bytes, field.bits, field.is_buffer)
    }

    /// Writes a field of a buffer.
    pub(super) fn write_buffer_field(
        &mut self,
        field: &BufferField,
        value: Value,
    ) -> Result<(), Fault> {
        let bytes = self.field_bytes(value)?;
        insert(self.state.heap.bytes_mut(field.buffer)?, field.bit, field.bits, &bytes);
        Ok(())
    }

    fn read_bits(&mut self, field: &Field, depth: u8) -> Result<Vec<u8>, Fault> {
        let depth = depth.checked_sub(1).ok_or(Fault::TooDeep)?;
        self.state.heap.check(bytes_for(field.bits))?;
        self.locked(field.flags.lock, |machine| {
            let words = Words::of(field);
            let target = machine.open(field, depth)?;
            machine.pay_for_bytes(words.bytes().saturating_mul(8))?;
            let mut bytes = Vec::with_capacity(words.bytes());
            for offset in words.offsets() {
                let word = machine.read_word(field, target.as_ref(), offset, words.width, depth)?;
                bytes.extend(word.to_le_bytes().into_iter().take(words.width.bytes() as usize));
            }
            Ok(extract(&bytes, words.bit, field.bits))
        })
    }

    fn write_bits(&mut self, field: &Field, value: &[u8], depth: u8) -> Result<(), Fault> {
        let depth = depth.checked_sub(1).ok_or(Fault::TooDeep)?;
        self.state.heap.check(bytes_for(field.bits))?;
        self.locked(field.flags.lock, |machine| {
            let words = Words::of(field);
            let target = machine.open(field, depth)?;
            machine.pay_for_bytes(words.bytes().saturating_mul(8))?;
            // The bits of the field, and where they are, in the bytes of its words.
            let mut bits = alloc::vec![0; words.bytes()];
            insert(&mut bits, words.bit, field.bits, value);
            let mut mask = alloc::vec![0; words.bytes()];
            insert(&mut mask, words.bit, field.bits, &alloc::vec![0xFF; bytes_for(field.bits)]);
            let width = words.width.bytes() as usize;
            let all = u64::MAX >> 64_u32.saturating_sub(words.width.bytes().saturating_mul(8));
            let pairs = bits.chunks(width).zip(mask.chunks(width));
            for (offset, (bits, mask)) in words.offsets().zip(pairs) {
                let (bits, mask) = (number(bits), number(mask));
                let around = match field.flags.update {
                    _ if mask == all => 0,
                    Update::Preserve => {
                        machine.read_word(field, target.as_ref(), offset, words.width, depth)?
                    }
                    Update::WriteAsOnes => all,
                    Update::WriteAsZeros => 0,
                };
                let word = (around & !mask) | bits;
                machine.write_word(field, target.as_ref(), offset, words.width, word, depth)?;
            }
            Ok(())
        })
    }

    /// Makes a field's words ready: selects its bank, finds its region. Fields
    /// of index registers have no region of their own.
    fn open(&mut self, field: &Field, depth: u8) -> Result<Option<Target>, Fault> {
        match &field.owner {
            Owner::Region(region) => self.target(*region).map(Some),
            Owner::Bank(bank) => {
                self.write_register(bank.register, bank.value, depth)?;
                self.target(bank.region).map(Some)
            }
            Owner::Index(_) => Ok(None),
        }
    }

    fn read_word(
        &mut self,
        field: &Field,
        target: Option<&Target>,
        offset: u64,
        width: Width,
        depth: u8,
    ) -> Result<u64, Fault> {
        match (&field.owner, target) {
            (Owner::Index(pair), _) => {
                self.write_register(pair.index, offset, depth)?;
                let data = self.field(pair.data)?;
                Ok(number(&self.read_bits(&data, depth)?))
            }
            (_, Some(target)) => self.read_target(target, offset, width),
            (_, None) => Err(Fault::Internal("a field without a region")),
        }
    }

    fn write_word(
        &mut self,
        field: &Field,
        target: Option<&Target>,
        offset: u64,
        width: Width,
        value: u64,
        depth: u8,
    ) -> Result<(), Fault> {
        match (&field.owner, target) {
            (Owner::Index(pair), _) => {
                self.write_register(pair.index, offset, depth)?;
                self.write_register(pair.data, value, depth)
            }
            (_, Some(target)) => self.write_target(target, offset, width, value),
            (_, None) => Err(Fault::Internal("a field without a region")),
        }
    }

    /// Writes a register that is a field: a bank or index register, or its data.
    fn write_register(&mut self, node: NodeId, value: u64, depth: u8) -> Result<(), Fault> {
        if let Object::BufferField(field) = self.state.names.object(node)? {
            let field = *field;
            return self.write_buffer_field(&field, Value::Integer(value));
        }
        let register = self.field(node)?;
        if register.bits < 64 && value >> register.bits != 0 {
            return Err(Fault::RegisterLimit { value, bits: register.bits });
        }
        self.write_bits(&register, &value.to_le_bytes(), depth)
    }

    /// Does something under the global lock, if the field asks for it.
    fn locked<T>(
        &mut self,
        lock: bool,
        work: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        if !lock {
            return work(self);
        }
        if !self.take_global_lock(super::sync::FOREVER)? {
            return Err(HardwareFault::Timeout("the global lock").into());
        }
        let outcome = work(self);
        self.give_global_lock();
        outcome
    }
}

/// The number of some bytes, little-endian; those above eight are dropped.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).rev().fold(0, |number, &byte| (number << 8) | u64::from(byte))
}
