//! A failure before there is a screen, shown on the screen all the same.
//!
//! Serial has heard all of it by now. What the screen has no room for is there.

use crate::console::{self, early, log};
use crate::memory;
use core::fmt::{self, Write};

/// Rows for the last line, and an empty one above it.
const ROWS_BELOW: usize = 2;

/// Draws the report that was just written.
///
/// # Safety
///
/// Nothing else may run any more.
pub(super) unsafe fn show_report() {
    // SAFETY: the caller's promise.
    let Some(mut out) = (unsafe { early::screen() }) else { return };
    let (mut title, mut is_cut) = (true, false);
    // SAFETY: as above.
    unsafe {
        log::for_each_of_report(|line| {
            if out.rows_left() > ROWS_BELOW {
                out.alarm(title);
                // The screen takes any text.
                let _ = out.write_str(line);
                out.alarm(false);
                let _ = out.write_str("\n");
                title = false;
            } else {
                is_cut = true;
            }
        });
    }
    let _ = out.write_str("\nSystem halted.");
    if memory::inspect::knows_tables() {
        let _ = out.write_str(" The crash monitor answers on the serial line.");
    } else if is_cut {
        let _ = out.write_str(" The rest of the report is on the serial line.");
    }
}

/// Draws why the kernel cannot start, where there is no screen yet.
pub fn show_reason(reason: &dyn fmt::Display) {
    if console::is_there(console::Place::Screen) {
        return;
    }
    // SAFETY: the kernel stops here, and has not opened the screen.
    let Some(mut out) = (unsafe { early::screen() }) else { return };
    out.alarm(true);
    // The screen takes any text.
    let _ = write!(out, "*** Valhalla OS cannot start: {reason}.");
    out.alarm(false);
    let _ = out.write_str("\nSystem halted.");
}
