//! The built-in tests: what only the real machine can show.
//!
//! A test is a function that returns or panics, registered with `selftest!` in
//! a section of the image; the runner finds it there. Each runs as a guarded
//! call with a limit, so a fault, a panic or a hang fails that test and no
//! other. They run from the prompt (`selftest`) or at boot (`test=run`), in
//! the very image that people use.

mod cpu;
mod faults;
mod frames;
mod interrupts;
mod memory;
mod pci;
mod symbols;
mod time;

use crate::boot::BootInfo;
use crate::console::Bar;
use crate::cpu::expected;
use crate::cpu::guarded::{Failure, Limit};
use crate::cpu::port::Port;
use crate::memory::frames::{Checks, check_books, poison_violations, set_checks};
use crate::memory::{GuardedError, run_guarded};
use crate::shell::command::{CommandError, Session};
use crate::shell::machine::TestCounts;
use crate::{console, print, println, shell};
use valhalla_core::options::Options;

/// How a test ends when it ends by itself. Failing is panicking.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    /// It did what it should.
    Passed,
    /// This machine cannot show it, and why.
    Skipped(&'static str),
}

/// One built-in test.
#[derive(Debug)]
#[repr(C)]
pub struct SelfTest {
    /// What it shows.
    pub name: &'static str,
    /// Shows it, or panics.
    pub run: fn() -> Outcome,
}

/// Registers a test: `selftest!("name", function);`
macro_rules! selftest {
    ($name:expr, $run:path) => {
        const _: () = {
            #[used]
            #[unsafe(link_section = ".selftests")]
            static TEST: $crate::selftest::SelfTest =
                $crate::selftest::SelfTest { name: $name, run: $run };
        };
    };
}
use selftest;

/// For a test that hangs. None takes more than a second by itself, but under
/// QEMU on a host with other work the ticks go on while the guest waits.
const LIMIT: Limit = Limit::Ms(20_000);

fn all() -> &'static [SelfTest] {
    unsafe extern "C" {
        static __selftests_start: u8;
        static __selftests_end: u8;
    }
    let start = (&raw const __selftests_start).cast::<SelfTest>();
    let bytes = &raw const __selftests_end as usize - start as usize;
    let count = bytes / size_of::<SelfTest>();
    // SAFETY: the linker script gathers exactly the `SelfTest`s that the macro
    // placed there, one after the other, between the two symbols.
    unsafe { core::slice::from_raw_parts(start, count) }
}

/// Runs the tests whose names contain `filter`; prints a line each and the counts.
///
/// # Errors
///
/// `Cancelled`, between two tests.
pub fn run(session: &mut Session<'_>, filter: &str) -> Result<TestCounts, CommandError> {
    let mut counts = TestCounts::default();
    let chosen = || all().iter().filter(|test| test.name.contains(filter));
    let total = chosen().count() as u64;
    for (done, test) in (0..).zip(chosen()) {
        session.check()?;
        // Before it runs, so that one which takes the machine with it is known.
        let bar = session.progress_with(done, total, test.name);
        if bar == Bar::None {
            print!("test {} ... ", test.name);
        }
        // SAFETY: tests own what they touch; an abandoned one leaks at most a
        // stack or a box, and says so by failing.
        let outcome = unsafe { run_guarded(LIMIT, test.run) };
        expected::forget();
        if bar == Bar::Stands {
            print!("test {} ... ", test.name);
        }
        if let Err(error) = check_books() {
            counts.failed += 1;
            println!("FAILED: afterwards the frames' books are wrong: {error}");
            continue;
        }
        match outcome {
            Ok(Outcome::Passed) => {
                counts.passed += 1;
                println!("ok");
            }
            Ok(Outcome::Skipped(reason)) => {
                counts.skipped += 1;
                println!("cannot be shown here: {reason}");
            }
            Err(error) => {
                counts.failed += 1;
                println!("FAILED: {error}");
            }
        }
    }
    if poison_violations() > 0 {
        counts.failed += 1;
        println!("{} freed frames were written to", poison_violations());
    }
    println!("{counts}");
    Ok(counts)
}

/// `test=run` at boot: runs everything and ends the emulator with the outcome.
/// Any other value is for a test of the tests: `test=panic` panics.
pub fn run_as_told(name: &str, session: &mut Session<'_>) {
    set_checks(Checks::On);
    match name {
        "run" => {
            let counts = run(session, "").unwrap_or_default();
            exit(if counts.failed == 0 && counts.passed > 0 {
                Verdict::Pass
            } else {
                Verdict::Fail
            });
        }
        "failnth" => {
            let outcome = shell::execute("failnth", session);
            exit(if outcome == shell::Outcome::Done { Verdict::Pass } else { Verdict::Fail });
        }
        "panic" => panic!("asked for on the command line"),
        "mask-timer" => crate::interrupts::isa::mask(crate::interrupts::IsaIrq::TIMER),
        other => println!("test={other}: there is no such test"),
    }
}

/// A point of the boot at which a test may strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootPoint {
    /// The IDT is loaded, and nothing else is there: no console, no clock.
    BeforeConsole,
    /// Serial and the log are there; frames, heap, own page tables are not.
    BeforeMemory,
    /// Memory is there, the loader's is given back; the screen is not open.
    BeforeScreen,
}

/// `test=fault-before-console`, `test=fault-early`, `test=fault-before-screen`: raises
/// #UD at that point of the boot, whose report must come all the same.
pub fn strike_at(point: BootPoint, boot: Option<&BootInfo>) {
    let Some(boot) = boot else { return };
    let wanted = match point {
        BootPoint::BeforeConsole => "fault-before-console",
        BootPoint::BeforeMemory => "fault-early",
        BootPoint::BeforeScreen => "fault-before-screen",
    };
    if Options::parse(boot.cmdline.as_str()).test == Some(wanted) {
        // SAFETY: raises #UD and does nothing else.
        unsafe { core::arch::asm!("ud2") };
    }
}

/// `test=cannot-start`: the kernel refuses to start, as with too little memory.
pub const CANNOT_START: &str = "cannot-start";

/// What the emulator is told; it exits with twice the value plus one.
#[derive(Clone, Copy, Debug)]
enum Verdict {
    Pass = 0x10,
    Fail = 0x11,
}

/// Ends QEMU through its `isa-debug-exit` device. On a machine without one the
/// write goes nowhere, and the boot goes on to the prompt.
fn exit(verdict: Verdict) {
    console::flush();
    // SAFETY: the port belongs to the debug-exit device or to nobody.
    unsafe { Port::<u32>::new(0xf4).write(verdict as u32) };
}

/// Runs `f`, which must end in the exception `vector`; returns CR2.
fn expect_fault(vector: u8, f: impl FnOnce()) -> u64 {
    // SAFETY: `f` is a test's, and holds nothing when it faults.
    match unsafe { run_guarded(LIMIT, f) } {
        Err(GuardedError::Failed(Failure::Fault(fault))) if fault.vector() == vector => fault.cr2,
        Err(other) => panic!("expected vector {vector}, got: {other}"),
        Ok(()) => panic!("expected vector {vector}, but nothing happened"),
    }
}
