//! The processor: segments, interrupts, exceptions, features, locks.
//!
//! `init` runs before anything that can fail in an interesting way, so that
//! every later fault can be read. Handlers and the guarded call build on the
//! trap frame of `trap`; `exception` gives faults their names.

pub mod control;
pub mod counters;
pub mod elapsed;
pub mod exception;
pub mod expected;
pub mod features;
pub mod gdt;
pub mod guarded;
pub mod identity;
pub mod idt;
pub mod image_stacks;
mod in_handler;
pub mod lock;
pub mod machine_check;
pub mod msr;
pub mod port;
pub mod snapshot;
pub mod stack;
pub mod trap;

pub use exception::Fault;
pub use features::Features;
pub use guarded::guarded;
pub use trap::TrapFrame;

/// Loads our own GDT, TSS and IDT.
pub fn init() {
    gdt::init();
    idt::init();
}

/// Turns on every protection that this processor has.
pub fn protect() -> &'static Features {
    let features = Features::get();
    control::protect(features);
    features
}

/// Whether an interrupt handler is running.
#[must_use]
pub fn in_interrupt() -> bool {
    in_handler::depth() > 0
}

/// How many interrupt handlers are running, nested.
#[must_use]
pub fn handler_depth() -> usize {
    in_handler::depth()
}

/// Returns whether an interrupt was handled since this was last asked. To be asked
/// with interrupts off by the one loop that sleeps.
#[must_use]
pub fn take_interrupted() -> bool {
    in_handler::take_interrupted()
}

/// Forgets every handler that runs, every lock held, and every guarded call:
/// for the crash monitor, which begins anew.
///
/// # Safety
///
/// Whatever ran before may never run again.
pub unsafe fn abandon_everything() {
    in_handler::restore(0);
    lock::forget_held();
    guarded::forget_calls();
}

/// Stops for good: interrupts off, and HLT in a loop, because an NMI wakes it.
pub fn halt() -> ! {
    loop {
        x86_64::instructions::interrupts::disable();
        x86_64::instructions::hlt();
    }
}

/// Reads the time-stamp counter; 0 on a processor without one. Ordered only
/// by its data: good for measuring thousands of cycles, not tens.
#[must_use]
pub fn timestamp() -> u64 {
    if !Features::get().tsc {
        return 0;
    }
    // SAFETY: CPUID says that RDTSC exists, and CR4.TSD does not bind ring 0.
    unsafe { core::arch::x86_64::_rdtsc() }
}
