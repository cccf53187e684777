//! What happens for each interrupt: one way for all, whoever brought it.
//!
//! ```text
//!   gate ─> stub, which saves the frame (`cpu::trap`) ─> valhalla_interrupt
//!        who has it in service?   nobody: spurious or a stray, counted, not ended
//!        count ─> the handlers of the claim ─> end ─> back
//! ```
//!
//! Which controller has the interrupt in service is asked of the controllers, not
//! of the mode: so each is ended where it came from, also in the middle of a change.

use super::vectors::{self, FIRST_ISA_VECTOR, LAST_ISA_VECTOR};
use super::{isa, lapic, pic, routes, storm};
use crate::cpu::TrapFrame;
use core::sync::atomic::{AtomicU8, AtomicU64, Ordering};

static STRAYS: AtomicU64 = AtomicU64::new(0);
static LAST_STRAY: AtomicU8 = AtomicU8::new(0);

/// Called by `cpu::trap` for every interrupt.
#[unsafe(no_mangle)]
fn valhalla_interrupt(frame: &mut TrapFrame) {
    let vector = frame.vector as u8;
    let end = match vector {
        _ if lapic::is_in_service(vector) => lapic::end_of_interrupt,
        _ if pic::is_in_service(vector) => pic::end_of_interrupt,
        _ => return of_no_controller(vector),
    };
    if vectors::count_arrived(vector).is_multiple_of(storm::LOOK_EVERY) {
        storm::look(vector);
    }
    match routes::owners_on(vector) {
        Some(owners) => owners.iter().for_each(|owner| (owner.handler)(frame)),
        None => {
            vectors::count_unclaimed(vector);
            storm::unclaimed(vector);
        }
    }
    end(vector);
    vectors::count_acknowledged(vector);
}

/// Nothing is in service: a controller offered what it took back, or this is an INT
/// instruction.
fn of_no_controller(vector: u8) {
    match vector {
        lapic::SPURIOUS_VECTOR => lapic::count_spurious(),
        FIRST_ISA_VECTOR..=LAST_ISA_VECTOR => {
            isa::count_spurious(vector);
            pic::end_spurious(vector);
        }
        _ => {
            STRAYS.fetch_add(1, Ordering::Relaxed);
            LAST_STRAY.store(vector, Ordering::Relaxed);
        }
    }
}

/// How many interrupts came that no controller brought, and the vector of the last
/// one.
#[must_use]
pub fn strays() -> (u64, u8) {
    (STRAYS.load(Ordering::Relaxed), LAST_STRAY.load(Ordering::Relaxed))
}
