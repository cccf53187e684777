//! The local APIC's registers, in memory or as MSRs (SDM Vol. 3A, table 11-1).

use crate::cpu::msr;
use core::ptr::{NonNull, null_mut};
use core::sync::atomic::{AtomicPtr, AtomicU8, Ordering};

/// A register by its offset in memory; an MSR's number is 0x800 plus a
/// sixteenth of it. Each is 32 bits wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Register {
    /// Which processor this is.
    Id = 0x20,
    /// Version, and how many entries the local vector table has.
    Version = 0x30,
    /// Task priority (TPR): what does not exceed it, waits.
    TaskPriority = 0x80,
    /// Processor priority (PPR).
    ProcessorPriority = 0xa0,
    /// End of interrupt (EOI).
    EndOfInterrupt = 0xb0,
    /// Logical destination (LDR).
    LogicalDestination = 0xd0,
    /// Destination format (DFR); not in x2APIC mode.
    DestinationFormat = 0xe0,
    /// Spurious interrupt vector (SVR).
    SpuriousVector = 0xf0,
    /// The first of eight: in service (ISR).
    InService = 0x100,
    /// The first of eight: trigger mode (TMR).
    TriggerMode = 0x180,
    /// The first of eight: interrupt request (IRR).
    Request = 0x200,
    /// Error status (ESR).
    ErrorStatus = 0x280,
    /// Corrected machine checks.
    LvtCmci = 0x2f0,
    /// Interrupt command (ICR): sends interrupts to processors.
    Command = 0x300,
    /// In memory: whom to send them to. In x2APIC mode it is part of `Command`.
    Destination = 0x310,
    /// The timer.
    LvtTimer = 0x320,
    /// The thermal sensor.
    LvtThermal = 0x330,
    /// Performance counters.
    LvtPerformance = 0x340,
    /// The pin LINT0.
    LvtLint0 = 0x350,
    /// The pin LINT1.
    LvtLint1 = 0x360,
    /// Errors of the APIC itself.
    LvtError = 0x370,
    /// What the timer counts down from.
    InitialCount = 0x380,
    /// Where the timer is.
    CurrentCount = 0x390,
    /// What the timer's clock is divided by.
    Divide = 0x3e0,
}

impl Register {
    const fn msr(self) -> u32 {
        0x800 + (self as u32 >> 4)
    }
}

/// Where the registers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Access {
    /// There are none, or they are out of reach.
    None = 0,
    /// In memory: xAPIC mode.
    Memory = 1,
    /// Model-specific registers: x2APIC mode.
    Msr = 2,
}

static ACCESS: AtomicU8 = AtomicU8::new(Access::None as u8);
/// Where they are in memory, in xAPIC mode.
static PAGE: AtomicPtr<u8> = AtomicPtr::new(null_mut());

/// How the registers are reached.
#[inline]
#[must_use]
pub fn access() -> Access {
    match ACCESS.load(Ordering::Relaxed) {
        1 => Access::Memory,
        2 => Access::Msr,
        _ => Access::None,
    }
}

/// The registers are in memory, at `page`: mapped uncached, for good.
pub(super) fn use_memory(page: NonNull<u8>) {
    PAGE.store(page.as_ptr(), Ordering::Relaxed);
    ACCESS.store(Access::Memory as u8, Ordering::Relaxed);
}

/// The registers are MSRs: x2APIC mode is on.
pub(super) fn use_msrs() {
    ACCESS.store(Access::Msr as u8, Ordering::Relaxed);
}

/// The `n`th of the registers from `first` on; 0 without a local APIC.
pub(super) fn read_nth(first: Register, n: u16) -> u32 {
    match access() {
        Access::None => 0,
        // SAFETY: the page of registers is mapped for good; each register is a
        // 32-bit word 16 bytes behind the one before, and reads without effect.
        Access::Memory => unsafe {
            let offset = first as usize + 16 * n as usize;
            PAGE.load(Ordering::Relaxed).add(offset).cast::<u32>().read_volatile()
        },
        // SAFETY: in x2APIC mode these MSRs exist.
        Access::Msr => unsafe { msr::read_known(first.msr() + u32::from(n)) as u32 },
    }
}

/// What a register says; 0 without a local APIC.
pub(super) fn read(register: Register) -> u32 {
    read_nth(register, 0)
}

/// Writes a register; does nothing without a local APIC.
pub(super) fn write(register: Register, value: u32) {
    match access() {
        Access::None => {}
        // SAFETY: as in `read_nth`; every vector has a handler, so whatever an
        // entry of this module lets through is survived.
        Access::Memory => unsafe {
            PAGE.load(Ordering::Relaxed).add(register as usize).cast::<u32>().write_volatile(value);
        },
        // SAFETY: as above.
        Access::Msr => unsafe { msr::write_known(register.msr(), u64::from(value)) },
    }
}

/// Sends `command` to the processor `destination`.
pub(super) fn send(destination: u32, command: u32) {
    match access() {
        Access::None => {}
        Access::Memory => {
            write(Register::Destination, destination << 24);
            write(Register::Command, command);
        }
        Access::Msr => {
            let command = u64::from(destination) << 32 | u64::from(command);
            // SAFETY: in x2APIC mode the register is one of 64 bits.
            unsafe { msr::write_known(Register::Command.msr(), command) };
        }
    }
}
