//! The time-stamp counter (SDM Vol. 3B, 18.17): the finest clock there is, and
//! the one whose rate has to be found out.

use crate::cpu::Features;
use core::arch::x86_64::__cpuid;
use valhalla_core::clock::rate::{Teller, TscLeaves};

/// Whether it runs at one rate in all states of the processor (CPUID leaf
/// 0x8000_0007, EDX bit 8).
#[must_use]
pub fn is_invariant() -> bool {
    const INVARIANT: u32 = 1 << 8;
    let last = __cpuid(0x8000_0000).eax;
    Features::get().tsc && last >= 0x8000_0007 && __cpuid(0x8000_0007).edx & INVARIANT != 0
}

/// The rate that CPUID tells, and by which leaf.
pub(super) fn told_by_cpuid() -> Option<(u64, Teller)> {
    /// CPUID leaf 1, ECX: a hypervisor is there, and has leaves of its own.
    const HYPERVISOR: u32 = 1 << 31;
    let last = __cpuid(0).eax;
    let mut leaves = TscLeaves::default();
    if last >= 0x15 {
        let leaf = __cpuid(0x15);
        leaves.leaf_15 = [leaf.eax, leaf.ebx, leaf.ecx];
    }
    if last >= 0x16 {
        leaves.base_mhz = __cpuid(0x16).eax & 0xffff;
    }
    if __cpuid(1).ecx & HYPERVISOR != 0 && __cpuid(0x4000_0000).eax >= 0x4000_0010 {
        leaves.hypervisor_khz = __cpuid(0x4000_0010).eax;
    }
    leaves.hz()
}
