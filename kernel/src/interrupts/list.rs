//! The claims, for people.

use super::current::controller;
use super::lapic;
use super::line::Gsi;
use super::routes::{self, Path};
use super::vectors::{self, Counts};
use super::wiring;
use core::fmt;
use valhalla_core::apic::Mask;
use valhalla_core::interrupt::owners::Names;

/// A claim.
#[derive(Clone, Copy, Debug)]
pub struct Routed {
    /// How it reaches the processor.
    pub path: Path,
    /// Names of its owners.
    pub names: Names,
    /// The vector that it arrives on.
    pub vector: u8,
    /// Whether it is let through, by the controller's own word.
    pub mask: Mask,
    /// What has come.
    pub counts: Counts,
}

/// Returns the claims, and of the local APIC's own sources those that have interrupted,
/// in the order of their vectors. Each is looked up as it is asked for: the whole is too
/// large for a stack.
pub fn list() -> impl Iterator<Item = Routed> {
    (vectors::FIRST_ISA..=u8::MAX).filter_map(routed)
}

fn routed(vector: u8) -> Option<Routed> {
    let route = routes::on(vector)?;
    let counts = vectors::counts(vector);
    let mask = match &route.path {
        Path::Internal if counts.arrived == 0 => return None,
        Path::Internal if vector == vectors::TIMER => lapic::timer::entry().mask(),
        Path::Line(line) if controller().is_masked(line) => Mask::Masked,
        _ => Mask::Open,
    };
    Some(Routed { path: route.path, names: route.owners.names(), vector, mask, counts })
}

/// What a vector brings: `IRQ 4 (COM1)`.
pub(super) fn name_of(vector: u8) -> impl fmt::Display {
    let route = routes::on(vector);
    fmt::from_fn(move |f| match (&route, vectors::isa_on(vector)) {
        (Some(route), _) => write!(f, "{} ({})", route.path, route.owners.names()),
        (None, Some(irq)) => write!(f, "{irq}"),
        (None, None) => write!(f, "vector {vector:#04x}"),
    })
}

/// Returns the names of a line's owners.
#[must_use]
pub fn owners_of(gsi: Gsi) -> Option<Names> {
    routes::of(&wiring::pci_line(gsi)).map(|route| route.owners.names())
}
