//! Names for addresses, and the way back from where the processor is.

use super::{LIMIT, Outcome, selftest};
use crate::cpu::exception::DOUBLE_FAULT;
use crate::cpu::guarded::Failure;
use crate::cpu::{self, TrapFrame};
use crate::interrupts::lapic::ipi;
use crate::interrupts::{self, Source};
use crate::memory::run_guarded;
use crate::memory::stacks::{Owner, Stack};
use crate::report::walk::Walk;
use crate::report::{backtrace, symbols};
use core::arch::asm;
use core::hint::black_box;
use core::sync::atomic::{AtomicBool, Ordering};
use valhalla_core::text::Text;

const NO_SYMBOLS: Outcome = Outcome::Skipped("this image has no symbols");

selftest!("symbols: an address has its function, file and line", known_function);
fn known_function() -> Outcome {
    if symbols::table().is_none() {
        return NO_SYMBOLS;
    }
    let line = line!() - 4;
    let address = known_function as fn() -> Outcome as usize as u64;
    let location = symbols::lookup(address).expect("the function is in the table");
    assert!(location.function == *"valhalla::selftest::symbols::known_function");
    assert!(location.file.is_some_and(|file| file == *"kernel/src/selftest/symbols.rs"));
    assert_eq!((location.offset, location.line), (0, Some(line)));
    for nowhere in [0, 0x1000, 0xffff_ffff_7fff_ffff, u64::MAX] {
        assert!(symbols::lookup(nowhere).is_none());
    }
    Outcome::Passed
}

/// A backtrace as text; what does not fit is cut.
fn written(walk: Walk) -> Text<4096> {
    let mut text = Text::new();
    // A `Text` has no error to report.
    let _ = backtrace::write(&mut text, walk);
    text
}

fn expect_words(text: &str, words: &[&str]) {
    let mut rest = text;
    for word in words {
        let Some((_, behind)) = rest.split_once(word) else {
            panic!("{word:?} is not in this, or not in this order: {text}")
        };
        rest = behind;
    }
}

selftest!("symbols: a backtrace goes from a guarded call to its caller", through_guarded_call);
fn through_guarded_call() -> Outcome {
    if symbols::table().is_none() {
        return NO_SYMBOLS;
    }
    #[inline(never)]
    fn inside() -> Text<4096> {
        written(Walk::here())
    }
    // SAFETY: the closure holds nothing.
    let text = unsafe { run_guarded(LIMIT, inside) }.expect("it returns");
    let words = ["a guarded call", "symbols::through_guarded_call", "selftest::run"];
    expect_words(text.as_str(), &words);
    Outcome::Passed
}

selftest!("symbols: a backtrace goes from an interrupt to what it struck", through_interrupt);
fn through_interrupt() -> Outcome {
    static RIGHT: AtomicBool = AtomicBool::new(false);

    fn handler(frame: &mut TrapFrame) {
        let text = written(Walk::here());
        let what = Text::<32>::of(format_args!("(vector {}) struck", frame.vector));
        let struck = text.as_str().split_once(what.as_str());
        let interrupted = struck.and_then(|(_, behind)| behind.lines().nth(1));
        RIGHT.store(
            interrupted.is_some_and(|line| line.contains("symbols::through_interrupt")),
            Ordering::Relaxed,
        );
    }

    if symbols::table().is_none() {
        return NO_SYMBOLS;
    }
    let Ok(claim) = interrupts::claim(Source::Msi, "self test", handler) else {
        return Outcome::Skipped("there is no local APIC");
    };
    x86_64::instructions::interrupts::disable();
    let sent = ipi::send_to_self(claim.vector());
    // It strikes in this loop, as soon as it has arrived.
    // SAFETY: the handler writes to its own stack and returns; interrupts were on.
    unsafe { asm!("sti", "2:", "dec {n:e}", "jnz 2b", n = inout(reg) 100_000 => _) };
    assert_eq!(sent, Ok(()));
    assert!(RIGHT.load(Ordering::Relaxed));
    Outcome::Passed
}

selftest!("symbols: a backtrace counts what a recursion repeats", counts_recursion);
fn counts_recursion() -> Outcome {
    #[expect(unconditional_recursion, reason = "it is to overflow")]
    #[inline(never)]
    fn recurse() {
        // An interrupt on the stack's last bytes would overflow it in its handler.
        x86_64::instructions::interrupts::disable();
        let room = black_box([0_u64; 32]);
        recurse();
        black_box(room);
    }
    if symbols::table().is_none() {
        return NO_SYMBOLS;
    }
    let stack = Stack::allocate(Owner::GuardedCall).expect("a stack");
    // SAFETY: the stack is ours and guarded; `recurse` holds nothing.
    let outcome = unsafe { cpu::guarded(stack.range(), LIMIT, recurse) };
    let Err(Failure::Fault(fault)) = outcome else { panic!("expected a fault, got {outcome:?}") };
    assert_eq!(fault.vector(), DOUBLE_FAULT);
    let text = written(Walk::interrupted(&fault.frame));
    // No further: the call's caller, this test, has gone on, and where the call had
    // its frame on this stack there are other things by now.
    let words = ["#0", "recurse", "more of the frame above", "a guarded call"];
    expect_words(text.as_str(), &words);
    // What is repeated is not listed 120 times. What called this test may be, and
    // that is more where `repeat` or `watch` did.
    let lines = || text.as_str().lines();
    assert!(lines().filter(|line| line.contains("recurse")).count() < 10);
    assert!(lines().count() < 40);
    Outcome::Passed
}

selftest!("symbols: a frame pointer to anywhere ends a backtrace", anywhere);
fn anywhere() -> Outcome {
    let here = 0_u64;
    let own = &raw const here as u64;
    let pointers = [1, 8, 0x8000_0000_0000_0000, u64::MAX, u64::MAX - 7, own | 1, own & !0xffff];
    for rbp in pointers {
        let frame = TrapFrame { rbp, rip: rbp, rsp: rbp, ..TrapFrame::default() };
        assert!(Walk::interrupted(&frame).count() <= 3, "{rbp:#x}");
    }
    Outcome::Passed
}
