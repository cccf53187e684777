//! Provocations that one or a few instructions are enough for.

use crate::cpu::exception::NMI;
use crate::cpu::gdt::NOT_PRESENT;
use crate::cpu::lock::SpinLock;
use crate::interrupts::lapic;
use crate::println;
use crate::report::survived;
use core::arch::asm;
use core::fmt;
use core::hint::black_box;
use x86_64::instructions::interrupts;
use x86_64::registers::control::{Cr0, Cr0Flags};

/// Canonical with four levels and with five, and in the lower half, where
/// nothing of ours is.
pub(crate) const NOT_MAPPED: u64 = 0x0000_1234_5678_9000;
/// In the null page: a field of a structure behind a null pointer.
pub(crate) const NULL_FIELD: u64 = 8;
/// Bits 63 and 62 differ.
const NOT_CANONICAL: u64 = 0x8000_0000_0000_0000;

pub(super) fn divide() {
    // SAFETY: the division raises #DE and changes nothing but the registers
    // that are named.
    unsafe {
        asm!("div {zero:e}", zero = in(reg) 0_u32, inout("eax") 1_u32 => _, inout("edx") 0_u32 => _);
    }
}

/// The trap comes behind the instruction that follows POPF; the handler clears
/// the flag.
pub(super) fn single_step() {
    // SAFETY: only the trap flag changes, and the handler returns.
    unsafe { asm!("pushfq", "or dword ptr [rsp], 0x100", "popfq", "nop") };
}

pub(super) fn breakpoint() {
    // SAFETY: the handler returns behind the instruction.
    unsafe { asm!("int3") };
}

pub(super) fn overflow() {
    // SAFETY: as for `breakpoint`.
    unsafe { asm!("int 4") };
}

pub(super) fn bound_range() {
    // SAFETY: as for `breakpoint`.
    unsafe { asm!("int 5") };
}

/// Without a local APIC, INT 2 goes through the same gate.
pub(super) fn nmi() {
    /// It takes a few instructions to arrive.
    const MOST_TURNS: u32 = 10_000_000;
    let before = survived().nmis;
    if lapic::ipi::send_nmi_to_self().is_ok() {
        let mut turns = 0;
        while survived().nmis == before && turns < MOST_TURNS {
            core::hint::spin_loop();
            turns += 1;
        }
    } else {
        // SAFETY: as for `breakpoint`.
        unsafe { asm!("int {nmi}", nmi = const NMI) };
    }
}

pub(super) fn invalid_opcode() {
    // SAFETY: UD2 raises #UD and does nothing else.
    unsafe { asm!("ud2") };
}

pub(super) fn segment_not_present() {
    // SAFETY: the load raises #NP and leaves FS as it was.
    unsafe { asm!("mov fs, {selector:x}", selector = in(reg) NOT_PRESENT) };
}

pub(super) fn stack_segment() {
    // SAFETY: the load raises #SS and leaves SS as it was.
    unsafe { asm!("mov ss, {selector:x}", selector = in(reg) NOT_PRESENT) };
}

fn read(address: u64) {
    // SAFETY: the callers' addresses raise an exception, and nothing is read.
    unsafe { asm!("mov {out}, [{address}]", address = in(reg) address, out = out(reg) _) };
}

pub(super) fn general_protection() {
    read(NOT_CANONICAL);
}

pub(super) fn page_fault() {
    read(NOT_MAPPED);
}

pub(super) fn null_read() {
    read(NULL_FIELD);
}

/// The address that `write_to_text` writes to.
pub(crate) fn text_address() -> u64 {
    write_to_text as *const () as u64
}

pub(super) fn write_to_text() {
    // SAFETY: text is mapped read-only and CR0.WP is set: raises #PF. Were it
    // not, the byte would be rewritten with itself.
    unsafe { asm!("lock or byte ptr [{at}], 0", at = in(reg) text_address()) };
}

/// RET, so that a failure to fault returns.
static RETURN_IN_DATA: SpinLock<[u8; 16]> = SpinLock::new([0xc3; 16]);

/// The address that `run_data` calls.
pub(crate) fn data_address() -> u64 {
    &raw const *RETURN_IN_DATA.lock() as u64
}

pub(super) fn run_data() {
    // SAFETY: calls a RET in data: it faults, or returns at once.
    unsafe { asm!("call {at}", at = in(reg) data_address(), clobber_abi("C")) };
}

/// Reads four bytes at an odd address with both switches on. The flag is put
/// back here: with SMAP it has another meaning.
pub(super) fn alignment_check() {
    let bytes = [0_u32; 2];
    // SAFETY: the read stays inside `bytes`; CR0.AM has no effect in ring 0,
    // and `provoke` puts it back.
    unsafe {
        Cr0::write(Cr0::read() | Cr0Flags::ALIGNMENT_MASK);
        asm!(
            "pushfq",
            "or dword ptr [rsp], 0x40000",
            "popfq",
            "mov {out:e}, [{at} + 1]",
            "pushfq",
            "and dword ptr [rsp], ~0x40000",
            "popfq",
            at = in(reg) &raw const bytes,
            out = out(reg) _,
        );
    }
}

/// With interrupts off: one that strikes where the last bytes of the stack are left
/// would overflow it in its handler, and nobody comes back from there. (A guarded
/// call that failed puts the interrupt flag back.)
#[expect(unconditional_recursion, reason = "it is to overflow")]
#[inline(never)]
pub(super) fn overflow_stack() {
    interrupts::disable();
    let room = black_box([0_u64; 64]);
    overflow_stack();
    black_box(room);
}

/// A guarded call does not come back past a lock: what it protects may be half
/// changed.
pub(super) fn fault_with_lock() {
    static LOCK: SpinLock<()> = SpinLock::new(());
    let guard = LOCK.lock();
    invalid_opcode();
    drop(guard);
}

/// The console formats while it holds its lock, and this faults when formatted.
pub(super) fn fault_with_console() {
    struct Faults;
    impl fmt::Display for Faults {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            invalid_opcode();
            Ok(())
        }
    }
    println!("this line will not end: {Faults}");
}

pub(super) fn panic() {
    panic!("asked for at the prompt");
}

pub(super) fn panic_twice() {
    struct Panics;
    impl fmt::Display for Panics {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("the words of a panic panicked")
        }
    }
    panic!("this cannot be said: {Panics}");
}
