//! Terms: operators with their arguments, names, calls, constants.

use alloc::format;
use core::mem;

use super::{Listing, TOO_DEEP};
use crate::decode::{Reader, Start};
use crate::error::Fault;
use crate::name::Path;
use crate::opcode::{Arg, Op};
use crate::skip;

/// The comparisons of `Match`, by number.
const MATCHES: [&str; 6] = ["MTR", "MEQ", "MLE", "MLT", "MGE", "MGT"];

impl Listing<'_> {
    /// Writes a term.
    pub(super) fn term(&mut self, reader: &mut Reader<'_>, depth: u8) -> Result<(), Fault> {
        let depth = depth.checked_sub(1).ok_or(TOO_DEEP)?;
        match reader.start()? {
            Start::Name => self.name_or_call(reader, depth, false),
            Start::Op(op) => {
                let outer = reader.end;
                if op.has_package() {
                    reader.end = reader.package_end()?;
                }
                let outcome = self.operator(op, reader, depth);
                if op.has_package() {
                    reader.at = reader.end;
                    reader.end = outer;
                }
                outcome
            }
        }
    }

    /// Writes a term that stands by itself. A name that does is a call, even if
    /// it is not known here.
    pub(super) fn statement(&mut self, reader: &mut Reader<'_>, depth: u8) -> Result<(), Fault> {
        self.guess(*reader);
        let mut ahead = *reader;
        match ahead.start()? {
            Start::Name => self.name_or_call(reader, depth, true),
            Start::Op(_) if !skip::is_statement(*reader, &|_| true) => {
                // A value alone does nothing, and ASL cannot say it.
                self.text.push_str("/* ");
                self.term(reader, depth)?;
                self.text.push_str(" */");
                Ok(())
            }
            Start::Op(_) => self.term(reader, depth),
        }
    }

    /// Guesses how many arguments the first unknown name of the next term takes.
    fn guess(&mut self, reader: Reader<'_>) {
        let known = |path: &Path<'_>| self.known(path);
        self.unknown_arguments = skip::guess_end(reader, &known).map_or(0, |(_, count)| count);
    }

    /// What a name is: a method's number of arguments, or no method.
    fn known(&self, path: &Path<'_>) -> Option<Option<u8>> {
        if self.is_local(path) {
            return self.declared_above(path);
        }
        match self.state.names.find_in(self.scope, path) {
            Some(_) => self.state.known(self.scope, path),
            // What other tables say of a name is less sure than a declaration here.
            None if self.guesses => self.declared_above(path),
            None => self.declared_above(path).or_else(|| self.state.known(self.scope, path)),
        }
    }

    /// Writes a name; that of a method with its arguments.
    fn name_or_call(
        &mut self,
        reader: &mut Reader<'_>,
        depth: u8,
        is_statement: bool,
    ) -> Result<(), Fault> {
        let path = reader.name()?;
        let known = self.known(&path);
        let (count, is_call) = match known {
            Some(Some(count)) => (count, true),
            Some(None) => (0, is_statement),
            None => {
                let count = mem::take(&mut self.unknown_arguments);
                (count, is_statement || count > 0)
            }
        };
        self.refer_as(&path, if is_call { "MethodObj" } else { "UnknownObj" });
        if is_call {
            self.text.push_str(" (");
            for number in 0..count {
                self.comma(number > 0);
                self.term(reader, depth)?;
            }
            self.text.push(')');
        }
        Ok(())
    }

    fn comma(&mut self, wanted: bool) {
        if wanted {
            self.text.push_str(", ");
        }
    }

    fn operator(&mut self, op: Op, reader: &mut Reader<'_>, depth: u8) -> Result<(), Fault> {
        match op {
            Op::ByteConst => self.number(reader.number(1)?),
            Op::WordConst => self.number(reader.number(2)?),
            Op::DWordConst => self.number(reader.number(4)?),
            Op::QWordConst => self.number(reader.number(8)?),
            Op::Text => self.string(reader.text()?),
            Op::Buffer => self.buffer(reader, depth)?,
            Op::Package => {
                let count = reader.byte()?;
                self.text.push_str(&format!("Package ({count:#04x}) "));
                self.elements(reader, depth)?;
            }
            Op::VarPackage => {
                self.text.push_str("Package (");
                self.term(reader, depth)?;
                self.text.push_str(") ");
                self.elements(reader, depth)?;
            }
            Op::If | Op::While => {
                self.text.push_str(op.name());
                self.text.push_str(" (");
                self.guess(*reader);
                self.term(reader, depth)?;
                self.text.push(')');
                self.braces(reader, None, depth);
            }
            Op::Else => {
                self.text.push_str("Else");
                self.braces(reader, None, depth);
            }
            Op::Match => self.find_match(reader, depth)?,
            Op::Scope
            | Op::Device
            | Op::ThermalZone
            | Op::Processor
            | Op::PowerResource
            | Op::Method
            | Op::OperationRegion
            | Op::Field
            | Op::IndexField
            | Op::BankField
            | Op::Mutex
            | Op::External => self.declaration(op, reader, depth)?,
            _ => self.plain(op, reader, depth)?,
        }
        Ok(())
    }

    /// Writes an operator by its name, with its arguments as the table of
    /// operators has them. Targets that are left out at the end are not written.
    fn plain(&mut self, op: Op, reader: &mut Reader<'_>, depth: u8) -> Result<(), Fault> {
        self.text.push_str(op.name());
        if op.arguments().is_empty() {
            return Ok(());
        }
        self.text.push_str(" (");
        let mut written = self.text.len();
        for (number, arg) in op.arguments().iter().enumerate() {
            self.comma(number > 0);
            let before = self.text.len();
            self.argument(op, number, *arg, reader, depth)?;
            if self.text.len() > before {
                written = self.text.len();
            }
        }
        self.text.truncate(written);
        self.text.push(')');
        Ok(())
    }

    fn argument(
        &mut self,
        op: Op,
        number: usize,
        arg: Arg,
        reader: &mut Reader<'_>,
        depth: u8,
    ) -> Result<(), Fault> {
        match arg {
            Arg::Term => self.term(reader, depth)?,
            Arg::Target if reader.peek()? == 0 => {
                reader.byte()?;
            }
            Arg::Super | Arg::Target | Arg::Maybe => {
                let mut ahead = *reader;
                match ahead.start()? {
                    Start::Name => {
                        let path = reader.name()?;
                        self.refer(&path);
                    }
                    Start::Op(op) if op.has_package() => {
                        return Err(Fault::BadOpcode(op as u16));
                    }
                    Start::Op(_) => self.term(reader, depth)?,
                }
            }
            Arg::Name => {
                let path = reader.name()?;
                // The names that an operator creates; `Alias` creates its second.
                if op == Op::Alias && number == 0 {
                    self.refer(&path);
                } else {
                    self.declare(&path);
                }
            }
            Arg::Byte => self.number(reader.number(1)?),
            Arg::Word => self.number(reader.number(2)?),
            Arg::DWord => self.number(reader.number(4)?),
            _ => return Err(Fault::Internal("an argument that no plain operator has")),
        }
        Ok(())
    }

    fn find_match(&mut self, reader: &mut Reader<'_>, depth: u8) -> Result<(), Fault> {
        self.text.push_str("Match (");
        for (number, arg) in Op::Match.arguments().iter().enumerate() {
            self.comma(number > 0);
            match arg {
                Arg::Byte => {
                    let name = MATCHES.get(usize::from(reader.byte()?)).ok_or(Fault::BadName)?;
                    self.text.push_str(name);
                }
                _ => self.term(reader, depth)?,
            }
        }
        self.text.push(')');
        Ok(())
    }
}
