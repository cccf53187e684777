//! The exception report: what, where, why, and every register.
//!
//! What matters most comes first, because a small screen shows no more than
//! that (`console::Page`): name, cause, address, instruction, backtrace. Then
//! come the registers, and the way through the page tables.

mod address;
mod instruction;
mod registers;

use super::symbols::Named;
use super::walk::{Step, Walk};
use super::{Place, backtrace, first, last_words, monitor};
use crate::console;
use crate::cpu::exception::{Fault, MACHINE_CHECK, NMI};
use crate::cpu::expected;
use crate::cpu::machine_check::{self, MachineCheck};
use crate::memory::stacks;
use core::fmt::{self, Write};
use core::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// Exceptions so far after which the code went on.
static SURVIVED: AtomicU64 = AtomicU64::new(0);
/// The vector of the last of them.
static LAST_SURVIVED: AtomicU8 = AtomicU8::new(0);
/// Non-maskable interrupts among them.
static NMIS: AtomicU64 = AtomicU64::new(0);
/// Machine checks among them.
static MACHINE_CHECKS: AtomicU64 = AtomicU64::new(0);

/// What was survived so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Survived {
    /// Exceptions after which the code went on.
    pub all: u64,
    /// The vector of the last one.
    pub last: u8,
    /// Non-maskable interrupts.
    pub nmis: u64,
    /// Machine checks.
    pub machine_checks: u64,
}

/// How many exceptions were reported and survived.
#[must_use]
pub fn survived() -> Survived {
    Survived {
        all: SURVIVED.load(Ordering::Relaxed),
        last: LAST_SURVIVED.load(Ordering::Relaxed),
        nmis: NMIS.load(Ordering::Relaxed),
        machine_checks: MACHINE_CHECKS.load(Ordering::Relaxed),
    }
}

/// The symbol that `cpu::exception` calls. Returns when the interrupted code
/// may go on.
#[unsafe(no_mangle)]
#[inline(never)] // `make debug` stops here
extern "Rust" fn valhalla_report_exception(fault: &Fault) {
    let check = (fault.vector() == MACHINE_CHECK).then(machine_check::read);
    let goes_on = check.map_or(fault.is_survivable(), |check| check.is_survivable());
    if !goes_on {
        first::fault(fault);
        monitor::remember_fault(fault);
        last_words(fault, |out| {
            write!(out.page(), "{}", Report { fault, check, reach: Reach::All })
        })
    }
    count(fault.vector());
    let words = Passing { fault, check };
    console::print_if_free(format_args!("{words}"));
    if check.is_some() {
        machine_check::clear();
    }
}

fn count(vector: u8) {
    SURVIVED.fetch_add(1, Ordering::Relaxed);
    LAST_SURVIVED.store(vector, Ordering::Relaxed);
    match vector {
        NMI => NMIS.fetch_add(1, Ordering::Relaxed),
        MACHINE_CHECK => MACHINE_CHECKS.fetch_add(1, Ordering::Relaxed),
        _ => 0,
    };
}

/// The whole report of a fault.
#[derive(Debug)]
pub struct Report<'a> {
    fault: &'a Fault,
    /// What the processor logged, for a machine check.
    check: Option<MachineCheck>,
    reach: Reach,
}

/// How far a backtrace reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// To the beginning.
    All,
    /// To the guarded call that came back: its caller has gone on, and its
    /// stack shows other things by now.
    GuardedCall,
}

impl<'a> Report<'a> {
    /// Of a fault that a guarded call came back from.
    #[must_use]
    pub const fn new(fault: &'a Fault) -> Self {
        Self { fault, check: None, reach: Reach::GuardedCall }
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (fault, frame) = (self.fault, &self.fault.frame);
        writeln!(f, "\n\x1b[0;97;41m*** CPU exception: {}\x1b[0m", fault.name())?;
        writeln!(f, "error code {:#x} ({})", frame.error_code, fault.cause())?;
        if let Some(check) = &self.check {
            write!(f, "{}", Errors(check))?;
        }
        address::write(f, fault)?;
        if let Some(stack) = overflowed(fault) {
            writeln!(
                f,
                "\x1b[93mstack overflow: the {stack} stack ran into its guard page\x1b[0m"
            )?;
        }
        writeln!(f, "RIP {:#018x} {}  CS {:#06x}", frame.rip, Named(frame.rip), frame.cs)?;
        instruction::write(f, fault)?;
        writeln!(f, "RSP {:#018x} ({})  SS {:#06x}", frame.rsp, Place(frame.rsp), frame.ss)?;
        let reach = self.reach;
        let steps = Walk::interrupted(frame).scan(false, |ended, step| {
            let show = !*ended;
            *ended = reach == Reach::GuardedCall && matches!(step, Step::Guarded(_));
            show.then_some(step)
        });
        backtrace::write(f, steps)?;
        registers::write_general(f, frame)?;
        registers::write_others(f, &fault.state)?;
        address::write_walk(f, fault)
    }
}

/// All registers of a fault, as they were.
///
/// # Errors
///
/// Those of `out`.
pub(super) fn write_registers(out: &mut impl Write, fault: &Fault) -> fmt::Result {
    let frame = &fault.frame;
    writeln!(out, "RIP {:#018x} {}  CS {:#06x}", frame.rip, Named(frame.rip), frame.cs)?;
    writeln!(out, "RSP {:#018x} ({})  SS {:#06x}", frame.rsp, Place(frame.rsp), frame.ss)?;
    registers::write_general(out, frame)?;
    registers::write_others(out, &fault.state)
}

/// What is said when the code goes on: where it was.
struct Passing<'a> {
    fault: &'a Fault,
    check: Option<MachineCheck>,
}

impl fmt::Display for Passing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (fault, frame) = (self.fault, &self.fault.frame);
        if expected::is_now() {
            return writeln!(f, "\x1b[90m{}{fault}\x1b[0m", expected::Mark);
        }
        write!(f, "*** {} at {:#x} {}", fault.name(), frame.rip, Named(frame.rip))?;
        if let Some(check) = &self.check {
            write!(f, "\n{}", Errors(check))?;
            return f.write_str("it is contained; going on\n");
        }
        if fault.vector() == NMI {
            write!(f, ", on the {}", Place(frame.rsp))?;
        }
        f.write_str("; going on\n")
    }
}

/// The machine-check status and what each bank logged.
struct Errors<'a>(&'a MachineCheck);

impl fmt::Display for Errors<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.0)?;
        self.0.errors().try_for_each(|bank| writeln!(f, "{bank}"))
    }
}

/// The stack that overflowed, when that is what the fault means: its address
/// and the stack pointer both lie at a guard page. A double fault gets there
/// when the processor could not push the page fault's frame.
fn overflowed(fault: &Fault) -> Option<&'static str> {
    /// A function's frame is hardly larger.
    const NEAR: u64 = 64 * 1024;
    let near = fault.cr2.abs_diff(fault.frame.rsp) < NEAR;
    (address::has_one(fault) && near).then(|| stacks::guard_page_of(fault.cr2))?
}
