//! Which wire ends where: what the firmware says, once for all.

use super::line::{Gsi, IsaIrq, Line};
use spin::Once;
use valhalla_core::acpi::madt::Wiring;
use valhalla_core::apic::{Polarity, Trigger};

static WIRING: Once<Wiring> = Once::new();
/// What holds until the firmware was read.
static PLAIN: Wiring = Wiring::new(None);

/// Reads the MADT, if there is one, and says what of it is not followed. `sci` is
/// the FADT's word for the SCI.
pub(super) fn init(madt: Option<&[u8]>, sci: Option<u16>) {
    let sci = sci.and_then(|sci| u8::try_from(sci).ok());
    let read = || madt.map_or(Wiring::new(sci), |madt| Wiring::read(madt, sci));
    for complaint in WIRING.call_once(read).complaints() {
        log::warn!(target: "interrupts", "MADT: {complaint}");
    }
}

/// What the firmware says.
pub(super) fn get() -> &'static Wiring {
    WIRING.get().unwrap_or(&PLAIN)
}

/// Where the ISA line `irq` ends.
#[must_use]
pub fn line_of(irq: IsaIrq) -> Line {
    let told = get().isa(irq.number());
    Line {
        isa: Some(irq),
        gsi: told.and_then(|line| line.gsi).map(Gsi),
        polarity: told.map_or(Polarity::ActiveHigh, |line| line.polarity),
        trigger: told.map_or(Trigger::Edge, |line| line.trigger),
    }
}

/// The pin `gsi` as PCI uses it: low, level, unless an override says otherwise.
pub(super) fn pci_line(gsi: Gsi) -> Line {
    let (irq, polarity, trigger) = get().pci_pin(gsi.0);
    Line { isa: irq.and_then(IsaIrq::new), gsi: Some(gsi), polarity, trigger }
}

/// The line at the pin `gsi`: an ISA line's, or as PCI uses it.
#[must_use]
pub fn line_at(gsi: Gsi) -> Line {
    get().isa_on(gsi.0).and_then(IsaIrq::new).map_or_else(|| pci_line(gsi), line_of)
}

/// Tells whether the firmware says that `irq` is not as ISA has it.
#[must_use]
pub fn is_overridden(irq: IsaIrq) -> bool {
    get().isa(irq.number()).is_some_and(|line| line.overridden)
}
