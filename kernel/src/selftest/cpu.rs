//! Exceptions, the guarded call, and the protections of the processor.

use super::{LIMIT, Outcome, expect_fault, selftest};
use crate::cpu::exception::{DOUBLE_FAULT, GENERAL_PROTECTION, PAGE_FAULT};
use crate::cpu::guarded::{Failure, Limit};
use crate::cpu::{self, Features, expected, lock::SpinLock, msr};
use crate::interrupts;
use crate::memory::stacks::{self, Owner, Stack};
use crate::memory::{GuardedError, frames, run_guarded};
use crate::report;
use core::arch::asm;
use core::hint::black_box;
use x86_64::registers::control::{Cr0, Cr0Flags, Cr4, Cr4Flags, Efer, EferFlags};

selftest!("cpu: divide by zero is #DE", divide_error);
fn divide_error() -> Outcome {
    expect_fault(0, || {
        // SAFETY: raises #DE; only the named registers could change.
        unsafe {
            asm!("div {zero:e}", zero = in(reg) 0_u32, inout("eax") 1_u32 => _, inout("edx") 0_u32 => _);
        }
    });
    Outcome::Passed
}

selftest!("cpu: a breakpoint is reported and survived", breakpoint);
fn breakpoint() -> Outcome {
    let before = report::survived().all;
    // SAFETY: the handler returns behind the instruction.
    expected::during(|| unsafe { asm!("int3") });
    assert_eq!(report::survived().all, before + 1);
    Outcome::Passed
}

selftest!("cpu: UD2 is #UD", invalid_opcode);
fn invalid_opcode() -> Outcome {
    // SAFETY: raises #UD and does nothing else.
    expect_fault(6, || unsafe { asm!("ud2") });
    Outcome::Passed
}

selftest!("cpu: a non-canonical read is #GP", non_canonical);
fn non_canonical() -> Outcome {
    expect_fault(GENERAL_PROTECTION, || {
        // SAFETY: raises #GP and reads nothing.
        unsafe {
            asm!("mov {out}, [{at}]", at = in(reg) 0x8000_0000_0000_0000_u64, out = out(reg) _)
        };
    });
    Outcome::Passed
}

selftest!("cpu: a null read is #PF, with its address", null_read);
fn null_read() -> Outcome {
    let cr2 = expect_fault(PAGE_FAULT, || {
        // SAFETY: page 0 is never mapped: raises #PF and reads nothing.
        unsafe { asm!("mov {out}, [{at}]", at = in(reg) 0x123_u64, out = out(reg) _) };
    });
    assert_eq!(cr2, 0x123);
    Outcome::Passed
}

selftest!("cpu: writing to text is #PF", write_to_text);
fn write_to_text() -> Outcome {
    let text = write_to_text as *const () as u64;
    let cr2 = expect_fault(PAGE_FAULT, || {
        // SAFETY: text is mapped read-only and CR0.WP is set: raises #PF. If it
        // did not, the test fails before the byte could matter: it is rewritten
        // with itself.
        unsafe { asm!("lock or byte ptr [{at}], 0", at = in(reg) text) };
    });
    assert_eq!(cr2, text);
    Outcome::Passed
}

selftest!("cpu: running data is #PF", run_data);
fn run_data() -> Outcome {
    if !Features::get().nx {
        return Outcome::Skipped("this processor has no NX");
    }
    /// RET, so that a failure to fault returns.
    static DATA: SpinLock<[u8; 16]> = SpinLock::new([0xc3; 16]);
    let address = &raw const *DATA.lock() as u64;
    let cr2 = expect_fault(PAGE_FAULT, || {
        // SAFETY: calls a RET in data: it faults, or returns at once.
        unsafe { asm!("call {at}", at = in(reg) address, clobber_abi("C")) };
    });
    assert_eq!(cr2, address);
    Outcome::Passed
}

selftest!("cpu: stack overflow is #DF in the guard page, and comes back", stack_overflow);
fn stack_overflow() -> Outcome {
    #[expect(unconditional_recursion, reason = "it is to overflow")]
    #[inline(never)]
    fn recurse() {
        // An interrupt on the stack's last bytes would overflow it in its handler.
        x86_64::instructions::interrupts::disable();
        let room = black_box([0_u64; 32]);
        recurse();
        black_box(room);
    }
    // Its own stack, and not `run_guarded`'s, which is gone when that returns.
    let stack = Stack::allocate(Owner::GuardedCall).expect("a stack");
    // SAFETY: the stack is ours and guarded; `recurse` holds nothing.
    match unsafe { cpu::guarded(stack.range(), LIMIT, recurse) } {
        Err(Failure::Fault(fault)) => {
            assert_eq!(fault.vector(), DOUBLE_FAULT);
            assert_eq!(stacks::guard_page_of(fault.cr2), Some("guarded call"));
            Outcome::Passed
        }
        other => panic!("expected a double fault, got {other:?}"),
    }
}

selftest!("cpu: a panic in a guarded call comes back with its words", panic_comes_back);
fn panic_comes_back() -> Outcome {
    // SAFETY: the closure holds nothing.
    let outcome = unsafe { run_guarded(LIMIT, || -> () { panic!("planted") }) };
    let Err(GuardedError::Failed(Failure::Panic(record))) = outcome else {
        panic!("no panic was reported")
    };
    let words = alloc::format!("{record}");
    assert!(words.starts_with("planted ("), "{words}");
    Outcome::Passed
}

selftest!("cpu: a hang in a guarded call is ended by its limit", hang_ends);
fn hang_ends() -> Outcome {
    if !crate::time::can_sleep() {
        return Outcome::Skipped("the timer does not tick");
    }
    // SAFETY: the loop holds nothing.
    let outcome = unsafe {
        run_guarded(Limit::Ms(5), || -> () {
            loop {
                core::hint::spin_loop();
            }
        })
    };
    assert!(matches!(outcome, Err(GuardedError::Failed(Failure::Timeout { .. }))));
    assert!(x86_64::instructions::interrupts::are_enabled());
    Outcome::Passed
}

selftest!("cpu: guarded calls nest, and the inner one gets the fault", nesting);
fn nesting() -> Outcome {
    // SAFETY: neither closure holds anything when it ends.
    let outer = unsafe {
        run_guarded(LIMIT, || {
            expect_fault(6, || asm!("ud2"));
            7
        })
    };
    assert!(matches!(outer, Ok(7)));
    Outcome::Passed
}

selftest!("cpu: a stray vector is counted and survived", stray_vector);
fn stray_vector() -> Outcome {
    let (before, _) = interrupts::strays();
    // SAFETY: nobody handles vector 0x80; the stub returns.
    unsafe { asm!("int 0x80") };
    assert_eq!(interrupts::strays(), (before + 1, 0x80));
    Outcome::Passed
}

selftest!("cpu: every protection that CPUID names is on", protections);
fn protections() -> Outcome {
    let features = Features::get();
    let cr4 = Cr4::read();
    assert!(Cr0::read().contains(Cr0Flags::WRITE_PROTECT));
    assert_eq!(Efer::read().contains(EferFlags::NO_EXECUTE_ENABLE), features.nx);
    assert_eq!(cr4.contains(Cr4Flags::PAGE_GLOBAL), features.pge);
    assert_eq!(cr4.contains(Cr4Flags::SUPERVISOR_MODE_EXECUTION_PROTECTION), features.smep);
    assert_eq!(cr4.contains(Cr4Flags::SUPERVISOR_MODE_ACCESS_PREVENTION), features.smap);
    assert_eq!(cr4.contains(Cr4Flags::USER_MODE_INSTRUCTION_PREVENTION), features.umip);
    assert_eq!(cr4.contains(Cr4Flags::MACHINE_CHECK_EXCEPTION), features.mce);
    Outcome::Passed
}

selftest!("cpu: an outer guarded call's limit goes on while an inner one runs", outer_limit);
fn outer_limit() -> Outcome {
    if !crate::time::can_sleep() {
        return Outcome::Skipped("the timer does not tick");
    }
    let began = crate::time::now_ns();
    let stack_frames = || frames::statistics().used_by(frames::Owner::Stack);
    let before = stack_frames();
    // SAFETY: the loop holds nothing.
    let outcome = unsafe {
        run_guarded(Limit::Ms(20), || {
            let inner = run_guarded(Limit::Ms(60_000), || -> () {
                loop {
                    core::hint::spin_loop();
                }
            });
            assert!(inner.is_err(), "the inner loop came to an end");
        })
    };
    assert!(matches!(outcome, Err(GuardedError::Failed(Failure::Timeout { .. }))));
    // The inner call's stack is given back, too: there is room for 64 of them.
    assert_eq!(stack_frames(), before);
    // The limit that ended it was the outer one, of 20 ms, not that of a minute.
    let passed = crate::time::now_ns() - began;
    assert!((20_000_000..30_000_000_000).contains(&passed), "{passed} ns");
    Outcome::Passed
}

selftest!("cpu: a value that an MSR refuses is #GP, and survived", refused_msr);
fn refused_msr() -> Outcome {
    const IA32_PKRS: u32 = 0x6e1;
    // Its upper half is reserved, and processors without it refuse as well.
    // SAFETY: every processor refuses this write: nothing changes.
    match unsafe { msr::write(IA32_PKRS, 1 << 32) } {
        Err(msr::Refused) => Outcome::Passed,
        Ok(()) => {
            assert_ne!(msr::read(IA32_PKRS), Ok(1 << 32), "reserved bits were taken");
            Outcome::Skipped("this machine ignores what no processor takes")
        }
    }
}
