//! The console: text into the terminal, and out onto the screen there is.
//!
//! A terminal of the benchmark's own draws on the real screen; the console
//! paints itself over that afterwards. Serial is left out: it waits for a
//! line, not for the processor.

use super::measure::{Figure, timed};
use super::{NotHere, bench};
use crate::console::{self, Screen, Voice};
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
const BURST: u32 = 10_000;

/// A terminal and the screen that it draws on.
struct Paper<'a> {
    screen: &'a mut Screen,
    terminal: Terminal,
}

impl Paper<'_> {
    #[inline(never)]
    fn flush(&mut self) {
        self.terminal.flush(self.screen);
    }

    fn write(&mut self, line: u32) {
        self.terminal.write(LINES[line as usize % LINES.len()]);
    }
}

/// Nothing on it, the cursor at the top left.
fn cleared(paper: &mut Paper<'_>) {
    paper.terminal.clear();
    paper.flush();
}

/// All rows filled, the cursor on the last.
fn filled(paper: &mut Paper<'_>) {
    (0..paper.terminal.size().1 as u32).for_each(|line| paper.write(line + 1));
    paper.flush();
}

/// What each call of `operation` costs, on paper that `prepare` made ready.
#[inline(never)]
fn on_screen(
    operations: u32,
    prepare: fn(&mut Paper<'_>),
    operation: fn(&mut Paper<'_>, u32),
) -> Result<Figure, NotHere> {
    console::borrow_screen(|screen| {
        let (cols, rows) = screen.size();
        let terminal = Terminal::new(cols, rows).map_err(|_| NotHere("too little memory"))?;
        let mut paper = Paper { screen, terminal };
        Ok(Figure::over(operations, &mut || {
            prepare(&mut paper);
            timed(|| (0..operations).for_each(|n| operation(&mut paper, n)))
        }))
    })
    .unwrap_or(Err(NotHere("no screen")))
}

fn echo(paper: &mut Paper<'_>, _: u32) {
    paper.terminal.write("x");
    paper.flush();
}

fn line(paper: &mut Paper<'_>, n: u32) {
    paper.write(n);
    paper.flush();
}

/// Painted once, at the end.
fn burst(paper: &mut Paper<'_>, n: u32) {
    paper.write(n);
    if n == BURST - 1 {
        paper.flush();
    }
}

fn repaint(paper: &mut Paper<'_>, _: u32) {
    paper.terminal.redraw_all();
    paper.flush();
}

bench!(59, "log: a line kept, no console", log_line);
/// Kept with its time and its module; what it is printed on costs on top.
fn log_line() -> Result<Figure, NotHere> {
    let mut round = || {
        console::set_voice(Voice::Muted);
        let counts = timed(|| log::info!(target: "bench", "a line of 24 characters"));
        console::set_voice(Voice::Heard);
        counts
    };
    Ok(console::log::aside(|| Figure::over(1, &mut round)))
}

bench!(60, "console: one character echoed", || on_screen(ROUND, cleared, echo));
bench!(63, "console: 60-column line, scrolled", || on_screen(ROUND, filled, line));
bench!(64, "console: a line of a 10,000-line burst", || on_screen(BURST, filled, burst));
bench!(65, "console: full repaint", || on_screen(1, filled, repaint));
