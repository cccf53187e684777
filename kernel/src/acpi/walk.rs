//! From the root pointer to every table, one careful step after the other.
//!
//! ```text
//!   RSDP --> XSDT (or RSDT) --> FADT --> DSDT
//!                          \--> MADT, HPET, SSDT, ...
//! ```
//!
//! Each step maps the header first, looks at the length, maps the whole, sums
//! it, and only then reads it. A bad table is named and left out; the others
//! go on. One whose length is right and whose sum is not is named and used, as
//! ACPICA does.

use super::list::List;
use super::tables::{Absence, Rejected, Table, Tables, Trust};
use super::{map, view};
use valhalla_core::acpi::rsdp;
use valhalla_core::acpi::sdt::{self, HEADER_LENGTH, Header, Signature, Sum, TableProblem};
use valhalla_core::acpi::{fadt, madt, mcfg};
use valhalla_core::regions::Region;

impl Tables {
    /// Finds every table from the root pointer at physical address `rsdp`,
    /// for good: with the view that the `acpi` crate gets.
    pub(super) fn find(rsdp: Option<u64>, regions: &[Region]) -> Self {
        let mut found = Self::look(rsdp, regions);
        if found.absence.is_none() {
            found.view = view::Root::build(&found);
        }
        found
    }

    /// Follows the root pointer and checks everything, as it is in memory now.
    #[must_use]
    pub fn look(rsdp: Option<u64>, regions: &[Region]) -> Self {
        let mut found = Self {
            rsdp: None,
            absence: None,
            root: None,
            tables: List::new(),
            rejected: List::new(),
            madt: None,
            view: None,
        };
        found.absence = found.follow(rsdp, regions).err();
        found
    }

    fn follow(&mut self, rsdp: Option<u64>, regions: &[Region]) -> Result<(), Absence> {
        let physical = rsdp.ok_or(Absence::NoRsdp)?;
        // A version 1 pointer may be the last thing in its region.
        let long = map::head::<{ rsdp::V2_LENGTH }>(physical, regions);
        let short = map::head::<{ rsdp::V1_LENGTH }>(physical, regions);
        let rsdp = match (&long, &short) {
            (Ok(bytes), _) => rsdp::parse(bytes),
            (Err(_), Ok(bytes)) => rsdp::parse(bytes),
            (Err(_), Err(_)) => return Err(Absence::Unreachable(physical)),
        };
        let rsdp = rsdp.map_err(Absence::BadRsdp)?;
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
            Ok((header, bytes, sum)) if header.signature == wanted => {
                self.root = Some(Table { header, physical: at, trust: Trust::Whole, sum, bytes });
                Some(bytes)
            }
            Ok((header, ..)) => {
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
        let (header, bytes, sum) = match load(physical, regions) {
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
            let table = Table { header, physical, trust: Trust::Whole, sum, bytes };
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
                Ok((header, ..)) if header.signature == Signature::DSDT => {
                    return self.add(physical, regions);
                }
                Ok((header, ..)) => {
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
}

type Loaded = Result<(Header, &'static [u8], Sum), (Option<Signature>, TableProblem)>;

/// Maps and checks one table: header first, then all of it.
fn load(physical: u64, regions: &[Region]) -> Loaded {
    let start = map::head::<HEADER_LENGTH>(physical, regions).map_err(|p| (None, p))?;
    let name = start.first_chunk().copied().map(Signature);
    let header = Header::parse(&start).map_err(|problem| (name, problem))?;
    let whole = map::bytes(physical, header.length, regions).map_err(|problem| (name, problem))?;
    sdt::check(whole).map_err(|problem| (name, problem))
}

/// The least length of the kinds that somebody overlays a struct on.
fn shortest(signature: Signature) -> u32 {
    match signature {
        Signature::FADT => fadt::MIN_LENGTH,
        Signature::MADT => madt::MIN_LENGTH,
        Signature::HPET => 56,
        Signature::MCFG => mcfg::MIN_LENGTH,
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
