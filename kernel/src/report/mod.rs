//! The last words: what is said when the kernel cannot go on.
//!
//! The way out takes no lock and allocates nothing: it breaks the console's
//! lock, because whoever held it will never run again. A failure while another
//! is being reported is said on serial, after what the first one was. After
//! either the crash monitor answers.

pub mod backtrace;
pub mod early;
mod exception;
mod first;
pub mod monitor;
mod panic;
pub mod qr;
pub mod symbols;
pub mod walk;

pub use exception::{Report, Survived, survived};
pub use panic::panic;

use crate::console::{self, Console, Reuse, log};
use crate::cpu;
use core::fmt::{self, Write};
use core::sync::atomic::{AtomicUsize, Ordering};
use qr::Recorded;

/// How many reports have begun.
static REPORTS: AtomicUsize = AtomicUsize::new(0);

/// Lines of the log that a report brings along, on serial: a screen of 25 rows
/// is to show the report. There the crash monitor's `dmesg` has them.
const LOG_LINES: u64 = 64;

/// Writes a report with `write`, shows it on every console, and goes on in the
/// crash monitor. `what` is the report in one line, for the case that another
/// one is on its way.
fn last_words(
    what: &dyn fmt::Display,
    write: impl FnOnce(&mut Recorded<&mut Console>) -> fmt::Result,
) -> ! {
    x86_64::instructions::interrupts::disable();
    match REPORTS.fetch_add(1, Ordering::Relaxed) {
        0 => {
            // SAFETY: interrupts are off and we never return: nobody else runs.
            let mut out = Recorded(unsafe { console::emergency() });
            let has_screen = out.0.has_screen();
            // The console takes any text; there is no error to handle.
            let _ = write(&mut out);
            let _ = writeln!(
                out,
                "interrupt handlers {}, locks held {}",
                cpu::handler_depth(),
                cpu::lock::held()
            );
            out.0.flush();
            // SAFETY: as above.
            let _ = unsafe { log::show_tail(LOG_LINES, &mut console::emergency_serial()) };
            if !has_screen {
                // SAFETY: as above.
                unsafe { early::show_report() };
            }
            // SAFETY: as above; the console is not used any more.
            unsafe { monitor::run(Reuse::All) }
        }
        // The report itself failed. The screen may be the reason, so only
        // serial, and no painting. What the first was comes before what this
        // one is: showing this one may fail as well.
        1 => {
            let mut serial = console::emergency_serial();
            let _ = write!(serial, "\n*** While this was reported: {}", first::get());
            let _ = write!(serial, "\n*** A second failure struck while the first was reported: ");
            let _ = writeln!(serial, "{what}");
            // SAFETY: interrupts are off and we never return: nobody else runs.
            unsafe { monitor::run(Reuse::SerialOnly) }
        }
        // Even that failed.
        2 => {
            let _ = console::emergency_serial().write_str("\n*** And a third.\nSystem halted.\n");
        }
        _ => {}
    }
    cpu::halt()
}

/// What an address is for; shows as a few words.
pub(crate) struct Place(pub u64);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(crate::memory::what_is(self.0))
    }
}
