//! The guarded call: run something that may fault, panic or hang, and come back.
//!
//! `guarded(stack, limit, f)` runs `f` on a stack of its own. If `f` faults,
//! panics or outlives its limit, it is abandoned where it is, and the caller
//! gets a value that says so:
//!
//! ```text
//!   caller's stack            guarded stack
//!   guarded() ── switch ────> f() ... fault!
//!      ^                        │  exception: the trap frame is edited to
//!      └──── land() <───────────┘  continue at `land`, on the caller's stack
//! ```
//!
//! Abandoned means that `f`'s destructors do not run: what it owned is leaked.
//! So a call does not come back past a lock that `f` took: the data behind it
//! may be half changed. A fault is then reported as if nobody had expected it,
//! and a time-out waits until the lock is free again. Faults in interrupt
//! handlers that strike while `f` runs are not `f`'s either.
//!
//! Calls nest: the innermost gets the fault. Each one's limit goes on while an
//! inner one runs; when an outer limit passes, the inner calls end with it.

use super::exception::Fault;
use super::stack::StackRange;
use super::trap::TrapFrame;
use super::{elapsed, gdt, in_handler, lock};
use core::arch::{asm, naked_asm};
use core::fmt::{self, Write};
use core::mem::MaybeUninit;
use core::panic::PanicInfo;
use core::ptr::{addr_of_mut, null_mut};
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use spin::Once;
use valhalla_core::text::Text;
use x86_64::instructions::interrupts;

/// How long a guarded call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// As long as it likes.
    None,
    /// So many milliseconds. It strikes when the timer interrupts, so not while
    /// interrupts are off, and nowhere on a machine where nothing interrupts.
    Ms(u64),
}

/// Why a guarded call did not return a value.
#[derive(Clone, Copy, Debug)]
pub enum Failure {
    /// The processor raised an exception.
    Fault(Fault),
    /// The code panicked.
    Panic(PanicRecord),
    /// The limit passed; the address is where the code was.
    Timeout {
        /// The instruction that was about to run.
        rip: u64,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(fault) => fault.fmt(f),
            Self::Panic(record) => write!(f, "panic: {record}"),
            Self::Timeout { rip } => write!(f, "it took too long; it was at {rip:#x}"),
        }
    }
}

/// What a panic said, and where.
#[derive(Clone, Copy, Debug)]
pub struct PanicRecord {
    text: Text<160>,
}

impl PanicRecord {
    /// Copies message and place, cut to fit.
    #[must_use]
    pub fn new(info: &PanicInfo<'_>) -> Self {
        let mut text = Text::new();
        // A `Text` cuts what does not fit; it has no other error.
        let _ = write!(text, "{}", info.message());
        if let Some(location) = info.location() {
            let _ = write!(text, " ({}:{})", location.file(), location.line());
        }
        Self { text }
    }
}

impl fmt::Display for PanicRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text.as_str())
    }
}

/// Where a failed call comes back to. Lives on the caller's stack; `CURRENT`
/// points to the innermost.
pub struct Landing {
    /// The caller's stack pointer, with its saved registers above.
    rsp: u64,
    stack: StackRange,
    outer: *mut Landing,
    /// When its limit has passed, by the monotonic clock; [`NEVER`] is no limit.
    deadline_ns: AtomicU64,
    locks_held: usize,
    handler_depth: usize,
    failure: Option<Failure>,
}

/// The innermost call; null where none runs.
pub static CURRENT: AtomicPtr<Landing> = AtomicPtr::new(null_mut());

const NEVER: u64 = u64::MAX;

/// Sees to it that the timer interrupts when [`deadline_ns`] tells, or earlier, and
/// again as long as that is to come. A slot: timers stand to the right of us.
static ALARM: Once<fn()> = Once::new();

/// Fills the slot; until then limits do not count.
pub fn set_alarm(arm: fn()) {
    ALARM.call_once(|| arm);
}

/// The calls that have not returned, the innermost first.
fn calls() -> impl Iterator<Item = &'static Landing> {
    let landing = |pointer: *mut Landing| {
        // SAFETY: `CURRENT` and `outer` point to `Landing`s on the stacks of
        // calls of `guarded` that have not returned, or are null.
        unsafe { pointer.as_ref() }
    };
    core::iter::successors(landing(CURRENT.load(Ordering::Acquire)), move |call| {
        landing(call.outer)
    })
}

/// When the next limit passes; `u64::MAX` if no call has one.
#[must_use]
pub fn deadline_ns() -> u64 {
    calls().map(|call| call.deadline_ns.load(Ordering::Relaxed)).min().unwrap_or(NEVER)
}

/// No call can be come back to any more.
pub(super) fn forget_calls() {
    CURRENT.store(null_mut(), Ordering::Release);
}

/// Runs `f` on `stack` and comes back, whatever it does.
///
/// # Errors
///
/// The `Failure` that ended `f`.
///
/// # Safety
///
/// `stack` must be mapped, writable, used by nobody else while this runs, and
/// should have a guard page. Abandoning `f` at any instruction outside a lock
/// must break nothing that others rely on.
pub unsafe fn guarded<T, F: FnOnce() -> T>(
    stack: StackRange,
    limit: Limit,
    f: F,
) -> Result<T, Failure> {
    struct Call<T, F> {
        f: Option<F>,
        result: MaybeUninit<T>,
    }

    extern "C" fn run<T, F: FnOnce() -> T>(call: *mut u8) {
        // SAFETY: `call` points to the `Call` below, which outlives this and
        // which nobody else touches until we return.
        let call = unsafe { &mut *call.cast::<Call<T, F>>() };
        if let Some(f) = call.f.take() {
            call.result.write(f());
        }
    }

    let mut call = Call { f: Some(f), result: MaybeUninit::uninit() };
    let mut landing = Landing {
        rsp: 0,
        stack,
        outer: CURRENT.load(Ordering::Relaxed),
        deadline_ns: AtomicU64::new(NEVER),
        locks_held: lock::held(),
        handler_depth: in_handler::depth(),
        failure: None,
    };
    let interrupts_were_on = interrupts::are_enabled();
    let landing_pointer = addr_of_mut!(landing);
    CURRENT.store(landing_pointer, Ordering::Release);
    if let (Limit::Ms(ms), Some(arm)) = (limit, ALARM.get()) {
        let deadline = elapsed::now_ns().saturating_add(ms.saturating_mul(1_000_000));
        landing.deadline_ns.store(deadline, Ordering::Relaxed);
        arm();
    }
    // SAFETY: the stack is ours by the caller's promise, `run` gets the `Call`
    // it expects, and `rsp` is written before anything can fail.
    let outcome = unsafe {
        call_on(
            stack.top,
            addr_of_mut!(call).cast(),
            run::<T, F>,
            addr_of_mut!((*landing_pointer).rsp),
        )
    };
    CURRENT.store(landing.outer, Ordering::Release);
    if outcome == RETURNED {
        // SAFETY: `run` returned, so it has written the result.
        return Ok(unsafe { call.result.assume_init() });
    }
    in_handler::restore(landing.handler_depth);
    if interrupts_were_on {
        interrupts::enable();
    } else {
        interrupts::disable();
    }
    // SAFETY: whoever lands here wrote the failure through the raw pointer;
    // the volatile read keeps the compiler from assuming the `None` above.
    let failure = unsafe { addr_of_mut!((*landing_pointer).failure).read_volatile() };
    Err(failure.unwrap_or(Failure::Timeout { rip: 0 }))
}

const RETURNED: u64 = 0;
const LANDED: u64 = 1;

/// Calls `f(argument)` on the stack that ends at `stack_top`, after saving
/// the registers that a function must keep and the stack pointer.
#[unsafe(naked)]
unsafe extern "C" fn call_on(
    stack_top: u64,
    argument: *mut u8,
    f: extern "C" fn(*mut u8),
    saved_rsp: *mut u64,
) -> u64 {
    naked_asm!(
        "push rbp",
        // A frame of its own: a backtrace walks over it to the caller's stack.
        "mov rbp, rsp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "mov [rcx], rsp",
        "mov rbx, rsp",
        "mov rsp, rdi",
        "mov rdi, rsi",
        "call rdx",
        ".global valhalla_guarded_return",
        "valhalla_guarded_return:",
        "mov rsp, rbx",
        "mov eax, {returned}",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
        returned = const RETURNED,
    )
}

/// Whether `address` is where the code of a guarded call returns to: there a
/// backtrace changes stacks.
#[must_use]
pub fn returns_to_call(address: u64) -> bool {
    unsafe extern "C" {
        static valhalla_guarded_return: u8;
    }
    // Only the label's address is taken; it is not a variable.
    &raw const valhalla_guarded_return as u64 == address
}

/// Where failures continue: RSP is what `call_on` saved.
#[unsafe(naked)]
extern "C" fn land() {
    naked_asm!(
        "mov eax, {landed}",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
        landed = const LANDED,
    )
}

/// The innermost call, if coming back to it is possible now: no lock has been
/// taken since, and we are in its code rather than in an interrupt handler.
fn reachable() -> Option<&'static mut Landing> {
    let landing = CURRENT.load(Ordering::Acquire);
    if landing.is_null() {
        return None;
    }
    // SAFETY: `CURRENT` points to a `Landing` on the stack of a `guarded` that
    // has not returned; that one reads it only after we are done.
    let landing = unsafe { &mut *landing };
    (lock::held() <= landing.locks_held && in_handler::depth() <= landing.handler_depth)
        .then_some(landing)
}

/// Edits `frame` so that the interrupted code continues at `land`.
fn divert(frame: &mut TrapFrame, landing: &mut Landing, failure: Failure) {
    /// Trap, interrupt, direction, nested task and alignment check, all off:
    /// `guarded` puts the interrupt flag back itself.
    const CLEARED: u64 = 1 << 8 | 1 << 9 | 1 << 10 | 1 << 14 | 1 << 18;
    landing.failure = Some(failure);
    landing.deadline_ns.store(NEVER, Ordering::Relaxed);
    // Those within it are abandoned with it.
    CURRENT.store(landing, Ordering::Release);
    frame.rip = land as *const () as u64;
    frame.rsp = landing.rsp;
    // A handler on an IST stack may run with a null SS.
    frame.ss = u64::from(gdt::KERNEL_DATA.0);
    frame.rflags &= !CLEARED;
}

/// Offers an exception to the innermost call; true when it took it.
pub(super) fn catch(frame: &mut TrapFrame, fault: &Fault) -> bool {
    match reachable() {
        Some(landing) => {
            divert(frame, landing, Failure::Fault(*fault));
            true
        }
        None => false,
    }
}

/// Called by the timer interrupt with the interrupted state.
#[inline]
pub fn on_timer(frame: &mut TrapFrame) {
    if !CURRENT.load(Ordering::Relaxed).is_null() {
        end_the_late(frame);
    }
}

/// Ends the outermost call whose limit has passed, if it can be ended now: we
/// are one handler deep, and what we interrupted is its own code, or that of a
/// call within it, and holds no lock of its own. Else a later interrupt asks
/// again.
#[cold]
fn end_the_late(frame: &mut TrapFrame) {
    let now = elapsed::now_ns();
    let mut late = null_mut();
    let mut is_within = false;
    let mut pointer = CURRENT.load(Ordering::Acquire);
    for call in calls() {
        is_within |= call.stack.contains(frame.rsp);
        if is_within
            && call.deadline_ns.load(Ordering::Relaxed) <= now
            && in_handler::depth() == call.handler_depth + 1
            && lock::held() <= call.locks_held
        {
            late = pointer;
        }
        pointer = call.outer;
    }
    // SAFETY: as in `reachable`; nobody else looks at it now.
    if let Some(landing) = unsafe { late.as_mut() } {
        let rip = frame.rip;
        divert(frame, landing, Failure::Timeout { rip });
    }
}

/// Called by the panic handler: comes back to the innermost guarded call, and
/// returns only when there is none that can be reached.
pub fn on_panic(info: &PanicInfo<'_>) {
    let Some(landing) = reachable() else { return };
    landing.failure = Some(Failure::Panic(PanicRecord::new(info)));
    landing.deadline_ns.store(NEVER, Ordering::Relaxed);
    // SAFETY: `rsp` was saved by a `call_on` whose frame is still there, and
    // `land` pops exactly what it pushed. The direction flag is clear in all
    // Rust code.
    unsafe {
        asm!("mov rsp, {rsp}", "jmp {land}", rsp = in(reg) landing.rsp, land = sym land, options(noreturn))
    }
}
