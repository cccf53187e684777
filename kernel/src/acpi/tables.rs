//! Every ACPI table that can be believed, and every one that cannot, with why.
//!
//! How they are found is in `walk`.

use super::list::List;
use super::view;
use core::fmt;
use valhalla_core::acpi::madt::Facts;
use valhalla_core::acpi::rsdp::{Rsdp, RsdpProblem};
use valhalla_core::acpi::s5;
use valhalla_core::acpi::sdt::{HEADER_LENGTH, Header, Signature, Sum, TableProblem};

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
    /// What its bytes sum to.
    pub sum: Sum,
    pub(super) bytes: &'static [u8],
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
    /// An entry in it is wrong: we read it up to there,
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
    pub(super) rsdp: Option<Rsdp>,
    pub(super) absence: Option<Absence>,
    pub(super) root: Option<Table>,
    pub(super) tables: List<Table, MAX_TABLES>,
    pub(super) rejected: List<Rejected, MAX_REJECTED>,
    pub(super) madt: Option<Facts>,
    pub(super) view: Option<view::Root>,
}

impl Tables {
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
    pub fn root_table(&self) -> Option<&Header> {
        self.root.as_ref().map(|root| &root.header)
    }

    /// The tables, the root included, that are used in spite of a wrong sum.
    pub fn wrong_sums(&self) -> impl Iterator<Item = &Table> {
        let all = self.root.iter().chain(self.tables.iter());
        all.filter(|table| !table.sum.is_right())
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

    /// The AML of the DSDT and of each SSDT.
    pub fn aml(&self) -> impl Iterator<Item = &[u8]> {
        let dsdt = self.get(Signature::DSDT).into_iter();
        let ssdts = self.tables.iter().filter(|table| table.header.signature == Signature::SSDT);
        dsdt.chain(ssdts).filter_map(|table| table.bytes.get(HEADER_LENGTH..))
    }

    /// The sleep types for "soft off", from the DSDT or an SSDT.
    #[must_use]
    pub fn soft_off(&self) -> Option<s5::SleepTypes> {
        self.aml().find_map(s5::find)
    }

    /// Says in the log what was found.
    pub(super) fn log(&self) {
        for rejected in self.rejected.iter() {
            log::warn!(target: "acpi", "ignored {rejected}");
        }
        if self.rejected.dropped() > 0 {
            log::warn!(target: "acpi", "ignored {} more", self.rejected.dropped());
        }
        for table in self.wrong_sums() {
            let name = table.header.signature;
            log::warn!(target: "acpi", "{name} at {:#x}: {}", table.physical, table.sum);
        }
        if let Some(absence) = self.absence {
            log::warn!(target: "acpi", "no ACPI: {absence}; going on without");
        }
        if let Some(root) = self.root_table() {
            let count = self.tables.len();
            let plural = plural(count);
            log::info!(target: "acpi", "{count} table{plural} found through the {}", root.signature);
        }
        for table in self.tables.iter() {
            let header = &table.header;
            let (name, bytes) = (header.signature, header.length);
            log::debug!(target: "acpi", "{name} revision {}, {bytes} bytes at {:#x}", header.revision, table.physical);
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
