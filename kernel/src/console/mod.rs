//! The console: one terminal, shown on every display there is.
//!
//! ```text
//!   print!  log::info!           keyboard   serial
//!      │        │                    │        │
//!      ▼        ▼                    ▼        ▼
//!   Console ── Terminal ── Screen   Input (merged keys) ──> shell
//!      └────── Serial
//! ```
//!
//! Serial speaks from the first line of `start` on; the screen joins when the
//! memory service can map it, and is given the log from before. Painting is
//! put off while output comes in bursts: `flush` paints what changed, and is
//! called by everything that waits.

pub mod input;
pub mod log;
mod page;
mod screen;

pub use input::Input;
pub use page::Page;
pub use screen::{NoScreen, Screen};

use crate::cpu::lock::{SpinLock, TaskOnly};
use crate::drivers::serial::{Line, Serial};
use crate::time;
use core::fmt::{self, Write};
use valhalla_core::terminal::{Display, Terminal, TerminalError};

/// Output with no wait in between is painted at least this often.
const PAINT_EVERY_NS: u64 = 20_000_000;

/// Every display there is.
#[derive(Debug)]
pub struct Console {
    serial: Option<Serial>,
    screen: Option<(Screen, Terminal)>,
    painted_ns: u64,
    voice: Voice,
}

/// Whether the console says what it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// As usual.
    Heard,
    /// It drops everything: for tests that run commands by the hundred.
    Muted,
    /// The log hears it too: for the report that ends this boot.
    LastWords,
}

static CONSOLE: SpinLock<Console, TaskOnly> =
    SpinLock::new(Console { serial: None, screen: None, painted_ns: 0, voice: Voice::Heard });

impl Console {
    /// Writes `text` to every display; the screen is painted by `flush`.
    fn write(&mut self, text: &str) {
        match self.voice {
            Voice::Heard => {}
            Voice::Muted => return,
            // SAFETY: only `emergency` sets this voice, and nobody else runs
            // after it, by its caller's promise.
            Voice::LastWords => unsafe { log::record_report(text) },
        }
        if let Some(serial) = &self.serial {
            serial.write_text(text);
        }
        if let Some((_, terminal)) = &mut self.screen {
            terminal.write(text);
        }
    }

    /// Paints what changed.
    pub fn flush(&mut self) {
        if let Some((screen, terminal)) = &mut self.screen {
            terminal.flush(screen);
        }
    }

    fn flush_now_and_then(&mut self) {
        if self.screen.is_none() {
            return;
        }
        let now = time::uptime_ns();
        // Before the first tick nobody waits, and every line may be the last.
        if time::ticks() == 0 || now.saturating_sub(self.painted_ns) >= PAINT_EVERY_NS {
            self.painted_ns = now;
            self.flush();
        }
    }
}

impl Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write(text);
        Ok(())
    }
}

/// Prints a report: see `Console::page`.
pub fn print_page(report: &dyn fmt::Display) {
    // The writer takes any text; it has no error to report.
    let _ = write!(CONSOLE.lock().page(), "{report}");
}

/// The first serial line, if there is one: from now on `print!` speaks there.
pub fn set_serial(serial: Option<Serial>) {
    CONSOLE.lock().serial = serial;
}

/// Adds the screen, shows the log so far on it, and paints it.
///
/// # Errors
///
/// When there is no memory for the terminal's cells; serial goes on alone.
pub fn set_screen(screen: Screen) -> Result<(), TerminalError> {
    let (cols, rows) = screen.size();
    let mut terminal = Terminal::new(cols, rows)?;
    log::replay(&mut Replay(&mut terminal));
    let mut console = CONSOLE.lock();
    console.screen = Some((screen, terminal));
    console.flush();
    Ok(())
}

/// Writes the log onto a terminal that is not on the console yet.
struct Replay<'a>(&'a mut Terminal);

impl Write for Replay<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text);
        Ok(())
    }
}

/// What there is to look at, in words.
#[must_use]
pub fn describe() -> Description {
    let console = CONSOLE.lock();
    Description {
        serial: console.serial.is_some(),
        screen: console.screen.as_ref().map(|(screen, terminal)| (screen.name(), terminal.size())),
    }
}

/// The displays in use; shows as `VGA text 80x25, serial`.
#[derive(Clone, Copy, Debug)]
pub struct Description {
    serial: bool,
    screen: Option<(&'static str, (usize, usize))>,
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.screen {
            Some((name, (cols, rows))) => write!(f, "{name} {cols}x{rows}")?,
            None => f.write_str("no screen")?,
        }
        f.write_str(if self.serial { ", serial" } else { ", no serial" })
    }
}

/// Columns and rows of what a person reads: the screen's, or 80x25 on serial.
#[must_use]
pub fn size() -> (usize, usize) {
    CONSOLE.lock().screen.as_ref().map_or((80, 25), |(_, terminal)| terminal.size())
}

/// Paints everything that was written so far.
pub fn flush() {
    CONSOLE.lock().flush();
}

/// Lends the screen to `draw`, then paints the console over what it drew.
/// `None` where there is no screen.
pub fn borrow_screen<T>(draw: impl FnOnce(&mut Screen) -> T) -> Option<T> {
    let mut console = CONSOLE.lock();
    let (screen, terminal) = console.screen.as_mut()?;
    let result = draw(screen);
    terminal.redraw_all();
    terminal.flush(screen);
    Some(result)
}

/// Lets the serial port interrupt when it receives; its handler is registered.
pub fn enable_serial_input() {
    if let Some(serial) = &CONSOLE.lock().serial {
        serial.enable_receive_interrupt();
    }
}

/// Mutes the console, or lets it be heard again.
pub fn set_voice(voice: Voice) {
    CONSOLE.lock().voice = voice;
}

/// Breaks the lock and hands out the console, for the last words of the
/// kernel: see `SpinLock::steal`. The log writes them down too, for the boot
/// after a reset.
///
/// # Safety
///
/// Nothing else may run any more.
#[must_use]
pub unsafe fn emergency() -> &'static mut Console {
    // SAFETY: the caller promises that nobody else will use the console again.
    let console = unsafe { CONSOLE.steal() };
    // SAFETY: as above.
    unsafe { log::begin_report() };
    console.voice = Voice::LastWords;
    if console.serial.is_none() && console.screen.is_none() {
        // The failure struck before there was a console.
        console.serial = Serial::probe(Line::Com1);
    }
    console
}

/// Gives the console back to `print!` and the log to `dmesg`, whoever held
/// their locks, after the last words: for the crash monitor.
///
/// # Safety
///
/// Whoever held the locks may never run again, and what `emergency` handed out
/// may not be used any more.
pub unsafe fn reopen(screen: Reuse) {
    // SAFETY: the caller's promise.
    unsafe {
        CONSOLE.break_open();
        log::reopen();
    }
    let mut console = CONSOLE.lock();
    console.voice = Voice::Heard;
    if screen == Reuse::SerialOnly {
        // Forgotten, not dropped: the heap may be what is broken.
        core::mem::forget(console.screen.take());
    }
}

/// What of the console is used after a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// Everything.
    All,
    /// The screen is left alone: a second failure may have been its.
    SerialOnly,
}

/// Whether there is a serial line.
#[must_use]
pub fn has_serial() -> bool {
    CONSOLE.lock().serial.is_some()
}

/// COM1 as it is, for words that may pass no lock: a second failure, an NMI.
#[must_use]
pub const fn emergency_serial() -> EmergencySerial {
    EmergencySerial(Serial::at(Line::Com1))
}

/// A serial line that belongs to nobody; see `emergency_serial`.
#[derive(Debug)]
pub struct EmergencySerial(Serial);

impl Write for EmergencySerial {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write_text(text);
        Ok(())
    }
}

/// For exceptions that are survived: prints to every console, or, where that is
/// in use by whoever was interrupted, to serial past its lock.
pub fn print_if_free(arguments: fmt::Arguments<'_>) {
    let free = if crate::cpu::in_interrupt() { None } else { CONSOLE.try_lock() };
    // Neither writer has an error to report.
    let _ = match free {
        Some(mut console) => console.write_fmt(arguments),
        None => emergency_serial().write_fmt(arguments),
    };
}

/// What `print!` calls.
#[doc(hidden)]
pub fn print(arguments: fmt::Arguments<'_>) {
    let mut console = CONSOLE.lock();
    // The console takes any text; it has no error to report.
    let _ = console.write_fmt(arguments);
    console.flush_now_and_then();
}

/// Prints to every console there is.
#[macro_export]
macro_rules! print {
    ($($argument:tt)*) => { $crate::console::print(format_args!($($argument)*)) };
}

/// Prints a line to every console there is.
#[macro_export]
macro_rules! println {
    () => { $crate::print!("\n") };
    ($($argument:tt)*) => { $crate::console::print(format_args!("{}\n", format_args!($($argument)*))) };
}
