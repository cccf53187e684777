//! What the linked kernel says about itself: its functions, and the source
//! line of every instruction.

use std::collections::BTreeMap;
use std::path::Path;

use addr2line::gimli::{Dwarf, EndianSlice, Error, LittleEndian, SectionId};
use addr2line::{Context, Location};
use object::{Object, ObjectSection, ObjectSymbol, SymbolKind};

use crate::Outcome;

type Reader<'a> = EndianSlice<'a, LittleEndian>;

/// A function as the linker placed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its first instruction.
    pub start: u64,
    /// Its bytes; it reaches into no other.
    pub size: u64,
    /// Its name as people write it.
    pub name: String,
}

/// A place in the source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// From the top of the workspace, or from the crate's own directory.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// Whether the file is in this workspace.
    ours: bool,
}

/// One function that an instruction came from, inlined or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The function's name.
    pub function: String,
    /// Where in it; the compiler's own code has no place.
    pub place: Option<Place>,
}

/// A linked kernel with its debug information.
pub struct Kernel<'a> {
    /// In the order of their addresses.
    pub functions: Vec<Function>,
    root: String,
    debug: Context<Reader<'a>>,
}

impl std::fmt::Debug for Kernel<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kernel of {} functions", self.functions.len())
    }
}

impl<'a> Kernel<'a> {
    /// Reads an ELF file; `root` is the top of the workspace it was built in.
    ///
    /// # Errors
    /// If it is not an ELF file or its debug information is damaged.
    pub fn read(file: &'a [u8], root: &Path) -> Outcome<Self> {
        let elf = object::File::parse(file)?;
        let section = |id: SectionId| -> Result<Reader<'a>, Error> {
            let data = elf.section_by_name(id.name()).and_then(|section| section.data().ok());
            Ok(EndianSlice::new(data.unwrap_or_default(), LittleEndian))
        };
        let debug = Context::from_dwarf(Dwarf::load(section)?)?;
        let root = format!("{}/", root.display());
        Ok(Self { functions: functions(&elf), root, debug })
    }

    /// The function around `address`.
    #[must_use]
    pub fn function_at(&self, address: u64) -> Option<&Function> {
        let after = self.functions.partition_point(|function| function.start <= address);
        let function = self.functions.get(after.checked_sub(1)?)?;
        (address - function.start < function.size).then_some(function)
    }

    /// Everything that the instruction at `address` came from, the innermost
    /// inlined function first, the function that was really called last.
    ///
    /// # Errors
    /// If the debug information is damaged.
    pub fn frames(&self, address: u64) -> Outcome<Vec<Frame>> {
        let mut frames = Vec::new();
        let mut found = self.debug.find_frames(address).skip_all_loads()?;
        while let Some(frame) = found.next()? {
            let function = match &frame.function {
                Some(name) => readable(&name.raw_name()?),
                None => String::new(),
            };
            let place = frame.location.and_then(|place| self.place(&place));
            frames.push(Frame { function, place });
        }
        Ok(frames)
    }

    /// The one line to show for `address`: the innermost in this workspace,
    /// because that is what its reader can change; else, in code that is all
    /// others', the outermost.
    ///
    /// # Errors
    /// As [`Kernel::frames`].
    pub fn line(&self, address: u64) -> Outcome<Option<Place>> {
        let mut found = self.debug.find_frames(address).skip_all_loads()?;
        let mut outermost = None;
        while let Some(frame) = found.next()? {
            if let Some(place) = frame.location.and_then(|place| self.place(&place)) {
                if place.ours {
                    return Ok(Some(place));
                }
                outermost = Some(place);
            }
        }
        Ok(outermost)
    }

    /// `None` for the compiler's own code, which has line 0.
    fn place(&self, location: &Location<'_>) -> Option<Place> {
        let line = location.line.filter(|line| *line != 0)?;
        let path = location.file?;
        let own = path.strip_prefix(&self.root).or((!path.starts_with('/')).then_some(path));
        let file = own.unwrap_or_else(|| shorten(path)).to_owned();
        Some(Place { file, line, ours: own.is_some() })
    }
}

/// The file of somebody else's crate, from that crate on: the directories in
/// front of it belong to the machine that built it.
fn shorten(path: &str) -> &str {
    if let Some((_, inside)) = path.split_once("/library/") {
        return inside;
    }
    let registry = path.split_once("/registry/src/").and_then(|(_, rest)| rest.split_once('/'));
    registry.map_or(path, |(_, inside)| inside)
}

/// The crates that `kernel/src` is built as. Their names say nothing that the
/// folder's does not, so all are shown as the one library that they make up.
const CRATES: [&str; 4] =
    ["valhalla_base::", "valhalla_firmware::", "valhalla_machine::", "valhalla_prompt::"];

/// The name as reports show it: without the compiler's hashes, in one library.
#[must_use]
pub fn readable(mangled: &str) -> String {
    let name = format!("{:#}", rustc_demangle::demangle(mangled));
    CRATES.iter().fold(name, |name, part| name.replace(part, "valhalla::"))
}

fn functions(elf: &object::File<'_>) -> Vec<Function> {
    let mut functions = BTreeMap::new();
    for symbol in elf.symbols() {
        if let (SymbolKind::Text, Ok(name)) = (symbol.kind(), symbol.name())
            && symbol.size() != 0
        {
            let start = symbol.address();
            let function = Function { start, size: symbol.size(), name: readable(name) };
            functions.entry(start).or_insert(function);
        }
    }
    let mut functions: Vec<Function> = functions.into_values().collect();
    for index in 1..functions.len() {
        let limit = functions[index].start - functions[index - 1].start;
        let before = &mut functions[index - 1];
        before.size = before.size.min(limit);
    }
    functions
}

#[cfg(test)]
mod tests {
    use super::{readable, shorten};

    #[test]
    fn crates_of_the_kernel_are_shown_as_one() {
        assert_eq!(readable("valhalla_base::cpu::halt"), "valhalla::cpu::halt");
        let name = "<valhalla_machine::time::Clock as core::fmt::Display>::fmt";
        assert_eq!(readable(name), "<valhalla::time::Clock as core::fmt::Display>::fmt");
        assert_eq!(readable("valhalla_core::text::f"), "valhalla_core::text::f");
    }

    #[test]
    fn directories_of_the_building_machine_are_cut() {
        let rust = "/rustc/59807616e1fa2540724bfbac/library/core/src/fmt/mod.rs";
        assert_eq!(shorten(rust), "core/src/fmt/mod.rs");
        let other = "/home/me/.cargo/registry/src/some-index-1949cf/vte-0.15.0/src/lib.rs";
        assert_eq!(shorten(other), "vte-0.15.0/src/lib.rs");
        assert_eq!(shorten("/odd/place.rs"), "/odd/place.rs");
    }
}
