//! A stack as an address range, and the way onto a new one.

use core::arch::naked_asm;

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
