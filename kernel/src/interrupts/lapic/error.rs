//! The local APIC's own errors (SDM Vol. 3A, 11.5.3): an interrupt, counted.

use super::super::vectors;
use super::access::{Register, read, write};
use crate::cpu::TrapFrame;
use core::sync::atomic::{AtomicU64, Ordering};
use valhalla_core::apic::esr::{ERRORS, ErrorStatus};

/// How often each bit of the error status was seen.
static COUNTS: [AtomicU64; ERRORS.len()] = [const { AtomicU64::new(0) }; ERRORS.len()];

/// Lets error interrupts through, if there are any: [`on_error`] is their handler.
pub(super) fn init() {
    if read(Register::Version) >> 16 & 0xff < 3 {
        return;
    }
    // What came before belongs to somebody else.
    let _ = take();
    write(Register::LvtError, u32::from(vectors::ERROR));
}

/// What happened since the last look. A write moves it into the register, a
/// read fetches it.
fn take() -> ErrorStatus {
    write(Register::ErrorStatus, 0);
    ErrorStatus(read(Register::ErrorStatus) as u8)
}

/// The handler.
pub(in crate::interrupts) fn on_error(_: &mut TrapFrame) {
    let status = take();
    for (bit, count) in COUNTS.iter().enumerate() {
        if status.0 >> bit & 1 == 1 {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Each kind of error by its name, and how often it was seen.
pub fn counts() -> impl Iterator<Item = (&'static str, u64)> {
    ERRORS.into_iter().zip(COUNTS.iter().map(|count| count.load(Ordering::Relaxed)))
}
