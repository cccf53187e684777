//! The feature bits that CPUID answers with, by their names in the manuals.
//!
//! Intel's names (SDM Vol. 2A, CPUID), and AMD's (APM Vol. 3, appendix E) in
//! the extended leaves, which Intel mostly leaves empty.

/// A register of one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// The second one of the four.
    Ebx,
    /// The third one.
    Ecx,
    /// The last one.
    Edx,
}

/// 32 feature bits.
#[derive(Clone, Copy, Debug)]
pub struct FeatureWord {
    /// What goes into EAX.
    pub leaf: u32,
    /// What goes into ECX.
    pub subleaf: u32,
    /// Where the bits come out.
    pub output: Output,
    /// Where they are, as a label.
    pub label: &'static str,
    /// 32 words from bit 0 on; `-` has no name.
    names: &'static str,
}

impl FeatureWord {
    /// The names of the bits that are set in `value`, from bit 0 on.
    pub fn names(self, value: u32) -> impl Iterator<Item = &'static str> {
        let bits = self.names.split_ascii_whitespace().enumerate();
        bits.filter(move |(bit, name)| *name != "-" && value >> (bit & 31) & 1 == 1)
            .map(|(_, name)| name)
    }
}

/// Every word that has features.
pub const FEATURES: [FeatureWord; 9] = [
    FeatureWord {
        leaf: 1,
        subleaf: 0,
        output: Output::Edx,
        label: "1 EDX",
        names: "FPU VME DE PSE TSC MSR PAE MCE CX8 APIC - SEP MTRR PGE MCA CMOV \
                PAT PSE-36 PSN CLFSH - DS ACPI MMX FXSR SSE SSE2 SS HTT TM - PBE",
    },
    FeatureWord {
        leaf: 1,
        subleaf: 0,
        output: Output::Ecx,
        label: "1 ECX",
        names: "SSE3 PCLMULQDQ DTES64 MONITOR DS-CPL VMX SMX EIST TM2 SSSE3 CNXT-ID SDBG FMA \
                CMPXCHG16B xTPR PDCM - PCID DCA SSE4.1 SSE4.2 x2APIC MOVBE POPCNT TSC-Deadline \
                AESNI XSAVE OSXSAVE AVX F16C RDRAND hypervisor",
    },
    FeatureWord {
        leaf: 7,
        subleaf: 0,
        output: Output::Ebx,
        label: "7 EBX",
        names: "FSGSBASE TSC_ADJUST SGX BMI1 HLE AVX2 FDP_EXCPTN_ONLY SMEP BMI2 ERMS INVPCID RTM \
                RDT-M FPU_CS_DS MPX RDT-A AVX512F AVX512DQ RDSEED ADX SMAP AVX512_IFMA - \
                CLFLUSHOPT CLWB PT AVX512PF AVX512ER AVX512CD SHA AVX512BW AVX512VL",
    },
    FeatureWord {
        leaf: 7,
        subleaf: 0,
        output: Output::Ecx,
        label: "7 ECX",
        names: "PREFETCHWT1 AVX512_VBMI UMIP PKU OSPKE WAITPKG AVX512_VBMI2 CET_SS GFNI VAES \
                VPCLMULQDQ AVX512_VNNI AVX512_BITALG TME_EN AVX512_VPOPCNTDQ - LA57 - - - - - \
                RDPID KL BUS_LOCK_DETECT CLDEMOTE - MOVDIRI MOVDIR64B ENQCMD SGX_LC PKS",
    },
    FeatureWord {
        leaf: 7,
        subleaf: 0,
        output: Output::Edx,
        label: "7 EDX",
        names: "- SGX-KEYS AVX512_4VNNIW AVX512_4FMAPS FSRM UINTR - - AVX512_VP2INTERSECT \
                SRBDS_CTRL MD_CLEAR RTM_ALWAYS_ABORT - RTM_FORCE_ABORT SERIALIZE Hybrid TSXLDTRK \
                - PCONFIG ArchLBR CET_IBT - AMX-BF16 AVX512_FP16 AMX-TILE AMX-INT8 IBRS_IBPB \
                STIBP L1D_FLUSH ARCH_CAPABILITIES CORE_CAPABILITIES SSBD",
    },
    FeatureWord {
        leaf: 0x8000_0001,
        subleaf: 0,
        output: Output::Edx,
        label: "80000001 EDX",
        names: "- - - - - - - - - - - SYSCALL - - - - - - - - NX - MmxExt - - FFXSR Page1GB \
                RDTSCP - LM 3DNowExt 3DNow",
    },
    FeatureWord {
        leaf: 0x8000_0001,
        subleaf: 0,
        output: Output::Ecx,
        label: "80000001 ECX",
        names: "LahfSahf CmpLegacy SVM ExtApicSpace AltMovCr8 ABM SSE4A MisAlignSse 3DNowPrefetch \
                OSVW IBS XOP SKINIT WDT - LWP FMA4 TCE - - - TBM TopologyExtensions \
                PerfCtrExtCore PerfCtrExtNB - DataBkptExt PerfTsc PerfCtrExtLLC MONITORX \
                AddrMaskExt -",
    },
    FeatureWord {
        leaf: 0x8000_0007,
        subleaf: 0,
        output: Output::Edx,
        label: "80000007 EDX",
        names: "TS FID VID TTP TM - 100MHzSteps HwPstate TscInvariant CPB EffFreqRO \
                ProcFeedback ProcPowerReporting - - - - - - - - - - - - - - - - - - -",
    },
    FeatureWord {
        leaf: 0x8000_0008,
        subleaf: 0,
        output: Output::Ebx,
        label: "80000008 EBX",
        names: "CLZERO InstRetCntMsr RstrFpErrPtrs INVLPGB RDPRU - MBE - MCOMMIT WBNOINVD - - \
                IBPB INT_WBINVD IBRS STIBP IbrsAlwaysOn StibpAlwaysOn IbrsPreferred IbrsSameMode \
                EferLmsleUnsupported INVLPGBnested - PPIN SSBD SsbdVirtSpecCtrl SsbdNotRequired \
                CPPC PSFD BTC_NO IBPB_RET -",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn names(label: &str, value: u32) -> Vec<&'static str> {
        FEATURES.iter().find(|word| word.label == label).unwrap().names(value).collect()
    }

    #[test]
    fn every_word_names_32_bits_once() {
        for word in FEATURES {
            let all: Vec<_> = word.names.split_ascii_whitespace().collect();
            assert_eq!(all.len(), 32, "{}", word.label);
            let named: Vec<_> = word.names(u32::MAX).collect();
            let mut unique = named.clone();
            unique.sort_unstable();
            unique.dedup();
            assert_eq!(unique.len(), named.len(), "{}", word.label);
        }
    }

    /// Bits far from the start of each word, as the manuals number them.
    #[test]
    fn bits_have_their_names() {
        for (label, bit, name) in [
            ("1 EDX", 9, "APIC"),
            ("1 EDX", 25, "SSE"),
            ("1 EDX", 31, "PBE"),
            ("1 ECX", 5, "VMX"),
            ("1 ECX", 17, "PCID"),
            ("1 ECX", 21, "x2APIC"),
            ("1 ECX", 24, "TSC-Deadline"),
            ("1 ECX", 31, "hypervisor"),
            ("7 EBX", 7, "SMEP"),
            ("7 EBX", 20, "SMAP"),
            ("7 EBX", 25, "PT"),
            ("7 EBX", 29, "SHA"),
            ("7 ECX", 2, "UMIP"),
            ("7 ECX", 16, "LA57"),
            ("7 ECX", 22, "RDPID"),
            ("7 ECX", 31, "PKS"),
            ("7 EDX", 10, "MD_CLEAR"),
            ("7 EDX", 20, "CET_IBT"),
            ("7 EDX", 26, "IBRS_IBPB"),
            ("7 EDX", 31, "SSBD"),
            ("80000001 EDX", 11, "SYSCALL"),
            ("80000001 EDX", 20, "NX"),
            ("80000001 EDX", 26, "Page1GB"),
            ("80000001 EDX", 29, "LM"),
            ("80000001 ECX", 2, "SVM"),
            ("80000001 ECX", 22, "TopologyExtensions"),
            ("80000001 ECX", 29, "MONITORX"),
            ("80000007 EDX", 8, "TscInvariant"),
            ("80000008 EBX", 9, "WBNOINVD"),
            ("80000008 EBX", 24, "SSBD"),
        ] {
            assert_eq!(names(label, 1 << bit), [name], "{label} bit {bit}");
        }
        assert_eq!(names("1 EDX", 0b111), ["FPU", "VME", "DE"]);
        assert!(names("1 EDX", 1 << 10).is_empty(), "a bit without a name");
    }
}
