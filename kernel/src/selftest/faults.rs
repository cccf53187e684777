//! The fault lab, each row with the exact vector, error code and address.

use super::{LIMIT, Outcome, selftest};
use crate::cpu::gdt::NOT_PRESENT;
use crate::cpu::guarded::Failure;
use crate::cpu::{Fault, expected};
use crate::memory::{GuardedError, run_guarded, stacks};
use crate::report;
use crate::shell::commands::fault::lab::{self, LAB, Provocation, Seen, Verdict};
use crate::shell::commands::fault::{effects, raise};
use core::arch::asm;

/// Registers a test of one row: its name, the error code, and a function of the
/// fault that must hold.
macro_rules! row_test {
    ($test:ident, $row:literal, $code:expr, $holds:expr) => {
        selftest!(concat!("faults: ", $row), $test);
        fn $test() -> Outcome {
            check($row, $code, $holds)
        }
    };
}

/// A row without an error code and an address.
macro_rules! plain_test {
    ($test:ident, $row:literal) => {
        selftest!(concat!("faults: ", $row), $test);
        fn $test() -> Outcome {
            provoke($row).1
        }
    };
}

fn row(name: &str) -> &'static Provocation {
    LAB.iter().find(|row| row.name == name).expect("a row of the lab")
}

/// Raises it; what does not follow the table fails the test.
fn provoke(name: &str) -> (Seen, Outcome) {
    let row = row(name);
    let seen = expected::during(|| lab::provoke(row));
    let outcome = match seen.verdict(row) {
        Verdict::AsExpected => Outcome::Passed,
        Verdict::NotRaised(why) => Outcome::Skipped(why),
        Verdict::Wrong => panic!("{name}: {:?}", seen.outcome),
    };
    (seen, outcome)
}

fn check(name: &str, code: u64, holds: fn(&Fault) -> bool) -> Outcome {
    let (seen, outcome) = provoke(name);
    if let Err(GuardedError::Failed(Failure::Fault(fault))) = &seen.outcome {
        assert_eq!(fault.frame.error_code, code, "error code of {name}");
        assert!(holds(fault), "{name}: CR2 {:#x}, RIP {:#x}", fault.cr2, fault.frame.rip);
    }
    outcome
}

/// Any address will do: the exception has none.
fn any(_: &Fault) -> bool {
    true
}

row_test!(divide, "de", 0, any);
row_test!(invalid_opcode, "ud", 0, any);
row_test!(device_not_available, "nm", 0, any);
row_test!(double_fault, "df", 0, |fault| fault.cr2 == 0);
// The selector of our TSS.
row_test!(invalid_tss, "ts", 0x18, any);
row_test!(segment_not_present, "np", u64::from(NOT_PRESENT), any);
row_test!(stack_segment, "ss", u64::from(NOT_PRESENT), any);
row_test!(general_protection, "gp", 0, any);
// Not present, read.
row_test!(page_fault, "pf", 0, |fault| fault.cr2 == raise::NOT_MAPPED);
row_test!(null_read, "null", 0, |fault| fault.cr2 == raise::NULL_FIELD);
// Present, write.
row_test!(write_to_text, "wp", 0x3, |fault| fault.cr2 == raise::text_address());
row_test!(x87_error, "mf", 0, any);
row_test!(alignment_check, "ac", 0, any);
row_test!(simd_error, "xf", 0, any);
row_test!(stack_overflow, "so", 0, |fault| {
    fault.cr2.abs_diff(fault.frame.rsp) < 4096
        && stacks::guard_page_of(fault.cr2) == Some("guarded call")
});
row_test!(ist_overflow, "so-ist", 0, |fault| stacks::guard_page_of(fault.cr2) == Some("NMI"));
plain_test!(single_step, "db");
plain_test!(nmi, "nmi");
plain_test!(breakpoint, "bp");
plain_test!(overflow, "of");
plain_test!(bound_range, "br");
plain_test!(panic, "panic");
plain_test!(panic_twice, "panics");

selftest!("faults: rsvd", reserved_bit);
fn reserved_bit() -> Outcome {
    let (seen, outcome) = provoke("rsvd");
    let Err(GuardedError::Failed(Failure::Fault(fault))) = &seen.outcome else { return outcome };
    // The manual sets P with RSVD (4.7); QEMU does not.
    assert!(matches!(fault.frame.error_code, 0x8 | 0x9), "{:#x}", fault.frame.error_code);
    assert_eq!(Some(fault.cr2), effects::broken_address());
    outcome
}

selftest!("faults: nx", run_data);
fn run_data() -> Outcome {
    if !crate::cpu::Features::get().nx {
        return Outcome::Skipped("this processor has no NX");
    }
    assert_eq!(lab::provoke(row("nx")).verdict(row("nx")), Verdict::AsExpected);
    // Present, instruction fetch.
    check("nx", 0x11, |fault| fault.cr2 == raise::data_address() && fault.frame.rip == fault.cr2)
}

selftest!("faults: the machine is as it was after each", machine_is_restored);
fn machine_is_restored() -> Outcome {
    use x86_64::registers::control::{Cr0, Cr4};
    use x86_64::registers::rflags::{self, RFlags};
    let state = || (Cr0::read_raw(), Cr4::read_raw(), rflags::read() & flags());
    /// What a provocation could leave behind.
    fn flags() -> RFlags {
        RFlags::TRAP_FLAG
            | RFlags::NESTED_TASK
            | RFlags::ALIGNMENT_CHECK
            | RFlags::DIRECTION_FLAG
            | RFlags::INTERRUPT_FLAG
    }
    let before = state();
    for name in ["nm", "df", "ts", "mf", "ac", "xf", "so-ist", "rsvd"] {
        let _ = provoke(name);
        assert_eq!(state(), before, "after {name}");
    }
    assert_eq!(effects::broken_address(), None);
    // The gates and the TSS: these three need them.
    for name in ["ud", "gp", "so"] {
        let _ = provoke(name);
    }
    // SAFETY: the gate of NMI is in place, with its stack.
    expected::during(|| unsafe { asm!("int 2") });
    Outcome::Passed
}

selftest!("faults: a report of each can be written", reports);
fn reports() -> Outcome {
    for name in ["pf", "gp", "rsvd", "so", "np"] {
        let (seen, outcome) = provoke(name);
        let Err(GuardedError::Failed(Failure::Fault(fault))) = &seen.outcome else {
            return outcome;
        };
        let text = alloc::format!("{}", report::Report::new(fault));
        assert!(text.contains("*** CPU exception: ") && text.contains("CR4 0x"), "{text}");
    }
    Outcome::Passed
}

selftest!("faults: a walk for a report needs no lock and finds the neighbours", inspection);
fn inspection() -> Outcome {
    use crate::memory::inspect;
    use valhalla_core::paging::Outcome as Walked;
    let here = 0_u8;
    let address = &raw const here as u64;
    let walk = inspect::walk(address).expect("our own tables");
    assert!(matches!(walk.outcome, Walked::Mapped(_)));
    let around = inspect::neighbours(0);
    assert_eq!(around.below, None);
    let first = around.above.expect("something is mapped");
    assert!(first >= 0xff00_0000_0000_0000, "{first:#x}");
    // A guard page: its stack begins right above.
    let guard = stacks::guards().next().expect("the main stack's");
    assert_eq!(inspect::neighbours(guard).above, Some(guard + 4096));
    // The bytes of this function are there, those of page 0 are not.
    let mut room = [0; 8];
    assert_eq!(inspect::read(inspection as *const () as u64, &mut room).len(), 8);
    assert_eq!(inspect::read(0, &mut room).len(), 0);
    assert_eq!(inspect::read(u64::MAX - 2, &mut room).len() as u64, 0);
    Outcome::Passed
}

selftest!("faults: a fault in a report's own guarded call is the inner one's", inner);
fn inner() -> Outcome {
    // SAFETY: neither call holds anything when it ends.
    let outer = unsafe { run_guarded(LIMIT, || check("gp", 0, any)) };
    assert!(matches!(outer, Ok(Outcome::Passed)));
    Outcome::Passed
}
