//! The registers that no trap frame holds: control, debug, segments.
//!
//! Taken when an exception strikes, so that a report shows them as they were,
//! and not as they are after a guarded call has come back.

use core::fmt;
use x86_64::registers::control::{Cr0, Cr3, Cr4, Efer};
use x86_64::registers::debug::{DebugAddressRegister, Dr0, Dr1, Dr2, Dr3, Dr6, Dr7};
use x86_64::registers::model_specific::{FsBase, GsBase};
use x86_64::registers::segmentation::{DS, ES, FS, GS, Segment};

/// Control, debug and data-segment registers at one moment.
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "registers by their names")]
pub struct Snapshot {
    pub cr0: u64,
    pub cr3: u64,
    pub cr4: u64,
    pub efer: u64,
    /// DR0 to DR3: the addresses of breakpoints.
    pub breakpoints: [u64; 4],
    pub dr6: u64,
    pub dr7: u64,
    pub ds: u16,
    pub es: u16,
    pub fs: u16,
    pub gs: u16,
    pub fs_base: u64,
    pub gs_base: u64,
}

impl Snapshot {
    /// Reads them all. Each exists on every processor in 64-bit mode.
    pub(super) fn take() -> Self {
        let (root, flags) = Cr3::read_raw();
        Self {
            cr0: Cr0::read_raw(),
            cr3: root.start_address().as_u64() | u64::from(flags),
            cr4: Cr4::read_raw(),
            efer: Efer::read_raw(),
            breakpoints: [Dr0::read(), Dr1::read(), Dr2::read(), Dr3::read()],
            dr6: Dr6::read_raw(),
            dr7: Dr7::read_raw(),
            ds: DS::get_reg().0,
            es: ES::get_reg().0,
            fs: FS::get_reg().0,
            gs: GS::get_reg().0,
            fs_base: FsBase::read().as_u64(),
            gs_base: GsBase::read().as_u64(),
        }
    }
}

/// A register of flags; shows the names of those that are set.
#[derive(Clone, Copy, Debug)]
pub struct Flags {
    value: u64,
    names: &'static [(u8, &'static str)],
}

impl Flags {
    /// RFLAGS (SDM Vol. 1, 3.4.3).
    #[must_use]
    pub const fn rflags(value: u64) -> Self {
        const NAMES: &[(u8, &str)] = &[
            (0, "CF"),
            (2, "PF"),
            (4, "AF"),
            (6, "ZF"),
            (7, "SF"),
            (8, "TF"),
            (9, "IF"),
            (10, "DF"),
            (11, "OF"),
            (14, "NT"),
            (16, "RF"),
            (17, "VM"),
            (18, "AC"),
            (19, "VIF"),
            (20, "VIP"),
            (21, "ID"),
        ];
        Self { value, names: NAMES }
    }

    /// CR0 (SDM Vol. 3A, 2.5).
    #[must_use]
    pub const fn cr0(value: u64) -> Self {
        const NAMES: &[(u8, &str)] = &[
            (0, "PE"),
            (1, "MP"),
            (2, "EM"),
            (3, "TS"),
            (4, "ET"),
            (5, "NE"),
            (16, "WP"),
            (18, "AM"),
            (29, "NW"),
            (30, "CD"),
            (31, "PG"),
        ];
        Self { value, names: NAMES }
    }

    /// CR4 (SDM Vol. 3A, 2.5).
    #[must_use]
    pub const fn cr4(value: u64) -> Self {
        const NAMES: &[(u8, &str)] = &[
            (0, "VME"),
            (1, "PVI"),
            (2, "TSD"),
            (3, "DE"),
            (4, "PSE"),
            (5, "PAE"),
            (6, "MCE"),
            (7, "PGE"),
            (8, "PCE"),
            (9, "OSFXSR"),
            (10, "OSXMMEXCPT"),
            (11, "UMIP"),
            (12, "LA57"),
            (13, "VMXE"),
            (14, "SMXE"),
            (16, "FSGSBASE"),
            (17, "PCIDE"),
            (18, "OSXSAVE"),
            (19, "KL"),
            (20, "SMEP"),
            (21, "SMAP"),
            (22, "PKE"),
            (23, "CET"),
            (24, "PKS"),
        ];
        Self { value, names: NAMES }
    }

    /// IA32_EFER (SDM Vol. 3A, 2.2.1; the upper ones are AMD's, APM Vol. 2, 3.1.7).
    #[must_use]
    pub const fn efer(value: u64) -> Self {
        const NAMES: &[(u8, &str)] = &[
            (0, "SCE"),
            (8, "LME"),
            (10, "LMA"),
            (11, "NXE"),
            (12, "SVME"),
            (13, "LMSLE"),
            (14, "FFXSR"),
            (15, "TCE"),
        ];
        Self { value, names: NAMES }
    }

    /// DR6: which debug condition struck (SDM Vol. 3B, 18.2.3).
    #[must_use]
    pub const fn dr6(value: u64) -> Self {
        const NAMES: &[(u8, &str)] =
            &[(0, "B0"), (1, "B1"), (2, "B2"), (3, "B3"), (13, "BD"), (14, "BS"), (15, "BT")];
        Self { value, names: NAMES }
    }

    /// DR7: which breakpoints are on (SDM Vol. 3B, 18.2.4).
    #[must_use]
    pub const fn dr7(value: u64) -> Self {
        const NAMES: &[(u8, &str)] = &[
            (0, "L0"),
            (1, "G0"),
            (2, "L1"),
            (3, "G1"),
            (4, "L2"),
            (5, "G2"),
            (6, "L3"),
            (7, "G3"),
            (8, "LE"),
            (9, "GE"),
            (11, "RTM"),
            (13, "GD"),
        ];
        Self { value, names: NAMES }
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lead = "";
        for (_, name) in self.names.iter().filter(|(bit, _)| self.value >> bit & 1 == 1) {
            write!(f, "{lead}{name}")?;
            lead = " ";
        }
        if lead.is_empty() { f.write_str("none set") } else { Ok(()) }
    }
}
