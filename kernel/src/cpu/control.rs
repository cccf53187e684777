//! Control registers: the protections that the kernel turns on for itself.

use super::features::Features;
use x86_64::registers::control::{Cr0, Cr0Flags, Cr4, Cr4Flags, Efer, EferFlags};

/// Turns on every protection that this processor has.
///
/// - CR0.WP: read-only pages bind the kernel too.
/// - EFER.NXE: pages can be not executable.
/// - CR4.SMEP, SMAP: the kernel neither runs nor touches user pages by accident.
/// - CR4.UMIP: user code cannot read the descriptor-table registers.
/// - CR4.PGE: kernel translations survive a change of address space.
/// - CR4.MCE: a machine check is an exception; without it the machine resets.
///
/// EFER.NXE comes before our own page tables, which use the NX bit: without
/// NXE it is a reserved bit and every access would fault.
pub(super) fn protect(features: &Features) {
    let mut cr4 = Cr4::read();
    cr4.set(Cr4Flags::PAGE_GLOBAL, features.pge);
    cr4.set(Cr4Flags::SUPERVISOR_MODE_EXECUTION_PROTECTION, features.smep);
    cr4.set(Cr4Flags::SUPERVISOR_MODE_ACCESS_PREVENTION, features.smap);
    cr4.set(Cr4Flags::USER_MODE_INSTRUCTION_PREVENTION, features.umip);
    cr4.set(Cr4Flags::MACHINE_CHECK_EXCEPTION, features.mce);
    // SAFETY: each bit is set only where CPUID says that it exists. No user
    // page is mapped, so SMEP and SMAP forbid nothing that runs; global pages
    // only become meaningful in tables that we build.
    unsafe { Cr4::write(cr4) };

    // SAFETY: write protection forbids only writes to pages mapped read-only,
    // which nothing of ours does.
    unsafe { Cr0::write(Cr0::read() | Cr0Flags::WRITE_PROTECT) };

    if features.nx {
        // SAFETY: CPUID says that the bit exists; loaders that map pages with
        // NX have set it already.
        unsafe { Efer::write(Efer::read() | EferFlags::NO_EXECUTE_ENABLE) };
    }
}

/// Whether the processor walks five levels of page tables (CR4.LA57).
#[must_use]
pub fn five_level_paging() -> bool {
    Cr4::read().contains(Cr4Flags::L5_PAGING)
}
