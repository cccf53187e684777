//! Registers in rows, their flags by name.

use crate::cpu::TrapFrame;
use crate::cpu::snapshot::{Flags, Snapshot};
use core::fmt::{self, Write};

/// The general registers by name, but RSP, which the report shows with its
/// stack.
pub(super) fn general(frame: &TrapFrame) -> [(&'static str, u64); 15] {
    [
        ("RAX", frame.rax),
        ("RBX", frame.rbx),
        ("RCX", frame.rcx),
        ("RDX", frame.rdx),
        ("RSI", frame.rsi),
        ("RDI", frame.rdi),
        ("RBP", frame.rbp),
        ("R8 ", frame.r8),
        ("R9 ", frame.r9),
        ("R10", frame.r10),
        ("R11", frame.r11),
        ("R12", frame.r12),
        ("R13", frame.r13),
        ("R14", frame.r14),
        ("R15", frame.r15),
    ]
}

/// The general registers, three in a row, and RFLAGS.
pub(super) fn write_general(out: &mut impl Write, frame: &TrapFrame) -> fmt::Result {
    for row in general(frame).chunks(3) {
        for (number, (name, value)) in row.iter().enumerate() {
            let gap = if number == 0 { "" } else { "  " };
            write!(out, "{gap}{name} {value:#018x}")?;
        }
        writeln!(out)?;
    }
    writeln!(out, "RFLAGS {:#010x} ({})", frame.rflags, Flags::rflags(frame.rflags))
}

/// Control, debug and data-segment registers.
pub(super) fn write_others(out: &mut impl Write, state: &Snapshot) -> fmt::Result {
    writeln!(out, "CR0 {:#010x} ({})", state.cr0, Flags::cr0(state.cr0))?;
    writeln!(out, "CR3 {:#018x}", state.cr3)?;
    writeln!(out, "CR4 {:#010x} ({})", state.cr4, Flags::cr4(state.cr4))?;
    writeln!(out, "EFER {:#06x} ({})", state.efer, Flags::efer(state.efer))?;
    let Snapshot { ds, es, fs, gs, fs_base, gs_base, .. } = state;
    writeln!(
        out,
        "DS {ds:#06x} ES {es:#06x} FS {fs:#06x} (base {fs_base:#x}) GS {gs:#06x} (base {gs_base:#x})"
    )?;
    let [dr0, dr1, dr2, dr3] = state.breakpoints;
    writeln!(out, "DR0 {dr0:#018x}  DR1 {dr1:#018x}")?;
    writeln!(out, "DR2 {dr2:#018x}  DR3 {dr3:#018x}")?;
    writeln!(out, "DR6 {:#010x} ({})", state.dr6, Flags::dr6(state.dr6))?;
    writeln!(out, "DR7 {:#010x} ({})", state.dr7, Flags::dr7(state.dr7))
}
