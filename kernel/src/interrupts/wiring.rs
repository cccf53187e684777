//! Which wire ends where: what the firmware says, once for all.

use super::controller::Line;
use super::isa::IsaIrq;
use super::lapic::NmiPin;
use super::source::Gsi;
use spin::Once;
use valhalla_core::acpi::madt::Wiring;
use valhalla_core::apic::{Polarity, Trigger};

static WIRING: Once<Wiring> = Once::new();
/// What holds until the firmware was read.
static PLAIN: Wiring = Wiring::new(None);

/// Reads the MADT, if there is one, and says what of it is not followed. `sci` is
/// the FADT's word for the SCI.
pub(super) fn init(madt: Option<&[u8]>, sci: Option<u16>) -> &'static Wiring {
    let sci = sci.and_then(|sci| u8::try_from(sci).ok());
    let read = || madt.map_or(Wiring::new(sci), |madt| Wiring::read(madt, sci));
    let wiring = WIRING.call_once(read);
    for complaint in wiring.complaints() {
        log::warn!(target: "interrupts", "MADT: {complaint}");
    }
    wiring
}

/// What the firmware says.
pub(super) fn get() -> &'static Wiring {
    WIRING.get().unwrap_or(&PLAIN)
}

/// Where the ISA line `irq` ends.
pub(super) fn line_of(irq: IsaIrq) -> Line {
    let told = get().isa(irq.number());
    Line {
        isa: Some(irq),
        gsi: told.and_then(|line| line.gsi).map(Gsi),
        polarity: told.map_or(Polarity::ActiveHigh, |line| line.polarity),
        trigger: told.map_or(Trigger::Edge, |line| line.trigger),
    }
}

/// The ISA line that is wired to `gsi`.
pub(super) fn isa_on(gsi: Gsi) -> Option<IsaIrq> {
    get().isa_on(gsi.0).and_then(IsaIrq::new)
}

/// The pin `gsi` as PCI uses it: low, level, unless an override says otherwise.
pub(super) fn pci_line(gsi: Gsi) -> Line {
    let (irq, polarity, trigger) = get().pci_pin(gsi.0);
    Line { isa: irq.and_then(IsaIrq::new), gsi: Some(gsi), polarity, trigger }
}

/// The local APIC's pins that are NMIs: the first two that the firmware tells.
pub(super) fn nmi_pins() -> impl Iterator<Item = NmiPin> {
    get().local_nmis().map(|nmi| NmiPin {
        lint: nmi.pin as u8,
        polarity: nmi.polarity,
        trigger: nmi.trigger,
    })
}
