//! What the first failure was, kept for the case that reporting it fails.
//!
//! It is written down before a word of the report is formatted, from plain
//! values alone: the words of a panic may be the very thing that fails.

use crate::cpu::Fault;
use core::cell::UnsafeCell;
use core::fmt::{self, Write};
use core::sync::atomic::{AtomicU8, Ordering};
use valhalla_core::text::Text;

struct Note(UnsafeCell<Text<160>>);

// SAFETY: `STATE` lets one writer in, once, and readers only after it is done.
unsafe impl Sync for Note {}

static NOTE: Note = Note(UnsafeCell::new(Text::new()));
static STATE: AtomicU8 = AtomicU8::new(EMPTY);
const EMPTY: u8 = 0;
const BEING_WRITTEN: u8 = 1;
const WRITTEN: u8 = 2;

/// Notes a fault.
pub(super) fn fault(fault: &Fault) {
    note(|text| write!(text, "{fault}"));
}

/// Notes the place of a panic; its words are not touched.
pub(super) fn panic(place: Option<&core::panic::Location<'_>>) {
    note(|text| match place {
        Some(place) => write!(text, "kernel panic at {}:{}", place.file(), place.line()),
        None => text.write_str("kernel panic"),
    });
}

fn note(write: impl FnOnce(&mut Text<160>) -> fmt::Result) {
    let first = STATE.compare_exchange(EMPTY, BEING_WRITTEN, Ordering::Acquire, Ordering::Relaxed);
    if first.is_ok() {
        // SAFETY: only the first caller ever gets here, and nobody reads yet.
        // A `Text` cuts what does not fit; it has no other error.
        let _ = write(unsafe { &mut *NOTE.0.get() });
        STATE.store(WRITTEN, Ordering::Release);
    }
}

/// What was noted.
pub(super) fn get() -> &'static str {
    match STATE.load(Ordering::Acquire) {
        // SAFETY: it was written once, and never will be again.
        WRITTEN => unsafe { &*NOTE.0.get() }.as_str(),
        _ => "unknown",
    }
}
