//! Model-specific registers, by number.

use x86_64::registers::model_specific::Msr;

/// Local APIC base address, enable and x2APIC bits (SDM Vol. 3A, 11.4.4).
pub const IA32_APIC_BASE: u32 = 0x1b;
/// The eight memory types that a page can choose from (SDM Vol. 3A, 12.12.2).
pub const IA32_PAT: u32 = 0x277;

/// Reads the register `number`.
///
/// # Safety
///
/// The register must exist: reading one that does not raises #GP.
#[inline]
#[must_use]
pub unsafe fn read(number: u32) -> u64 {
    // SAFETY: the caller knows that the register exists; RDMSR touches no memory.
    unsafe { Msr::new(number).read() }
}

/// Writes `value` to the register `number`.
///
/// # Safety
///
/// The register must exist, accept `value`, and the change of the processor's
/// behaviour must keep every promise that running code relies on.
#[inline]
pub unsafe fn write(number: u32, value: u64) {
    // SAFETY: the caller answers for the register and the value.
    unsafe { Msr::new(number).write(value) }
}
