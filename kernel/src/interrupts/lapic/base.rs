//! Finding the local APIC, and its mode: IA32_APIC_BASE (SDM Vol. 3A, 11.4.4).

use super::super::wiring;
use super::access;
use crate::cpu::features::Features;
use crate::cpu::msr;
use crate::memory::{Caching, mmio};
use core::arch::x86_64::__cpuid;
use core::fmt;
use valhalla_core::options::X2apicChoice;

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

/// IA32_ARCH_CAPABILITIES: says, in bit 21, that the next register is there.
const IA32_ARCH_CAPABILITIES: u32 = 0x10a;
/// IA32_XAPIC_DISABLE_STATUS: bit 0, xAPIC mode cannot be had any more.
const IA32_XAPIC_DISABLE_STATUS: u32 = 0xbd;

/// Whether the processor refuses to leave x2APIC mode (11.12.5.1): trying raises
/// #GP.
fn is_locked() -> bool {
    let has_capabilities = __cpuid(0).eax >= 7 && __cpuid(7).edx >> 29 & 1 == 1;
    let is_set = |register, bit: u32| msr::read(register).is_ok_and(|it| it >> bit & 1 == 1);
    has_capabilities && is_set(IA32_ARCH_CAPABILITIES, 21) && is_set(IA32_XAPIC_DISABLE_STATUS, 0)
}

/// Turns x2APIC mode on or off, as wanted and as far as it can be; returns the
/// base register as it is then. (11.12.5: there is no way from x2APIC mode to
/// xAPIC mode but through "off".)
fn choose(base: u64, wanted: X2apicChoice) -> u64 {
    let (is_on, can) = (base & BASE_X2APIC != 0, __cpuid(1).ecx >> 21 & 1 == 1);
    // An id that xAPIC mode cannot name.
    let has_wide_id = wiring::get().largest_apic_id() >= 255;
    let no_way = |why: &str| {
        log::warn!(target: "interrupts", "{why}");
        &[][..]
    };
    let (on, off) = ([base | BASE_X2APIC], base & !(BASE_ENABLE | BASE_X2APIC));
    let off_and_on = [off, off | BASE_ENABLE];
    let steps: &[u64] = match (wanted, is_on) {
        (X2apicChoice::On, false) if can => &on,
        (X2apicChoice::Auto, false) if can && has_wide_id => &on,
        (X2apicChoice::On, false) => no_way("x2apic=on: this processor has no x2APIC mode"),
        (X2apicChoice::Off, true) if is_locked() => {
            no_way("x2apic=off: the processor has locked x2APIC mode")
        }
        (X2apicChoice::Off, true) => &off_and_on,
        _ => &[],
    };
    let mut now = base;
    for step in steps {
        // SAFETY: these are the changes that the manual allows; interrupts are off,
        // and nobody uses the APIC yet.
        if let Err(error) = unsafe { msr::write(msr::IA32_APIC_BASE, *step) } {
            log::warn!(target: "interrupts", "IA32_APIC_BASE does not take {step:#x}: {error}");
            break;
        }
        now = *step;
    }
    now
}

/// Asks the processor, and makes the registers reachable.
pub(super) fn find(wanted: X2apicChoice) -> LocalApic {
    let features = Features::get();
    if !features.apic || !features.msr {
        return LocalApic::Absent;
    }
    let Ok(base) = msr::read(msr::IA32_APIC_BASE) else { return LocalApic::Absent };
    if base & BASE_ENABLE == 0 {
        return LocalApic::SwitchedOff;
    }
    let base = choose(base, wanted);
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
