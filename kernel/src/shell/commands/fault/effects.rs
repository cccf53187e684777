//! Provocations that change the machine first, and what puts it back.

use super::raise;
use crate::cpu::exception::{GENERAL_PROTECTION, NMI};
use crate::cpu::gdt::{self, Ist, TaskLimit};
use crate::cpu::lock::SpinLock;
use crate::cpu::{Features, idt};
use crate::interrupts::{IsaIrq, isa, routes};
use crate::memory::broken::BrokenPage;
use core::arch::asm;
use x86_64::registers::control::{Cr0, Cr0Flags, Cr4, Cr4Flags};

/// CR0.TS is put back by `provoke`.
pub(super) fn device_not_available() {
    // SAFETY: nothing of ours uses the FPU; FNINIT raises #NM.
    unsafe {
        Cr0::write(Cr0::read() & !Cr0Flags::EMULATE_COPROCESSOR | Cr0Flags::TASK_SWITCHED);
        asm!("fninit");
    }
}

/// #UD has no gate, so it becomes #NP, which has none either.
const TAKEN_AWAY: [u8; 3] = [6, 11, GENERAL_PROTECTION];

/// Takes the gates of #UD, #NP and #GP away, and raises #UD.
pub(super) fn double_fault() {
    // SAFETY: the double fault's gate stays, and the next instruction is it;
    // `restore_gates` follows.
    unsafe { idt::take_away(&TAKEN_AWAY) };
    raise::invalid_opcode();
}

/// Undoes `double_fault` and `overflow_ist_stack`.
pub(super) fn restore_gates() {
    idt::restore(&TAKEN_AWAY);
    idt::restore(&[UNUSED_VECTOR]);
}

/// The gate of NMI wants a stack from the table in the TSS, which is now
/// beyond its limit.
pub(super) fn invalid_tss() {
    // SAFETY: `restore_task` follows; until then an NMI would reset the
    // machine, which is a few dozen instructions on purpose.
    unsafe {
        gdt::load_task(TaskLimit::WithoutIst);
        asm!("int {nmi}", nmi = const NMI);
    }
}

/// Undoes `invalid_tss`.
pub(super) fn restore_task() {
    // SAFETY: the whole TSS is what there was.
    unsafe { gdt::load_task(TaskLimit::Whole) };
}

static BROKEN: SpinLock<Option<BrokenPage>> = SpinLock::new(None);

/// The address of the page that `reserved_bit` broke.
pub(crate) fn broken_address() -> Option<u64> {
    BROKEN.lock().as_ref().map(BrokenPage::address)
}

/// Where no page can be broken, nothing is raised.
pub(super) fn reserved_bit() {
    let page = BrokenPage::plant();
    *BROKEN.lock() = page;
    if let Some(address) = broken_address() {
        // SAFETY: the read raises #PF and reads nothing.
        unsafe { asm!("mov {out}, [{at}]", at = in(reg) address, out = out(reg) _) };
    }
}

/// Undoes `reserved_bit`.
pub(super) fn mend_page() {
    let page = BROKEN.lock().take();
    drop(page);
}

/// CR0 such that x87 instructions run and report their errors by #MF.
///
/// # Safety
///
/// The caller puts CR0 back.
unsafe fn switch_x87_on() {
    let off = Cr0Flags::EMULATE_COPROCESSOR | Cr0Flags::TASK_SWITCHED;
    let on = Cr0Flags::NUMERIC_ERROR | Cr0Flags::MONITOR_COPROCESSOR;
    // SAFETY: nothing of ours uses the FPU; the rest is the caller's promise.
    unsafe { Cr0::write(Cr0::read() & !off | on) };
}

pub(super) fn x87_error() {
    /// All errors masked but division by zero (SDM Vol. 1, 8.1.5).
    static CONTROL: u16 = 0x037f & !(1 << 2);
    // SAFETY: the kernel keeps nothing in the FPU; FWAIT raises #MF for the
    // division before it. `provoke` puts CR0 back, `reset_x87` the rest.
    unsafe {
        switch_x87_on();
        asm!(
            "fninit",
            "fldcw [{control}]",
            "fld1",
            "fldz",
            "fdivp st(1), st",
            "fwait",
            control = in(reg) &raw const CONTROL,
        );
    }
}

/// Undoes `x87_error`; CR0 is still such that FNINIT runs.
pub(super) fn reset_x87() {
    // SAFETY: the kernel keeps nothing in the FPU.
    unsafe { asm!("fninit") };
}

/// Without SSE nothing is raised.
pub(super) fn simd_error() {
    /// All errors masked but division by zero (SDM Vol. 1, 10.2.3).
    static CONTROL: u32 = MXCSR_DEFAULT & !(1 << 9);
    static ONES: [f32; 4] = [1.0; 4];
    if !Features::get().sse {
        return;
    }
    // SAFETY: the kernel keeps nothing in SSE registers, and a processor that
    // has them has both bits of CR4. `provoke` puts CR0 and CR4 back.
    unsafe {
        switch_x87_on();
        Cr4::write(Cr4::read() | Cr4Flags::OSFXSR | Cr4Flags::OSXMMEXCPT_ENABLE);
        asm!(
            "ldmxcsr [{control}]",
            "movups xmm0, [{ones}]",
            "xorps xmm1, xmm1",
            "divps xmm0, xmm1",
            control = in(reg) &raw const CONTROL,
            ones = in(reg) &raw const ONES,
        );
    }
}

const MXCSR_DEFAULT: u32 = 0x1f80;

/// Undoes `simd_error`; CR4 is still such that LDMXCSR runs.
pub(super) fn reset_sse() {
    static DEFAULT: u32 = MXCSR_DEFAULT;
    if Features::get().sse {
        // SAFETY: the kernel keeps nothing in SSE registers.
        unsafe { asm!("ldmxcsr [{control}]", control = in(reg) &raw const DEFAULT) };
    }
}

/// A vector that no device has.
const UNUSED_VECTOR: u8 = 0x61;

/// Overflows the stack that the NMI uses: the double fault's is another.
pub(super) fn overflow_ist_stack() {
    extern "C" fn entry() {
        raise::overflow_stack();
    }
    // SAFETY: `entry` never returns, the vector is nobody's, and
    // `restore_gates` follows.
    unsafe {
        idt::plant(UNUSED_VECTOR, entry, Ist::Nmi);
        asm!("int {vector}", vector = const UNUSED_VECTOR);
    }
}

/// Overflows the interrupted stack from within the timer's interrupt handler.
/// There is no way back: the handler would never end.
pub(super) fn overflow_in_handler() {
    routes::set_handler(isa::vector(IsaIrq::TIMER), "fault", |_| raise::overflow_stack());
    x86_64::instructions::interrupts::enable();
    loop {
        x86_64::instructions::hlt();
    }
}
