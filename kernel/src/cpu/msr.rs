//! Model-specific registers, by number.
//!
//! Which of them exist differs by model, and what CPUID says of them is not always
//! true of an emulator. So `read` and `write` survive the #GP that a processor
//! raises for one that it does not have: the exception is met at the very
//! instruction, and the call answers `Refused`. They need neither stack nor memory
//! of their own, from the moment on that the IDT is loaded.

use super::exception::GENERAL_PROTECTION;
use super::trap::TrapFrame;
use core::arch::naked_asm;
use core::fmt;
use x86_64::registers::model_specific::Msr;

/// Local APIC base address, enable and x2APIC bits (SDM Vol. 3A, 11.4.4).
pub const IA32_APIC_BASE: u32 = 0x1b;
/// The eight memory types that a page can choose from (SDM Vol. 3A, 12.12.2).
pub const IA32_PAT: u32 = 0x277;

/// The processor raised #GP: the register is not there, or does not take the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("general protection (#GP, vector 13)")
    }
}

/// Reads the register `number`.
///
/// # Errors
///
/// [`Refused`], where it does not exist.
pub fn read(number: u32) -> Result<u64, Refused> {
    let mut value = 0;
    // SAFETY: it writes `value` and nothing else; #GP is answered for.
    if unsafe { guarded_read(number, &mut value) } { Ok(value) } else { Err(Refused) }
}

/// Writes `value` to the register `number`.
///
/// # Errors
///
/// [`Refused`], and nothing has changed.
///
/// # Safety
///
/// Where the register exists and takes `value`, the change of the processor's
/// behaviour must keep every promise that running code relies on.
pub unsafe fn write(number: u32, value: u64) -> Result<(), Refused> {
    // SAFETY: the caller answers for the value; #GP is answered for.
    if unsafe { guarded_write(number, value) } { Ok(()) } else { Err(Refused) }
}

/// Reads a register that is known to exist, in one instruction.
///
/// # Safety
///
/// It must exist: reading one that does not raises #GP.
#[inline]
#[must_use]
pub unsafe fn read_known(number: u32) -> u64 {
    // SAFETY: the caller knows that the register exists; RDMSR touches no memory.
    unsafe { Msr::new(number).read() }
}

/// Writes a register that is known to exist, in one instruction.
///
/// # Safety
///
/// It must exist and take `value`; else as [`write`].
#[inline]
pub unsafe fn write_known(number: u32, value: u64) {
    // SAFETY: the caller answers for the register and the value.
    unsafe { Msr::new(number).write(value) }
}

/// RDMSR; false after #GP.
#[unsafe(naked)]
unsafe extern "C" fn guarded_read(number: u32, value: &mut u64) -> bool {
    naked_asm!(
        "mov ecx, edi",
        ".global valhalla_guarded_rdmsr",
        "valhalla_guarded_rdmsr:",
        "rdmsr",
        "mov [rsi], eax",
        "mov [rsi + 4], edx",
        "mov eax, 1",
        "ret",
    )
}

/// WRMSR; false after #GP.
#[unsafe(naked)]
unsafe extern "C" fn guarded_write(number: u32, value: u64) -> bool {
    naked_asm!(
        "mov ecx, edi",
        "mov eax, esi",
        "mov rdx, rsi",
        "shr rdx, 32",
        ".global valhalla_guarded_wrmsr",
        "valhalla_guarded_wrmsr:",
        "wrmsr",
        "mov eax, 1",
        "ret",
    )
}

/// Where both go on after #GP: neither has anything on its stack.
#[unsafe(naked)]
extern "C" fn refused() {
    naked_asm!("xor eax, eax", "ret")
}

/// Offers an exception; true when it was `read`'s or `write`'s own, which goes on.
pub(super) fn catch(frame: &mut TrapFrame) -> bool {
    unsafe extern "C" {
        static valhalla_guarded_rdmsr: u8;
        static valhalla_guarded_wrmsr: u8;
    }
    // Only the labels' addresses are taken; they are not variables.
    let instructions = [&raw const valhalla_guarded_rdmsr, &raw const valhalla_guarded_wrmsr];
    let is_ours = frame.vector == u64::from(GENERAL_PROTECTION)
        && instructions.into_iter().any(|place| place as u64 == frame.rip);
    if is_ours {
        frame.rip = refused as *const () as u64;
    }
    is_ours
}
