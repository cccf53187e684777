//! The log: what the parts of the kernel say while they work.
//!
//! Everything left of the console speaks through the `log` crate; this is its
//! sink. Each line gets a time stamp, goes to every console, and into a ring
//! from which a screen that appears late shows the boot from its beginning,
//! `dmesg` shows it again, and a report is read after a reset:
//!
//! ```text
//!   log::info! ──> Sink ──> filter ──> Book ──> early ring, 8 KiB in the image
//!                              │         └────> kept ring, once there is memory
//!                              └──> every console           │ reset
//!                                          dmesg --last <───┘
//! ```
//!
//! An interrupt handler may not log: the line is dropped and counted.

mod book;
mod show;

pub use show::{NoLog, Which, for_each_of_report, show, show_tail};

use crate::cpu::lock::{SpinLock, TaskOnly};
use crate::memory::kept;
use crate::time;
use book::Book;
use core::fmt::Write;
use core::sync::atomic::{AtomicU64, Ordering};
use log::{LevelFilter, Log, Metadata, Record};
use spin::Once;
use valhalla_core::log_filter::LogFilter;
use valhalla_core::log_ring::{Ending, Level, Line, MOST_TEXT};
use valhalla_core::text::Text;

static BOOK: SpinLock<Book, TaskOnly> = SpinLock::new(Book::new());

/// What the command line wants to see; the usual until it is read.
static FILTER: Once<LogFilter<'static>> = Once::new();

/// Lines that interrupt handlers wanted to log.
static UNHEARD: AtomicU64 = AtomicU64::new(0);

struct Sink;

impl Log for Sink {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let level = level(metadata.level());
        let usual = const { &LogFilter::new() };
        FILTER.get().unwrap_or(usual).takes(module(metadata.target()), level)
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        // Whoever logs may be abandoned; what consoles allocate for it stays.
        let _outside = crate::memory::heap::arena::outside();
        if crate::cpu::in_interrupt() {
            UNHEARD.fetch_add(1, Ordering::Relaxed);
            return;
        }
        static SAID: Once<()> = Once::new();
        if UNHEARD.load(Ordering::Relaxed) > 0 {
            SAID.call_once(|| {
                say(Level::Warn, "log", "a line from an interrupt handler was dropped")
            });
        }
        let mut room = Text::<MOST_TEXT>::new();
        let text = record.args().as_str().unwrap_or_else(|| {
            // A `Text` cuts what does not fit, and has no other error.
            let _ = room.write_fmt(*record.args());
            room.as_str()
        });
        say(level(record.level()), module(record.target()), text);
    }

    fn flush(&self) {}
}

/// Writes a line into the book and onto every console.
fn say(level: Level, module: &str, text: &str) {
    let line = Line { level, time: time::stamp(), module, text };
    match BOOK.try_lock() {
        Some(mut book) => book.push(&line),
        // Somebody reads it, and what they do meanwhile had something to say.
        None => drop(UNHEARD.fetch_add(1, Ordering::Relaxed)),
    }
    super::print_everywhere(format_args!("{}\n", show::stamped(line)));
}

/// The folder that speaks: `acpi`, not `valhalla_firmware::acpi::tables`. Of what
/// is not ours, the crate.
fn module(target: &str) -> &str {
    let path = match target.split_once(':') {
        Some((ours, path)) if ours.starts_with("valhalla") => path.trim_start_matches(':'),
        _ => target,
    };
    path.split_once(':').map_or(path, |(first, _)| first)
}

const fn level(level: log::Level) -> Level {
    match level {
        log::Level::Error => Level::Error,
        log::Level::Warn => Level::Warn,
        log::Level::Info => Level::Info,
        log::Level::Debug => Level::Debug,
        log::Level::Trace => Level::Trace,
    }
}

/// Makes this the sink of the `log` crate. A second call changes nothing.
pub fn init() {
    if log::set_logger(&Sink).is_ok() {
        log::set_max_level(LevelFilter::Info);
    }
}

/// Takes only what `filter` lets through, from now on and for good.
pub fn set_filter(filter: LogFilter<'static>) {
    log::set_max_level(match FILTER.call_once(|| filter).widest() {
        None => LevelFilter::Off,
        Some(Level::Error) => LevelFilter::Error,
        Some(Level::Warn) => LevelFilter::Warn,
        Some(Level::Info) => LevelFilter::Info,
        Some(Level::Debug) => LevelFilter::Debug,
        Some(Level::Trace) => LevelFilter::Trace,
    });
}

/// Moves the log to memory that is kept over a reset, and says whether the boot
/// before left its own there. Needs the memory service.
pub fn keep() {
    let (Some(memory), Some(start)) = (kept::take(), kept::start()) else {
        log::warn!(target: "log", "not kept over a reset: neither 64 MiB nor 16 MiB is free RAM on this machine");
        return;
    };
    let last = BOOK.lock().keep(memory);
    let risk = if start < kept::BEST { " (which firmware may overwrite)" } else { "" };
    let lines = last.map_or(0, |last| last.appended());
    log::info!(target: "log", "kept over a reset at {start:#x}{risk}; {lines} lines of the boot before");
    if last.is_some_and(|last| last.ending() == Ending::Report) {
        log::warn!(target: "log", "the boot before ended in a crash report: dmesg --last shows it");
    }
}

/// Runs `f`, whose lines go the usual way and are thrown away at its end: for
/// measuring it.
pub fn aside<T>(f: impl FnOnce() -> T) -> T {
    BOOK.lock().set_aside(true);
    let result = f();
    BOOK.lock().set_aside(false);
    result
}

/// Hands the log so far to `write`.
pub(super) fn replay(terminal: &mut impl Write) {
    // A terminal takes any text.
    let _ = show(Which::This, Level::Trace, terminal);
}

/// Notes that this boot ends in a report, which [`record_report`] will be given.
///
/// # Safety
///
/// Nothing else may run any more.
pub(super) unsafe fn begin_report() {
    // SAFETY: the caller's promise.
    unsafe { BOOK.steal() }.begin_report();
}

/// Writes down what a report says.
///
/// # Safety
///
/// Nothing else may run any more.
pub(super) unsafe fn record_report(text: &str) {
    // SAFETY: the caller's promise.
    unsafe { BOOK.steal() }.record_report(text, time::stamp());
}

/// Opens the log's lock, whoever held it.
///
/// # Safety
///
/// Whoever held it may never run again.
pub(super) unsafe fn reopen() {
    // SAFETY: the caller's promise.
    unsafe { BOOK.break_open() };
}
