//! The vectors: which are whose, and how many interrupts came on each.
//!
//! ```text
//!   0x20 .. 0x2f   the sixteen ISA lines, whichever controller brings them
//!   0x90 .. 0xef   handed out: other pins of I/O APICs, messages, moved lines
//!   0xf0           the local APIC's timer
//!   0xf1           the local APIC's errors
//!   0xf2           a self-addressed interrupt, to see that they arrive
//!   0xff           the local APIC's spurious interrupt
//! ```
//!
//! The handlers are with the claims (`routes`); here are the counts, which are read
//! and written in any context.

use core::ops::Add;
use core::sync::atomic::{AtomicU64, Ordering};

/// The vector of ISA line 0.
pub(super) const FIRST_ISA_VECTOR: u8 = 0x20;
/// The vector of ISA line 15.
pub(super) const LAST_ISA_VECTOR: u8 = 0x2f;
/// The first of the vectors that are handed out.
pub(super) const FIRST_POOL_VECTOR: u8 = 0x90;
/// The last of the vectors that are handed out.
pub(super) const LAST_POOL_VECTOR: u8 = 0xef;
/// The local APIC's timer.
pub(super) const TIMER_VECTOR: u8 = 0xf0;
/// The local APIC's errors.
pub(super) const ERROR_VECTOR: u8 = 0xf1;
/// Sent to oneself, to see that interrupts arrive.
pub(super) const SELF_VECTOR: u8 = 0xf2;

/// What has come on one vector.
struct Slot {
    arrived: AtomicU64,
    acknowledged: AtomicU64,
    unclaimed: AtomicU64,
}

static SLOTS: [Slot; 256] = [const {
    Slot {
        arrived: AtomicU64::new(0),
        acknowledged: AtomicU64::new(0),
        unclaimed: AtomicU64::new(0),
    }
}; 256];

fn slot(vector: u8) -> &'static Slot {
    &SLOTS[usize::from(vector)]
}

/// What came on a vector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Interrupts that arrived, spurious ones not counted.
    pub arrived: u64,
    /// Those that were ended at the controller.
    pub acknowledged: u64,
    /// Those that no driver handled.
    pub unclaimed: u64,
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            arrived: self.arrived + other.arrived,
            acknowledged: self.acknowledged + other.acknowledged,
            unclaimed: self.unclaimed + other.unclaimed,
        }
    }
}

/// What came on `vector`.
#[must_use]
pub fn counts(vector: u8) -> Counts {
    let slot = slot(vector);
    Counts {
        arrived: slot.arrived.load(Ordering::Relaxed),
        acknowledged: slot.acknowledged.load(Ordering::Relaxed),
        unclaimed: slot.unclaimed.load(Ordering::Relaxed),
    }
}

/// Counts an interrupt on `vector`; returns how many there were with it.
pub(super) fn count_arrived(vector: u8) -> u64 {
    slot(vector).arrived.fetch_add(1, Ordering::Relaxed) + 1
}

/// Counts the end of an interrupt on `vector`.
pub(super) fn count_acknowledged(vector: u8) {
    slot(vector).acknowledged.fetch_add(1, Ordering::Relaxed);
}

/// Counts an interrupt on `vector` that has no handler.
pub(super) fn count_unclaimed(vector: u8) {
    slot(vector).unclaimed.fetch_add(1, Ordering::Relaxed);
}

/// Counts from nothing, for a new owner of the vector.
pub(super) fn reset_counts(vector: u8) {
    set_counts(vector, Counts::default());
}

/// Makes the counts of `vector` what they were on another vector.
pub(super) fn set_counts(vector: u8, counts: Counts) {
    let slot = slot(vector);
    slot.arrived.store(counts.arrived, Ordering::Relaxed);
    slot.acknowledged.store(counts.acknowledged, Ordering::Relaxed);
    slot.unclaimed.store(counts.unclaimed, Ordering::Relaxed);
}
