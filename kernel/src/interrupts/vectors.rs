//! The vectors: which are whose, who handles each, how many came.
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
//! What differs between controllers is how an interrupt is ended: a port for
//! the 8259s, a store in xAPIC mode, a WRMSR in x2APIC mode. So there is an
//! entry for each ([`End`]), and a change of mode puts other entries into the
//! table that the stubs call through. An entry is short on purpose: it runs a
//! thousand times a second for the timer alone.

use super::{isa, lapic, storm};
use crate::cpu::TrapFrame;
use crate::cpu::idt::{self, Entry};
use core::ops::Add;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

/// The vector of ISA line 0.
pub(super) const FIRST_ISA_VECTOR: u8 = 0x20;
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

/// A driver's handler. It runs with interrupts off, moves a byte and leaves;
/// the entry ends the interrupt.
pub type Handler = fn(&mut TrapFrame);

/// How an interrupt is ended.
pub(super) trait End {
    /// Ends the interrupt that came on `vector`. Called once for each.
    fn end(vector: u8);
    /// Whether there is anything to end: an INT instruction leads to the same
    /// entry.
    fn is_in_service(vector: u8) -> bool;
}

/// The entries of a vector, one for each way to end its interrupt.
#[derive(Clone, Copy)]
pub(super) struct Entries {
    /// Where the 8259s bring it.
    pub(super) pic: Entry,
    /// Where the local APIC does, in xAPIC mode.
    pub(super) xapic: Entry,
    /// And in x2APIC mode.
    pub(super) x2apic: Entry,
}

impl Entries {
    /// For what the 8259s never bring.
    pub(super) const fn delivered_by_lapic(xapic: idt::Handler, x2apic: idt::Handler) -> Self {
        let (xapic, x2apic) = (Entry::new(xapic), Entry::new(x2apic));
        Self { pic: xapic, xapic, x2apic }
    }
}

/// One vector's handler and counts.
pub(super) struct Slot {
    handler: AtomicPtr<()>,
    pub(super) arrived: AtomicU64,
    pub(super) acknowledged: AtomicU64,
    unclaimed: AtomicU64,
}

/// The slot of each vector.
pub(super) static SLOTS: [Slot; 256] = [const {
    Slot {
        handler: AtomicPtr::new(null_mut()),
        arrived: AtomicU64::new(0),
        acknowledged: AtomicU64::new(0),
        unclaimed: AtomicU64::new(0),
    }
}; 256];

/// One processor, interrupts off: nobody counts in between, so a locked
/// instruction would buy nothing.
#[inline(always)]
fn count(counter: &AtomicU64) -> u64 {
    let value = counter.load(Ordering::Relaxed) + 1;
    counter.store(value, Ordering::Relaxed);
    value
}

/// Where in [`SLOTS`] the slot of `vector` is, in bytes: for entries of their own.
pub(super) const fn slot_at(vector: u8) -> usize {
    vector as usize * size_of::<Slot>()
}

/// For an entry of its own, RAX being saved: on as the stub of the vector does.
/// The operands are `vector`, and `common` for `cpu::trap::any_interrupt`.
macro_rules! go_on {
    () => {
        "pop rax\npush 0\npush {vector}\njmp {common}"
    };
}
pub(super) use go_on;

#[inline(always)]
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

/// Counts an interrupt in an entry of its own.
#[inline(always)]
pub(super) fn count_arrived(vector: u8) {
    count(&slot(vector).arrived);
}

/// Counts the end of an interrupt in an entry of its own.
#[inline(always)]
pub(super) fn count_acknowledged(vector: u8) {
    count(&slot(vector).acknowledged);
}

/// Makes `handler` the one that the general entries call for `vector`.
pub(super) fn set_handler(vector: u8, handler: Handler) {
    slot(vector).handler.store(handler as *mut (), Ordering::Release);
}

/// Nobody handles `vector` any more.
pub(super) fn clear_handler(vector: u8) {
    slot(vector).handler.store(null_mut(), Ordering::Release);
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

/// What happens for each interrupt on an ordinary vector.
pub(super) extern "C" fn entry<E: End>(frame: &mut TrapFrame) {
    let vector = frame.vector as u8;
    let slot = slot(vector);
    let arrived = count(&slot.arrived);
    if arrived.is_multiple_of(storm::LOOK_EVERY) {
        storm::look(vector);
    }
    let handler = slot.handler.load(Ordering::Acquire);
    if handler.is_null() {
        if !E::is_in_service(vector) {
            slot.arrived.store(arrived - 1, Ordering::Relaxed);
            isa::spurious(vector);
            return;
        }
        count(&slot.unclaimed);
        storm::unclaimed(vector);
    } else {
        // SAFETY: only `set_handler` stores here, and it stores a `Handler`.
        let handler = unsafe { core::mem::transmute::<*mut (), Handler>(handler) };
        handler(frame);
    }
    E::end(vector);
    count(&slot.acknowledged);
}

/// What happens on a vector of the pool that belongs to nobody. An INT
/// instruction leads here as well: only what the local APIC has in service is
/// counted and ended.
extern "C" fn nobody(frame: &mut TrapFrame) {
    let vector = frame.vector as u8;
    if !lapic::is_in_service(vector) {
        return;
    }
    let slot = slot(vector);
    count(&slot.arrived);
    count(&slot.unclaimed);
    storm::unclaimed(vector);
    lapic::end_of_interrupt();
    count(&slot.acknowledged);
}

/// Whom a vector of the pool leads to while nobody owns it.
pub(super) fn give_to_nobody(vector: u8) {
    clear_handler(vector);
    idt::set_handler(vector, nobody);
}

/// Fills the vectors that can be handed out.
pub(super) fn init() {
    (FIRST_POOL_VECTOR..=LAST_POOL_VECTOR).for_each(give_to_nobody);
}
