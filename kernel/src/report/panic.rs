//! The panic report: a bug of ours, with its place.

use super::last_words;
use crate::cpu;
use core::fmt::Write;
use core::panic::PanicInfo;

/// Ends in a guarded call that expects it, or in a report and a halt.
pub fn panic(info: &PanicInfo<'_>) -> ! {
    cpu::guarded::on_panic(info);
    last_words(|out| {
        // The console takes any text; there is no error to handle.
        let _ = write!(out, "\n\x1b[0;97;41m*** Kernel panic: {}\x1b[0m\n", info.message());
        if let Some(location) = info.location() {
            let _ =
                writeln!(out, "at {}:{}:{}", location.file(), location.line(), location.column());
        }
        let _ = writeln!(
            out,
            "interrupt handlers {}, locks held {}",
            cpu::handler_depth(),
            cpu::lock::held()
        );
    })
}
