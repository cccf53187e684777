//! A report that may be longer than the screen: what comes first stays there.
//!
//! Serial, the log and pipes get all of it. The screen gets as many rows as it
//! has room for, so that the beginning, which matters most, does not scroll away.

use super::{Console, Place, Target, Voice, log, write_serial};
use core::fmt::{self, Write};

/// Rows that are left free for what follows: the last lines and a prompt.
const ROWS_KEPT_FREE: usize = 5;
const SERIAL_HAS_MORE: &str = "\x1b[90m... and more, on the serial line\x1b[0m\n";
const NO_ROOM: &str = "\x1b[90m... and more, that there is no room for\x1b[0m\n";
const PIPE_HAS_MORE: &str = "\x1b[90m... and more: with \"| more\" behind the command\x1b[0m\n";

/// A writer for one report; see `Console::page`.
#[derive(Debug)]
pub struct Page<'a> {
    console: &'a mut Console,
    columns: usize,
    column: usize,
    rows_left: usize,
    in_escape: bool,
}

impl Console {
    /// Begins a report.
    pub fn page(&mut self) -> Page<'_> {
        let on_screen = matches!(self.target, Target::Everywhere | Target::Only(Place::Screen));
        let screen = self.screen.as_ref().filter(|_| on_screen);
        let size = screen.map(|(_, terminal)| terminal.size());
        let (columns, rows) = size.unwrap_or((usize::MAX, usize::MAX));
        let rows_left = rows.saturating_sub(ROWS_KEPT_FREE);
        Page { console: self, columns, column: 0, rows_left, in_escape: false }
    }

    /// Writes to all but the screen.
    fn write_unseen(&mut self, text: &str) {
        match self.voice {
            Voice::Heard => {}
            Voice::Muted => return,
            // SAFETY: only `emergency` sets this voice, and nobody else runs
            // after it, by its caller's promise.
            Voice::LastWords => unsafe { log::record_report(text) },
        }
        if self.target == Target::Everywhere {
            write_serial(self.serial.as_ref(), text);
            write_serial(self.second.as_ref(), text);
        }
    }
}

impl Page<'_> {
    /// How many bytes of `text` the screen still has room for.
    fn fits(&mut self, text: &str) -> usize {
        for (at, c) in text.char_indices() {
            if self.rows_left == 0 {
                return at;
            }
            match c {
                '\x1b' => self.in_escape = true,
                // A sequence such as ESC [ 0 m ends with a letter.
                _ if self.in_escape => self.in_escape = !c.is_ascii_alphabetic(),
                '\n' => self.new_row(0),
                _ if self.column == self.columns => self.new_row(1),
                _ => self.column += 1,
            }
        }
        text.len()
    }

    fn new_row(&mut self, column: usize) {
        self.rows_left -= 1;
        self.column = column;
    }
}

impl Write for Page<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.rows_left == 0 {
            self.console.write_unseen(text);
            return Ok(());
        }
        let (seen, unseen) = text.split_at(self.fits(text));
        self.console.write(seen);
        if self.rows_left == 0 {
            if let (Some((_, terminal)), true) =
                (&mut self.console.screen, self.console.voice != Voice::Muted)
            {
                terminal.write(match self.console.target {
                    Target::Only(_) => PIPE_HAS_MORE,
                    _ if self.console.serial.is_some() => SERIAL_HAS_MORE,
                    _ => NO_ROOM,
                });
            }
            self.console.write_unseen(unseen);
        }
        Ok(())
    }
}
