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
//! The handlers are with the claims (`routes`); the counts are here, because they are
//! read and written in any context, without a lock.

use super::line::{ISA_LINES, IsaIrq};
use core::ops::RangeInclusive;
use core::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// The vector of ISA line 0.
pub(super) const FIRST_ISA: u8 = 0x20;
/// The vector of ISA line 15.
pub(super) const LAST_ISA: u8 = 0x2f;
/// Those that are handed out.
pub(super) const POOL: RangeInclusive<u8> = 0x90..=0xef;
/// The local APIC's timer.
pub(super) const TIMER: u8 = 0xf0;
/// The local APIC's errors.
pub(super) const ERROR: u8 = 0xf1;
/// Sent to oneself, to see that interrupts arrive.
pub(super) const SELF: u8 = 0xf2;
/// Interrupts that went away before the local APIC delivered them.
pub(super) const SPURIOUS: u8 = 0xff;

/// What has come on one vector.
#[derive(Default)]
pub(super) struct Slot {
    pub(super) arrived: AtomicU64,
    pub(super) acknowledged: AtomicU64,
    pub(super) unclaimed: AtomicU64,
}

static SLOTS: [Slot; 256] = [const {
    let zero = AtomicU64::new;
    Slot { arrived: zero(0), acknowledged: zero(0), unclaimed: zero(0) }
}; 256];

pub(super) fn slot(vector: u8) -> &'static Slot {
    &SLOTS[usize::from(vector)]
}

impl Slot {
    /// Adds what came on another vector, which then counts from nothing.
    pub(super) fn take_from(&self, other: &Self) {
        self.arrived.fetch_add(other.arrived.swap(0, Ordering::Relaxed), Ordering::Relaxed);
        self.acknowledged
            .fetch_add(other.acknowledged.swap(0, Ordering::Relaxed), Ordering::Relaxed);
        self.unclaimed.fetch_add(other.unclaimed.swap(0, Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Counts from nothing, for a new owner of the vector.
    pub(super) fn reset(&self) {
        Self::default().take_from(self);
    }
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

/// The vectors of the ISA lines that were moved; 0 for one that has its usual vector.
static MOVED: [AtomicU8; ISA_LINES] = [const { AtomicU8::new(0) }; ISA_LINES];

/// The vector that `irq` has until it is moved.
pub(super) const fn usual(irq: IsaIrq) -> u8 {
    FIRST_ISA + irq.number()
}

/// The vector that `irq` arrives on.
#[must_use]
pub fn of_isa(irq: IsaIrq) -> u8 {
    match MOVED[usize::from(irq.number())].load(Ordering::Relaxed) {
        0 => usual(irq),
        vector => vector,
    }
}

/// Notes that `irq` arrives on `vector` from now on.
pub(super) fn move_isa(irq: IsaIrq, vector: u8) {
    MOVED[usize::from(irq.number())].store(vector, Ordering::Relaxed);
}

/// The ISA line that arrives on `vector`.
pub(super) fn isa_on(vector: u8) -> Option<IsaIrq> {
    IsaIrq::all().find(|irq| of_isa(*irq) == vector)
}
