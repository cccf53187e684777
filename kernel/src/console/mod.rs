//! The consoles: the screen and two serial lines, each read by somebody else.
//!
//! ```text
//!   log::info!       print!        keyboard   COM1   COM2
//!      │ to all        │ target        │        │      │
//!      ▼               ▼               ▼        ▼      ▼
//!   Console ─┬─ Terminal ── Screen   Input    Input  Input ──> sessions
//!            ├─ COM1
//!            └─ COM2, once somebody types there
//! ```
//!
//! Serial speaks from the first line of `start` on; the screen joins when the
//! memory service can map it, and is given the log from before. Painting is
//! put off while output comes in bursts: `flush` paints what changed, and is
//! called by everything that waits.

pub mod early;
mod gathered;
pub mod input;
pub mod log;
mod page;
mod route;
mod screen;
pub mod terminals;

pub use input::Input;
pub use page::Page;
pub use route::{
    Bar, Cut, Echo, MOST_PIPED, Piped, Place, Redirected, Target, any_disturbed, begin_command,
    close_line, drop_output, end_command, forget_disturbed, hide_bar, is_disturbed, is_edited,
    is_piped, open_line, redirect, restore, show_bar, tell, tell_at,
};
pub use screen::{NoScreen, Screen};

use crate::cpu::lock::{SpinLock, TaskOnly};
use crate::drivers::serial::{Line, Serial};
use crate::time;
use alloc::string::String;
use core::fmt::{self, Write};
use core::ops::RangeInclusive;
use core::sync::atomic::{AtomicBool, Ordering};
use gathered::Gathered;
use route::Row;
use valhalla_core::answer::Answer;
use valhalla_core::terminal::{Display, Terminal, TerminalError};

/// Output with no wait in between is painted at least this often.
const PAINT_EVERY_NS: u64 = 20_000_000;

/// Every display there is.
#[derive(Debug)]
pub struct Console {
    screen: Option<(Screen, Terminal)>,
    serial: Option<Serial>,
    second: Option<Serial>,
    /// Somebody is there: nobody else pays for a line that no one reads.
    second_heard: bool,
    /// The row of each one's cursor, in the order of [`Place::ALL`].
    rows: (Row, Row, Row),
    /// Columns and rows of the terminals on the serial lines.
    sizes: ((usize, usize), (usize, usize)),
    painted_ns: u64,
    voice: Voice,
    target: Target,
    /// Where the command that runs was asked for.
    reader: Option<Place>,
    pipe: Piped,
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

/// What a terminal on a serial line has unless it says otherwise.
const USUAL_SIZE: (usize, usize) = (80, 24);
/// Room for a prompt and a few characters behind it.
const BELIEVABLE_COLUMNS: RangeInclusive<usize> = 25..=1000;
/// Ctrl-F3 sounds like the answer of a terminal with a single row.
const BELIEVABLE_ROWS: RangeInclusive<usize> = 4..=1000;

static CONSOLE: SpinLock<Console, TaskOnly> = SpinLock::new(Console {
    screen: None,
    serial: None,
    second: None,
    second_heard: false,
    rows: (Row::Fresh, Row::Fresh, Row::Fresh),
    sizes: (USUAL_SIZE, USUAL_SIZE),
    painted_ns: 0,
    voice: Voice::Heard,
    target: Target::Everywhere,
    reader: None,
    pipe: Piped { text: String::new(), cut: None },
});

/// Something was written to the screen since [`flush`]: cheap to ask in every
/// round of a loop.
static TO_PAINT: AtomicBool = AtomicBool::new(false);
/// The screen's terminal was asked something, and its answer waits.
static ANSWERS: AtomicBool = AtomicBool::new(false);
/// The screen shows lines that have left it.
static LOOKS_BACK: AtomicBool = AtomicBool::new(false);

impl Console {
    /// Writes `text` where output goes now; the screen is painted by `flush`.
    fn write(&mut self, text: &str) {
        match self.voice {
            Voice::Heard => {}
            Voice::Muted => return,
            // SAFETY: only `emergency` sets this voice, and nobody else runs
            // after it, by its caller's promise.
            Voice::LastWords => unsafe { log::record_report(text) },
        }
        self.route(text);
    }

    /// Hands `text` to a console as it is.
    fn put(&mut self, place: Place, text: &str) {
        match place {
            Place::Screen => {
                if let Some((_, terminal)) = &mut self.screen {
                    terminal.write(text);
                    TO_PAINT.store(true, Ordering::Relaxed);
                    if terminal.owes_answer() {
                        ANSWERS.store(true, Ordering::Relaxed);
                    }
                }
            }
            Place::Com1 => write_serial(self.serial.as_ref(), text),
            Place::Com2 => write_serial(self.second.as_ref(), text),
        }
    }

    const fn row(&self, place: Place) -> Row {
        match place {
            Place::Screen => self.rows.0,
            Place::Com1 => self.rows.1,
            Place::Com2 => self.rows.2,
        }
    }

    const fn set_row(&mut self, place: Place, row: Row) {
        match place {
            Place::Screen => self.rows.0 = row,
            Place::Com1 => self.rows.1 = row,
            Place::Com2 => self.rows.2 = row,
        }
    }

    /// Columns and rows of a console.
    fn size_of(&self, place: Place) -> (usize, usize) {
        match place {
            Place::Screen => self.screen.as_ref().map_or((80, 25), |(_, terminal)| terminal.size()),
            Place::Com1 => self.sizes.0,
            Place::Com2 => self.sizes.1,
        }
    }

    /// Returns true once there is a screen.
    #[must_use]
    pub const fn has_screen(&self) -> bool {
        self.screen.is_some()
    }

    /// Paints what changed.
    pub fn flush(&mut self) {
        if let Some((screen, terminal)) = &mut self.screen {
            terminal.flush(screen);
        }
    }

    /// Writes to every console, past target and pipe.
    fn write_everywhere(&mut self, arguments: fmt::Arguments<'_>) -> fmt::Result {
        let target = core::mem::replace(&mut self.target, Target::Everywhere);
        let result = self.write_fmt(arguments);
        self.target = target;
        result
    }

    fn flush_now_and_then(&mut self) {
        if self.screen.is_none() {
            return;
        }
        let now = time::now_ns();
        // Before the first tick nobody waits, and every line may be the last.
        if time::ticks() == 0 || now.saturating_sub(self.painted_ns) >= PAINT_EVERY_NS {
            self.painted_ns = now;
            self.flush();
        }
    }
}

fn write_serial(serial: Option<&Serial>, text: &str) {
    if let Some(serial) = serial {
        serial.write_text(text);
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

/// The second serial line; nothing is said there before [`hear_second`].
pub fn set_second_serial(serial: Serial) {
    CONSOLE.lock().second = Some(serial);
}

/// Somebody typed at the second serial line: log lines go there too.
pub fn hear_second() {
    CONSOLE.lock().second_heard = true;
}

/// Adds the screen, shows the log so far on it, and paints it.
///
/// # Errors
///
/// When there is no memory for the terminal's cells; serial goes on alone.
pub fn set_screen(screen: Screen) -> Result<(), TerminalError> {
    let (cols, rows) = screen.size();
    let mut terminal = Terminal::on_blank(cols, rows)?;
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

/// Columns and rows of what the person reads who ran the command; of the
/// screen where nobody did.
#[must_use]
pub fn size() -> (usize, usize) {
    let console = CONSOLE.lock();
    console.size_of(console.reader.unwrap_or(Place::Screen))
}

/// Columns and rows of a console.
#[must_use]
pub fn size_of(place: Place) -> (usize, usize) {
    CONSOLE.lock().size_of(place)
}

/// A terminal on a serial line says how large it is. Whether that is news; what
/// cannot be is not believed, and the screen knows its own size.
pub fn set_size(place: Place, (cols, rows): (u16, u16)) -> bool {
    let (cols, rows) = (usize::from(cols), usize::from(rows));
    if !BELIEVABLE_COLUMNS.contains(&cols) || !BELIEVABLE_ROWS.contains(&rows) {
        return false;
    }
    let mut console = CONSOLE.lock();
    let size = match place {
        Place::Screen => return false,
        Place::Com1 => &mut console.sizes.0,
        Place::Com2 => &mut console.sizes.1,
    };
    core::mem::replace(size, (cols, rows)) != (cols, rows)
}

/// Whether there is something to read there.
#[must_use]
pub fn is_there(place: Place) -> bool {
    let console = CONSOLE.lock();
    match place {
        Place::Screen => console.screen.is_some(),
        Place::Com1 => console.serial.is_some(),
        Place::Com2 => console.second.is_some(),
    }
}

/// Paints everything that was written so far.
pub fn paint() {
    CONSOLE.lock().flush();
}

/// The same; costs little where nothing was.
pub fn flush() {
    if TO_PAINT.swap(false, Ordering::Relaxed) {
        paint();
    }
}

/// Whether the screen's terminal has answered something.
#[inline]
fn has_answered() -> bool {
    ANSWERS.load(Ordering::Relaxed)
}

/// The next answer of the screen's terminal. It keeps a few at the most, and none
/// is anything but a report: what a command prints can type nothing.
fn next_answer() -> Option<Answer> {
    let mut console = CONSOLE.lock();
    let (_, terminal) = console.screen.as_mut()?;
    let answer = terminal.next_answer();
    ANSWERS.store(terminal.owes_answer(), Ordering::Relaxed);
    answer
}

/// Asks the terminal there: sends `question` past pipes and rows, as it has no
/// width. The answer comes among the keys of that place, or never.
pub fn ask(place: Place, question: &str) {
    let mut console = CONSOLE.lock();
    if console.voice != Voice::Muted {
        console.put(place, question);
    }
}

/// Which lines the screen is to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Half a screen further back.
    Up,
    /// Half a screen on again.
    Down,
    /// The newest.
    Live,
}

/// Shows lines that have left the screen, or the screen as it is.
#[inline]
pub fn look(view: View) {
    if view != View::Live || LOOKS_BACK.load(Ordering::Relaxed) {
        move_view(view);
    }
}

fn move_view(view: View) {
    let mut console = CONSOLE.lock();
    let Some((screen, terminal)) = &mut console.screen else { return };
    let half = terminal.size().1.div_ceil(2);
    match view {
        View::Up => terminal.view_up(half),
        View::Down => terminal.view_down(half),
        View::Live => terminal.view_live(),
    }
    LOOKS_BACK.store(terminal.view().0 > 0, Ordering::Relaxed);
    terminal.flush(screen);
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
    // A bar says what was being done: it stays.
    let (screen, com1, com2) = &mut console.rows;
    for row in [screen, com1, com2] {
        if *row == Row::Bar {
            *row = Row::Begun;
        }
    }
    (console.target, console.reader) = (Target::Everywhere, None);
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
    console.rows = (Row::Fresh, Row::Fresh, Row::Fresh);
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

impl Drop for EmergencySerial {
    fn drop(&mut self) {
        // Somebody may have been interrupted in the middle of a FIFO's load.
        self.0.drain();
    }
}

/// For exceptions that are survived: prints to every console, or, where that is
/// in use by whoever was interrupted, to serial past its lock.
pub fn print_if_free(arguments: fmt::Arguments<'_>) {
    let free = if crate::cpu::in_interrupt() { None } else { CONSOLE.try_lock() };
    // Neither writer has an error to report.
    let _ = match free {
        Some(mut console) => console.write_everywhere(arguments),
        None => emergency_serial().write_fmt(arguments),
    };
}

/// Prints to every console, whoever runs a command: for the log.
fn print_everywhere(arguments: fmt::Arguments<'_>) {
    let mut console = CONSOLE.lock();
    if console.voice == Voice::Muted {
        return;
    }
    let target = core::mem::replace(&mut console.target, Target::Everywhere);
    // As below.
    let _ = Gathered::new(&mut console).write_fmt(arguments);
    console.target = target;
    console.flush_now_and_then();
}

/// What `print!` calls.
#[doc(hidden)]
pub fn print(arguments: fmt::Arguments<'_>) {
    let mut console = CONSOLE.lock();
    // The console takes any text; it has no error to report.
    let _ = console.write_fmt(arguments);
    console.flush_now_and_then();
}

/// Prints to whoever ran the command; to every console where nobody did.
#[macro_export]
macro_rules! print {
    ($($argument:tt)*) => { $crate::console::print(format_args!($($argument)*)) };
}

/// Prints a line; see `print!`.
#[macro_export]
macro_rules! println {
    () => { $crate::print!("\n") };
    ($($argument:tt)*) => { $crate::console::print(format_args!("{}\n", format_args!($($argument)*))) };
}
