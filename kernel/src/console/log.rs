//! The log: what the parts of the kernel say while they work.
//!
//! Everything left of the console speaks through the `log` crate; this is its
//! sink. Each line gets a time stamp and goes to every console, and into a
//! buffer that keeps the first lines, so that a screen which appears late can
//! show the boot from its beginning.

use crate::cpu::lock::{SpinLock, TaskOnly};
use crate::time;
use core::fmt::Write;
use log::{Level, LevelFilter, Log, Metadata, Record};
use valhalla_core::text::Text;
use valhalla_core::units::Stamp;

/// Room for the boot log in bytes; a normal boot writes about 1.5 KiB.
const BUFFER_BYTES: usize = 8 * 1024;

static BUFFER: SpinLock<Text<BUFFER_BYTES>, TaskOnly> = SpinLock::new(Text::new());

struct Sink;

impl Log for Sink {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        // An interrupt handler may not print; it has counters instead.
        if crate::cpu::in_interrupt() {
            return;
        }
        let (on, off) = match record.level() {
            Level::Error => ("\x1b[91m", "\x1b[0m"),
            Level::Warn => ("\x1b[93m", "\x1b[0m"),
            _ => ("", ""),
        };
        // Last path segment only: `acpi`, not `valhalla::acpi::tables`.
        let target = record.target();
        let module = target.strip_prefix("valhalla::").unwrap_or(target);
        let module = module.split("::").next().unwrap_or(module);
        let line = format_args!(
            "\x1b[90m[{}]\x1b[0m {on}{module}: {}{off}\n",
            Stamp(time::stamp_ns()),
            record.args()
        );
        // A `Text` cuts what does not fit, and has no other error.
        let _ = BUFFER.lock().write_fmt(line);
        super::print(line);
    }

    fn flush(&self) {}
}

/// Makes this the sink of the `log` crate. A second call changes nothing.
pub fn init() {
    if log::set_logger(&Sink).is_ok() {
        log::set_max_level(LevelFilter::Info);
    }
}

/// Hands the log so far to `write`.
pub(super) fn replay(mut write: impl FnMut(&str)) {
    let buffer = BUFFER.lock();
    write(buffer.as_str());
    if buffer.is_cut() {
        write("(the log was longer than its buffer)\n");
    }
}
