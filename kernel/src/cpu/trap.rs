//! The trap frame, and the 256 entry stubs that save it.
//!
//! The processor pushes five words, and for some exceptions an error code. A
//! stub evens that out (a zero where there is no error code), pushes its vector
//! and falls into the common path, which saves the general registers, so that
//! every handler sees one layout:
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

use core::arch::naked_asm;

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

/// Whether the processor pushes an error code for `vector` (SDM Vol. 3A, table 7-1;
/// 29 and 30 are AMD's, APM Vol. 2, 8.2).
const fn has_error_code(vector: u8) -> bool {
    matches!(vector, 8 | 10..=14 | 17 | 21 | 29 | 30)
}

/// The entry point of one vector.
#[unsafe(naked)]
extern "C" fn stub<const VECTOR: u8>() {
    naked_asm!(
        ".if {has_error_code} == 0",
        "push 0",
        ".endif",
        "push {vector}",
        "jmp {common}",
        has_error_code = const has_error_code(VECTOR) as u8,
        vector = const VECTOR as u16,
        common = sym common,
    )
}

/// Saves the general registers, calls `dispatch` and returns to whatever the
/// frame then says.
///
/// The stack is aligned as the ABI wants it: the processor aligns it to 16
/// before it pushes, and 22 words of 8 bytes are a multiple of 16.
#[unsafe(naked)]
extern "C" fn common() {
    naked_asm!(
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
        dispatch = sym super::idt::dispatch,
    )
}

macro_rules! stubs {
    ($($base:literal)*) => {
        [$(
            stub::<{ $base }>, stub::<{ $base + 1 }>, stub::<{ $base + 2 }>, stub::<{ $base + 3 }>,
            stub::<{ $base + 4 }>, stub::<{ $base + 5 }>, stub::<{ $base + 6 }>, stub::<{ $base + 7 }>,
            stub::<{ $base + 8 }>, stub::<{ $base + 9 }>, stub::<{ $base + 10 }>, stub::<{ $base + 11 }>,
            stub::<{ $base + 12 }>, stub::<{ $base + 13 }>, stub::<{ $base + 14 }>, stub::<{ $base + 15 }>,
        )*]
    };
}

/// The stub of every vector.
pub(super) static STUBS: [extern "C" fn(); 256] = stubs!(
    0x00 0x10 0x20 0x30 0x40 0x50 0x60 0x70 0x80 0x90 0xa0 0xb0 0xc0 0xd0 0xe0 0xf0
);
