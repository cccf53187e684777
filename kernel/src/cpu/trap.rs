//! The trap frame, and the one way in: 256 stubs that save it, and [`dispatch`].
//!
//! The processor pushes five words, and for some exceptions an error code. A
//! stub evens that out (a zero where there is no error code), pushes its vector
//! and jumps to the common path, which saves the general registers, so that
//! exceptions and interrupts see one layout:
//!
//! ```text
//!   higher   ss rsp rflags cs rip     pushed by the processor
//!            error_code               by the processor, or 0 by the stub
//!            vector                   by the stub
//!   lower    rax ... r15              by the common path  <- &TrapFrame
//! ```
//!
//! What a handler changes in the frame is what the interrupted code continues
//! with: that is how a guarded call comes back from a fault.

use super::{exception, in_handler};
use core::arch::naked_asm;

/// The first vector that is not the processor's own.
pub const FIRST_INTERRUPT: u8 = 32;

/// The interrupted state: general registers, vector, error code, and what the
/// processor pushed (SDM Vol. 3A, 7.14.2).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "registers by their names")]
pub struct TrapFrame {
    pub r15: u64,
    pub r14: u64,
    pub r13: u64,
    pub r12: u64,
    pub r11: u64,
    pub r10: u64,
    pub r9: u64,
    pub r8: u64,
    pub rbp: u64,
    pub rdi: u64,
    pub rsi: u64,
    pub rdx: u64,
    pub rcx: u64,
    pub rbx: u64,
    pub rax: u64,
    /// The interrupt vector, 0 to 255.
    pub vector: u64,
    /// The exception's error code; 0 where there is none.
    pub error_code: u64,
    pub rip: u64,
    pub cs: u64,
    pub rflags: u64,
    pub rsp: u64,
    pub ss: u64,
}

/// Vectors with an error code, a bit each (SDM Vol. 3A, table 7-1; 29 and 30 are AMD's,
/// APM Vol. 2, 8.2).
const HAVE_ERROR_CODE: u32 = 1 << 8 | 0b1_1111 << 10 | 1 << 17 | 1 << 21 | 0b11 << 29;
/// Bytes from the stub of a vector to that of the next.
const STUB_BYTES: u64 = 16;

/// The stub of every vector, one behind the other.
///
/// The stack is aligned as the ABI wants it: the processor aligns it to 16 before it
/// pushes, and 22 words of 8 bytes are a multiple of 16.
#[unsafe(naked)]
extern "C" fn stubs() {
    naked_asm!(
        ".set .Lvector, 0",
        ".rept 256",
        ".balign {stub_bytes}, 0xcc",
        ".if .Lvector >= 32",
        "push 0",
        ".elseif ({have_error_code} >> .Lvector) & 1 == 0",
        "push 0",
        ".endif",
        // PUSH of the vector: here the assembler would take a symbol for memory.
        ".byte 0x68",
        ".long .Lvector",
        "jmp 2f",
        ".set .Lvector, .Lvector + 1",
        ".endr",
        "2:",
        "push rax",
        "push rbx",
        "push rcx",
        "push rdx",
        "push rsi",
        "push rdi",
        "push rbp",
        "push r8",
        "push r9",
        "push r10",
        "push r11",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "cld",
        "mov rdi, rsp",
        "call {dispatch}",
        ".global valhalla_trap_return",
        "valhalla_trap_return:",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop r11",
        "pop r10",
        "pop r9",
        "pop r8",
        "pop rbp",
        "pop rdi",
        "pop rsi",
        "pop rdx",
        "pop rcx",
        "pop rbx",
        "pop rax",
        "add rsp, 16",
        "iretq",
        stub_bytes = const STUB_BYTES,
        have_error_code = const HAVE_ERROR_CODE,
        dispatch = sym dispatch,
    )
}

/// Returns the address of the stub of `vector`.
pub(super) fn stub(vector: u8) -> u64 {
    stubs as *const () as u64 + u64::from(vector) * STUB_BYTES
}

unsafe extern "Rust" {
    /// Defined by `interrupts`: has an interrupt handled and ended.
    safe fn valhalla_interrupt(frame: &mut TrapFrame);
}

/// Where all of them lead to.
extern "C" fn dispatch(frame: &mut TrapFrame) {
    if frame.vector < u64::from(FIRST_INTERRUPT) {
        exception::handle(frame);
    } else {
        in_handler::enter();
        valhalla_interrupt(frame);
        in_handler::leave();
    }
}

/// Returns true when `address` is where [`dispatch`] returns to. Right above that
/// return address lies the trap frame: there a backtrace goes on.
#[must_use]
pub fn returns_to_stub(address: u64) -> bool {
    unsafe extern "C" {
        static valhalla_trap_return: u8;
    }
    // Only the label's address is taken; it is not a variable.
    &raw const valhalla_trap_return as u64 == address
}
