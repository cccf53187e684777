//! The registers and their bits.

use super::Group;
use crate::bits::{Field, address, flag, hex, names, number};

const fn one(
    number: u32,
    name: &'static str,
    purpose: &'static str,
    fields: &'static [Field],
) -> Group {
    Group { first: number, count: 1, step: 1, name, purpose, fields }
}

/// Memory types (SDM Vol. 3A, 12.12.2 and table 12-8).
const TYPES: &[&str] = &[
    "UC, uncacheable",
    "WC, write combining",
    "",
    "",
    "WT, write through",
    "WP, write protected",
    "WB, write back",
    "UC-, uncacheable unless an MTRR says WC",
];

/// Eight memory types, a byte each: PAT entries.
const PAT: &[Field] = &[
    names(0, 2, "PA0", TYPES),
    names(8, 10, "PA1", TYPES),
    names(16, 18, "PA2", TYPES),
    names(24, 26, "PA3", TYPES),
    names(32, 34, "PA4", TYPES),
    names(40, 42, "PA5", TYPES),
    names(48, 50, "PA6", TYPES),
    names(56, 58, "PA7", TYPES),
];

/// Eight memory types, a byte each: the parts of a fixed range, upward.
const FIXED: &[Field] = &[
    names(0, 7, "1st", TYPES),
    names(8, 15, "2nd", TYPES),
    names(16, 23, "3rd", TYPES),
    names(24, 31, "4th", TYPES),
    names(32, 39, "5th", TYPES),
    names(40, 47, "6th", TYPES),
    names(48, 55, "7th", TYPES),
    names(56, 63, "8th", TYPES),
];

/// Every register that is described.
pub static TABLE: &[Group] = &[
    one(0x10, "IA32_TIME_STAMP_COUNTER", "cycles since the reset", &[]),
    one(
        0x1b,
        "IA32_APIC_BASE",
        "where the local APIC is, and whether it is on",
        &[
            flag(8, "BSP", "this is the boot processor"),
            flag(10, "EXTD", "x2APIC mode: registers are MSRs"),
            flag(11, "EN", "the local APIC is on"),
            address(12, 51, "BASE", "where its registers are"),
        ],
    ),
    one(
        0x3a,
        "IA32_FEATURE_CONTROL",
        "which features the firmware allows",
        &[
            flag(0, "LOCK", "locked until the next reset"),
            flag(1, "VMX_SMX", "VMX inside SMX allowed"),
            flag(2, "VMX", "VMX outside SMX allowed"),
            flag(20, "LMCE", "local machine checks allowed"),
        ],
    ),
    one(0x3b, "IA32_TSC_ADJUST", "what was added to the time-stamp counter", &[]),
    one(
        0x48,
        "IA32_SPEC_CTRL",
        "limits on speculation",
        &[
            flag(0, "IBRS", "indirect branches restricted"),
            flag(1, "STIBP", "branch predictors of threads kept apart"),
            flag(2, "SSBD", "speculative store bypass off"),
        ],
    ),
    one(
        0x8b,
        "IA32_BIOS_SIGN_ID",
        "microcode revision",
        &[hex(32, 63, "REVISION", "of the microcode update")],
    ),
    one(
        0xfe,
        "IA32_MTRRCAP",
        "what the memory type range registers can do",
        &[
            number(0, 7, "VCNT", "variable ranges"),
            flag(8, "FIX", "fixed ranges are there"),
            flag(10, "WC", "write combining is there"),
            flag(11, "SMRR", "ranges for system management mode are there"),
        ],
    ),
    one(
        0x10a,
        "IA32_ARCH_CAPABILITIES",
        "which leaks this processor does not have",
        &[
            flag(0, "RDCL_NO", "not open to Meltdown"),
            flag(1, "IBRS_ALL", "enhanced IBRS"),
            flag(2, "RSBA", "returns may use other predictions"),
            flag(4, "SSB_NO", "not open to speculative store bypass"),
            flag(5, "MDS_NO", "not open to microarchitectural data sampling"),
            flag(8, "TAA_NO", "not open to TSX asynchronous aborts"),
        ],
    ),
    one(0x174, "IA32_SYSENTER_CS", "code segment of SYSENTER", &[hex(0, 15, "CS", "selector")]),
    one(0x175, "IA32_SYSENTER_ESP", "stack of SYSENTER", &[]),
    one(0x176, "IA32_SYSENTER_EIP", "where SYSENTER goes", &[]),
    one(
        0x179,
        "IA32_MCG_CAP",
        "what the machine check architecture can do",
        &[
            number(0, 7, "COUNT", "banks that report errors"),
            flag(8, "CTL_P", "IA32_MCG_CTL is there"),
            flag(9, "EXT_P", "extended state is there"),
            flag(10, "CMCI_P", "corrected errors can interrupt"),
            flag(24, "SER_P", "software can recover from some errors"),
            flag(27, "LMCE_P", "local machine checks are there"),
        ],
    ),
    one(
        0x17a,
        "IA32_MCG_STATUS",
        "the machine check that is going on",
        &[
            flag(0, "RIPV", "the program can go on where it was"),
            flag(1, "EIPV", "the error belongs to that instruction"),
            flag(2, "MCIP", "a machine check is being handled"),
            flag(3, "LMCE_S", "it was sent to this processor alone"),
        ],
    ),
    one(
        0x198,
        "IA32_PERF_STATUS",
        "the speed that is run at",
        &[hex(0, 15, "STATE", "current performance state")],
    ),
    one(
        0x19c,
        "IA32_THERM_STATUS",
        "temperature",
        &[
            flag(0, "HOT", "the thermal sensor is tripped now"),
            flag(1, "HOT_LOG", "it was tripped"),
            number(16, 22, "READOUT", "degrees below the limit"),
            flag(31, "VALID", "the readout is valid"),
        ],
    ),
    one(
        0x1a0,
        "IA32_MISC_ENABLE",
        "features that the firmware switches",
        &[
            flag(0, "FAST_STRING", "fast REP MOVS and STOS"),
            flag(3, "TCC", "automatic thermal control"),
            flag(7, "PERFMON", "performance monitoring is there"),
            flag(11, "BTS_UNAVAIL", "no branch trace storage"),
            flag(12, "PEBS_UNAVAIL", "no precise event based sampling"),
            flag(16, "EIST", "Enhanced SpeedStep on"),
            flag(18, "MONITOR", "MONITOR and MWAIT on"),
            flag(22, "LIMIT_CPUID", "CPUID says no more than 2"),
            flag(23, "XTPR_DISABLE", "no task priority messages"),
            flag(34, "XD_DISABLE", "no NX bit in page tables"),
        ],
    ),
    one(
        0x1d9,
        "IA32_DEBUGCTL",
        "branch tracing",
        &[
            flag(0, "LBR", "the last branches are recorded"),
            flag(1, "BTF", "single steps go from branch to branch"),
            flag(6, "TR", "branch messages are sent"),
            flag(7, "BTS", "branch messages are stored"),
        ],
    ),
    Group {
        first: 0x200,
        count: 10,
        step: 2,
        name: "IA32_MTRR_PHYSBASE#",
        purpose: "a range of memory: where, and its type",
        fields: &[names(0, 7, "TYPE", TYPES), address(12, 51, "BASE", "where it begins")],
    },
    Group {
        first: 0x201,
        count: 10,
        step: 2,
        name: "IA32_MTRR_PHYSMASK#",
        purpose: "a range of memory: how large",
        fields: &[
            flag(11, "V", "the range is in use"),
            address(12, 51, "MASK", "bits that addresses in it share"),
        ],
    },
    one(0x250, "IA32_MTRR_FIX64K_00000", "types of 64 KiB blocks from 0", FIXED),
    one(0x258, "IA32_MTRR_FIX16K_80000", "types of 16 KiB blocks from 0x80000", FIXED),
    one(0x259, "IA32_MTRR_FIX16K_A0000", "types of 16 KiB blocks from 0xa0000", FIXED),
    one(0x268, "IA32_MTRR_FIX4K_C0000", "types of 4 KiB blocks from 0xc0000", FIXED),
    one(0x269, "IA32_MTRR_FIX4K_C8000", "types of 4 KiB blocks from 0xc8000", FIXED),
    one(0x26a, "IA32_MTRR_FIX4K_D0000", "types of 4 KiB blocks from 0xd0000", FIXED),
    one(0x26b, "IA32_MTRR_FIX4K_D8000", "types of 4 KiB blocks from 0xd8000", FIXED),
    one(0x26c, "IA32_MTRR_FIX4K_E0000", "types of 4 KiB blocks from 0xe0000", FIXED),
    one(0x26d, "IA32_MTRR_FIX4K_E8000", "types of 4 KiB blocks from 0xe8000", FIXED),
    one(0x26e, "IA32_MTRR_FIX4K_F0000", "types of 4 KiB blocks from 0xf0000", FIXED),
    one(0x26f, "IA32_MTRR_FIX4K_F8000", "types of 4 KiB blocks from 0xf8000", FIXED),
    one(0x277, "IA32_PAT", "the eight memory types that a page can choose from", PAT),
    one(
        0x2ff,
        "IA32_MTRR_DEF_TYPE",
        "the type of memory that no range names",
        &[
            names(0, 7, "TYPE", TYPES),
            flag(10, "FE", "fixed ranges are used"),
            flag(11, "E", "ranges are used; off, all memory is UC"),
        ],
    ),
    one(0x6e0, "IA32_TSC_DEADLINE", "when the local APIC's timer strikes", &[]),
    one(
        0x6e1,
        "IA32_PKRS",
        "rights of supervisor pages by protection key",
        &[hex(0, 31, "RIGHTS", "two bits a key: no access, no writes")],
    ),
    one(0xda0, "IA32_XSS", "state that XSAVES saves beyond XCR0", &[]),
    one(
        0xc000_0080,
        "IA32_EFER",
        "long mode, SYSCALL, NX",
        &[
            flag(0, "SCE", "SYSCALL and SYSRET work"),
            flag(8, "LME", "long mode is wanted"),
            flag(10, "LMA", "long mode is on"),
            flag(11, "NXE", "pages can be marked not executable"),
            flag(12, "SVME", "AMD: virtual machines can be run"),
            flag(13, "LMSLE", "AMD: segment limits in long mode"),
            flag(14, "FFXSR", "AMD: fast FXSAVE and FXRSTOR"),
            flag(15, "TCE", "AMD: translation cache extension"),
        ],
    ),
    one(
        0xc000_0081,
        "IA32_STAR",
        "segments of SYSCALL and SYSRET",
        &[
            hex(32, 47, "SYSCALL_CS", "code segment; the stack's is the next"),
            hex(48, 63, "SYSRET_CS", "base of the segments to return to"),
        ],
    ),
    one(0xc000_0082, "IA32_LSTAR", "where SYSCALL goes", &[]),
    one(0xc000_0083, "IA32_CSTAR", "where SYSCALL goes from 32-bit code (AMD)", &[]),
    one(
        0xc000_0084,
        "IA32_FMASK",
        "flags that SYSCALL clears",
        &[
            flag(8, "TF", "single step"),
            flag(9, "IF", "interrupts"),
            flag(10, "DF", "direction"),
            flag(14, "NT", "nested task"),
            flag(18, "AC", "alignment check"),
        ],
    ),
    one(0xc000_0100, "IA32_FS_BASE", "where the segment FS begins", &[]),
    one(0xc000_0101, "IA32_GS_BASE", "where the segment GS begins", &[]),
    one(0xc000_0102, "IA32_KERNEL_GS_BASE", "what SWAPGS puts into GS_BASE", &[]),
    one(0xc000_0103, "IA32_TSC_AUX", "what RDTSCP says beside the time", &[]),
    one(
        0xc001_0010,
        "SYSCFG",
        "AMD: system configuration",
        &[
            flag(18, "MFDE", "fixed ranges have extended attributes"),
            flag(19, "MFDM", "their extended attributes can be changed"),
            flag(20, "MVDM", "variable ranges are used"),
            flag(21, "TOM2", "the second top of memory is used"),
            flag(23, "SMEE", "memory can be encrypted"),
        ],
    ),
    one(
        0xc001_0015,
        "HWCR",
        "AMD: hardware configuration",
        &[
            flag(0, "SMMLOCK", "system management mode is locked"),
            flag(4, "INVDWBINVD", "INVD writes back"),
            flag(24, "TSC_FREQ", "the time-stamp counter runs at the P0 rate"),
            flag(25, "CPB_DIS", "no boost"),
        ],
    ),
    one(0xc001_001a, "TOP_MEM", "AMD: where RAM below 4 GiB ends", &[]),
    one(0xc001_001d, "TOP_MEM2", "AMD: where RAM above 4 GiB ends", &[]),
    one(
        0xc001_0117,
        "VM_HSAVE_PA",
        "AMD: where VMRUN saves the host",
        &[address(12, 51, "ADDRESS", "a page")],
    ),
];
