//! An entry that saves no more than a call may change: for a handler that needs
//! no trap frame.
//!
//! ```text
//!   higher   ss rsp rflags cs rip     pushed by the processor
//!            rax rcx rdx rsi rdi r8 r9 r10 r11
//!   lower    address of `leave`       where the handler returns to
//! ```
//!
//! A backtrace that comes to `leave` goes on with what was interrupted
//! ([`interrupted`]). The stack is aligned as the ABI wants it: the processor
//! aligns it to 16 before it pushes, and 14 words lie above the return address.

use super::TrapFrame;
use core::arch::naked_asm;
use core::sync::atomic::{AtomicU8, Ordering};

pub use super::in_handler::DEPTH;

/// The vector of the handler that was last entered like this.
pub static VECTOR: AtomicU8 = AtomicU8::new(0);

/// Words between the address of [`leave`] and the interrupted RIP.
const SAVED: u64 = 9;

/// Saves the registers, RAX being saved, and lets the handler return to `leave`;
/// the operands `depth` and `leave` are [`DEPTH`] and [`leave`].
#[macro_export]
macro_rules! save_lightly {
    () => {
        concat!(
            "push rcx\npush rdx\npush rsi\npush rdi\npush r8\npush r9\npush r10\npush r11\n",
            "cld\ninc qword ptr [rip + {depth}]\nlea rax, [rip + {leave}]\npush rax"
        )
    };
}
pub use crate::save_lightly as save;

/// The end of the interrupt: the handler's news are in AL.
#[unsafe(naked)]
pub extern "C" fn leave() {
    naked_asm!(
        "or [rip + {news}], al",
        "dec qword ptr [rip + {depth}]",
        "pop r11\npop r10\npop r9\npop r8\npop rdi\npop rsi\npop rdx\npop rcx\npop rax",
        "iretq",
        news = sym super::in_handler::NEWS,
        depth = sym DEPTH,
    )
}

/// Whether `address` is where such a handler returns to.
#[must_use]
pub fn returns_to_leave(address: u64) -> bool {
    address == leave as *const () as u64
}

/// Where the words that tell what was interrupted begin, below which
/// `return_address_at` has [`leave`]'s address: RIP, CS, RFLAGS, RSP, SS.
#[must_use]
pub const fn interrupted_at(return_address_at: u64) -> u64 {
    return_address_at + 8 * (1 + SAVED)
}

/// The state that such a handler interrupted, as far as a backtrace needs it.
#[must_use]
pub fn interrupted([rip, cs, rflags, rsp, ss]: [u64; 5], rbp: u64) -> TrapFrame {
    let vector = u64::from(VECTOR.load(Ordering::Relaxed));
    TrapFrame { rip, cs, rflags, rsp, ss, rbp, vector, ..TrapFrame::default() }
}
