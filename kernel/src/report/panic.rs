//! The panic report: a bug of ours, with its place.

use super::walk::Walk;
use super::{backtrace, first, last_words, monitor};
use crate::{cpu, memory};
use core::fmt::{self, Write};
use core::panic::PanicInfo;

/// Ends in a guarded call that expects it, or in a report and a halt.
#[inline(never)] // `make debug` stops here
pub fn panic(info: &PanicInfo<'_>) -> ! {
    cpu::guarded::on_panic(info);
    first::panic(info.location());
    monitor::remember_panic(Walk::here());
    let what = format_args!("kernel panic: {}", info.message());
    last_words(&what, |out| write_report(out, info))
}

fn write_report(out: &mut impl Write, info: &PanicInfo<'_>) -> fmt::Result {
    writeln!(out, "\n\x1b[0;97;41m*** Kernel panic: {}\x1b[0m", info.message())?;
    if let Some(place) = info.location() {
        writeln!(out, "at {}:{}:{}", place.file(), place.line(), place.column())?;
    }
    if let Some(refusal) = memory::last_refusal() {
        write!(out, "{refusal}")?;
    }
    backtrace::write_here(out)
}
