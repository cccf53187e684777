//! The light interrupt: its handler needs no frame, and says what it has for
//! who sleeps.
//!
//! ```text
//!   gate ──> front ── time to look for a storm? ──> stub, entry and all
//!              │ no
//!              └──> count, save what a call may change, handler, end of
//!                   interrupt, news, IRETQ
//! ```
//!
//! A general entry stub saves the whole trap frame, finds the handler by the
//! vector, and whatever that did, everybody looks at everything. For a line whose
//! interrupts come singly but are waited for, a key, all that shows. Where the
//! line is moved to another vector, the stub is taken there.

use super::isa::{IsaIrq, register_with, usual_vector};
use super::lapic::{X2apicEnd, XapicEnd};
use super::pic::PicEnd;
use super::routes::GENERAL;
use super::storm::LOOK_EVERY;
use super::vectors::{self, End, Entries, SLOTS, Slot, go_on, slot_at};
use crate::cpu::idt::Entry;
use crate::cpu::{News, TrapFrame, light, trap};
use core::arch::naked_asm;
use core::mem::offset_of;

/// A handler that is known when the kernel is compiled and looks at no frame.
pub trait LightHandler {
    /// The line, 0 to 6: no check for spurious interrupts is made.
    const LINE: IsaIrq;

    /// As a [`super::Handler`]. What there is to look at afterwards.
    fn handle() -> News;
}

/// Claims the line of `H` for it, for good; where it is refused, the log says
/// why.
pub fn register_light<H: LightHandler>(name: &'static str) {
    const { assert!(H::LINE.number() < 7) };
    let entries = const {
        let vector = usual_vector(H::LINE);
        // SAFETY: the fronts keep every register: what a call may change is saved
        // here, the rest by the callee. Else they go on as the stub does.
        unsafe {
            &Entries {
                pic: Entry::behind(vector, front::<H, PicEnd>, GENERAL.pic.handler()),
                xapic: Entry::behind(vector, front::<H, XapicEnd>, GENERAL.xapic.handler()),
                x2apic: Entry::behind(vector, front::<H, X2apicEnd>, GENERAL.x2apic.handler()),
            }
        }
    };
    register_with(H::LINE, name, general::<H>, entries);
}

/// The entry point. It comes back by [`light::leave`], which undoes what is
/// saved here.
#[unsafe(naked)]
extern "C" fn front<H: LightHandler, E: End>() {
    naked_asm!(
        "push rax",
        "mov rax, [rip + {slots} + {arrived}]",
        "inc rax",
        "test eax, {look_every} - 1",
        "jz 2f",
        "mov [rip + {slots} + {arrived}], rax",
        light::save!(),
        "mov byte ptr [rip + {current}], {vector}",
        "jmp {run}",
        "2:",
        go_on!(),
        slots = sym SLOTS,
        arrived = const slot_at(usual_vector(H::LINE)) + offset_of!(Slot, arrived),
        look_every = const LOOK_EVERY,
        depth = sym light::DEPTH,
        leave = sym light::leave,
        current = sym light::VECTOR,
        vector = const usual_vector(H::LINE) as u16,
        run = sym run::<H, E>,
        common = sym trap::any_interrupt,
    )
}

/// What the general entry calls, after which everybody looks anyway.
fn general<H: LightHandler>(_: &mut TrapFrame) {
    let _ = H::handle();
}

/// What happens in between.
extern "C" fn run<H: LightHandler, E: End>() -> News {
    let news = H::handle();
    E::end(usual_vector(H::LINE));
    vectors::count_acknowledged(usual_vector(H::LINE));
    news
}
