//! What happens for each interrupt: one way for all, whoever brought it.
//!
//! ```text
//!   gate ─> stub, which saves the frame (`cpu::trap`) ─> valhalla_interrupt
//!        which controller has it in service?
//!          none: spurious, or an INT instruction: counted, not ended
//!        count ─> the handlers of the claim ─> end ─> back
//! ```
//!
//! That is asked of the controllers, not of the mode: so each interrupt is ended where
//! it came from, also in the middle of a change.

use super::{current, lapic, pic, routes, storm, vectors};
use crate::cpu::TrapFrame;
use core::sync::atomic::{AtomicU8, AtomicU64, Ordering};

static STRAYS: AtomicU64 = AtomicU64::new(0);
static LAST_STRAY: AtomicU8 = AtomicU8::new(0);

/// Called by `cpu::trap` for every interrupt.
#[unsafe(no_mangle)]
fn valhalla_interrupt(frame: &mut TrapFrame) {
    let vector = frame.vector as u8;
    let Some(controller) = current::serving(vector) else {
        return count_unserved(vector);
    };
    let slot = vectors::slot(vector);
    storm::look(vector, slot.arrived.fetch_add(1, Ordering::Relaxed) + 1);
    if let Some(route) = routes::on(vector) {
        route.owners.iter().for_each(|owner| (owner.handler)(frame));
    } else {
        slot.unclaimed.fetch_add(1, Ordering::Relaxed);
        storm::unclaimed(vector);
    }
    controller.end(vector);
    slot.acknowledged.fetch_add(1, Ordering::Relaxed);
}

/// Counts an interrupt that no controller has in service.
fn count_unserved(vector: u8) {
    match vector {
        vectors::SPURIOUS => lapic::count_spurious(),
        vectors::FIRST_ISA..=vectors::LAST_ISA => pic::spurious(vector),
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
