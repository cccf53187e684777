//! The pair of 8259 interrupt controllers (Intel 8259A data sheet).
//!
//! The master takes IRQ 0 to 7, the slave IRQ 8 to 15 through the master's
//! line 2. Vectors 0 to 31 are the processor's, so the lines are moved to
//! vectors 32 to 47.
//!
//! A line that goes quiet before the processor asks makes the 8259 answer with
//! line 7: a *spurious* interrupt, told apart by its missing in-service bit.

use super::controller::{Controller, Line, RouteError};
use super::isa::IsaIrq;
use super::vectors::{FIRST_ISA_VECTOR, LAST_ISA_VECTOR};
use crate::cpu::port::Port;
use core::fmt;
use core::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use pic8259::ChainedPics;
use valhalla_core::apic::Trigger;
use x86_64::instructions::interrupts;

/// The vector of IRQ 0.
pub const FIRST_VECTOR: u8 = FIRST_ISA_VECTOR;

const MASTER_COMMAND: Port<u8> = Port::new(0x20);
const MASTER_DATA: Port<u8> = Port::new(0x21);
const SLAVE_COMMAND: Port<u8> = Port::new(0xa0);
const SLAVE_DATA: Port<u8> = Port::new(0xa1);

/// Edge/level control registers: which lines are level-triggered (PIIX4 and ICH
/// data sheets).
const ELCR: [Port<u8>; 2] = [Port::new(0x4d0), Port::new(0x4d1)];

/// The master's line that the slave is wired to.
const CASCADE: u16 = 1 << 2;
const ALL: u16 = 0xffff;
/// OCW2: the interrupt of highest priority in service is done.
const END_OF_INTERRUPT: u8 = 0x20;
/// OCW3: the next read of the command port gives the request register.
const READ_REQUESTS: u8 = 0x0a;
/// OCW3: the next read of the command port gives the in-service register.
const READ_IN_SERVICE: u8 = 0x0b;

/// A copy of the mask registers, slave in the high byte; 1 is masked.
static MASKS: AtomicU16 = AtomicU16::new(ALL);
static PRESENT: AtomicBool = AtomicBool::new(false);

/// Whether the machine has 8259s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// They answer.
    Present,
    /// Nothing answers at their ports.
    Absent,
}

impl fmt::Display for Presence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Present => "8259 pair on vectors 32 to 47, all lines masked",
            Self::Absent => "no 8259s: no ISA interrupt can arrive",
        })
    }
}

/// Moves the lines to vectors 32 to 47, masks all of them and forgets every edge
/// that was remembered. Interrupts must be off.
pub(super) fn start() -> Presence {
    // SAFETY: vectors 32 to 47 are the lines' own, and nobody else drives the
    // controllers.
    let mut pics = unsafe { ChainedPics::new_contiguous(FIRST_VECTOR) };
    // SAFETY: as above. `initialize` puts the firmware's masks back, so lines
    // that the firmware used would be open: hence the masks after it.
    let read_back = unsafe {
        pics.initialize();
        // Is it there? A mask register keeps what is written, an empty bus
        // reads as all ones.
        pics.write_masks(!CASCADE as u8, u8::MAX);
        let [read_back, _] = pics.read_masks();
        pics.disable();
        read_back
    };
    MASKS.store(ALL, Ordering::Relaxed);
    PRESENT.store(read_back == !CASCADE as u8, Ordering::Relaxed);
    presence()
}

/// Whether `start` found the controllers.
#[must_use]
pub fn presence() -> Presence {
    if PRESENT.load(Ordering::Relaxed) { Presence::Present } else { Presence::Absent }
}

/// Blocks every line.
pub(super) fn close_all() {
    change_masks(|_| ALL);
}

/// Lets the lines in `bits` through (bit 0 is IRQ 0), and the cascade for
/// those of the slave.
pub(super) fn unmask(bits: u16) {
    let cascade = if bits > 0xff { CASCADE } else { 0 };
    change_masks(|masks| masks & !(bits | cascade));
}

/// Blocks the lines in `bits`. Called by interrupt handlers as well.
pub(super) fn mask(bits: u16) {
    change_masks(|masks| masks | bits);
}

fn change_masks(change: impl FnOnce(u16) -> u16) {
    interrupts::without_interrupts(|| {
        let [master, slave] = change(MASKS.load(Ordering::Relaxed)).to_le_bytes();
        MASKS.store(u16::from_le_bytes([master, slave]), Ordering::Relaxed);
        // SAFETY: the mask registers are this module's, and with interrupts off
        // nobody changes them in between.
        unsafe {
            MASTER_DATA.write(master);
            SLAVE_DATA.write(slave);
        }
    });
}

/// The mask registers as the controllers have them, whoever wrote there; slave
/// in the high byte, 1 is masked.
#[must_use]
pub fn masks() -> u16 {
    if presence() == Presence::Absent {
        return ALL;
    }
    // SAFETY: reading a mask register (OCW1) changes nothing.
    unsafe { u16::from_le_bytes([MASTER_DATA.read(), SLAVE_DATA.read()]) }
}

/// Lines that ask for service, masked or not; slave in the high byte.
#[must_use]
pub fn requests() -> u16 {
    read_both(READ_REQUESTS)
}

/// Lines in service: interrupts that were taken and not yet ended. 0 when
/// idle; slave in the high byte.
#[must_use]
pub fn in_service() -> u16 {
    read_both(READ_IN_SERVICE)
}

fn read_both(register: u8) -> u16 {
    interrupts::without_interrupts(|| {
        u16::from_le_bytes([select(&MASTER_COMMAND, register), select(&SLAVE_COMMAND, register)])
    })
}

fn select(command: &Port<u8>, register: u8) -> u8 {
    // SAFETY: choosing a register and reading it changes nothing else; callers
    // have interrupts off, so nobody chooses another in between.
    unsafe {
        command.write(register);
        command.read()
    }
}

/// The pair as a controller of lines.
pub(super) struct Pic;

/// The bit of `line` in masks and requests; 0 for one that is not here.
fn bit(line: &Line) -> u16 {
    line.isa.map_or(0, IsaIrq::bit)
}

impl Controller for Pic {
    fn route(&self, line: &Line, vector: u8) -> Result<(), RouteError> {
        self.reaches(line)?;
        let irq = line.isa.ok_or(RouteError::NotAtPic)?;
        if vector != FIRST_VECTOR + irq.number() {
            return Err(RouteError::FixedVector);
        }
        mask(irq.bit());
        // Firmware sets the trigger of PCI's lines, but not always the SCI's.
        if line.trigger == Trigger::Level {
            set_level_triggered(irq);
        }
        Ok(())
    }

    fn mask(&self, line: &Line) {
        mask(bit(line));
    }

    fn unmask(&self, line: &Line) {
        unmask(bit(line));
    }

    fn is_masked(&self, line: &Line) -> bool {
        masks() & bit(line) != 0 || bit(line) == 0
    }

    fn trigger(&self, line: &Line) -> Trigger {
        if level_triggered() & bit(line) != 0 { Trigger::Level } else { Trigger::Edge }
    }

    fn is_requested(&self, line: &Line, _: u8) -> bool {
        requests() & bit(line) != 0
    }

    fn reaches(&self, line: &Line) -> Result<(), RouteError> {
        match (presence(), line.isa) {
            (Presence::Absent, _) => Err(RouteError::NoPic),
            (Presence::Present, None) => Err(RouteError::NotAtPic),
            (Presence::Present, Some(_)) => Ok(()),
        }
    }
}

/// Lines that are level-triggered; slave in the high byte. 0 where there is no
/// such register, on chipsets from before PCI.
#[must_use]
pub fn level_triggered() -> u16 {
    // SAFETY: reading the registers changes nothing.
    let both = u16::from_le_bytes(ELCR.map(|port| unsafe { port.read() }));
    // Lines 0, 1, 2, 8 and 13 cannot be: where they read as one, nothing is there.
    if both & 0x2107 == 0 { both } else { 0 }
}

fn set_level_triggered(line: IsaIrq) {
    interrupts::without_interrupts(|| {
        let wanted = level_triggered() | line.bit() & !0x2107;
        if wanted != level_triggered() {
            for (port, byte) in ELCR.iter().zip(wanted.to_le_bytes()) {
                // SAFETY: the line is the caller's; the others stay as they are.
                unsafe { port.write(byte) };
            }
        }
    });
}

/// Returns true when the interrupt of `vector` was taken from here and is not ended.
pub(super) fn is_in_service(vector: u8) -> bool {
    (FIRST_ISA_VECTOR..=LAST_ISA_VECTOR).contains(&vector)
        && presence() == Presence::Present
        && in_service() >> (vector - FIRST_ISA_VECTOR) & 1 == 1
}

/// Ends the interrupt of `vector`, which is in service.
pub(super) fn end_of_interrupt(vector: u8) {
    if vector >= FIRST_ISA_VECTOR + 8 {
        // SAFETY: the slave has this interrupt in service, and waits for it.
        unsafe { SLAVE_COMMAND.write(END_OF_INTERRUPT) };
    }
    // SAFETY: the master has it in service, or the cascade, and waits for it.
    unsafe { MASTER_COMMAND.write(END_OF_INTERRUPT) };
}

/// Ends what a spurious interrupt of `vector` leaves: that of the slave is a real one
/// on the master's cascade line.
pub(super) fn end_spurious(vector: u8) {
    if vector >= FIRST_ISA_VECTOR + 8
        && presence() == Presence::Present
        && in_service() & CASCADE != 0
    {
        // SAFETY: the master has the cascade in service, and waits for it.
        unsafe { MASTER_COMMAND.write(END_OF_INTERRUPT) };
    }
}
