//! The disassembler: AML as ASL that can be read, and compiled again.
//!
//! Operators are written by name, `Add (Local0, 1, Local0)`, since that says
//! every operand and compiles to the same bytes. A call can be told from a name
//! only by the namespace, so tables are listed after all of them are loaded.
//!
//! | file | what it writes |
//! | --- | --- |
//! | `mod` | whole tables and methods, blocks, what is declared elsewhere |
//! | `term` | terms and their arguments |
//! | `data` | numbers, strings, buffers, packages |
//! | `declaration` | regions, fields, methods and their like |

mod data;
mod declaration;
mod term;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use core::mem;

use crate::decode::Reader;
use crate::error::Fault;
use crate::interpreter::Interpreter;
use crate::name::Path;
use crate::namespace::{Namespace, NodeId};
use crate::object::{Body, Kind, Object};
use crate::state::State;
use crate::table::HEADER;

/// Terms that may be nested in each other: the listing recurses by term.
const DEPTH: u8 = 100;

/// Stands for a number of arguments that differs from place to place.
const AMBIGUOUS: u8 = u8::MAX;

/// Names that are there before any table.
const PREDEFINED: [&str; 9] =
    ["\\_GPE", "\\_PR", "\\_SB", "\\_SI", "\\_TZ", "\\_REV", "\\_OS", "\\_OSI", "\\_GL"];

impl Interpreter {
    /// Writes a loaded table as ASL, by its index in the order of loading.
    pub fn list_table(&self, table: u16) -> Option<String> {
        let loaded = self.state.tables.get(usize::from(table))?;
        let mut reader = Reader::new(&loaded.bytes, HEADER, loaded.bytes.len());
        // Once to learn what is declared in code that has not run, once to write.
        let mut first = Listing::new(&self.state, Namespace::ROOT);
        first.block(&mut { reader }, DEPTH);
        let mut listing = Listing::new(&self.state, Namespace::ROOT);
        listing.declared = first.declared;
        listing.block(&mut reader, DEPTH);
        let externals = listing.externals();
        let head = format!(
            "DefinitionBlock (\"\", \"{}\", {}, \"\", \"\", 0)",
            loaded.signature, loaded.revision
        );
        Some(format!("{head}\n{{\n{externals}{}}}\n", listing.text))
    }

    /// Writes a method as ASL.
    pub fn list_method(&self, node: NodeId) -> Option<String> {
        let Ok(Object::Method(method)) = self.state.names.object(self.state.names.follow(node))
        else {
            return None;
        };
        let Body::Aml { at, end } = method.body else { return None };
        let code = &self.state.tables.get(usize::from(at.table))?.bytes;
        let mut listing = Listing::new(&self.state, node);
        let mut reader = Reader::new(code, at.offset as usize, end as usize);
        listing.block(&mut reader, DEPTH);
        let serialized = if method.serialized { "Serialized" } else { "NotSerialized" };
        let path = self.state.names.path(node);
        let head = format!("Method ({path}, {}, {serialized})", method.arguments);
        Some(format!("{head}\n{{\n{}}}\n", listing.text))
    }

    /// The bytes of a method's body, to be compared.
    pub fn method_bytes(&self, node: NodeId) -> Option<&[u8]> {
        match self.state.names.object(self.state.names.follow(node)).ok()? {
            Object::Method(method) => match method.body {
                Body::Aml { at, end } => {
                    let table = self.state.tables.get(usize::from(at.table))?;
                    table.bytes.get(at.offset as usize..end as usize)
                }
                Body::Osi => None,
            },
            _ => None,
        }
    }
}

/// A listing that is being written.
struct Listing<'a> {
    state: &'a State,
    /// Where names are searched from.
    scope: NodeId,
    text: String,
    indent: usize,
    /// Arguments that the next unknown name takes.
    unknown_arguments: u8,
    /// What other tables say of numbers of arguments is not taken.
    guesses: bool,
    /// Paths that the listing declares, with a method's number of arguments, and
    /// paths that it uses.
    declared: BTreeMap<String, Option<u8>>,
    used: BTreeMap<String, &'static str>,
}

impl<'a> Listing<'a> {
    fn new(state: &'a State, scope: NodeId) -> Self {
        Self {
            state,
            scope,
            text: String::new(),
            indent: 1,
            unknown_arguments: 0,
            guesses: false,
            declared: BTreeMap::new(),
            used: BTreeMap::new(),
        }
    }

    /// Writes the terms up to the reader's end, a line each. What cannot be
    /// understood ends the block with a comment.
    fn block(&mut self, reader: &mut Reader<'_>, depth: u8) {
        while !reader.is_at_end() {
            let start = reader.at;
            let before = self.text.len();
            self.start_line();
            let empty = self.text.len();
            let outcome = self.statement_or_guess(reader, depth);
            match outcome {
                Ok(()) if self.text.len() == empty => self.text.truncate(before),
                Ok(()) => self.text.push('\n'),
                Err(fault) => {
                    self.text.truncate(empty);
                    self.text.push_str(&format!("/* {start:#x}: {fault} */\n"));
                    reader.at = reader.end;
                }
            }
        }
    }

    /// Writes a statement. If that fails, other tables may say wrong numbers of
    /// arguments of what it calls: it is written again with guesses.
    fn statement_or_guess(&mut self, reader: &mut Reader<'_>, depth: u8) -> Result<(), Fault> {
        let (start, length) = (*reader, self.text.len());
        let (indent, scope) = (self.indent, self.scope);
        let Err(fault) = self.statement(reader, depth) else { return Ok(()) };
        if mem::replace(&mut self.guesses, true) {
            return Err(fault);
        }
        *reader = start;
        (self.indent, self.scope) = (indent, scope);
        self.text.truncate(length);
        let outcome = self.statement(reader, depth);
        self.guesses = false;
        outcome
    }

    /// Writes a block in braces, in the scope of a node.
    fn braces(&mut self, reader: &mut Reader<'_>, scope: Option<NodeId>, depth: u8) {
        let outer = self.scope;
        self.scope = scope.unwrap_or(outer);
        self.start_new_line();
        self.text.push_str("{\n");
        self.indent = self.indent.saturating_add(1);
        self.block(reader, depth);
        self.indent = self.indent.saturating_sub(1);
        self.start_line();
        self.text.push('}');
        self.scope = outer;
    }

    fn start_line(&mut self) {
        for _ in 0..self.indent {
            self.text.push_str("    ");
        }
    }

    fn start_new_line(&mut self) {
        self.text.push('\n');
        self.start_line();
    }

    /// Writes a name that is declared here.
    fn declare(&mut self, path: &Path<'_>) -> Option<NodeId> {
        let absolute = self.absolute(path);
        self.declared.entry(absolute).or_insert(None);
        self.text.push_str(&path.to_string());
        self.state.names.find_in(self.scope, path)
    }

    /// Learns a method's number of arguments. Two branches may declare it with
    /// different ones: then it has to be guessed.
    fn declare_method(&mut self, path: String, count: u8) {
        let known = self.declared.get(&path).copied().flatten();
        let count = if known.is_some_and(|known| known != count) { AMBIGUOUS } else { count };
        self.declared.insert(path, Some(count));
    }

    /// Writes a name that is used, and gives its node.
    fn refer(&mut self, path: &Path<'_>) -> Option<NodeId> {
        self.refer_as(path, "UnknownObj")
    }

    /// The same; what is not there is declared as a kind.
    fn refer_as(&mut self, path: &Path<'_>, missing: &'static str) -> Option<NodeId> {
        if self.is_local(path) {
            self.text.push_str(&path.to_string());
            return None;
        }
        let node = self.state.names.find_in(self.scope, path);
        let (absolute, kind) = match node {
            Some(node) => (self.state.names.path(node), external_kind(self.state.names.kind(node))),
            None if path.single().is_some() => (format!("\\{path}"), missing),
            None => (self.absolute(path), missing),
        };
        self.used.insert(absolute, kind);
        self.text.push_str(&path.to_string());
        node
    }

    /// True for a name that the method that is written has declared: it is not in
    /// the namespace, and hides what is.
    fn is_local(&self, path: &Path<'_>) -> bool {
        let is_below =
            path.single().is_some_and(|seg| self.state.names.child(self.scope, seg).is_none());
        is_below && self.declared.contains_key(&self.absolute(path))
    }

    /// What the listing knows of a name, in its scope or above.
    fn declared_above(&self, path: &Path<'_>) -> Option<Option<u8>> {
        let mut scope = Some(self.scope);
        while let Some(node) = scope {
            if let Some(&count) = self.declared.get(&self.state.names.absolute(node, path)) {
                return (count != Some(AMBIGUOUS)).then_some(count);
            }
            scope = path.single().and_then(|_| self.state.names.parent(node));
        }
        None
    }

    fn absolute(&self, path: &Path<'_>) -> String {
        self.state.names.absolute(self.scope, path)
    }

    /// Declarations of the names that are used and declared nowhere in the table.
    fn externals(&self) -> String {
        let mut text = String::new();
        for (path, kind) in &self.used {
            if !self.declared.contains_key(path) && !PREDEFINED.contains(&path.as_str()) {
                text.push_str(&format!("    External ({path}, {kind})\n"));
            }
        }
        text
    }
}

fn external_kind(kind: Option<Kind>) -> &'static str {
    match kind {
        Some(Kind::Integer) => "IntObj",
        Some(Kind::String) => "StrObj",
        Some(Kind::Buffer) => "BuffObj",
        Some(Kind::Package) => "PkgObj",
        Some(Kind::FieldUnit) => "FieldUnitObj",
        Some(Kind::Device) => "DeviceObj",
        Some(Kind::Event) => "EventObj",
        Some(Kind::Method) => "MethodObj",
        Some(Kind::Mutex) => "MutexObj",
        Some(Kind::Region) => "OpRegionObj",
        Some(Kind::PowerResource) => "PowerResObj",
        Some(Kind::Processor) => "ProcessorObj",
        Some(Kind::ThermalZone) => "ThermalZoneObj",
        Some(Kind::BufferField) => "BuffFieldObj",
        _ => "UnknownObj",
    }
}

/// A fault of the listing itself: nesting that no compiler makes.
const TOO_DEEP: Fault = Fault::TooDeep;
