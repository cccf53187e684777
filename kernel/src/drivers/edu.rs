//! QEMU's educational device: a PCI device that can be asked to do things.
//!
//! It answers to 1 MiB of memory: an identification, a register that inverts
//! what is written, a factorial that takes a moment, and a register that raises
//! an interrupt, by a message (MSI) or by its pin (QEMU, `docs/specs/edu`).
//! So it shows what a PCI driver does from end to end: find, map, claim, let
//! the device speak, count, quieten.

use super::pci;
use super::registers::Registers;
use crate::acpi::pci::Config;
use crate::cpu::TrapFrame;
use crate::interrupts::{Claim, ClaimError, IsaIrq, Source, claim};
use crate::memory::mmio::MmioError;
use crate::time::{self, TimedOut};
use core::fmt;
use core::ptr::{self, null_mut};
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use valhalla_core::apic::message::Message;
use valhalla_core::pci::capability::msi::{Msi, MsiError};
use valhalla_core::pci::{Function, Ids};

const IDS: Ids = Ids { vendor: 0x1234, device: 0x11e8 };

const IDENTIFICATION: usize = 0x00;
const LIVENESS: usize = 0x04;
const FACTORIAL: usize = 0x08;
const STATUS: usize = 0x20;
const INTERRUPT_STATUS: usize = 0x24;
const INTERRUPT_RAISE: usize = 0x60;
const INTERRUPT_ACKNOWLEDGE: usize = 0x64;
/// Bytes up to here are used.
const USED_BYTES: u64 = 0x100;

/// Status: the factorial is being worked out.
const COMPUTING: u32 = 1;
/// Identification: the lower half says that it is this device.
const IS_EDU: u32 = 0xed;

/// The longest that anything may take.
const LIMIT_MS: u64 = 1000;

/// Why it did not do what it was asked.
#[derive(Clone, Copy, Debug)]
pub enum EduError {
    /// There is none.
    Missing,
    /// Its first base address register has no memory.
    NoMemory,
    /// Its registers cannot be mapped.
    Unmapped(MmioError),
    /// It identifies itself as something else.
    Stranger(u32),
    /// It did not answer in time.
    Silent(TimedOut),
    /// It cannot send messages.
    NoMsi,
    /// It cannot send this message.
    Msi(MsiError),
    /// It has no pin, or the firmware did not route it.
    NoLine,
    /// `_PRT` names no line of the I/O APICs for its pin.
    NoTable,
    /// The source of its interrupts cannot be had.
    Claim(ClaimError),
}

impl fmt::Display for EduError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => write!(f, "there is no edu device here ({IDS}; QEMU: -device edu)"),
            Self::NoMemory => f.write_str("the edu device has no memory"),
            Self::Unmapped(error) => write!(f, "the edu device's registers: {error}"),
            Self::Stranger(id) => write!(f, "the edu device identifies itself as {id:#x}"),
            Self::Silent(time) => write!(f, "the edu device: {time}"),
            Self::NoMsi => f.write_str("the edu device cannot send messages"),
            Self::Msi(error) => write!(f, "the edu device: {error}"),
            Self::NoLine => f.write_str("the edu device's pin is not routed to a line"),
            Self::NoTable => f.write_str("no _PRT says where the edu device's pin arrives"),
            Self::Claim(error) => write!(f, "the edu device's interrupt: {error}"),
        }
    }
}

/// The device, with its registers mapped.
#[derive(Debug)]
pub struct Edu {
    function: Function,
    registers: Registers,
    physical: u64,
}

/// How it interrupts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By a message.
    Message,
    /// By its pin, on the line that the firmware wrote down.
    Pin,
    /// By its pin, on the I/O APICs' line that `_PRT` names.
    PinByTable,
}

/// What a round of interrupts came to.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// How often it was asked to interrupt.
    pub raised: u64,
    /// How often the handler ran and found the device waiting.
    pub handled: u64,
    /// What the vector counted.
    pub arrived: u64,
    /// Those of them that were ended.
    pub ended: u64,
    /// Where they arrived.
    pub vector: u8,
    /// Which line, or which message.
    pub route: Route,
}

/// What brought the interrupts.
#[derive(Clone, Copy, Debug)]
pub enum Route {
    /// A line.
    Line(Source),
    /// A message.
    Message(Message),
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(source) => source.fmt(f),
            Self::Message(message) => write!(f, "message {message}"),
        }
    }
}

/// For the handler: the registers while a claim is open, and what it counts.
static REGISTERS: AtomicPtr<Registers> = AtomicPtr::new(null_mut());
static HANDLED: AtomicU64 = AtomicU64::new(0);

fn on_interrupt(_: &mut TrapFrame) {
    // SAFETY: `interrupt` puts there what it borrows, and takes it away before that
    // borrow ends; in between nobody has them to himself.
    let Some(registers) = (unsafe { REGISTERS.load(Ordering::Acquire).as_ref() }) else { return };
    let status = registers.read(INTERRUPT_STATUS);
    // A line can be shared: zero means that another device raised it.
    if status != 0 {
        registers.write(INTERRUPT_ACKNOWLEDGE, status);
        HANDLED.fetch_add(1, Ordering::Release);
    }
}

impl Edu {
    /// Finds it, lets it answer, and sees that it is what it says.
    ///
    /// # Errors
    /// [`EduError`].
    pub fn find() -> Result<Self, EduError> {
        let function = pci::find(IDS).ok_or(EduError::Missing)?;
        let physical = pci::memory(&function, 0).ok_or(EduError::NoMemory)?.base;
        // SAFETY: none of the registers written here makes it access memory.
        let registers = unsafe { Registers::map(physical, USED_BYTES, "edu registers") }
            .map_err(EduError::Unmapped)?;
        let edu = Self { function, registers, physical };
        pci::turn_on(&edu.function);
        match edu.identification() {
            id if id & 0xffff == IS_EDU => Ok(edu),
            id => Err(EduError::Stranger(id)),
        }
    }

    /// Where it is.
    #[must_use]
    pub const fn function(&self) -> &Function {
        &self.function
    }

    /// The physical address of its registers.
    #[must_use]
    pub const fn physical(&self) -> u64 {
        self.physical
    }

    /// Its version above, 0xED below.
    #[must_use]
    pub fn identification(&self) -> u32 {
        self.registers.read(IDENTIFICATION)
    }

    /// Writes a value and reads what it made of it: the inverse.
    #[must_use]
    pub fn invert(&self, value: u32) -> u32 {
        self.registers.write(LIVENESS, value);
        self.registers.read(LIVENESS)
    }

    /// Lets it work out `n!`, modulo 2^32.
    ///
    /// # Errors
    /// When it does not come to an end.
    pub fn factorial(&self, n: u32) -> Result<u32, EduError> {
        let is_done = || (self.registers.read(STATUS) & COMPUTING == 0).then_some(());
        time::wait_until(LIMIT_MS, is_done).map_err(EduError::Silent)?;
        self.registers.write(FACTORIAL, n);
        time::wait_until(LIMIT_MS, is_done).map_err(EduError::Silent)?;
        Ok(self.registers.read(FACTORIAL))
    }

    /// Makes it interrupt so many times, each after the one before was handled.
    ///
    /// # Errors
    /// When the source cannot be had, or an interrupt does not come.
    pub fn interrupt(&self, way: Way, times: u64) -> Result<Round, EduError> {
        HANDLED.store(0, Ordering::Relaxed);
        REGISTERS.store(ptr::from_ref(&self.registers).cast_mut(), Ordering::Release);
        let outcome = match way {
            Way::Message => self.by_message(times),
            Way::Pin => self.by_pin(times),
            Way::PinByTable => self.by_table(times),
        };
        REGISTERS.store(null_mut(), Ordering::Release);
        outcome
    }

    fn by_message(&self, times: u64) -> Result<Round, EduError> {
        let mut msi = Msi::find(&Config, &self.function).ok_or(EduError::NoMsi)?;
        let claim = claim(Source::Msi, "edu", on_interrupt).map_err(EduError::Claim)?;
        let message = claim.message().ok_or(EduError::NoMsi)?;
        msi.enable(&Config, message, 1).map_err(EduError::Msi)?;
        let outcome = self.raise(&claim, Route::Message(message), times);
        msi.disable(&Config);
        outcome
    }

    /// By the line that the firmware wrote down. It is the 8259s' line: where
    /// I/O APICs bring the lines the pin may arrive elsewhere, which `_PRT` knows.
    fn by_pin(&self, times: u64) -> Result<Round, EduError> {
        let line = self.function.pin(&Config).and_then(|_| self.function.line(&Config));
        let by_line = match line.and_then(IsaIrq::new) {
            Some(line) => self.by_line(Source::Isa(line), times),
            None => Err(EduError::NoLine),
        };
        match by_line {
            Ok(round) => Ok(round),
            Err(error) => match self.by_table(times) {
                Err(EduError::NoTable) => Err(error),
                outcome => outcome,
            },
        }
    }

    fn by_table(&self, times: u64) -> Result<Round, EduError> {
        let gsi = pci::gsi(&self.function).ok_or(EduError::NoTable)?;
        self.by_line(Source::Gsi(gsi), times)
    }

    fn by_line(&self, source: Source, times: u64) -> Result<Round, EduError> {
        HANDLED.store(0, Ordering::Relaxed);
        let claim = claim(source, "edu", on_interrupt).map_err(EduError::Claim)?;
        self.raise(&claim, Route::Line(source), times)
    }

    fn raise(&self, claim: &Claim, route: Route, times: u64) -> Result<Round, EduError> {
        let mut outcome = Ok(());
        for number in 1..=times {
            self.registers.write(INTERRUPT_RAISE, 1);
            let came = || (HANDLED.load(Ordering::Acquire) >= number).then_some(());
            outcome = time::wait_until(LIMIT_MS, came).map_err(EduError::Silent);
            if outcome.is_err() {
                break;
            }
        }
        // Whatever happened, it must not go on holding its line.
        self.registers.write(INTERRUPT_ACKNOWLEDGE, u32::MAX);
        outcome?;
        let counts = claim.counts();
        Ok(Round {
            raised: times,
            handled: HANDLED.load(Ordering::Acquire),
            arrived: counts.arrived,
            ended: counts.acknowledged,
            vector: claim.vector(),
            route,
        })
    }
}
