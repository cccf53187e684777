//! The sixteen ISA interrupt lines: what came on them, and their masks.

use super::current::controller;
pub use super::line::IsaIrq;
pub use super::vectors::of_isa as vector;
use super::vectors::{self, Counts};
pub use super::wiring::{is_overridden, line_of as line};
use super::{pic, routes};
use valhalla_core::apic::Mask;

pub use pic::spurious_counts;

/// Tells whether `irq` can interrupt, in the present mode.
#[must_use]
pub fn is_reachable(irq: IsaIrq) -> bool {
    controller().reaches(&line(irq)).is_ok()
}

/// Lets `irq` through.
pub fn unmask(irq: IsaIrq) {
    routes::set_line_mask(&line(irq), Mask::Open);
}

/// Blocks `irq`; its handler stays registered.
pub fn mask(irq: IsaIrq) {
    routes::set_line_mask(&line(irq), Mask::Masked);
}

/// Returns true while `irq` is blocked.
#[must_use]
pub fn is_masked(irq: IsaIrq) -> bool {
    controller().is_masked(&line(irq))
}

/// Returns true while an interrupt of `irq` waits to be taken.
#[must_use]
pub fn is_requested(irq: IsaIrq) -> bool {
    controller().is_requested(&line(irq), vector(irq))
}

/// What has come on `irq`.
#[must_use]
pub fn counts(irq: IsaIrq) -> Counts {
    vectors::counts(vector(irq))
}

/// How many interrupts arrived on `irq`.
#[must_use]
pub fn arrived(irq: IsaIrq) -> u64 {
    counts(irq).arrived
}
