//! The console: text into the terminal, and out onto the screen there is.
//!
//! A terminal of the benchmark's own draws on the real screen; the console
//! paints itself over that afterwards. Serial is left out: it waits for a
//! line, not for the processor.

use super::measure::{Figure, timed};
use super::{NotHere, bench};
use crate::console::{self, Screen};
use valhalla_core::terminal::{Display, Terminal};

/// Lines of 60 columns, as a log has them: no two alike.
const LINES: [&str; 4] = [
    "[    0.012345] memory: 127 MiB usable, 344 KiB used so far..\n",
    "[    1.987654] acpi: RSDT at 0x7fe2a31, 6 tables, all sound,\n",
    "page 0x00000000deadbeef: unmapped, writable, never executed!\n",
    "valhalla> echo the quick brown fox jumps over the lazy dog..\n",
];

/// Lines in a round.
const ROUND: u32 = 20;
/// Lines in a burst.
const BURST: u32 = 1000;

/// Runs `measure` with a blank terminal, painted on the screen.
fn on_screen(measure: impl FnOnce(&mut Paper<'_>) -> Figure) -> Result<Figure, NotHere> {
    console::borrow_screen(|screen| {
        let (cols, rows) = screen.size();
        let terminal = Terminal::new(cols, rows).map_err(|_| NotHere("too little memory"))?;
        let mut paper = Paper { screen, terminal };
        paper.flush();
        Ok(measure(&mut paper))
    })
    .unwrap_or(Err(NotHere("no screen")))
}

struct Paper<'a> {
    screen: &'a mut Screen,
    terminal: Terminal,
}

impl Paper<'_> {
    fn flush(&mut self) {
        self.terminal.flush(self.screen);
    }

    fn write(&mut self, line: u32) {
        self.terminal.write(LINES[line as usize % LINES.len()]);
    }

    /// All rows filled, the cursor on the last.
    fn fill(&mut self) {
        (0..self.terminal.size().1 as u32).for_each(|line| self.write(line + 1));
        self.flush();
    }
}

bench!(60, "console: 60-column line, no scrolling", line);
fn line() -> Result<Figure, NotHere> {
    on_screen(|paper| {
        Figure::over(ROUND, || {
            paper.terminal.clear();
            paper.flush();
            timed(|| {
                for n in 0..ROUND {
                    paper.write(n);
                    paper.flush();
                }
            })
        })
    })
}

bench!(61, "console: scroll one line", scroll);
fn scroll() -> Result<Figure, NotHere> {
    on_screen(|paper| {
        Figure::over(ROUND, || {
            paper.fill();
            timed(|| {
                for _ in 0..ROUND {
                    paper.terminal.write("\n");
                    paper.flush();
                }
            })
        })
    })
}

bench!(62, "console: 60-column line, scrolled", scrolled_line);
fn scrolled_line() -> Result<Figure, NotHere> {
    on_screen(|paper| {
        Figure::over(ROUND, || {
            paper.fill();
            timed(|| {
                for n in 0..ROUND {
                    paper.write(n);
                    paper.flush();
                }
            })
        })
    })
}

bench!(63, "console: each line of a 1,000-line burst", burst);
fn burst() -> Result<Figure, NotHere> {
    on_screen(|paper| {
        Figure::over(BURST, || {
            paper.fill();
            timed(|| {
                (0..BURST).for_each(|n| paper.write(n));
                paper.flush();
            })
        })
    })
}

bench!(64, "console: one character echoed", echo);
fn echo() -> Result<Figure, NotHere> {
    on_screen(|paper| {
        Figure::over(ROUND, || {
            paper.terminal.clear();
            paper.flush();
            timed(|| {
                for _ in 0..ROUND {
                    paper.terminal.write("x");
                    paper.flush();
                }
            })
        })
    })
}

bench!(65, "console: full repaint", repaint);
fn repaint() -> Result<Figure, NotHere> {
    on_screen(|paper| {
        paper.fill();
        Figure::over(1, || {
            timed(|| {
                paper.terminal.redraw_all();
                paper.flush();
            })
        })
    })
}
