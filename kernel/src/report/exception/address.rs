//! The address that a page fault was about: what it is for, what the page
//! tables say of it, and what is mapped around it.

use crate::cpu::exception::{DOUBLE_FAULT, Fault, PAGE_FAULT};
use crate::memory::inspect;
use crate::report::Place;
use core::fmt::{self, Write};
use valhalla_core::paging::Outcome;

/// Whether CR2 has to do with the fault. For a double fault it has when the
/// first of the two was a page fault; CR2 is zero if none came before.
pub(super) fn has_one(fault: &Fault) -> bool {
    match fault.vector() {
        PAGE_FAULT => true,
        DOUBLE_FAULT => fault.cr2 != 0,
        _ => false,
    }
}

/// The address, how the walk to it ended, and its neighbours.
pub(super) fn write(out: &mut impl Write, fault: &Fault) -> fmt::Result {
    if !has_one(fault) {
        return Ok(());
    }
    let address = fault.cr2;
    writeln!(out, "CR2 {address:#018x} ({})", Place(address))?;
    let Some(walk) = inspect::walk(address) else { return Ok(()) };
    writeln!(out, "    {}", walk.outcome)?;
    if matches!(walk.outcome, Outcome::Mapped(_)) {
        return Ok(());
    }
    let neighbours = inspect::neighbours(address);
    match neighbours.below {
        Some(at) => writeln!(out, "    mapped below: up to {at:#018x} ({})", Place(at))?,
        None => writeln!(out, "    mapped below: nothing")?,
    }
    match neighbours.above {
        Some(at) => writeln!(out, "    mapped above: from  {at:#018x} ({})", Place(at)),
        None => writeln!(out, "    mapped above: nothing"),
    }
}

/// Every entry on the way to the address.
pub(super) fn write_walk(out: &mut impl Write, fault: &Fault) -> fmt::Result {
    if !has_one(fault) {
        return Ok(());
    }
    let Some(walk) = inspect::walk(fault.cr2) else {
        return writeln!(out, "no walk: the page tables are still the loader's");
    };
    writeln!(out, "walk of {:#018x}:", fault.cr2)?;
    for step in walk.steps() {
        writeln!(out, "  {step:#}")?;
    }
    Ok(())
}
