//! Reading the log: `dmesg`, the end of it for a report, all of it for a screen.

use super::{BOOK, UNHEARD};
use crate::time;
use core::fmt::{self, Write};
use core::sync::atomic::Ordering;
use valhalla_core::log_ring::{Ending, Entry, Level, Line, Lines};

/// Whose log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// This boot's.
    This,
    /// The boot's before, which a reset left.
    Last,
}

/// There is no such log, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoLog {
    /// No earlier boot's was found.
    NoneBefore,
    /// The writer wants no more: its command was cancelled.
    NotWritten,
}

impl fmt::Display for NoLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoneBefore => {
                "no log of an earlier boot was found: it was the first since power-on, or its memory was not kept"
            }
            Self::NotWritten => "the log could not be written out",
        })
    }
}

impl From<fmt::Error> for NoLog {
    fn from(_: fmt::Error) -> Self {
        Self::NotWritten
    }
}

/// Writes a log: the lines of `least` and worse.
///
/// # Errors
///
/// [`NoLog`].
pub fn show(which: Which, least: Level, out: &mut impl Write) -> Result<(), NoLog> {
    let book = BOOK.lock();
    match which {
        Which::This => {
            write_lines(book.lines(), least, out)?;
            match UNHEARD.load(Ordering::Relaxed) {
                0 => {}
                count => writeln!(out, "({count} lines from interrupt handlers were dropped)")?,
            }
        }
        Which::Last => {
            let last = book.last().ok_or(NoLog::NoneBefore)?;
            write_lines(last.lines(), least, out)?;
            match last.ending() {
                Ending::Report => writeln!(out, "(that boot ended in a crash report)")?,
                Ending::Running => writeln!(out, "(that boot ran until it was reset)")?,
            }
        }
    }
    Ok(())
}

/// Writes the last `count` lines from before the report.
///
/// # Safety
///
/// Nothing else may run any more: the log's lock is not asked for.
pub unsafe fn show_tail(count: u64, out: &mut impl Write) -> fmt::Result {
    // SAFETY: the caller's promise.
    let book = unsafe { BOOK.steal() };
    let end = book.before_report();
    let from = end.saturating_sub(count);
    writeln!(out, "The log's last {} lines:", end - from)?;
    for entry in book.lines() {
        match entry {
            Entry::Line(number, line) if from <= number && number < end => {
                writeln!(out, "{}", stamped(line))?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Hands each line of the report to `write`, in order, without a stamp.
///
/// # Safety
///
/// As [`show_tail`].
pub unsafe fn for_each_of_report(mut write: impl FnMut(&str)) {
    // SAFETY: the caller's promise.
    let book = unsafe { BOOK.steal() };
    let from = book.before_report();
    for entry in book.lines() {
        match entry {
            Entry::Line(number, line) if from <= number => write(line.text),
            _ => {}
        }
    }
}

/// The line with its stamp in seconds, if the clock that stamped it is known by
/// now. The boot before had the same processor.
pub(super) fn stamped(line: Line<'_>) -> Line<'_> {
    Line { time: time::known(line.time), ..line }
}

/// Writes the lines that are severe enough, and what is missing.
fn write_lines(lines: Lines<'_>, least: Level, out: &mut impl Write) -> fmt::Result {
    let mut first = true;
    for entry in lines {
        match entry {
            Entry::Line(number, line) => {
                if core::mem::take(&mut first) && number > 0 {
                    writeln!(out, "({number} earlier lines fell out of the ring)")?;
                }
                if line.level <= least {
                    writeln!(out, "{}", stamped(line))?;
                }
            }
            Entry::Damaged(bytes) => writeln!(out, "({bytes} bytes are damaged)")?,
        }
    }
    Ok(())
}
