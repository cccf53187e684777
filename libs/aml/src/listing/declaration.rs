//! Declarations whose arguments ASL writes in words: methods, regions, fields.

use alloc::format;

use super::Listing;
use crate::decode::Reader;
use crate::error::Fault;
use crate::hardware::Width;
use crate::opcode::Op;
use crate::region::{AccessType, FieldFlags, Space, Update};

impl Listing<'_> {
    pub(super) fn declaration(
        &mut self,
        op: Op,
        reader: &mut Reader<'_>,
        depth: u8,
    ) -> Result<(), Fault> {
        if op == Op::External {
            // The compiler makes these of the declarations in front.
            reader.name()?;
            return reader.take(2).map(drop);
        }
        self.text.push_str(op.name());
        self.text.push_str(" (");
        let path = reader.name()?;
        let is_use = matches!(op, Op::Scope | Op::Field | Op::IndexField | Op::BankField);
        let node = if is_use { self.refer(&path) } else { self.declare(&path) };
        let node = node.map(|node| self.state.names.follow(node));
        match op {
            Op::Method => {
                let flags = reader.byte()?;
                self.declare_method(self.absolute(&path), flags & 7);
                let serialized = if flags & 8 != 0 { "Serialized" } else { "NotSerialized" };
                self.text.push_str(&format!(", {}, {serialized}", flags & 7));
                if flags >> 4 != 0 {
                    self.text.push_str(&format!(", {}", flags >> 4));
                }
            }
            Op::Mutex => {
                let level = reader.byte()?;
                self.text.push_str(&format!(", {level:#04x})"));
                return Ok(());
            }
            Op::OperationRegion => {
                let space = Space(reader.byte()?);
                self.text.push_str(&format!(", {}, ", space_name(space)));
                self.term(reader, depth)?;
                self.text.push_str(", ");
                self.term(reader, depth)?;
                self.text.push(')');
                return Ok(());
            }
            Op::Processor => {
                let (id, block) = (reader.byte()?, reader.number(4)?);
                let length = reader.byte()?;
                self.text.push_str(&format!(", {id:#04x}, {block:#010x}, {length:#04x}"));
            }
            Op::PowerResource => {
                let (level, order) = (reader.byte()?, reader.number(2)?);
                self.text.push_str(&format!(", {level:#04x}, {order:#06x}"));
            }
            Op::Field | Op::IndexField | Op::BankField => {
                return self.field_list(op, reader, depth);
            }
            _ => {}
        }
        self.text.push(')');
        self.braces(reader, node, depth);
        Ok(())
    }

    fn field_list(&mut self, op: Op, reader: &mut Reader<'_>, depth: u8) -> Result<(), Fault> {
        if op != Op::Field {
            self.text.push_str(", ");
            let path = reader.name()?;
            self.refer(&path);
        }
        if op == Op::BankField {
            self.text.push_str(", ");
            self.term(reader, depth)?;
        }
        let flags = FieldFlags::from_byte(reader.byte()?);
        let lock = if flags.lock { "Lock" } else { "NoLock" };
        let update = match flags.update {
            Update::Preserve => "Preserve",
            Update::WriteAsOnes => "WriteAsOnes",
            Update::WriteAsZeros => "WriteAsZeros",
        };
        self.text.push_str(&format!(", {}, {lock}, {update})", access_name(flags.access)));
        self.start_new_line();
        self.list(reader, |listing, reader| {
            listing.connections(reader)?;
            if reader.is_at_end() { Ok(()) } else { listing.field(reader) }
        })
    }

    /// Writes an entry of a field list.
    fn field(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        match reader.peek()? {
            0 => {
                reader.byte()?;
                self.text.push_str(&format!(", {}", reader.length()?));
            }
            entry @ (1 | 3) => {
                reader.byte()?;
                let access = access_name(AccessType::from_byte(reader.byte()?));
                let attribute = reader.byte()?;
                self.text.push_str(&format!("AccessAs ({access}, {attribute:#04x}"));
                if entry == 3 {
                    self.text.push_str(&format!(" /* length {} */", reader.byte()?));
                }
                self.text.push(')');
            }
            2 => {
                reader.byte()?;
                let path = reader.name()?;
                self.text.push_str("Connection (");
                self.refer(&path);
                self.text.push(')');
            }
            _ => {
                let segs = reader.take(4)?;
                let path = crate::name::Path { root: false, parents: 0, segs };
                self.declare(&path);
                self.text.push_str(&format!(", {}", reader.length()?));
            }
        }
        Ok(())
    }

    /// Writes connections that are resource descriptors as comments: ASL has
    /// only macros for them.
    fn connections(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        const CONNECTION: u8 = 0x02;
        const BUFFER: u8 = 0x11;
        loop {
            let mut ahead = *reader;
            if ahead.is_at_end() || ahead.byte()? != CONNECTION || ahead.byte()? != BUFFER {
                return Ok(());
            }
            ahead.end = ahead.package_end()?;
            reader.at = ahead.end;
            self.text.push_str("/* Connection, of bytes");
            self.bytes(ahead.rest());
            self.text.push_str(" */");
            self.start_new_line();
        }
    }
}

fn access_name(access: AccessType) -> &'static str {
    match access {
        AccessType::Any => "AnyAcc",
        AccessType::Fixed(Width::Byte) => "ByteAcc",
        AccessType::Fixed(Width::Word) => "WordAcc",
        AccessType::Fixed(Width::DWord) => "DWordAcc",
        AccessType::Fixed(Width::QWord) => "QWordAcc",
        AccessType::Buffer => "BufferAcc",
    }
}

/// The keyword of a space; its number where there is none.
fn space_name(space: Space) -> alloc::string::String {
    match space.0 {
        0..=3 | 5..=10 => space.name().into(),
        4 => "SMBus".into(),
        0x7F => "FFixedHW".into(),
        number => format!("{number:#04x}"),
    }
}
