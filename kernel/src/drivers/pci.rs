//! PCI: the functions of this machine.
//!
//! What registers mean is in `valhalla_core::pci`, how they are reached in
//! `acpi::pci`. Nothing is kept: devices are looked for whenever somebody asks.

use crate::acpi::pci::{self, Config};
use valhalla_core::pci::{Address, Function, Ids, Scan, bar};
use x86_64::instructions::interrupts::without_interrupts;

/// Every function, segment by segment, bus by bus.
pub fn functions() -> impl Iterator<Item = Function> {
    (0..).map_while(pci::buses).flat_map(|buses| Scan::new(&Config, buses))
}

/// The function at this place.
#[must_use]
pub fn at(address: Address) -> Option<Function> {
    Function::find(&Config, address)
}

/// The first function of this maker and kind.
#[must_use]
pub fn find(ids: Ids) -> Option<Function> {
    functions().find(|function| function.ids == ids)
}

/// What it answers to, with sizes. For the microseconds that this takes it
/// answers to nothing, and no handler can talk to it.
#[must_use]
pub fn ranges(function: &Function) -> bar::Ranges {
    without_interrupts(|| bar::ask(&Config, function))
}
