//! The I/O APICs (Intel 82093AA data sheet): pins in, messages out.
//!
//! Each has a redirection table, an entry of 64 bits for a pin, reached through
//! an index and a data register. A pin's number is that of a global system
//! interrupt: the first one of an I/O APIC is the firmware's to tell, how many
//! there are it says itself. Firmware that puts two on top of each other is
//! told so, and the second is not used.

use super::controller::{Controller, RouteError};
use super::lapic;
use super::line::{Gsi, Line};
use super::wiring;
use crate::memory::{Caching, mmio};
use core::fmt;
use core::ptr::NonNull;
use spin::Once;
use valhalla_core::acpi::madt::wiring::{IoApicClaim, MAX_IO_APICS, Pins};
use valhalla_core::apic::redirection::Redirection;
use valhalla_core::apic::{Delivery, Mask, Trigger};
use x86_64::instructions::interrupts;

/// Offset of the data register, IOWIN, from the index register, IOREGSEL.
const DATA: usize = 0x10;
/// How much is mapped: both, and the EOI register of newer ones.
const WINDOW: u64 = 0x50;

/// Index of the identification register, IOAPICID.
const ID: u8 = 0x00;
/// Index of the version register, IOAPICVER.
const VERSION: u8 = 0x01;
/// Index of the first half of the first redirection entry, IOREDTBL.
const TABLE: u8 = 0x10;
/// More pins than this do not fit behind an 8-bit index.
const MOST_PINS: u32 = 120;

/// An I/O APIC that answered.
#[derive(Debug)]
pub struct IoApic {
    /// Where the firmware says that it is.
    pub claim: IoApicClaim,
    /// Its pins, as global system interrupts.
    pub pins: Pins,
    registers: NonNull<u8>,
}

// SAFETY: the pointer is to registers that stay mapped for good; whoever uses
// them turns interrupts off, and one processor runs.
unsafe impl Send for IoApic {}
// SAFETY: as above.
unsafe impl Sync for IoApic {}

static IO_APICS: Once<[Option<IoApic>; MAX_IO_APICS]> = Once::new();

/// Maps those that the firmware lists, and masks every pin.
pub(super) fn init() {
    IO_APICS.call_once(|| {
        let mut found = [const { None }; MAX_IO_APICS];
        for claim in wiring::get().io_apics() {
            let io_apic = find(claim, &found);
            io_apic.iter().for_each(IoApic::mask_all);
            // There is room for as many as the wiring has.
            if let Some(slot) = found.iter_mut().find(|slot| slot.is_none()) {
                *slot = io_apic;
            }
        }
        found
    });
}

/// Returns the one of `claim`; where it cannot be used, the log says why.
fn find(claim: IoApicClaim, others: &[Option<IoApic>]) -> Option<IoApic> {
    let refuse = |why: fmt::Arguments<'_>| {
        log::warn!(target: "interrupts", "MADT: {claim} {why}: not used");
        None
    };
    let window = match mmio::map(claim.address.into(), WINDOW, Caching::Uncached, "I/O APIC") {
        Ok(window) => window,
        Err(error) => return refuse(format_args!("cannot be mapped: {error}")),
    };
    let pins = Pins { base: claim.gsi_base, count: 0 };
    let version = IoApic { claim, pins, registers: window.start() }.read(VERSION);
    // An empty bus reads as all ones.
    if version == u32::MAX || version == 0 {
        return refuse(format_args!("does not answer"));
    }
    let pins = Pins { count: (version >> 16 & 0xff) + 1, ..pins };
    if pins.count > MOST_PINS {
        return refuse(format_args!("says that it has {} pins, which cannot be", pins.count));
    }
    if let Some(other) = others.iter().flatten().find(|other| other.pins.overlap(pins)) {
        return refuse(format_args!("has pins in common with {}", other.claim));
    }
    Some(IoApic { claim, pins, registers: window.leak() })
}

/// Those that are used, in the order of the firmware's list.
pub fn all() -> impl Iterator<Item = &'static IoApic> {
    IO_APICS.get().into_iter().flatten().flatten()
}

/// The pin that `gsi` is.
fn pin_of(gsi: Gsi) -> Option<(&'static IoApic, u32)> {
    all().find_map(|io_apic| Some((io_apic, io_apic.pins.pin(gsi.0)?)))
}

/// Returns true when one of them serves `gsi`.
#[must_use]
pub fn serves(gsi: Gsi) -> bool {
    pin_of(gsi).is_some()
}

/// The redirection entry of `gsi`, if there is one.
#[must_use]
pub fn redirection(gsi: Gsi) -> Option<Redirection> {
    pin_of(gsi).map(|(io_apic, pin)| io_apic.redirection(pin))
}

impl IoApic {
    /// Chooses the register `index`, and reads or writes it by `access`.
    fn at<T>(&self, index: u8, access: impl FnOnce(*mut u32) -> T) -> T {
        interrupts::without_interrupts(|| {
            // SAFETY: the registers are mapped uncached for as long as this lives;
            // with interrupts off nobody chooses another in between.
            unsafe {
                self.registers.as_ptr().cast::<u32>().write_volatile(index.into());
                access(self.registers.as_ptr().add(DATA).cast())
            }
        })
    }

    fn read(&self, index: u8) -> u32 {
        // SAFETY: `at` gives the data register; reading it has no effect.
        self.at(index, |data| unsafe { data.read_volatile() })
    }

    fn write(&self, index: u8, value: u32) {
        // SAFETY: as in `read`; a pin that is let through leads to a vector that has
        // an entry, or is an NMI, which is survived.
        self.at(index, |data| unsafe { data.write_volatile(value) });
    }

    /// The identification register's id.
    #[must_use]
    pub fn id(&self) -> u8 {
        (self.read(ID) >> 24 & 0xf) as u8
    }

    /// The version: 0x11 for an 82093AA, 0x20 and more for those in chipsets.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.read(VERSION) as u8
    }

    /// Where a pin leads; `pin` is below `pins.count`.
    #[must_use]
    pub fn redirection(&self, pin: u32) -> Redirection {
        let [low, high] = [self.read(index(pin)), self.read(index(pin) + 1)];
        Redirection::decode(u64::from(high) << 32 | u64::from(low))
    }

    /// Changes vector, trigger and mask of an entry by one store, so that an edge goes
    /// the old way or the new one.
    fn set_low_half(&self, pin: u32, entry: &Redirection) {
        self.write(index(pin), entry.bits() as u32);
    }

    /// Masked before it is changed, and open, if at all, only when it is whole.
    fn set(&self, pin: u32, entry: &Redirection) {
        self.set_low_half(pin, &Redirection { mask: Mask::Masked, ..*entry });
        self.write(index(pin) + 1, (entry.bits() >> 32) as u32);
        self.set_low_half(pin, entry);
    }

    fn set_mask(&self, pin: u32, mask: Mask) {
        self.set_low_half(pin, &Redirection { mask, ..self.redirection(pin) });
    }

    fn mask_all(&self) {
        (0..self.pins.count).for_each(|pin| self.set_mask(pin, Mask::Masked));
    }
}

const fn index(pin: u32) -> u8 {
    TABLE.wrapping_add((pin * 2) as u8)
}

/// Masks every pin of every I/O APIC.
pub(super) fn mask_all() {
    all().for_each(IoApic::mask_all);
}

/// Lets the pins through that the firmware says are NMIs.
pub(super) fn open_nmi_sources() {
    for nmi in wiring::get().nmi_sources() {
        let Some((io_apic, pin)) = pin_of(Gsi(nmi.pin)) else { continue };
        let fixed = Redirection::fixed(0, lapic::id() as u8, nmi.polarity, nmi.trigger);
        io_apic.set(pin, &Redirection { delivery: Delivery::Nmi, mask: Mask::Open, ..fixed });
    }
}

/// Sends `line` to another vector. What is on its way to the old one stays there.
pub(super) fn change_vector(line: &Line, vector: u8) {
    let Some((io_apic, pin)) = pin(line) else { return };
    if line.trigger == Trigger::Level {
        // Its end is looked for by the vector that the entry has.
        io_apic.set_mask(pin, Mask::Masked);
        lapic::drain_vector(io_apic.redirection(pin).vector);
    }
    io_apic.set_low_half(pin, &Redirection { vector, ..io_apic.redirection(pin) });
}

fn pin(line: &Line) -> Option<(&'static IoApic, u32)> {
    pin_of(line.gsi?)
}

/// The I/O APICs, and the local APIC to which they send, as a controller of lines.
pub(super) struct Apic;

impl Controller for Apic {
    fn reaches(&self, line: &Line) -> Result<(), RouteError> {
        let is_nmi = |gsi| wiring::get().nmi_sources().any(|nmi| Gsi(nmi.pin) == gsi);
        match line.gsi {
            Some(gsi) if is_nmi(gsi) => Err(RouteError::IsNmi),
            Some(gsi) if serves(gsi) => Ok(()),
            _ => Err(RouteError::NotAtIoApic),
        }
    }

    fn route(&self, line: &Line, vector: u8) {
        if let Some((io_apic, pin)) = pin(line) {
            let destination = lapic::id() as u8;
            let entry = Redirection::fixed(vector, destination, line.polarity, line.trigger);
            io_apic.set(pin, &entry);
        }
    }

    fn set_mask(&self, line: &Line, mask: Mask) {
        if let Some((io_apic, pin)) = pin(line) {
            io_apic.set_mask(pin, mask);
        }
    }

    fn is_masked(&self, line: &Line) -> bool {
        pin(line).is_none_or(|(io_apic, pin)| io_apic.redirection(pin).mask == Mask::Masked)
    }

    fn trigger(&self, line: &Line) -> Trigger {
        line.trigger
    }

    fn is_requested(&self, _: &Line, vector: u8) -> bool {
        lapic::is_requested(vector)
    }

    fn is_in_service(&self, vector: u8) -> bool {
        lapic::is_in_service(vector)
    }

    fn end(&self, _: u8) {
        lapic::end_of_interrupt();
    }
}
