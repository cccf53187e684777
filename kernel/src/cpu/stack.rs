//! A stack as an address range, and the way onto a new one.

use core::arch::{asm, naked_asm};
use core::sync::atomic::{AtomicU64, Ordering};

/// The usable bytes of a stack: `bottom..top`. It grows down from `top`, and
/// the page below `bottom` is its guard page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StackRange {
    /// The lowest usable address.
    pub bottom: u64,
    /// The address just above the highest usable one; a multiple of 16.
    pub top: u64,
}

impl StackRange {
    /// Whether `address` lies on this stack.
    #[must_use]
    pub const fn contains(&self, address: u64) -> bool {
        self.bottom <= address && address < self.top
    }
}

/// Where the loader's stack ends, as far as we know it.
static LOADER_TOP: AtomicU64 = AtomicU64::new(0);
/// What a loader gives at least (Limine boot protocol, "Stack").
const LOADER_BYTES: u64 = 64 * 1024;

/// Remembers the loader's stack, for backtraces until we leave it. To be called
/// by the first function that runs.
#[inline(always)]
pub fn note_loader_stack() {
    let frame: u64;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, rbp", out(reg) frame, options(nomem, nostack, preserves_flags)) };
    // Above the frame pointer lies the return address, and then what is not ours.
    LOADER_TOP.store(frame + 16, Ordering::Relaxed);
}

/// The loader's stack; empty before `note_loader_stack`.
#[must_use]
pub fn loader_stack() -> StackRange {
    let top = LOADER_TOP.load(Ordering::Relaxed);
    StackRange { bottom: top.saturating_sub(LOADER_BYTES), top }
}

/// Continues with `f(argument)` on `stack`, and never comes back.
///
/// The frame pointer starts at zero there, so that a backtrace ends.
///
/// # Safety
///
/// `stack` must be mapped, writable and used by nobody else. `argument` must
/// be what `f` expects, and must not point to the stack that is left unless
/// that one stays as it is.
#[unsafe(naked)]
pub unsafe extern "C" fn continue_on(
    stack_top: u64,
    argument: *mut u8,
    f: extern "C" fn(*mut u8) -> !,
) -> ! {
    naked_asm!(
        "mov rsp, rdi",
        "mov rdi, rsi",
        "xor ebp, ebp",
        // A zero return address: `f` never returns, and a debugger stops here.
        "push rbp",
        "jmp rdx",
    )
}
