//! PCI: the functions of this machine.
//!
//! What registers mean is in `valhalla_core::pci`, how they are reached in
//! `acpi::pci`. Nothing is kept: devices are looked for whenever somebody asks.

use crate::acpi::aml;
use crate::acpi::pci::{self, Config};
use crate::interrupts::Gsi;
use valhalla_core::pci::header::{Control, register};
use valhalla_core::pci::scan::bridged;
use valhalla_core::pci::{Address, ConfigSpace, Function, Ids, Roots, Scan, bar};
use x86_64::instructions::interrupts::without_interrupts;

/// Every function behind a bridge or on a root bus that the tables tell, segment by
/// segment, bus by bus.
pub fn functions() -> impl Iterator<Item = Function> {
    functions_from(pci::roots())
}

/// Every function on these roots and behind their bridges.
pub fn functions_from(roots: Roots) -> impl Iterator<Item = Function> {
    (0..).map_while(pci::buses).flat_map(move |buses| Scan::new(&Config, buses, roots))
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

/// The memory that the function's base address register `number` brings, where
/// the firmware gave it a place.
#[must_use]
pub fn memory(function: &Function, number: u8) -> Option<bar::Range> {
    let is_it = |range: &bar::Range| {
        range.number == number && matches!(range.kind, bar::Kind::Memory { .. }) && range.base != 0
    };
    ranges(function).into_iter().flatten().find(is_it)
}

/// Lets the function answer to its memory, and access memory itself: a message
/// is a write to memory, which only a bus master may do.
#[inline(never)]
pub fn turn_on(function: &Function) {
    let command = Config.read_u16(function.address, register::COMMAND);
    let on = command | Control::MEMORY | Control::BUS_MASTER;
    Config.write_u16(function.address, register::COMMAND, on);
}

/// The pin of the I/O APICs that the function's pin arrives on, as the
/// firmware's `_PRT` says; `None` where there is no pin or no answer.
///
/// Behind a bridge the pins are turned by the device's number at each (PCI-to-PCI
/// Bridge Architecture Specification 1.2, 9.1), up to a bus with a table.
#[must_use]
pub fn gsi(function: &Function) -> Option<Gsi> {
    /// Trees are not deeper; bridges that lead to each other end here.
    const MOST_BRIDGES: usize = 16;
    let mut pin = match function.pin(&Config)? {
        'A' => 0,
        'B' => 1,
        'C' => 2,
        _ => 3,
    };
    let mut at = function.address;
    for _ in 0..MOST_BRIDGES {
        let leads_here = |bridge: &Function| {
            bridge.address.segment() == at.segment()
                && bridge.address.bus() != at.bus()
                && bridged(&Config, bridge).is_some_and(|buses| buses.secondary == at.bus())
        };
        let Some(bridge) = functions().find(leads_here) else { break };
        pin = (pin + at.device()) % 4;
        at = bridge.address;
    }
    match aml::gsi_of_pin(aml::Mode::Apic, at.bus(), at.device(), pin) {
        Ok(gsi) => gsi.map(Gsi),
        Err(error) => {
            log::debug!(target: "pci", "{}: no route: {error}", function.address);
            None
        }
    }
}

/// What it answers to, with sizes. For the microseconds that this takes it
/// answers to nothing, and no handler can talk to it.
#[must_use]
pub fn ranges(function: &Function) -> bar::Ranges {
    without_interrupts(|| bar::ask(&Config, function))
}
