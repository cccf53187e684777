//! The processor and the interrupt controllers: what is there, and how the
//! protocol wants it at entry (Limine protocol, "Machine State at Entry").
//!
//! The control registers were set to their exact values by `entry.s`.

use core::arch::asm;
use core::arch::x86_64::__cpuid;

use crate::physical::REACH;

const IA32_APIC_BASE: u32 = 0x1b;
const IA32_PAT: u32 = 0x277;
/// Entries 0 to 7: WB, WT, UC-, UC, WP, WC, UC-, UC.
const PAT: u64 = 0x0007_0105_0007_0406;
const APIC_ENABLED: u64 = 1 << 11;
const X2APIC_ENABLED: u64 = 1 << 10;
/// Timer, LINT0, LINT1, error; then those that not every APIC has: performance
/// counters, thermal monitor, corrected machine checks.
const LOCAL_VECTORS: [u64; 7] = [0x320, 0x350, 0x360, 0x370, 0x340, 0x330, 0x2f0];
/// Where PCs have their first I/O APIC.
const IO_APIC: u64 = 0xfec0_0000;
const MASKED: u32 = 1 << 16;

/// CPUID 0x80000001 EDX: NX is bit 20, 1 GiB pages are bit 26.
pub(crate) fn extended_features() -> u32 {
    __cpuid(0x8000_0001).edx
}

pub(crate) fn has_pat() -> bool {
    __cpuid(1).edx & 1 << 16 != 0
}

fn has_apic() -> bool {
    __cpuid(1).edx & 1 << 9 != 0
}

/// Sets the PAT, masks every interrupt line and brings the local APIC into the
/// state that base revision 5 and later define.
pub(crate) fn quiet() {
    // SAFETY: 1. The 8259s' data ports take a mask; 0xff masks all lines.
    // 2. The PAT is written where it exists, and its entry 0, which all mappings
    //    in use have, stays write-back.
    unsafe {
        asm!("out 0x21, al", "out 0xa1, al", in("al") 0xff_u8, options(nomem, nostack));
        if has_pat() {
            wrmsr(IA32_PAT, PAT);
        }
    }
    if has_apic() {
        quiet_local_apic();
        quiet_io_apic();
    }
}

/// An APIC that firmware has put into x2APIC mode is reached by other means; it
/// stays as it is.
fn quiet_local_apic() {
    // SAFETY: every processor with an APIC and long mode has this register.
    let base = unsafe { rdmsr(IA32_APIC_BASE) };
    let window = base & 0x000f_ffff_ffff_f000;
    if base & X2APIC_ENABLED != 0 || window >= REACH {
        return;
    }
    // SAFETY: enabling the APIC in place changes no memory in use.
    unsafe { wrmsr(IA32_APIC_BASE, base | APIC_ENABLED) };
    let register = |offset: u64| (window + offset) as *mut u32;
    // SAFETY: the local APIC's registers, identity-mapped, kept uncached by the
    // MTRRs; interrupts are off, and only entries that exist are touched.
    unsafe {
        register(0xf0).write_volatile(0x1ff); // spurious vector, software-enabled
        register(0x80).write_volatile(0); // task priority
        let highest = register(0x30).read_volatile() >> 16 & 0xff;
        for offset in LOCAL_VECTORS.into_iter().take(highest as usize + 1) {
            mask(register(offset));
        }
    }
}

/// Other I/O APICs stay as the firmware left them, which is masked.
fn quiet_io_apic() {
    let (select, window) = (IO_APIC as *mut u32, (IO_APIC + 0x10) as *mut u32);
    // SAFETY: identity-mapped; where there is no I/O APIC nothing else is, and
    // its version reads as ones. Only entries that exist are touched.
    unsafe {
        select.write_volatile(1);
        let version = window.read_volatile();
        if version == 0 || version == u32::MAX {
            return;
        }
        for entry in 0..=(version >> 16 & 0xff).min(239) {
            select.write_volatile(0x10 + 2 * entry);
            mask(window);
        }
    }
}

/// Masks a vector entry, if its delivery mode is fixed, lowest priority, NMI or
/// ExtINT; one of another mode (SMI, INIT) is the firmware's and stays.
///
/// # Safety
/// The pointer leads to such an entry.
unsafe fn mask(entry: *mut u32) {
    // SAFETY: the caller's word; masking what is masked or unused harms nothing.
    unsafe {
        let value = entry.read_volatile();
        if matches!(value >> 8 & 7, 0 | 1 | 4 | 7) {
            entry.write_volatile(value | MASKED);
        }
    }
}

/// # Safety
/// The register exists.
unsafe fn rdmsr(register: u32) -> u64 {
    let (high, low): (u32, u32);
    // SAFETY: the register exists by the caller's word; reading changes nothing.
    unsafe {
        asm!("rdmsr", in("ecx") register, out("edx") high, out("eax") low, options(nomem, nostack));
    }
    u64::from(high) << 32 | u64::from(low)
}

/// # Safety
/// The register exists, and the value changes no memory that is in use.
unsafe fn wrmsr(register: u32, value: u64) {
    let (high, low) = ((value >> 32) as u32, value as u32);
    // SAFETY: the caller's promise.
    unsafe { asm!("wrmsr", in("ecx") register, in("edx") high, in("eax") low, options(nostack)) };
}
