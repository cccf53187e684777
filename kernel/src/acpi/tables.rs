//! Every ACPI table that can be believed, and every one that cannot, with why.
//!
//! ```text
//!   RSDP --> XSDT (or RSDT) --> FADT --> DSDT
//!                          \--> MADT, HPET, SSDT, ...
//! ```
//!
//! Each step maps the header first, looks at the length, maps the whole, sums
//! it, and only then reads it. A bad table is named and left out; the others
//! go on.

use super::list::List;
use super::{map, view};
use core::fmt;
use valhalla_core::acpi::madt::{self, Facts};
use valhalla_core::acpi::rsdp::{self, Rsdp, RsdpProblem};
use valhalla_core::acpi::sdt::{self, HEADER_LENGTH, Header, Signature, TableProblem};
use valhalla_core::acpi::{fadt, s5};
use valhalla_core::regions::Region;

/// Room for tables. PCs have 10 to 40.
pub const MAX_TABLES: usize = 64;
/// Room for tables that did not pass.
pub const MAX_REJECTED: usize = 16;

/// A table that passed.
#[derive(Debug)]
pub struct Table {
    /// Its name, length, revision and maker.
    pub header: Header,
    /// Where it lies.
    pub physical: u64,
    /// Who may read it.
    pub trust: Trust,
    bytes: &'static [u8],
}

impl Table {
    /// The whole table, with its header.
    #[must_use]
    pub const fn bytes(&self) -> &'static [u8] {
        self.bytes
    }
}

/// How far a table is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// By everybody.
    Whole,
    /// Its sum is right, but an entry in it is wrong: we read it up to there,
    /// the `acpi` crate does not get it.
    OwnUseOnly,
}

/// A table that did not pass.
#[derive(Clone, Copy, Debug)]
pub struct Rejected {
    /// Its name, where at least its header could be read.
    pub signature: Option<Signature>,
    /// Where it was said to be.
    pub physical: u64,
    /// Why.
    pub problem: TableProblem,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.signature {
            Some(signature) => write!(f, "{signature}")?,
            None => f.write_str("a table")?,
        }
        write!(f, " at {:#x}: {}", self.physical, self.problem)
    }
}

/// Why there are no tables at all.
#[derive(Clone, Copy, Debug)]
pub enum Absence {
    /// The loader handed over no root pointer.
    NoRsdp,
    /// The root pointer is where no firmware data can be.
    Unreachable(u64),
    /// It is not a root pointer, or a damaged one.
    BadRsdp(RsdpProblem),
    /// Neither root table passed; the list of rejected tables says why.
    NoRoot,
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRsdp => f.write_str("the boot loader found no ACPI root pointer (RSDP)"),
            Self::Unreachable(physical) => {
                write!(f, "the root pointer (RSDP) at {physical:#x} is not in firmware memory")
            }
            Self::BadRsdp(problem) => write!(f, "the root pointer (RSDP) is not valid: {problem}"),
            Self::NoRoot => f.write_str("the root table is not valid"),
        }
    }
}

/// What was found.
#[derive(Debug)]
pub struct Tables {
    rsdp: Option<Rsdp>,
    absence: Option<Absence>,
    root: Option<Header>,
    tables: List<Table, MAX_TABLES>,
    rejected: List<Rejected, MAX_REJECTED>,
    madt: Option<Facts>,
    pub(super) view: Option<view::Root>,
}

impl Tables {
    /// Follows the root pointer at physical address `rsdp`.
    pub(super) fn find(rsdp: Option<u64>, regions: &[Region]) -> Self {
        let mut found = Self {
            rsdp: None,
            absence: None,
            root: None,
            tables: List::new(),
            rejected: List::new(),
            madt: None,
            view: None,
        };
        match found.follow(rsdp, regions) {
            Ok(()) => found.view = view::Root::build(&found),
            Err(absence) => found.absence = Some(absence),
        }
        found
    }

    fn follow(&mut self, rsdp: Option<u64>, regions: &[Region]) -> Result<(), Absence> {
        let physical = rsdp.ok_or(Absence::NoRsdp)?;
        // A version 1 pointer may be the last thing in its region.
        let bytes = map::bytes(physical, rsdp::V2_LENGTH as u32, regions)
            .or_else(|_| map::bytes(physical, rsdp::V1_LENGTH as u32, regions))
            .map_err(|_| Absence::Unreachable(physical))?;
        let rsdp = rsdp::parse(bytes).map_err(Absence::BadRsdp)?;
        self.rsdp = Some(rsdp);
        let xsdt = rsdp.xsdt.and_then(|at| self.root(at, Signature::XSDT, regions));
        let root = match xsdt {
            Some(root) => Some(root),
            None => rsdp.rsdt.and_then(|at| self.root(u64::from(at), Signature::RSDT, regions)),
        };
        for entry in sdt::root_entries(root.ok_or(Absence::NoRoot)?) {
            self.add(entry, regions);
        }
        self.add_dsdt(regions);
        self.read_madt();
        Ok(())
    }

    /// Reads one of the two root tables.
    fn root(&mut self, at: u64, wanted: Signature, regions: &[Region]) -> Option<&'static [u8]> {
        match load(at, regions) {
            Ok((header, bytes)) if header.signature == wanted => {
                self.root = Some(header);
                Some(bytes)
            }
            Ok((header, _)) => {
                self.reject(Some(header.signature), at, TableProblem::WrongSignature(wanted));
                None
            }
            Err((signature, problem)) => {
                self.reject(signature, at, problem);
                None
            }
        }
    }

    /// Reads a table that the root table lists.
    fn add(&mut self, physical: u64, regions: &[Region]) {
        let (header, bytes) = match load(physical, regions) {
            Ok(loaded) => loaded,
            Err((signature, problem)) => return self.reject(signature, physical, problem),
        };
        let signature = header.signature;
        let needs = shortest(signature);
        let twice = self.tables.iter().any(|other| {
            other.physical == physical
                || (is_single(signature) && other.header.signature == signature)
        });
        let problem = if header.length < needs {
            Some(TableProblem::TooShort { length: header.length, needs })
        } else if twice {
            Some(TableProblem::Duplicate)
        } else {
            let table = Table { header, physical, trust: Trust::Whole, bytes };
            self.tables.push(table).err().map(|_| TableProblem::NoRoom)
        };
        if let Some(problem) = problem {
            self.reject(Some(signature), physical, problem);
        }
    }

    /// The DSDT is in no root table: the FADT says where it is, twice.
    fn add_dsdt(&mut self, regions: &[Region]) {
        let Some(fadt) = self.get(Signature::FADT) else { return };
        for physical in fadt::dsdt_addresses(fadt.bytes) {
            match load(physical, regions) {
                Ok((header, _)) if header.signature == Signature::DSDT => {
                    return self.add(physical, regions);
                }
                Ok((header, _)) => {
                    let problem = TableProblem::WrongSignature(Signature::DSDT);
                    self.reject(Some(header.signature), physical, problem);
                }
                Err((signature, problem)) => {
                    self.reject(signature.or(Some(Signature::DSDT)), physical, problem);
                }
            }
        }
    }

    fn read_madt(&mut self) {
        let Some(table) = self.get(Signature::MADT) else { return };
        let (facts, physical) = (madt::facts(table.bytes), table.physical);
        self.madt = Some(facts);
        if let Some(problem) = facts.problem {
            let broken = self.tables.iter_mut().find(|table| table.physical == physical);
            broken.into_iter().for_each(|table| table.trust = Trust::OwnUseOnly);
            log::warn!(target: "acpi", "MADT: {problem}");
        }
    }

    fn reject(&mut self, signature: Option<Signature>, physical: u64, problem: TableProblem) {
        // What does not fit is counted by the list itself.
        let _ = self.rejected.push(Rejected { signature, physical, problem });
    }

    /// The first table of this name that passed.
    #[must_use]
    pub fn get(&self, signature: Signature) -> Option<&Table> {
        self.tables.iter().find(|table| table.header.signature == signature)
    }

    /// The tables that passed, in the firmware's order, the DSDT last.
    #[must_use]
    pub const fn list(&self) -> &List<Table, MAX_TABLES> {
        &self.tables
    }

    /// The tables that did not pass.
    #[must_use]
    pub const fn rejected(&self) -> &List<Rejected, MAX_REJECTED> {
        &self.rejected
    }

    /// The root pointer, if it was valid.
    #[must_use]
    pub const fn rsdp(&self) -> Option<&Rsdp> {
        self.rsdp.as_ref()
    }

    /// The header of the root table (RSDT or XSDT) that was followed.
    #[must_use]
    pub const fn root_table(&self) -> Option<&Header> {
        self.root.as_ref()
    }

    /// Why there are no tables, if there are none.
    #[must_use]
    pub const fn absence(&self) -> Option<Absence> {
        self.absence
    }

    /// What the MADT says about processors and interrupt controllers.
    #[must_use]
    pub const fn madt(&self) -> Option<&Facts> {
        self.madt.as_ref()
    }

    /// The sleep types for "soft off", from the DSDT or an SSDT.
    #[must_use]
    pub fn soft_off(&self) -> Option<s5::SleepTypes> {
        let dsdt = self.get(Signature::DSDT).into_iter();
        let ssdts = self.tables.iter().filter(|table| table.header.signature == Signature::SSDT);
        dsdt.chain(ssdts).find_map(|table| s5::find(table.bytes.get(HEADER_LENGTH..)?))
    }

    /// Says in the log what was found.
    pub(super) fn log(&self) {
        for rejected in self.rejected.iter() {
            log::warn!(target: "acpi", "ignored {rejected}");
        }
        if self.rejected.dropped() > 0 {
            log::warn!(target: "acpi", "ignored {} more", self.rejected.dropped());
        }
        if let Some(absence) = self.absence {
            log::warn!(target: "acpi", "no ACPI: {absence}; going on without");
        }
        if let Some(root) = &self.root {
            let count = self.tables.len();
            let plural = plural(count);
            log::info!(target: "acpi", "{count} table{plural} found through the {}", root.signature);
        }
        match &self.madt {
            Some(facts) => log::info!(target: "acpi", "{}", Processors(facts)),
            None => log::info!(target: "acpi", "no MADT: the processors cannot be counted"),
        }
    }
}

/// Shows as `the MADT lists 4 processors, 1 I/O APIC, and a pair of 8259s`.
#[derive(Clone, Copy, Debug)]
pub struct Processors<'a>(pub &'a Facts);

impl fmt::Display for Processors<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = self.0;
        write!(
            f,
            "the MADT lists {} processor{}",
            facts.processors,
            plural(facts.processors as usize)
        )?;
        if facts.pluggable > 0 {
            write!(f, " ({} more can be plugged in)", facts.pluggable)?;
        }
        write!(f, ", {} I/O APIC{}", facts.io_apics, plural(facts.io_apics as usize))?;
        f.write_str(if facts.legacy_pic { ", and a pair of 8259s" } else { ", and no 8259s" })
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

type Loaded = Result<(Header, &'static [u8]), (Option<Signature>, TableProblem)>;

/// Maps and checks one table: header first, then all of it.
fn load(physical: u64, regions: &[Region]) -> Loaded {
    let start = map::bytes(physical, HEADER_LENGTH as u32, regions).map_err(|p| (None, p))?;
    let name = start.first_chunk().copied().map(Signature);
    let header = Header::parse(start).map_err(|problem| (name, problem))?;
    let whole = map::bytes(physical, header.length, regions).map_err(|problem| (name, problem))?;
    sdt::check(whole).map_err(|problem| (name, problem))
}

/// The least length of the kinds that somebody overlays a struct on.
fn shortest(signature: Signature) -> u32 {
    match signature {
        Signature::FADT => fadt::MIN_LENGTH,
        Signature::MADT => madt::MIN_LENGTH,
        Signature::HPET => 56,
        Signature::MCFG => 44,
        _ => HEADER_LENGTH as u32,
    }
}

/// Kinds of which there is one; QEMU's `-acpitable` can add a second.
fn is_single(signature: Signature) -> bool {
    matches!(
        signature,
        Signature::FADT | Signature::MADT | Signature::HPET | Signature::MCFG | Signature::DSDT
    )
}
