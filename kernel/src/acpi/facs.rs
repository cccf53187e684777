//! The firmware's global lock: a word in the FACS, the page that firmware and
//! kernel share (ACPI 6.5, 5.2.10.1). AML holds it as the mutex `\_GL`.
//!
//! One question to AML runs at a time, so within the kernel the lock has one
//! owner, who may take it again: the firmware gets it back with the last
//! release, or when the question is over, whatever was left held.

use super::map;
use super::register::Register;
use super::tables;
use crate::cpu::elapsed;
use crate::cpu::lock::SpinLock;
use core::sync::atomic::{AtomicU32, Ordering};
use spin::Once;
use valhalla_core::acpi::Signature;
use valhalla_core::acpi::fadt::Fadt;

/// Bytes of the structure that the global lock is in.
const LENGTH: u64 = 64;
/// Offset of the global lock in the FACS.
const GLOBAL_LOCK: usize = 16;
/// Global lock: the other side waits for it, and wants to be told.
const PENDING: u32 = 1 << 0;
/// Global lock: taken.
const OWNED: u32 = 1 << 1;
/// PM1 control: tells the firmware that the lock is free (4.8.3.2, GBL_RLS).
const GBL_RLS: u16 = 1 << 2;
/// A wait without end, as `Acquire` writes it.
const FOREVER_MS: u16 = u16::MAX;

/// How often the question that runs has taken it. Interrupts are off while it is
/// locked: no call is abandoned between the word in the FACS and this number.
static DEPTH: SpinLock<u32> = SpinLock::new(0);

/// Takes the lock, or takes it once more; `false` when the firmware kept it for
/// so long. A wait without end ends with the question's own limit.
pub(super) fn acquire(timeout_ms: u16) -> bool {
    let limit_ns = match timeout_ms {
        FOREVER_MS => u64::MAX,
        ms => u64::from(ms) * 1_000_000,
    };
    let taken = elapsed::wait_until(limit_ns, || {
        let mut depth = DEPTH.lock();
        (*depth > 0 || take()).then(|| *depth = depth.saturating_add(1))
    });
    taken.is_some()
}

/// Undoes one [`acquire`]; nothing where there was none.
pub(super) fn release() {
    let mut depth = DEPTH.lock();
    if *depth == 1 {
        give_back();
    }
    *depth = depth.saturating_sub(1);
}

/// Gives back what a question that is over still holds.
pub(super) fn release_all() {
    let mut depth = DEPTH.lock();
    if *depth > 0 {
        give_back();
    }
    *depth = 0;
}

/// Takes the lock if it is free, else asks to be told when it is. A machine
/// without a FACS has no firmware to share with.
fn take() -> bool {
    let Some(word) = word() else { return true };
    let taken = |old: u32| match old & OWNED {
        0 => Some((old | OWNED) & !PENDING),
        _ => Some(old | PENDING),
    };
    let old = word.fetch_update(Ordering::AcqRel, Ordering::Acquire, taken);
    old.is_ok_and(|old| old & OWNED == 0)
}

/// Frees the lock, and says so where the firmware waits for it.
fn give_back() {
    let Some(word) = word() else { return };
    if word.fetch_and(!(OWNED | PENDING), Ordering::AcqRel) & PENDING != 0 {
        let table = tables().and_then(|tables| tables.get(Signature::FADT));
        let control = table.and_then(|table| Fadt(table.bytes()).pm1_control());
        let registers = control.into_iter().flat_map(|pair| [Some(pair.a), pair.b]).flatten();
        for register in registers.filter_map(|gas| Register::new(gas, 2)) {
            register.write_u16(register.read_u16() | GBL_RLS);
        }
    }
}

/// The word, if the FACS is where the FADT says and looks like one. It stays
/// mapped.
fn word() -> Option<&'static AtomicU32> {
    static WORD: Once<Option<&'static AtomicU32>> = Once::new();
    *WORD.call_once(|| {
        let address = Fadt(tables()?.get(Signature::FADT)?.bytes()).facs()?;
        if !address.is_multiple_of(LENGTH) {
            return None;
        }
        let mapping = map::aml_memory(address, LENGTH)?;
        // SAFETY: the bytes are mapped, and any bytes are valid `u8`s.
        let head = unsafe { mapping.start().cast::<[u8; 8]>().read() };
        let length = head.last_chunk().map(|length| u32::from_le_bytes(*length));
        let is_one =
            head.starts_with(b"FACS") && length.is_some_and(|length| u64::from(length) >= LENGTH);
        // SAFETY: 64 bytes are mapped, for good from here on, and start at a
        // multiple of 64; the kernel reaches this word by this reference alone.
        is_one.then(|| unsafe { mapping.leak().byte_add(GLOBAL_LOCK).cast().as_ref() })
    })
}

/// Finds the FACS, while there is time.
pub(super) fn find() {
    let _ = word();
}
