//! The quiet interrupt: it is counted, ended, and that is all.
//!
//! Nearly every tick of the timer comes to say that time goes by, and nothing is
//! due. A line whose handler says from which interrupt on it wants to be called
//! ([`call_from`]) has an entry point in front of the usual stub, which needs one
//! register for the others:
//!
//! ```text
//!   gate ──> front ── handler wanted, or a guarded call runs? ──> stub, handler
//!              │ no                                               and all
//!              └──> count, end of interrupt, IRETQ
//! ```
//!
//! Who sleeps until something happens goes on sleeping: there are no news
//! (`cpu::take_news`).

use super::isa::{HotHandler, IsaIrq, LINES, usual_vector};
use super::lapic::access::{PAGE, Register};
use super::pic::{END_OF_INTERRUPT, MASTER_COMMAND};
use super::vectors::{SLOTS, Slot, go_on, slot_at};
use crate::cpu::{guarded, trap};
use core::arch::naked_asm;
use core::mem::offset_of;
use core::sync::atomic::{AtomicU64, Ordering};

/// For each line, the first of its interrupts that the handler wants to see.
static CALL_FROM: [AtomicU64; LINES] = [const { AtomicU64::new(0) }; LINES];

/// Until the `number`th interrupt on `line` its hot handler need not be called.
pub fn call_from(line: IsaIrq, number: u64) {
    if let Some(from) = CALL_FROM.get(usize::from(line.number())) {
        from.store(number, Ordering::Relaxed);
    }
}

/// The first interrupt on `line` that its handler wants to see.
#[inline]
pub fn wanted_from(line: IsaIrq) -> u64 {
    CALL_FROM.get(usize::from(line.number())).map_or(0, |from| from.load(Ordering::Relaxed))
}

/// An entry point that ends a quiet interrupt by these instructions, in which
/// RAX is free.
macro_rules! front {
    ($(#[$doc:meta])* $name:ident, [$($end:literal),+], $($operands:tt)*) => {
        $(#[$doc])*
        #[unsafe(naked)]
        pub(super) extern "C" fn $name<H: HotHandler>() {
            naked_asm!(
                "push rax",
                "mov rax, [rip + {slots} + {arrived}]",
                "inc rax",
                "cmp rax, [rip + {call_from} + {line}]",
                "jae 2f",
                // A guarded call's limit may have passed: the handler looks.
                "cmp qword ptr [rip + {calls}], 0",
                "jne 2f",
                "mov [rip + {slots} + {arrived}], rax",
                $($end,)+
                "inc qword ptr [rip + {slots} + {acknowledged}]",
                "pop rax",
                "iretq",
                "2:",
                go_on!(),
                slots = sym SLOTS,
                arrived = const slot_at(usual_vector(H::LINE)) + offset_of!(Slot, arrived),
                acknowledged = const slot_at(usual_vector(H::LINE)) + offset_of!(Slot, acknowledged),
                call_from = sym CALL_FROM,
                line = const H::LINE.number() as usize * size_of::<AtomicU64>(),
                calls = sym guarded::CURRENT,
                vector = const usual_vector(H::LINE) as u16,
                common = sym trap::any_interrupt,
                $($operands)*
            )
        }
    };
}

front!(
    /// Where the master 8259 brings the line.
    by_pic,
    ["mov al, {end}", "out {command}, al"],
    end = const END_OF_INTERRUPT,
    command = const MASTER_COMMAND.number(),
);

front!(
    /// Where the local APIC does, in xAPIC mode.
    by_xapic,
    ["mov rax, [rip + {page}]", "mov dword ptr [rax + {end}], 0"],
    page = sym PAGE,
    end = const Register::EndOfInterrupt as u16,
);

front!(
    /// And in x2APIC mode.
    by_x2apic,
    [
        "push rcx",
        "push rdx",
        "mov ecx, {end}",
        "xor eax, eax",
        "xor edx, edx",
        "wrmsr",
        "pop rdx",
        "pop rcx"
    ],
    end = const Register::EndOfInterrupt.msr(),
);
