//! The last words: what is said when the kernel cannot go on.
//!
//! The way out takes no lock and allocates nothing: it breaks the console's
//! lock, because whoever held it will never run again. A failure while another
//! is being reported is said in one line on serial.

pub mod backtrace;
mod exception;
mod panic;
pub mod symbols;
pub mod walk;

pub use exception::survived;
pub use panic::panic;

use crate::console::{self, Console};
use crate::cpu;
use core::fmt::{self, Write};
use core::sync::atomic::{AtomicUsize, Ordering};

/// How many reports have begun.
static REPORTS: AtomicUsize = AtomicUsize::new(0);

/// Writes a report with `write`, shows it on every console, and stops. `what`
/// is the report in one line, for the case that another one is on its way.
fn last_words(what: &dyn fmt::Display, write: impl FnOnce(&mut Console) -> fmt::Result) -> ! {
    x86_64::instructions::interrupts::disable();
    match REPORTS.fetch_add(1, Ordering::Relaxed) {
        0 => {
            // SAFETY: interrupts are off and we never return: nobody else runs.
            let console = unsafe { console::emergency() };
            // The console takes any text; there is no error to handle.
            let _ = write(console);
            let _ = writeln!(
                console,
                "interrupt handlers {}, locks held {}",
                cpu::handler_depth(),
                cpu::lock::held()
            );
            let _ = console.write_str("System halted.\n");
            console.flush();
        }
        // The report itself failed. The screen may be the reason, so only
        // serial, and no painting.
        1 => {
            let _ = write!(
                console::emergency_serial(),
                "\n*** A second failure struck while the first was reported: {what}\nSystem halted.\n"
            );
        }
        _ => {}
    }
    cpu::halt()
}
