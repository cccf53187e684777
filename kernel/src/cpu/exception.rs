//! The processor's exceptions: their names, their error codes in words, and
//! who is asked when one strikes.
//!
//! A guarded call that expects a fault gets it first (`guarded`). Else the
//! `report` module is told: it defines the symbol declared below, so that the
//! slot is never empty once the IDT is loaded.

use super::snapshot::Snapshot;
use super::trap::TrapFrame;
use super::{guarded, msr};
use core::fmt;
use x86_64::registers::control::Cr2;

/// #DB.
pub const DEBUG: u8 = 1;
/// The non-maskable interrupt.
pub const NMI: u8 = 2;
/// #BP.
pub const BREAKPOINT: u8 = 3;
/// #OF.
pub const OVERFLOW: u8 = 4;
/// #BR.
pub const BOUND_RANGE: u8 = 5;
/// #DF.
pub const DOUBLE_FAULT: u8 = 8;
/// #SS.
pub const STACK_SEGMENT: u8 = 12;
/// #GP.
pub const GENERAL_PROTECTION: u8 = 13;
/// #PF.
pub const PAGE_FAULT: u8 = 14;
/// #MC.
pub const MACHINE_CHECK: u8 = 18;

unsafe extern "Rust" {
    /// Defined by `report`: says what happened on every console. Returns only
    /// when the interrupted code may go on.
    safe fn valhalla_report_exception(fault: &Fault);
}

/// One exception as it struck.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// The registers and what the processor pushed.
    pub frame: TrapFrame,
    /// CR2: for a page fault the address that was asked for.
    pub cr2: u64,
    /// The registers beside those, as they were.
    pub state: Snapshot,
}

impl Fault {
    /// The exception's vector.
    #[must_use]
    pub const fn vector(&self) -> u8 {
        self.frame.vector as u8
    }

    /// The manual's name, with mnemonic and vector.
    #[must_use]
    pub const fn name(&self) -> Name {
        Name(self.vector())
    }

    /// Whether the interrupted code simply goes on once this is reported: it
    /// asked for it (in 64-bit mode #OF and #BR come from `int` alone), or has
    /// nothing to do with it.
    #[must_use]
    pub const fn is_survivable(&self) -> bool {
        matches!(self.vector(), DEBUG | NMI | BREAKPOINT | OVERFLOW | BOUND_RANGE)
    }

    /// The error code in words.
    #[must_use]
    pub const fn cause(&self) -> Cause {
        Cause { vector: self.vector(), code: self.frame.error_code }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:#x}", self.name(), self.frame.rip)?;
        if self.vector() == PAGE_FAULT {
            write!(f, ", address {:#x} ({})", self.cr2, self.cause())?;
        }
        Ok(())
    }
}

/// Called for vectors 0 to 31.
pub(super) fn handle(frame: &mut TrapFrame) {
    if msr::catch(frame) {
        return;
    }
    let fault = Fault { frame: *frame, cr2: Cr2::read_raw(), state: Snapshot::take() };
    let belongs_to_code = !fault.is_survivable() && fault.vector() != MACHINE_CHECK;
    if belongs_to_code && guarded::catch(frame, &fault) {
        forget_address();
        return;
    }
    valhalla_report_exception(&fault);
    // The code goes on.
    if fault.vector() == DEBUG {
        /// Trap flag: an exception after each instruction.
        const TF: u64 = 1 << 8;
        /// Resume flag: a breakpoint at this very instruction is passed once.
        const RF: u64 = 1 << 16;
        frame.rflags = frame.rflags & !TF | RF;
        forget_conditions();
    }
}

/// Clears CR2 after a fault that was caught: a later double fault would show
/// the old address as its own.
fn forget_address() {
    // SAFETY: CR2 is written by the processor for us to read; nothing else
    // depends on it.
    unsafe {
        core::arch::asm!("mov cr2, {zero}", zero = in(reg) 0_u64, options(nostack, preserves_flags))
    };
}

/// Clears what DR6 says of a debug exception: the processor sets its bits and
/// never clears them.
fn forget_conditions() {
    // The bits that are always one (SDM Vol. 3B, 18.2.3).
    const NOTHING: u64 = 0xffff_0ff0;
    // SAFETY: DR6 only tells; it controls nothing.
    unsafe {
        core::arch::asm!("mov dr6, {nothing}", nothing = in(reg) NOTHING, options(nostack, preserves_flags))
    };
}

/// Name and mnemonic of each exception (SDM Vol. 3A, table 7-1).
const NAMES: [(&str, &str); 32] = {
    let mut names = [("reserved exception", "-"); 32];
    names[0] = ("divide error", "#DE");
    names[1] = ("debug exception", "#DB");
    names[2] = ("non-maskable interrupt", "NMI");
    names[3] = ("breakpoint", "#BP");
    names[4] = ("overflow", "#OF");
    names[5] = ("bound range exceeded", "#BR");
    names[6] = ("invalid opcode", "#UD");
    names[7] = ("device not available", "#NM");
    names[8] = ("double fault", "#DF");
    names[9] = ("coprocessor segment overrun", "-");
    names[10] = ("invalid TSS", "#TS");
    names[11] = ("segment not present", "#NP");
    names[12] = ("stack-segment fault", "#SS");
    names[13] = ("general protection", "#GP");
    names[14] = ("page fault", "#PF");
    names[16] = ("x87 floating-point error", "#MF");
    names[17] = ("alignment check", "#AC");
    names[18] = ("machine check", "#MC");
    names[19] = ("SIMD floating-point exception", "#XM");
    names[20] = ("virtualization exception", "#VE");
    names[21] = ("control protection exception", "#CP");
    names[28] = ("hypervisor injection exception", "#HV");
    names[29] = ("VMM communication exception", "#VC");
    names[30] = ("security exception", "#SX");
    names
};

/// Shows as `page fault (#PF, vector 14)`.
#[derive(Clone, Copy, Debug)]
pub struct Name(pub u8);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.get(self.0 as usize) {
            Some((name, "-")) => write!(f, "{name} (vector {})", self.0),
            Some((name, mnemonic)) => write!(f, "{name} ({mnemonic}, vector {})", self.0),
            None => write!(f, "interrupt (vector {})", self.0),
        }
    }
}

/// An error code in words.
#[derive(Clone, Copy, Debug)]
pub struct Cause {
    vector: u8,
    code: u64,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.vector {
            PAGE_FAULT => page_fault_cause(self.code, f),
            10..=13 => selector_cause(self.code, f),
            DOUBLE_FAULT | 17 => f.write_str("always zero"),
            21 => control_protection_cause(self.code, f),
            29 | 30 => write!(f, "code {}", self.code),
            _ => f.write_str("this exception has no error code"),
        }
    }
}

/// SDM Vol. 3A, figure 5-12.
fn page_fault_cause(code: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let bit = |number: u32| code >> number & 1 == 1;
    let access = match (bit(4), bit(1)) {
        (true, _) => "instruction fetch from",
        (false, true) => "write to",
        (false, false) => "read of",
    };
    let page = if bit(3) {
        "a page whose table entry has a reserved bit set"
    } else if bit(0) {
        "a page whose rights forbid it"
    } else {
        "a page that is not mapped"
    };
    let who = if bit(2) { "user" } else { "kernel" };
    write!(f, "{access} {page}, by the {who}")?;
    for (number, words) in [(5, "protection key"), (6, "shadow stack"), (15, "SGX")] {
        if bit(number) {
            write!(f, ", {words}")?;
        }
    }
    Ok(())
}

/// SDM Vol. 3A, figure 7-7.
fn selector_cause(code: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if code >> 1 == 0 {
        f.write_str("no selector involved")?;
    } else {
        let table = match code >> 1 & 3 {
            0 => "GDT",
            2 => "LDT",
            _ => "IDT",
        };
        write!(f, "{table} entry {}", code >> 3 & 0x1fff)?;
    }
    if code & 1 == 1 {
        f.write_str(", while delivering an external event")?;
    }
    Ok(())
}

/// SDM Vol. 3A, 7.15, "Interrupt 21".
fn control_protection_cause(code: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(match code & 0x7fff {
        1 => "RET to an address that the shadow stack does not have",
        2 => "far RET or IRET that the shadow stack does not confirm",
        3 => "indirect branch to an instruction that is not ENDBRANCH",
        4 => "RSTORSSP found no valid restore token",
        5 => "SETSSBSY found no valid token",
        _ => "reason unknown",
    })?;
    if code >> 15 & 1 == 1 { f.write_str(", inside an enclave") } else { Ok(()) }
}
