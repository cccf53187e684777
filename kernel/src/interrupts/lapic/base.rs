//! Finding the local APIC, and its mode: IA32_APIC_BASE (SDM Vol. 3A, 11.4.4).

use super::access;
use crate::cpu::features::Features;
use crate::cpu::msr;
use crate::memory::{Caching, mmio};
use core::fmt;

/// IA32_APIC_BASE: the APIC is switched on.
const BASE_ENABLE: u64 = 1 << 11;
/// IA32_APIC_BASE: registers are MSRs, not memory.
const BASE_X2APIC: u64 = 1 << 10;
/// IA32_APIC_BASE: where the registers are.
const BASE_ADDRESS: u64 = 0x000f_ffff_ffff_f000;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalApic {
    /// This processor has none.
    Absent,
    /// It has one, switched off: the 8259s are wired to the processor itself.
    SwitchedOff,
    /// Its registers could not be mapped, so its pins are as they were.
    Unmapped,
    /// Registers in memory at this physical address.
    Memory {
        /// The APIC id.
        id: u32,
        /// Where the registers are.
        physical: u64,
    },
    /// Registers as MSRs: x2APIC mode.
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
            Self::Memory { id, physical } => write!(f, "local APIC {id} at {physical:#x} (xAPIC)"),
            Self::X2Apic { id } => write!(f, "local APIC {id} (x2APIC)"),
        }
    }
}

/// Asks the processor, and makes the registers reachable.
pub(super) fn find() -> LocalApic {
    let features = Features::get();
    if !features.apic || !features.msr {
        return LocalApic::Absent;
    }
    // SAFETY: a processor with an APIC and MSRs has this one.
    let base = unsafe { msr::read(msr::IA32_APIC_BASE) };
    if base & BASE_ENABLE == 0 {
        return LocalApic::SwitchedOff;
    }
    if base & BASE_X2APIC != 0 {
        access::use_msrs();
        return LocalApic::X2Apic { id: super::id() };
    }
    let physical = base & BASE_ADDRESS;
    match mmio::map(physical, 0x1000, Caching::Uncached, "local APIC") {
        Ok(page) => {
            access::use_memory(page.leak());
            LocalApic::Memory { id: super::id(), physical }
        }
        Err(error) => {
            log::warn!(target: "interrupts", "cannot map the local APIC: {error}");
            LocalApic::Unmapped
        }
    }
}
