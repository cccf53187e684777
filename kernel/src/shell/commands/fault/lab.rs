//! The lab's one table: what can be raised, and what must follow.

use super::{effects, raise};
use crate::cpu::guarded::{self, Failure, Limit};
use crate::memory::GuardedError;
use crate::memory::stacks::{Owner, Stack};
use crate::report::survived;
use x86_64::registers::control::{Cr0, Cr4};

/// One way to make the processor raise an exception.
#[derive(Debug)]
pub(crate) struct Provocation {
    /// What `fault` calls it.
    pub name: &'static str,
    /// One line: what is done, and what the processor makes of it.
    pub explains: &'static str,
    /// Does it. May change the machine.
    pub raise: fn(),
    /// Puts back what `raise` changed, whether or not it came to an end. CR0
    /// and CR4 need no undoing here: `provoke` puts them back.
    pub undo: fn(),
    /// What must follow.
    pub ending: Ending,
}

/// What follows a provocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// An exception on this vector, which a guarded call comes back from.
    Fault(u8),
    /// An exception on this vector, after which the code goes on.
    GoesOn(u8),
    /// As `Fault`, but not every machine raises it.
    MayNotStrike {
        /// The vector where it is raised.
        vector: u8,
        /// Why it may not be.
        why: &'static str,
    },
    /// A panic, which a guarded call comes back from.
    Panic,
    /// The kernel's last words, guarded or not.
    Halts,
}

const fn nothing() {}

/// A row without anything to undo.
const fn row(
    name: &'static str,
    raise: fn(),
    ending: Ending,
    explains: &'static str,
) -> Provocation {
    Provocation { name, explains, raise, undo: nothing, ending }
}

impl Provocation {
    const fn undone_by(mut self, undo: fn()) -> Self {
        self.undo = undo;
        self
    }
}

const NOT_IN_RING_0: &str = "alignment is checked in ring 3 only, and nothing runs there yet";
const NO_NX: &str = "this processor has no NX, or it is off";
const NO_RESERVED_BIT: &str = "there is no memory for the page";
const NOT_EMULATED: &str = "this machine does not raise #XM (no SSE, or QEMU without KVM)";

/// Everything that `fault` can raise.
#[rustfmt::skip]
pub(crate) static LAB: &[Provocation] = &[
    row("de", raise::divide, Ending::Fault(0), "#DE: divides by zero"),
    row("db", raise::single_step, Ending::GoesOn(1), "#DB: sets the trap flag for one instruction; goes on"),
    row("nmi", raise::nmi, Ending::GoesOn(2), "NMI: the local APIC sends one to its own processor; goes on"),
    row("bp", raise::breakpoint, Ending::GoesOn(3), "#BP: runs INT3; goes on"),
    row("of", raise::overflow, Ending::GoesOn(4), "#OF: runs INT 4, as INTO would (not in 64-bit mode); goes on"),
    row("br", raise::bound_range, Ending::GoesOn(5), "#BR: runs INT 5, as BOUND would (not in 64-bit mode); goes on"),
    row("ud", raise::invalid_opcode, Ending::Fault(6), "#UD: runs UD2, which is defined to be undefined"),
    row("nm", effects::device_not_available, Ending::Fault(7), "#NM: uses the x87 FPU while CR0.TS is set"),
    row("df", effects::double_fault, Ending::Fault(8), "#DF: UD2 while the gates of #UD, #NP and #GP are missing").undone_by(effects::restore_gates),
    row("ts", effects::invalid_tss, Ending::Fault(10), "#TS: INT 2 while the TSS is too short for the stack that NMI wants").undone_by(effects::restore_task),
    row("np", raise::segment_not_present, Ending::Fault(11), "#NP: loads FS with a segment that is marked not present"),
    row("ss", raise::stack_segment, Ending::Fault(12), "#SS: loads SS with the same segment"),
    row("gp", raise::general_protection, Ending::Fault(13), "#GP: reads an address that is not canonical"),
    row("pf", raise::page_fault, Ending::Fault(14), "#PF: reads where nothing is mapped"),
    row("null", raise::null_read, Ending::Fault(14), "#PF: reads through a null pointer"),
    row("wp", raise::write_to_text, Ending::Fault(14), "#PF: writes to the kernel's text, which is read-only"),
    row("nx", raise::run_data, Ending::MayNotStrike { vector: 14, why: NO_NX }, "#PF: calls into data, which is not executable"),
    row("rsvd", effects::reserved_bit, Ending::MayNotStrike { vector: 14, why: NO_RESERVED_BIT }, "#PF: reads a page whose table entry has a reserved bit set"),
    row("mf", effects::x87_error, Ending::Fault(16), "#MF: divides 1 by 0 on the x87 FPU with that error unmasked").undone_by(effects::reset_x87),
    row("ac", raise::alignment_check, Ending::MayNotStrike { vector: 17, why: NOT_IN_RING_0 }, "#AC: a misaligned read with CR0.AM and RFLAGS.AC; ring 3 only"),
    row("xf", effects::simd_error, Ending::MayNotStrike { vector: 19, why: NOT_EMULATED }, "#XM: divides 1 by 0 with SSE and that error unmasked").undone_by(effects::reset_sse),
    row("so", raise::overflow_stack, Ending::Fault(8), "#DF: calls itself until the stack runs into its guard page"),
    row("so-ist", effects::overflow_ist_stack, Ending::Fault(8), "#DF: the same on the NMI's own stack").undone_by(effects::restore_gates),
    row("so-irq", effects::overflow_in_handler, Ending::Halts, "#DF: the same in the timer's interrupt handler; only fatal"),
    row("panic", raise::panic, Ending::Panic, "no exception: a panic, as a bug of ours would"),
    row("panics", raise::panic_twice, Ending::Panic, "a panic while the words of a panic are formatted"),
    row("lock", raise::fault_with_lock, Ending::Halts, "#UD while a lock is held; only fatal"),
    row("console", raise::fault_with_console, Ending::Halts, "#UD while the console's own lock is held; only fatal"),
];

/// Each strikes within microseconds; this is for a host that has other work.
const LIMIT: Limit = Limit::Ms(5000);

/// What a provocation led to. What the report has to look at (the stack, a page
/// that was broken on purpose) stays until this is dropped.
#[must_use]
pub(crate) struct Seen {
    /// How the guarded call ended.
    pub outcome: Result<(), GuardedError>,
    /// The exceptions that were survived meanwhile, and the last one's vector.
    survived: (u64, u8),
    _stack: Option<Stack>,
}

impl Drop for Seen {
    fn drop(&mut self) {
        effects::mend_page();
    }
}

/// Whether what was seen is what must follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is.
    AsExpected,
    /// Nothing followed, as on some machines, and why.
    NotRaised(&'static str),
    /// Something else did.
    Wrong,
}

/// Raises it in a guarded call, and puts the machine back.
pub(crate) fn provoke(provocation: &Provocation) -> Seen {
    let before = survived().all;
    let (cr0, cr4) = (Cr0::read_raw(), Cr4::read_raw());
    let (stack, outcome) = match Stack::allocate(Owner::GuardedCall) {
        Ok(stack) => {
            // SAFETY: the stack is ours until `Seen` is dropped. None of them
            // holds anything when it strikes but what `undo` puts back.
            let outcome = unsafe { guarded::guarded(stack.range(), LIMIT, provocation.raise) };
            (Some(stack), outcome.map_err(GuardedError::Failed))
        }
        Err(error) => (None, Err(GuardedError::NoStack(error))),
    };
    (provocation.undo)();
    // SAFETY: the registers get the values that they had.
    unsafe {
        Cr0::write_raw(cr0);
        Cr4::write_raw(cr4);
    }
    let after = survived();
    Seen { outcome, survived: (after.all - before, after.last), _stack: stack }
}

impl Seen {
    /// Compares with what must follow.
    pub(crate) fn verdict(&self, provocation: &Provocation) -> Verdict {
        let vector = match &self.outcome {
            Err(GuardedError::Failed(Failure::Fault(fault))) => Some(fault.vector()),
            _ => None,
        };
        let right = match provocation.ending {
            Ending::Fault(wanted) => vector == Some(wanted),
            Ending::GoesOn(wanted) => self.outcome.is_ok() && self.survived == (1, wanted),
            Ending::MayNotStrike { why, .. } if self.outcome.is_ok() => {
                return Verdict::NotRaised(why);
            }
            Ending::MayNotStrike { vector: wanted, .. } => vector == Some(wanted),
            Ending::Panic => {
                matches!(self.outcome, Err(GuardedError::Failed(Failure::Panic(_))))
            }
            Ending::Halts => false,
        };
        if right { Verdict::AsExpected } else { Verdict::Wrong }
    }
}
