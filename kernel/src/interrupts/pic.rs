//! The pair of 8259 interrupt controllers (Intel 8259A data sheet).
//!
//! The master takes IRQ 0 to 7, the slave IRQ 8 to 15 through the master's
//! line 2. Vectors 0 to 31 are the processor's, so the lines are moved to
//! vectors 32 to 47. Where both are told in one word, the slave is in the high byte.
//!
//! A line that goes quiet before the processor asks makes the 8259 answer with
//! line 7: a *spurious* interrupt, told apart by its missing in-service bit.

use super::controller::{Controller, RouteError};
use super::line::Line;
use super::vectors::{FIRST_ISA, LAST_ISA};
use crate::cpu::port::Port;
use core::fmt;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use pic8259::ChainedPics;
use valhalla_core::apic::{Mask, Trigger};
use x86_64::instructions::interrupts;

/// The command ports of master and slave.
const COMMAND: [Port<u8>; 2] = [Port::new(0x20), Port::new(0xa0)];
/// Their data ports: the mask registers (OCW1).
const DATA: [Port<u8>; 2] = [Port::new(0x21), Port::new(0xa1)];
/// Edge/level control registers: which lines are level-triggered (PIIX4 and ICH
/// data sheets).
const ELCR: [Port<u8>; 2] = [Port::new(0x4d0), Port::new(0x4d1)];
/// Lines 0, 1, 2, 8 and 13, which cannot be level-triggered.
const NEVER_LEVEL: u16 = 0x2107;

/// The master's line that the slave is wired to.
const CASCADE: u16 = 1 << 2;
/// OCW2: the interrupt of highest priority in service is done.
const END_OF_INTERRUPT: u8 = 0x20;
/// OCW3: the next read of the command port gives the request register.
const READ_REQUESTS: u8 = 0x0a;
/// OCW3: the next read of the command port gives the in-service register.
const READ_IN_SERVICE: u8 = 0x0b;

static PRESENT: AtomicBool = AtomicBool::new(false);
/// Spurious interrupts of master and slave.
static SPURIOUS: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];

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
    let mut pics = unsafe { ChainedPics::new_contiguous(FIRST_ISA) };
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
    PRESENT.store(read_back == !CASCADE as u8, Ordering::Relaxed);
    presence()
}

/// Returns what `start` found.
#[must_use]
pub fn presence() -> Presence {
    if PRESENT.load(Ordering::Relaxed) { Presence::Present } else { Presence::Absent }
}

fn read(ports: &[Port<u8>; 2]) -> u16 {
    // SAFETY: reading a mask register or an ELCR changes nothing.
    u16::from_le_bytes(ports.each_ref().map(|port| unsafe { port.read() }))
}

fn write(ports: &[Port<u8>; 2], value: u16) {
    for (port, byte) in ports.iter().zip(value.to_le_bytes()) {
        // SAFETY: the registers are this module's; every line has a vector of its own
        // and somebody who ends what comes there.
        unsafe { port.write(byte) };
    }
}

/// Returns the mask registers as the controllers have them, whoever wrote there; 1 is
/// masked.
#[must_use]
pub fn masks() -> u16 {
    if presence() == Presence::Absent { u16::MAX } else { read(&DATA) }
}

/// Blocks every line.
pub(super) fn mask_all() {
    write(&DATA, u16::MAX);
}

/// Lines that ask for service, masked or not.
#[must_use]
pub fn requests() -> u16 {
    select(READ_REQUESTS)
}

/// Lines in service: interrupts that were taken and not yet ended. 0 when idle.
#[must_use]
pub fn in_service() -> u16 {
    select(READ_IN_SERVICE)
}

fn select(register: u8) -> u16 {
    interrupts::without_interrupts(|| {
        for port in &COMMAND {
            // SAFETY: choosing the register that is read next changes nothing else.
            unsafe { port.write(register) };
        }
        read(&COMMAND)
    })
}

/// Lines that are level-triggered. 0 where there is no such register, on chipsets from
/// before PCI.
#[must_use]
pub fn level_triggered() -> u16 {
    let both = read(&ELCR);
    // Where lines that cannot be read as one, nothing is there.
    if both & NEVER_LEVEL == 0 { both } else { 0 }
}

/// Returns the spurious interrupts so far, of the master (IRQ 7) and of the slave
/// (IRQ 15).
#[must_use]
pub fn spurious_counts() -> [u64; 2] {
    SPURIOUS.each_ref().map(|count| count.load(Ordering::Relaxed))
}

/// Counts an interrupt on `vector` that is not in service, and so not ended. But the
/// slave's is a real one on the master's cascade line.
pub(super) fn spurious(vector: u8) {
    let is_slave = vector >= FIRST_ISA + 8;
    SPURIOUS[usize::from(is_slave)].fetch_add(1, Ordering::Relaxed);
    if is_slave && presence() == Presence::Present && in_service() & CASCADE != 0 {
        Pic.end(FIRST_ISA);
    }
}

/// The bit of `line`; 0 for one that is not here.
pub(super) fn bit(line: &Line) -> u16 {
    line.isa.map_or(0, |irq| 1 << irq.number())
}

/// The pair as a controller of lines.
pub(super) struct Pic;

impl Controller for Pic {
    fn reaches(&self, line: &Line) -> Result<(), RouteError> {
        match (presence(), line.isa) {
            (Presence::Absent, _) => Err(RouteError::NoPic),
            (Presence::Present, None) => Err(RouteError::NotAtPic),
            (Presence::Present, Some(_)) => Ok(()),
        }
    }

    /// Each line has a vector of its own. Firmware sets the trigger of PCI's lines, but
    /// not always the SCI's.
    fn route(&self, line: &Line, _: u8) {
        self.set_mask(line, Mask::Masked);
        let levels = level_triggered() | bit(line) & !NEVER_LEVEL;
        if line.trigger == Trigger::Level && levels != level_triggered() {
            write(&ELCR, levels);
        }
    }

    fn set_mask(&self, line: &Line, mask: Mask) {
        interrupts::without_interrupts(|| match mask {
            Mask::Masked => write(&DATA, read(&DATA) | bit(line)),
            Mask::Open => {
                let cascade = if bit(line) > 0xff { CASCADE } else { 0 };
                write(&DATA, read(&DATA) & !(bit(line) | cascade));
            }
        });
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

    fn is_in_service(&self, vector: u8) -> bool {
        (FIRST_ISA..=LAST_ISA).contains(&vector)
            && presence() == Presence::Present
            && in_service() >> (vector - FIRST_ISA) & 1 == 1
    }

    fn end(&self, vector: u8) {
        let [master, slave] = &COMMAND;
        // SAFETY: the 8259 has this interrupt in service and waits for its end, and
        // for one of the slave's the master has the cascade in service.
        unsafe {
            if vector >= FIRST_ISA + 8 {
                slave.write(END_OF_INTERRUPT);
            }
            master.write(END_OF_INTERRUPT);
        }
    }
}
