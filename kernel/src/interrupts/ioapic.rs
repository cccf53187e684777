//! The I/O APICs (Intel 82093AA data sheet): pins in, messages out.
//!
//! Each has a redirection table, an entry of 64 bits for a pin, reached through
//! an index and a data register. A pin's number is that of a global system
//! interrupt: the first one of an I/O APIC is the firmware's to tell, how many
//! there are it says itself. Firmware that puts two on top of each other is
//! told so, and the second is not used.

use super::controller::{Controller, Line, RouteError};
use super::lapic;
use super::source::Gsi;
use super::wiring;
use crate::memory::{Caching, mmio};
use core::fmt;
use core::ptr::NonNull;
use spin::Once;
use valhalla_core::acpi::madt::wiring::{IoApicClaim, MAX_IO_APICS, Pins, Wiring};
use valhalla_core::apic::redirection::Redirection;
use valhalla_core::apic::{Delivery, Mask, Trigger};
use x86_64::instructions::interrupts;

/// Offset of the index register, IOREGSEL.
const INDEX: usize = 0x00;
/// Offset of the data register, IOWIN.
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

/// Why one is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    Unmapped(mmio::MmioError),
    NoAnswer,
    TooManyPins(u32),
    Overlaps(IoApicClaim),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unmapped(error) => write!(f, "cannot be mapped: {error}"),
            Self::NoAnswer => f.write_str("does not answer"),
            Self::TooManyPins(pins) => write!(f, "says that it has {pins} pins, which cannot be"),
            Self::Overlaps(other) => write!(f, "has pins in common with {other}"),
        }
    }
}

static IO_APICS: Once<[Option<IoApic>; MAX_IO_APICS]> = Once::new();

/// Maps those that the firmware lists, and masks every pin.
pub(super) fn init(wiring: &Wiring) {
    IO_APICS.call_once(|| {
        let mut found = [const { None }; MAX_IO_APICS];
        let mut free = 0;
        for claim in wiring.io_apics() {
            match find(claim, &found) {
                Ok(io_apic) => {
                    io_apic.mask_all();
                    if let Some(slot) = found.get_mut(free) {
                        *slot = Some(io_apic);
                        free += 1;
                    }
                }
                Err(refusal) => {
                    log::warn!(target: "interrupts", "MADT: {claim} {refusal}: not used");
                }
            }
        }
        found
    });
}

fn find(claim: IoApicClaim, others: &[Option<IoApic>]) -> Result<IoApic, Refusal> {
    let physical = u64::from(claim.address);
    let window = mmio::map(physical, WINDOW, Caching::Uncached, "I/O APIC");
    let window = window.map_err(Refusal::Unmapped)?;
    let none = Pins { base: claim.gsi_base, count: 0 };
    let probe = IoApic { claim, pins: none, registers: window.start() };
    let version = probe.read(VERSION);
    // An empty bus reads as all ones.
    if version == u32::MAX || version == 0 {
        return Err(Refusal::NoAnswer);
    }
    let count = (version >> 16 & 0xff) + 1;
    if count > MOST_PINS {
        return Err(Refusal::TooManyPins(count));
    }
    let pins = Pins { count, ..none };
    if let Some(other) = others.iter().flatten().find(|other| other.pins.overlap(pins)) {
        return Err(Refusal::Overlaps(other.claim));
    }
    Ok(IoApic { claim, pins, registers: window.leak() })
}

/// Those that are used, in the order of the firmware's list.
pub fn all() -> impl Iterator<Item = &'static IoApic> {
    IO_APICS.get().into_iter().flatten().flatten()
}

/// The pin that `gsi` is.
fn pin_of(gsi: Gsi) -> Option<(&'static IoApic, u32)> {
    all().find_map(|io_apic| Some((io_apic, io_apic.pins.pin(gsi.0)?)))
}

/// Whether one of them serves `gsi`.
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
    fn read(&self, index: u8) -> u32 {
        interrupts::without_interrupts(|| {
            // SAFETY: the registers are mapped uncached for as long as this
            // lives; with interrupts off nobody chooses another in between, and
            // reading one has no effect.
            unsafe {
                self.registers.as_ptr().add(INDEX).cast::<u32>().write_volatile(u32::from(index));
                self.registers.as_ptr().add(DATA).cast::<u32>().read_volatile()
            }
        })
    }

    fn write(&self, index: u8, value: u32) {
        interrupts::without_interrupts(|| {
            // SAFETY: as in `read`; a pin that is let through leads to a vector
            // that has an entry, or is an NMI, which is survived.
            unsafe {
                self.registers.as_ptr().add(INDEX).cast::<u32>().write_volatile(u32::from(index));
                self.registers.as_ptr().add(DATA).cast::<u32>().write_volatile(value);
            }
        });
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
        let index = index(pin);
        let [low, high] = [self.read(index), self.read(index + 1)];
        Redirection::decode(u64::from(high) << 32 | u64::from(low))
    }

    /// Masked before it is changed, and open, if at all, only when it is whole.
    fn set_redirection(&self, pin: u32, entry: &Redirection) {
        let (index, bits) = (index(pin), entry.bits());
        let masked = Redirection { mask: Mask::Masked, ..*entry }.bits();
        self.write(index, masked as u32);
        self.write(index + 1, (bits >> 32) as u32);
        self.write(index, bits as u32);
    }

    fn set_mask(&self, pin: u32, mask: Mask) {
        let entry = Redirection { mask, ..self.redirection(pin) };
        self.write(index(pin), entry.bits() as u32);
    }

    /// Another vector. The low half is one store, so an edge goes to the old one
    /// or to the new one.
    fn set_vector(&self, pin: u32, vector: u8) {
        let entry = Redirection { vector, ..self.redirection(pin) };
        self.write(index(pin), entry.bits() as u32);
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
        let entry = Redirection { delivery: Delivery::Nmi, mask: Mask::Open, ..fixed };
        io_apic.set_redirection(pin, &entry);
    }
}

/// The I/O APICs as a controller of lines.
pub(super) struct IoApics;

/// Sends `line` to another vector.
pub(super) fn change_vector(line: &Line, vector: u8) {
    if let Some((io_apic, pin)) = pin(line) {
        if line.trigger == Trigger::Level {
            // Its end is looked for by the vector that the entry has.
            io_apic.set_mask(pin, Mask::Masked);
            super::mode::drain_vector(io_apic.redirection(pin).vector);
        }
        io_apic.set_vector(pin, vector);
    }
}

fn pin(line: &Line) -> Option<(&'static IoApic, u32)> {
    pin_of(line.gsi?)
}

impl Controller for IoApics {
    fn route(&self, line: &Line, vector: u8) -> Result<(), RouteError> {
        let (io_apic, pin) = pin(line).ok_or(RouteError::NotAtIoApic)?;
        if wiring::get().nmi_sources().any(|nmi| line.gsi == Some(Gsi(nmi.pin))) {
            return Err(RouteError::IsNmi);
        }
        let destination = lapic::id() as u8;
        let entry = Redirection::fixed(vector, destination, line.polarity, line.trigger);
        io_apic.set_redirection(pin, &entry);
        Ok(())
    }

    fn mask(&self, line: &Line) {
        if let Some((io_apic, pin)) = pin(line) {
            io_apic.set_mask(pin, Mask::Masked);
        }
    }

    fn unmask(&self, line: &Line) {
        if let Some((io_apic, pin)) = pin(line) {
            io_apic.set_mask(pin, Mask::Open);
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

    fn reaches(&self, line: &Line) -> Result<(), RouteError> {
        pin(line).map(|_| ()).ok_or(RouteError::NotAtIoApic)
    }
}
