//! What this processor can do, asked once through CPUID.
//!
//! CPUID before use, always: writing a control-register bit that the processor
//! lacks raises #GP on hardware, and stops some emulators without a word.

use core::arch::x86_64::__cpuid;
use core::fmt;
use spin::Once;

/// The features that the kernel asks about (SDM Vol. 2A, CPUID).
#[derive(Clone, Copy, Debug, Default)]
pub struct Features {
    /// Time-stamp counter (RDTSC).
    pub tsc: bool,
    /// Model-specific registers (RDMSR, WRMSR).
    pub msr: bool,
    /// Machine-check exception, turned on by CR4.MCE.
    pub mce: bool,
    /// Machine-check architecture: banks that log what happened.
    pub mca: bool,
    /// An on-chip local APIC that is switched on.
    pub apic: bool,
    /// Streaming SIMD extensions, and CR4.OSFXSR with them.
    pub sse: bool,
    /// Global pages: CR4.PGE.
    pub pge: bool,
    /// Page attribute table: IA32_PAT.
    pub pat: bool,
    /// No-execute pages: EFER.NXE.
    pub nx: bool,
    /// 1 GiB pages.
    pub gib_pages: bool,
    /// Supervisor code cannot run user pages: CR4.SMEP.
    pub smep: bool,
    /// Supervisor code cannot touch user pages by accident: CR4.SMAP.
    pub smap: bool,
    /// User code cannot read descriptor-table registers: CR4.UMIP.
    pub umip: bool,
    /// Width of a physical address in bits.
    pub physical_bits: u8,
}

impl Features {
    /// The features of this processor.
    #[must_use]
    pub fn get() -> &'static Self {
        static FEATURES: Once<Features> = Once::new();
        FEATURES.call_once(Self::detect)
    }

    fn detect() -> Self {
        let basic = __cpuid(0).eax;
        let leaf1 = __cpuid(1);
        let leaf7 = if basic >= 7 { __cpuid(7) } else { __cpuid(0) };
        let (ebx7, ecx7) = if basic >= 7 { (leaf7.ebx, leaf7.ecx) } else { (0, 0) };
        let extended = __cpuid(0x8000_0000).eax;
        let edx81 = if extended >= 0x8000_0001 { __cpuid(0x8000_0001).edx } else { 0 };
        // Without leaf 0x8000_0008 a long-mode processor has 36 bits.
        let bits = if extended >= 0x8000_0008 { __cpuid(0x8000_0008).eax as u8 } else { 36 };
        let bit = |register: u32, number: u32| register >> number & 1 == 1;
        Self {
            tsc: bit(leaf1.edx, 4),
            msr: bit(leaf1.edx, 5),
            mce: bit(leaf1.edx, 7),
            mca: bit(leaf1.edx, 14),
            apic: bit(leaf1.edx, 9),
            sse: bit(leaf1.edx, 25),
            pge: bit(leaf1.edx, 13),
            pat: bit(leaf1.edx, 16),
            smep: bit(ebx7, 7),
            smap: bit(ebx7, 20),
            umip: bit(ecx7, 2),
            nx: bit(edx81, 20),
            gib_pages: bit(edx81, 26),
            physical_bits: bits.clamp(36, 52),
        }
    }
}

/// Says which protections are on, and names those that this processor lacks.
impl fmt::Display for Features {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [
            (self.nx, "NX"),
            (self.smep, "SMEP"),
            (self.smap, "SMAP"),
            (self.umip, "UMIP"),
            (self.pge, "PGE"),
            (self.mce, "MCE"),
        ];
        f.write_str("WP")?;
        for (_, name) in all.iter().filter(|(there, _)| *there) {
            write!(f, " {name}")?;
        }
        f.write_str(" on")?;
        let mut lead = "; this processor has no ";
        for (_, name) in all.iter().filter(|(there, _)| !*there) {
            write!(f, "{lead}{name}")?;
            lead = ", ";
        }
        Ok(())
    }
}
