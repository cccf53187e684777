//! The exception report: what, where, why, and every register.

use super::symbols::Named;
use super::walk::Walk;
use super::{backtrace, last_words, monitor};
use crate::console;
use crate::cpu::exception::{BREAKPOINT, DEBUG, DOUBLE_FAULT, Fault, NMI, PAGE_FAULT};
use crate::memory::stacks;
use core::fmt::{self, Write};
use core::sync::atomic::{AtomicU64, Ordering};

/// Breakpoints, debug traps and NMIs so far; they are survived.
static SURVIVED: AtomicU64 = AtomicU64::new(0);

/// How many exceptions were reported and survived.
pub fn survived() -> u64 {
    SURVIVED.load(Ordering::Relaxed)
}

/// The symbol that `cpu::exception` calls. Returns when the interrupted code
/// may go on: after a breakpoint, a debug trap and an NMI.
#[unsafe(no_mangle)]
#[inline(never)] // `make debug` stops here
extern "Rust" fn valhalla_report_exception(fault: &Fault) {
    match fault.vector() {
        BREAKPOINT | DEBUG | NMI => {
            SURVIVED.fetch_add(1, Ordering::Relaxed);
            console::print_if_free(format_args!(
                "*** {} at {:#x}; going on\n",
                fault.name(),
                fault.frame.rip
            ));
        }
        _ => {
            monitor::remember_fault(fault);
            last_words(fault, |out| write_report(out, fault))
        }
    }
}

fn write_report(out: &mut impl Write, fault: &Fault) -> fmt::Result {
    let frame = &fault.frame;
    writeln!(out, "\n\x1b[0;97;41m*** CPU exception: {}\x1b[0m", fault.name())?;
    writeln!(out, "error code {:#x} ({})", frame.error_code, fault.cause())?;
    if matches!(fault.vector(), PAGE_FAULT | DOUBLE_FAULT) {
        writeln!(out, "CR2 {:#018x} ({})", fault.cr2, Place(fault.cr2))?;
    }
    if let Some(stack) = overflowed(fault) {
        writeln!(out, "\x1b[93mstack overflow: the {stack} stack ran into its guard page\x1b[0m")?;
    }
    write_registers(out, fault)?;
    backtrace::write(out, Walk::interrupted(frame))
}

/// All registers, as they were.
///
/// # Errors
///
/// Those of `out`.
pub(super) fn write_registers(out: &mut impl Write, fault: &Fault) -> fmt::Result {
    let frame = &fault.frame;
    writeln!(out, "RIP {:#018x} {}  CS {:#06x}", frame.rip, Named(frame.rip), frame.cs)?;
    writeln!(out, "RSP {:#018x} ({})  SS {:#06x}", frame.rsp, Place(frame.rsp), frame.ss)?;
    let registers = [
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
        ("RFLAGS", frame.rflags),
    ];
    for row in registers.chunks(3) {
        for (name, value) in row {
            write!(out, "{name} {value:#018x}  ")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The stack that overflowed, when that is what the fault means: its address
/// lies in a guard page. A double fault gets there when the processor could
/// not push the page fault's frame.
fn overflowed(fault: &Fault) -> Option<&'static str> {
    matches!(fault.vector(), PAGE_FAULT | DOUBLE_FAULT).then(|| stacks::guard_page_of(fault.cr2))?
}

/// What an address is for; shows as one or two words.
struct Place(u64);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(crate::memory::what_is(self.0))
    }
}
