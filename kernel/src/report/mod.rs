//! The last words: what is said when the kernel cannot go on.
//!
//! The way out takes no lock and allocates nothing: it breaks the console's
//! lock, because whoever held it will never run again. A report inside a
//! report says one line on serial and stops.

mod exception;
mod panic;

pub use exception::survived;
pub use panic::panic;

use crate::console::{self, Console};
use crate::cpu;
use core::fmt::Write;
use core::sync::atomic::{AtomicUsize, Ordering};

/// How many reports have begun.
static REPORTS: AtomicUsize = AtomicUsize::new(0);

/// Writes a report with `write`, shows it on every console, and stops.
fn last_words(write: impl FnOnce(&mut Console)) -> ! {
    x86_64::instructions::interrupts::disable();
    // SAFETY: interrupts are off and we never return: nobody else runs.
    let console = unsafe { console::emergency() };
    match REPORTS.fetch_add(1, Ordering::Relaxed) {
        0 => {
            write(console);
            let _ = console.write_str("System halted.\n");
            console.flush();
        }
        // The report itself failed. The screen may be the reason, so only
        // serial, and no painting.
        1 => {
            let _ = console::emergency_serial().write_str(
                "\n*** A second failure struck while the first was reported. System halted.\n",
            );
        }
        _ => {}
    }
    cpu::halt()
}
