//! The local APIC, so far as to let the 8259s and NMI through.
//!
//! Where it is enabled, the 8259s reach the processor through its pin LINT0
//! and NMI through LINT1. Firmware opens both ("virtual wire mode"), but
//! loaders may close them again: Limine 12 does, and without the lines below
//! not one timer tick arrives. (Intel SDM Vol. 3A, chapter 11.)

use crate::cpu::features::Features;
use crate::cpu::{TrapFrame, idt, msr};
use crate::memory::{Caching, mmio};
use core::fmt;
use core::ptr::{NonNull, null_mut};
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};

/// The vector for interrupts that went away before they were taken.
const SPURIOUS_VECTOR: u8 = 0xff;

/// IA32_APIC_BASE: the APIC is switched on.
const BASE_ENABLE: u64 = 1 << 11;
/// IA32_APIC_BASE: registers are MSRs, not memory.
const BASE_X2APIC: u64 = 1 << 10;
/// IA32_APIC_BASE: where the registers are.
const BASE_ADDRESS: u64 = 0x000f_ffff_ffff_f000;

/// Spurious-vector register: software enable.
const SVR_ENABLE: u32 = 1 << 8;
/// LVT entry: delivery mode "ask the 8259 for the vector".
const LVT_EXTINT: u32 = 0x700;
/// LVT entry: delivery mode NMI.
const LVT_NMI: u32 = 0x400;
/// Interrupt command: delivery mode NMI, physical destination, level assert.
const COMMAND_NMI: u32 = 0x4400;
/// LVT entry: blocked.
const LVT_MASKED: u32 = 1 << 16;

/// The registers used here, by their offset in memory; an MSR's number is
/// 0x800 plus a sixteenth of it.
#[derive(Clone, Copy)]
#[repr(u32)]
enum Register {
    Id = 0x20,
    TaskPriority = 0x80,
    SpuriousVector = 0xf0,
    LvtTimer = 0x320,
    LvtLint0 = 0x350,
    LvtLint1 = 0x360,
    LvtError = 0x370,
    /// Sends interrupts to other processors, or to this one.
    Command = 0x300,
    /// In memory: whom to send them to. In x2APIC mode it is part of `Command`.
    Destination = 0x310,
}

/// How the registers are reached.
#[derive(Clone, Copy)]
enum Access {
    Memory(NonNull<u8>),
    Msr,
}

impl Access {
    fn read(self, register: Register) -> u32 {
        match self {
            // SAFETY: the page of registers is mapped uncached; each is a
            // 32-bit word, and these read without effect.
            Self::Memory(page) => unsafe {
                page.as_ptr().add(register as usize).cast::<u32>().read_volatile()
            },
            // SAFETY: in x2APIC mode these MSRs exist.
            Self::Msr => unsafe { msr::read(0x800 + (register as u32 >> 4)) as u32 },
        }
    }

    fn write(self, register: Register, value: u32) {
        match self {
            // SAFETY: as in `read`; what is written opens two pins and closes
            // two sources that nobody uses, and every vector has a handler.
            Self::Memory(page) => unsafe {
                page.as_ptr().add(register as usize).cast::<u32>().write_volatile(value);
            },
            // SAFETY: as above.
            Self::Msr => unsafe { msr::write(0x800 + (register as u32 >> 4), u64::from(value)) },
        }
    }
}

/// What was found, and done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalApic {
    /// This processor has none.
    Absent,
    /// It has one, switched off: the 8259s are wired to the processor itself.
    SwitchedOff,
    /// Its registers could not be mapped, so its pins are as they were.
    Unmapped,
    /// Pins set, registers in memory at this physical address.
    Memory {
        /// The APIC id.
        id: u32,
        /// Where the registers are.
        physical: u64,
    },
    /// Pins set, registers as MSRs (the loader left x2APIC mode on).
    X2Apic {
        /// The x2APIC id.
        id: u32,
    },
}

impl fmt::Display for LocalApic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("no local APIC"),
            Self::SwitchedOff => f.write_str("local APIC switched off"),
            Self::Unmapped => f.write_str("local APIC out of reach: its registers are not mapped"),
            Self::Memory { id, physical } => {
                write!(f, "local APIC {id} at {physical:#x}, LINT0 = ExtINT, LINT1 = NMI")
            }
            Self::X2Apic { id } => {
                write!(f, "x2APIC {id}, LINT0 = ExtINT, LINT1 = NMI")
            }
        }
    }
}

/// How the registers are reached, once `init` has found out.
static REGISTERS: AtomicPtr<u8> = AtomicPtr::new(null_mut());
static IS_X2APIC: AtomicBool = AtomicBool::new(false);

/// Sends a non-maskable interrupt to this processor; false where there is no
/// local APIC that could. (11.6.1; the shorthand "self" does not take NMI.)
pub(crate) fn send_nmi_to_self() -> bool {
    if IS_X2APIC.load(Ordering::Relaxed) {
        let destination = u64::from(Access::Msr.read(Register::Id)) << 32;
        let command = destination | u64::from(COMMAND_NMI);
        // SAFETY: in x2APIC mode the register exists; an NMI is survived.
        unsafe { msr::write(0x800 + (Register::Command as u32 >> 4), command) };
        return true;
    }
    let Some(page) = NonNull::new(REGISTERS.load(Ordering::Relaxed)) else { return false };
    let apic = Access::Memory(page);
    apic.write(Register::Destination, apic.read(Register::Id));
    apic.write(Register::Command, COMMAND_NMI);
    true
}

static SPURIOUS: AtomicU64 = AtomicU64::new(0);

/// Opens the local APIC for the 8259s and NMI. Before the 8259s are used.
pub(super) fn init() -> LocalApic {
    let features = Features::get();
    if !features.apic || !features.msr {
        return LocalApic::Absent;
    }
    idt::set_handler(SPURIOUS_VECTOR, spurious);
    // SAFETY: a processor with an APIC and MSRs has this one.
    let base = unsafe { msr::read(msr::IA32_APIC_BASE) };
    if base & BASE_ENABLE == 0 {
        return LocalApic::SwitchedOff;
    }
    if base & BASE_X2APIC != 0 {
        open(Access::Msr);
        IS_X2APIC.store(true, Ordering::Relaxed);
        return LocalApic::X2Apic { id: Access::Msr.read(Register::Id) };
    }
    let physical = base & BASE_ADDRESS;
    match mmio::map(physical, 0x1000, Caching::Uncached, "local APIC") {
        Ok(page) => {
            let page = page.leak();
            REGISTERS.store(page.as_ptr(), Ordering::Relaxed);
            let access = Access::Memory(page);
            open(access);
            LocalApic::Memory { id: access.read(Register::Id) >> 24, physical }
        }
        Err(error) => {
            log::warn!(target: "interrupts", "cannot map the local APIC: {error}");
            LocalApic::Unmapped
        }
    }
}

fn open(apic: Access) {
    // What the firmware or the loader may have left running would arrive on
    // vectors that are not theirs any more.
    apic.write(Register::LvtTimer, LVT_MASKED);
    apic.write(Register::LvtError, LVT_MASKED);
    // While software-disabled, every LVT entry is forced to be masked (11.4.7.2).
    apic.write(Register::SpuriousVector, SVR_ENABLE | u32::from(SPURIOUS_VECTOR));
    apic.write(Register::TaskPriority, 0);
    apic.write(Register::LvtLint0, LVT_EXTINT);
    apic.write(Register::LvtLint1, LVT_NMI);
}

/// Nothing is in service, so nothing is ended (11.9).
extern "C" fn spurious(_: &mut TrapFrame) {
    SPURIOUS.store(spurious_count() + 1, Ordering::Relaxed);
}

/// Spurious interrupts of the local APIC so far.
#[must_use]
pub fn spurious_count() -> u64 {
    SPURIOUS.load(Ordering::Relaxed)
}
