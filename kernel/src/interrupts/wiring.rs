//! Which wire ends where: ISA lines and global interrupts.

use super::controller::Line;
use super::isa::IsaIrq;
use super::source::Gsi;
use valhalla_core::apic::{Polarity, Trigger};

/// Where the ISA line `irq` ends.
pub(super) fn line_of(irq: IsaIrq) -> Line {
    Line {
        isa: Some(irq),
        gsi: Some(Gsi(u32::from(irq.number()))),
        polarity: Polarity::ActiveHigh,
        trigger: Trigger::Edge,
    }
}

/// The ISA line that is wired to `gsi`.
pub(super) fn isa_on(gsi: Gsi) -> Option<IsaIrq> {
    u8::try_from(gsi.0).ok().and_then(IsaIrq::new)
}

/// The pin `gsi` as PCI uses it: low, level.
pub(super) const fn pci_line(gsi: Gsi) -> Line {
    Line { isa: None, gsi: Some(gsi), polarity: Polarity::ActiveLow, trigger: Trigger::Level }
}
