//! The processor and the interrupt controllers: what is there, and how the
//! protocol wants it at entry (Limine protocol, "Machine State at Entry").
//!
//! The control registers were set to their exact values by `entry.s`.

use core::arch::asm;
use core::arch::x86_64::__cpuid;

const IA32_APIC_BASE: u32 = 0x1b;
const IA32_PAT: u32 = 0x277;
/// Entries 0 to 7: WB, WT, UC-, UC, WP, WC, UC-, UC.
const PAT: u64 = 0x0007_0105_0007_0406;
const APIC_ENABLED: u64 = 1 << 11;
const X2APIC_ENABLED: u64 = 1 << 10;
/// Where PCs have their first I/O APIC.
const IO_APIC: u64 = 0xfec0_0000;
const MASKED: u32 = 1 << 16;

/// # Safety
/// The caller knows what listens at the port.
pub(crate) unsafe fn outb(port: u16, value: u8) {
    // SAFETY: the caller's knowledge; the instruction touches no memory.
    unsafe { asm!("out dx, al", in("dx") port, in("al") value, options(nomem, nostack, preserves_flags)) };
}

/// # Safety
/// The caller knows what listens at the port.
pub(crate) unsafe fn inb(port: u16) -> u8 {
    let value;
    // SAFETY: the caller's knowledge; the instruction touches no memory.
    unsafe { asm!("in al, dx", in("dx") port, out("al") value, options(nomem, nostack, preserves_flags)) };
    value
}

/// # Safety
/// The register exists.
unsafe fn rdmsr(register: u32) -> u64 {
    let (high, low): (u32, u32);
    // SAFETY: the register exists by the caller's word; reading changes nothing.
    unsafe { asm!("rdmsr", in("ecx") register, out("edx") high, out("eax") low, options(nomem, nostack, preserves_flags)) };
    u64::from(high) << 32 | u64::from(low)
}

/// # Safety
/// The register exists, and the value leaves the shim's own memory as it is.
unsafe fn wrmsr(register: u32, value: u64) {
    // SAFETY: the caller's promise.
    unsafe { asm!("wrmsr", in("ecx") register, in("edx") (value >> 32) as u32, in("eax") value as u32, options(nostack, preserves_flags)) };
}

/// CPUID 0x80000001 EDX: NX is bit 20, 1 GiB pages are bit 26.
pub(crate) fn extended_features() -> u32 {
    __cpuid(0x8000_0001).edx
}

pub(crate) fn has_pat() -> bool {
    __cpuid(1).edx & 1 << 16 != 0
}

/// The time stamp counter's frequency, where CPUID 0x15 states it in full.
pub(crate) fn tsc_hz() -> Option<u64> {
    if __cpuid(0).eax < 0x15 {
        return None;
    }
    let ratio = __cpuid(0x15);
    let hz = u64::from(ratio.ecx) * u64::from(ratio.ebx);
    hz.checked_div(u64::from(ratio.eax)).filter(|&hz| hz != 0)
}

/// Sets the PAT, masks every interrupt line and brings the local APIC into the
/// state that base revision 5 and later define.
pub(crate) fn quiet() {
    // SAFETY: the data ports of both 8259s take a mask; 0xff masks all lines.
    unsafe {
        outb(0x21, 0xff);
        outb(0xa1, 0xff);
    }
    if has_pat() {
        // SAFETY: the PAT exists; entry 0, which all mappings in use have, stays WB.
        unsafe { wrmsr(IA32_PAT, PAT) };
    }
    if __cpuid(1).edx & 1 << 9 != 0 {
        local_apic();
        io_apic();
    }
}

/// Masks the delivery modes fixed, lowest priority, NMI and ExtINT; an entry of
/// another mode (SMI, INIT) is the firmware's and stays.
fn mask(entry: u32) -> u32 {
    match entry >> 8 & 7 {
        0 | 1 | 4 | 7 => entry | MASKED,
        _ => entry,
    }
}

fn local_apic() {
    // SAFETY: every processor with an APIC and long mode has this register.
    let base = unsafe { rdmsr(IA32_APIC_BASE) } | APIC_ENABLED;
    // SAFETY: as above; enabling it in place changes no memory in use.
    unsafe { wrmsr(IA32_APIC_BASE, base) };
    let window = base & 0x000f_ffff_ffff_f000;
    let x2apic = base & X2APIC_ENABLED != 0;
    if !x2apic && window >= crate::physical::REACH {
        return;
    }
    let read = |register: u32| match x2apic {
        // SAFETY: the register exists, by the version register's word for LVTs.
        true => unsafe { rdmsr(0x800 + (register >> 4)) as u32 },
        // SAFETY: as above; identity-mapped, and the MTRRs keep it uncached.
        false => unsafe { ((window + u64::from(register)) as *const u32).read_volatile() },
    };
    let write = |register: u32, value: u32| match x2apic {
        // SAFETY: as for `read`; interrupts are off.
        true => unsafe { wrmsr(0x800 + (register >> 4), u64::from(value)) },
        // SAFETY: as for `read`; interrupts are off.
        false => unsafe { ((window + u64::from(register)) as *mut u32).write_volatile(value) },
    };
    write(0xf0, 0x1ff); // spurious interrupt vector: software-enabled
    write(0x80, 0); // task priority
    let highest_lvt = read(0x30) >> 16 & 0xff;
    // Timer, LINT0, LINT1, error; then those that not every APIC has.
    for (register, index) in [(0x320, 0), (0x350, 1), (0x360, 2), (0x370, 3), (0x340, 4), (0x330, 5), (0x2f0, 6)] {
        if index <= highest_lvt {
            write(register, mask(read(register)));
        }
    }
}

/// The first I/O APIC, at the address that every PC has it at. Others stay as
/// the firmware left them, which is masked.
fn io_apic() {
    // SAFETY: identity-mapped; where there is no I/O APIC, nothing is.
    let select = |register: u32| unsafe { (IO_APIC as *mut u32).write_volatile(register) };
    let data = (IO_APIC + 0x10) as *mut u32;
    select(1);
    // SAFETY: as above.
    let version = unsafe { data.read_volatile() };
    if version == 0 || version == u32::MAX {
        return;
    }
    for entry in 0..=(version >> 16 & 0xff).min(239) {
        select(0x10 + 2 * entry);
        // SAFETY: a redirection entry that exists; masking it harms nothing.
        unsafe { data.write_volatile(mask(data.read_volatile())) };
    }
}
