//! Operators on strings and buffers, and the explicit conversions.

use super::Machine;
use super::frame::Term;
use super::store::Keep;
use crate::convert;
use crate::error::Fault;
use crate::object::Kind;
use crate::opcode::Op;
use crate::value::Value;

/// The end tag of a resource template, and the length of it with its checksum.
const END_TAG: u8 = 0x79;
const END_TAG_LENGTH: usize = 2;

impl Machine<'_> {
    /// `Concatenate` and `ConcatenateResTemplate`.
    pub(super) fn concatenate(&mut self, term: &Term) -> Result<Value, Fault> {
        let (left, right) = (self.value(term, 0)?, self.value(term, 1)?);
        let joined = match term.op {
            Op::Concatenate => self.join(left, right)?,
            _ => self.join_resources(left, right)?,
        };
        self.store(joined, self.place(term, 2)?, Keep::Type)?;
        Ok(joined)
    }

    /// Joins two values; the type of the first says what comes out. What is no
    /// data stands for its type in words, as ACPICA has it.
    fn join(&mut self, left: Value, right: Value) -> Result<Value, Fault> {
        match left {
            Value::Integer(number) => {
                let mut bytes = self.state.width.to_bytes(number);
                let right = match right {
                    Value::Integer(_) | Value::String(_) | Value::Buffer(_) => {
                        self.to_integer(right)?
                    }
                    // The words for what is no data are hardly a number.
                    _ => convert::implicit_number(&self.words(right)?, self.state.width),
                };
                bytes.extend(self.state.width.to_bytes(right));
                self.new_buffer(bytes)
            }
            Value::Buffer(handle) => {
                let mut bytes = self.state.heap.bytes(handle)?.to_vec();
                match right {
                    Value::Integer(_) | Value::String(_) | Value::Buffer(_) => {
                        bytes.extend(self.to_bytes(right)?);
                    }
                    _ => {
                        bytes.extend(self.words(right)?);
                        bytes.push(0);
                    }
                }
                self.new_buffer(bytes)
            }
            left => {
                let mut text = self.words(left)?;
                text.extend(self.words(right)?);
                self.new_text(text)
            }
        }
    }

    /// A value's string, or its type in words.
    fn words(&self, value: Value) -> Result<alloc::vec::Vec<u8>, Fault> {
        if let Ok(text) = self.to_text(value) {
            return Ok(text);
        }
        let kind = match value {
            Value::Object(node) => self.state.names.kind(node).unwrap_or(Kind::Uninitialized),
            value => crate::object::kind_of(value),
        };
        let name = match kind {
            Kind::Uninitialized => "Uninitialized",
            Kind::Package => "Package",
            Kind::Device => "Device",
            Kind::Event => "Event",
            Kind::Method => "Method",
            Kind::Mutex => "Mutex",
            Kind::Region => "Region",
            Kind::PowerResource => "Power",
            Kind::Processor => "Processor",
            Kind::ThermalZone => "Thermal",
            Kind::Table => "DdbHandle",
            Kind::Debug => "DebugObject",
            _ => "Reference",
        };
        Ok(alloc::format!("[{name} Object]").into_bytes())
    }

    /// Joins two resource templates: one end tag, whose checksum is not used.
    fn join_resources(&mut self, left: Value, right: Value) -> Result<Value, Fault> {
        let mut bytes = self.to_bytes(left)?;
        bytes.truncate(resources_length(&bytes)?);
        let right = self.to_bytes(right)?;
        bytes.extend(right.get(..resources_length(&right)?).unwrap_or_default());
        bytes.extend([END_TAG, 0]);
        self.new_buffer(bytes)
    }

    /// `Mid`: what the string or buffer has of the range; an integer is taken
    /// as a buffer.
    pub(super) fn mid(&mut self, term: &Term) -> Result<Value, Fault> {
        let source = self.value(term, 0)?;
        let at = self.integer_operand(term, 1)?;
        let length = self.integer_operand(term, 2)?;
        let bytes = match source {
            Value::String(_) => self.to_text(source)?,
            other => self.to_bytes(other)?,
        };
        let start = usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
        let end = start.saturating_add(usize::try_from(length).unwrap_or(usize::MAX));
        let part = bytes.get(start..end.min(bytes.len())).unwrap_or_default().to_vec();
        let value = match source {
            Value::String(_) => self.new_text(part)?,
            _ => self.new_buffer(part)?,
        };
        self.store(value, self.place(term, 3)?, Keep::Type)?;
        Ok(value)
    }

    /// `ToInteger`, `ToBuffer`, `ToString` and their like. What has the type
    /// already comes out as it is.
    pub(super) fn convert_explicitly(&mut self, term: &Term) -> Result<Value, Fault> {
        let source = self.value(term, 0)?;
        let (value, target) = match term.op {
            Op::ToInteger => (Value::Integer(self.explicit_integer(source)?), 1),
            Op::ToBuffer => match source {
                Value::Buffer(_) => (source, 1),
                other => {
                    let bytes = self.to_bytes(other)?;
                    (self.new_buffer(bytes)?, 1)
                }
            },
            Op::ToDecimalString => (self.decimal_string(source)?, 1),
            Op::ToHexString => (self.hex_string(source)?, 1),
            _ => {
                let length = self.integer_operand(term, 1)?;
                (self.string_of(source, length)?, 2)
            }
        };
        self.store(value, self.place(term, target)?, Keep::Data)?;
        Ok(value)
    }

    fn explicit_integer(&self, source: Value) -> Result<u64, Fault> {
        match source {
            Value::String(handle) => {
                Ok(convert::explicit_number(self.state.heap.bytes(handle)?, self.state.width))
            }
            other => self.to_integer(other),
        }
    }

    fn decimal_string(&mut self, source: Value) -> Result<Value, Fault> {
        match source {
            Value::Integer(number) => self.new_text(alloc::format!("{number}")),
            Value::Buffer(handle) => {
                let text = convert::decimal_bytes(self.state.heap.bytes(handle)?);
                self.new_text(text)
            }
            Value::String(_) => Ok(source),
            other => Err(Fault::Type { wanted: "a string", found: other.type_name() }),
        }
    }

    fn hex_string(&mut self, source: Value) -> Result<Value, Fault> {
        match source {
            Value::Buffer(handle) => {
                let text = convert::hex_bytes(self.state.heap.bytes(handle)?, ',');
                self.new_text(text)
            }
            Value::String(_) => Ok(source),
            other => {
                let text = self.to_text(other)?;
                self.new_text(text)
            }
        }
    }

    /// `ToString`: the bytes up to a zero, and no more than a length.
    fn string_of(&mut self, source: Value, length: u64) -> Result<Value, Fault> {
        let bytes = self.to_bytes(source)?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let text: alloc::vec::Vec<u8> =
            bytes.into_iter().take(length).take_while(|&byte| byte != 0).collect();
        self.new_text(text)
    }
}

/// Length of a resource template without its end tag.
fn resources_length(bytes: &[u8]) -> Result<usize, Fault> {
    const BAD: Fault = Fault::NoEndTag;
    let mut at = 0_usize;
    if bytes.is_empty() {
        return Ok(0);
    }
    loop {
        let rest = bytes.get(at..).ok_or(BAD)?;
        let first = *rest.first().ok_or(BAD)?;
        if first & 0xF8 == END_TAG & 0xF8 {
            let end = at.saturating_add(END_TAG_LENGTH);
            return if end <= bytes.len() { Ok(at) } else { Err(BAD) };
        }
        let length = if first & 0x80 == 0 {
            usize::from(first & 0x07).saturating_add(1)
        } else {
            let (low, high) = (rest.get(1).ok_or(BAD)?, rest.get(2).ok_or(BAD)?);
            usize::from(u16::from_le_bytes([*low, *high])).saturating_add(3)
        };
        at = at.saturating_add(length);
    }
}
