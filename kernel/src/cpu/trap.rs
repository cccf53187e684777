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

use super::News;
use core::arch::naked_asm;
use core::mem::offset_of;

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

/// An entry point: what a gate of the IDT leads to.
pub type Stub = extern "C" fn();

/// Whether the processor pushes an error code for `vector` (SDM Vol. 3A, table 7-1;
/// 29 and 30 are AMD's, APM Vol. 2, 8.2).
const fn has_error_code(vector: u8) -> bool {
    matches!(vector, 8 | 10..=14 | 17 | 21 | 29 | 30)
}

/// The general registers onto the stack, the lowest field of `TrapFrame` last.
macro_rules! save {
    () => {
        concat!(
            "push rax\npush rbx\npush rcx\npush rdx\npush rsi\npush rdi\npush rbp\n",
            "push r8\npush r9\npush r10\npush r11\npush r12\npush r13\npush r14\npush r15\n",
            "cld\nmov rdi, rsp"
        )
    };
}

/// The general registers back, vector and error code away, and on with
/// whatever the frame now says.
macro_rules! restore {
    () => {
        concat!(
            "pop r15\npop r14\npop r13\npop r12\npop r11\npop r10\npop r9\npop r8\n",
            "pop rbp\npop rdi\npop rsi\npop rdx\npop rcx\npop rbx\npop rax\n",
            "add rsp, 16\niretq"
        )
    };
}

/// The entry point of an exception.
#[unsafe(naked)]
extern "C" fn exception<const VECTOR: u8>() {
    naked_asm!(
        ".if {has_error_code} == 0",
        "push 0",
        ".endif",
        "push {vector}",
        "jmp {common}",
        has_error_code = const has_error_code(VECTOR) as u8,
        vector = const VECTOR as u16,
        common = sym any_exception,
    )
}

/// The entry point of an interrupt.
#[unsafe(naked)]
extern "C" fn interrupt<const VECTOR: u8>() {
    naked_asm!(
        "push 0",
        "push {vector}",
        "jmp {common}",
        vector = const VECTOR as u16,
        common = sym any_interrupt,
    )
}

/// Calls `exception::handle`.
///
/// The stack is aligned as the ABI wants it: the processor aligns it to 16
/// before it pushes, and 22 words of 8 bytes are a multiple of 16.
#[unsafe(naked)]
extern "C" fn any_exception() {
    naked_asm!(
        save!(),
        "call {handle}",
        ".global valhalla_exception_return",
        "valhalla_exception_return:",
        restore!(),
        handle = sym super::exception::handle,
    )
}

/// Calls the handler of the vector. The timer may come through here a thousand
/// times a second: what a handler must not do is checked where it would be
/// done, and here only the depth is kept, and that there may be news.
///
/// Vector and a zero for the error code have been pushed.
#[unsafe(naked)]
pub extern "C" fn any_interrupt() {
    naked_asm!(
        save!(),
        "inc qword ptr [rip + {depth}]",
        "or byte ptr [rip + {news}], {anything}",
        "mov eax, [rsp + {vector}]",
        "lea rcx, [rip + {handlers}]",
        "call [rcx + 8 * rax]",
        ".global valhalla_interrupt_return",
        "valhalla_interrupt_return:",
        "dec qword ptr [rip + {depth}]",
        restore!(),
        depth = sym super::in_handler::DEPTH,
        news = sym super::in_handler::NEWS,
        anything = const News::ANYTHING.bits(),
        vector = const offset_of!(TrapFrame, vector),
        handlers = sym super::idt::HANDLERS,
    )
}

/// Whether `address` is where a handler returns to its entry stub. Right above
/// that return address lies the trap frame: there a backtrace goes on.
#[must_use]
pub fn returns_to_stub(address: u64) -> bool {
    unsafe extern "C" {
        static valhalla_exception_return: u8;
        static valhalla_interrupt_return: u8;
    }
    // Only the labels' addresses are taken; they are not variables.
    let labels = [&raw const valhalla_exception_return, &raw const valhalla_interrupt_return];
    labels.into_iter().any(|label| label as u64 == address)
}

macro_rules! row {
    ($stub:ident $base:literal) => {
        [
            $stub::<{ $base }>,
            $stub::<{ $base + 1 }>,
            $stub::<{ $base + 2 }>,
            $stub::<{ $base + 3 }>,
            $stub::<{ $base + 4 }>,
            $stub::<{ $base + 5 }>,
            $stub::<{ $base + 6 }>,
            $stub::<{ $base + 7 }>,
            $stub::<{ $base + 8 }>,
            $stub::<{ $base + 9 }>,
            $stub::<{ $base + 10 }>,
            $stub::<{ $base + 11 }>,
            $stub::<{ $base + 12 }>,
            $stub::<{ $base + 13 }>,
            $stub::<{ $base + 14 }>,
            $stub::<{ $base + 15 }>,
        ]
    };
}

/// The stub of every vector, sixteen in a row.
pub(super) static STUBS: [[Stub; 16]; 16] = [
    row!(exception 0x00),
    row!(exception 0x10),
    row!(interrupt 0x20),
    row!(interrupt 0x30),
    row!(interrupt 0x40),
    row!(interrupt 0x50),
    row!(interrupt 0x60),
    row!(interrupt 0x70),
    row!(interrupt 0x80),
    row!(interrupt 0x90),
    row!(interrupt 0xa0),
    row!(interrupt 0xb0),
    row!(interrupt 0xc0),
    row!(interrupt 0xd0),
    row!(interrupt 0xe0),
    row!(interrupt 0xf0),
];
