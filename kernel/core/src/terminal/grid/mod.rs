//! The cells of the screen, the cursor, and a record of what changed.
//!
//! The rows are a ring with room for the screen and [`LINES`] more: scrolling the
//! whole screen moves `top` on by a row, no cell is copied, and a line that leaves
//! stays where it is until the ring comes round to it. Damage is kept as one span of
//! columns a row, in storage order, so that it moves with its row.
//!
//! ```text
//! storage   0  row 1 of the screen         `scrolled` counts the lines that
//!           1  row 2 (the newest)          the display has yet to scroll; the
//!           2  the oldest line that left   spans are what differs from the
//!           3  ...                         picture after that scroll
//!         ...  the newest that left
//!  top > 1002  row 0
//! ```
//!
//! The ring is one block of memory, taken when the terminal is made: printing
//! allocates nothing. Rows that were not used yet are not touched: a boot would pay
//! for a thousand lines.
//!
//! `edit` erases, inserts and deletes; `scroll` moves rows; `motion` moves the cursor; `show` tells a display.

mod edit;
mod motion;
mod scroll;
mod show;

use alloc::vec::Vec;

pub(super) use edit::Erase;
use motion::Saved;

use super::line::Line;
use super::pen::Pen;
use super::span::Span;
use super::tabs::Tabs;
use super::width::width;
use super::{Cell, Cursor, TerminalError};

/// Whether a mode of the terminal is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    On,
    Off,
}

/// The modes that a host may set (ECMA-48, 7.2; VT100 manual, chapter 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Modes {
    /// DECAWM: text goes on in the next row.
    pub(super) wrap: Mode,
    /// DECOM: rows are counted from the scroll region's first.
    pub(super) origin: Mode,
    /// IRM: text shifts what is right of it.
    pub(super) insert: Mode,
    /// LNM: a line feed returns the carriage too. On from the start: the kernel
    /// writes `\n` and means a new line.
    pub(super) new_line: Mode,
    /// Which of G0 and G1 is written with: off is G0 (SI), on is G1 (SO).
    pub(super) shifted: Mode,
    /// Whether G0 and G1 are DEC's line-drawing characters.
    pub(super) graphics: [Mode; 2],
}

impl Modes {
    const DEFAULT: Self = Self {
        wrap: Mode::On,
        origin: Mode::Off,
        insert: Mode::Off,
        new_line: Mode::On,
        shifted: Mode::Off,
        graphics: [Mode::Off; 2],
    };

    /// Whether text is DEC's line drawing at the moment.
    fn draws_lines(self) -> bool {
        self.graphics[usize::from(self.shifted == Mode::On)] == Mode::On
    }

    /// Whether text is simply put down and wrapped.
    fn plain(self) -> bool {
        self.wrap == Mode::On && self.insert == Mode::Off && !self.draws_lines()
    }
}

/// Lines that are kept when they have left the screen.
const LINES: usize = 1000;

/// See the module's page.
pub(super) struct Grid {
    cols: usize,
    rows: usize,
    /// Rows that there is room for: the screen's and [`LINES`] more, or fewer where
    /// memory is short.
    stored: usize,
    /// `cols` for each row that was used yet, in storage order.
    cells: Vec<Cell>,
    /// What is known of each row, in storage order.
    lines: Vec<Line>,
    /// Rows of the screen that may have damage: saves looking at all of them.
    damaged_rows: Span,
    /// Storage index of the screen's first row.
    top: usize,
    row: usize,
    /// Up to and including `cols`: there, the next character wraps first.
    col: usize,
    /// Storage index of the cursor's row, and where its cells begin.
    storage: usize,
    line: usize,
    /// The rows that scroll: DECSTBM.
    region: Span,
    modes: Modes,
    /// `modes.plain()`, worked out.
    plain: bool,
    pen: Pen,
    /// `pen`, worked out: what `put` stamps, and what erasing leaves.
    ink: Cell,
    blank: Cell,
    tabs: Tabs,
    cursor: Cursor,
    visible: Mode,
    saved: Saved,
    /// Where and how the display has the cursor, as far as we told it.
    told: Option<(usize, usize, Cursor)>,
    scrolled: usize,
    /// What the display fills with when it makes up for `scrolled`.
    fill: Cell,
    /// The last character that was written: REP repeats it.
    last: char,
    /// Lines before `top` that have left the screen.
    history: usize,
    /// On while a program has the screen for itself: see `scroll`.
    alternate: Mode,
    /// Lines that the view is above the newest ones; 0 is live.
    view: usize,
    /// The view differs from what the display shows.
    view_moved: bool,
}

impl Grid {
    pub(super) fn new(cols: usize, rows: usize) -> Result<Self, TerminalError> {
        let screen =
            cols.checked_mul(rows).filter(|&count| count > 0).ok_or(TerminalError::Size)?;
        let (stored, mut cells, mut lines) = [LINES, LINES / 2, LINES / 4, 0]
            .into_iter()
            .find_map(|kept| room(cols, rows.checked_add(kept)?))
            .ok_or(TerminalError::NoMemory)?;
        cells.resize(screen, Cell::BLANK);
        lines.resize(rows, Line::blank(Span { lo: 0, hi: cols }));
        Ok(Self {
            cols,
            rows,
            stored,
            cells,
            lines,
            damaged_rows: Span { lo: 0, hi: rows },
            top: 0,
            row: 0,
            col: 0,
            storage: 0,
            line: 0,
            region: Span { lo: 0, hi: rows },
            modes: Modes::DEFAULT,
            plain: true,
            pen: Pen::DEFAULT,
            ink: Cell::BLANK,
            blank: Cell::BLANK,
            tabs: Tabs::new(),
            cursor: Cursor::Underline,
            visible: Mode::On,
            saved: Saved::HOME,
            told: None,
            scrolled: 0,
            fill: Cell::BLANK,
            last: ' ',
            history: 0,
            alternate: Mode::Off,
            view: 0,
            view_moved: false,
        })
    }

    pub(super) fn size(&self) -> (usize, usize) {
        (self.cols, self.rows)
    }

    pub(super) fn row(&self, row: usize) -> &[Cell] {
        if row >= self.rows {
            return &[];
        }
        let start = self.storage_of(row) * self.cols;
        self.cells.get(start..start + self.cols).unwrap_or_default()
    }

    pub(super) fn pen(&self) -> Pen {
        self.pen
    }

    pub(super) fn set_pen(&mut self, pen: Pen) {
        self.pen = pen;
        self.ink = pen.cell(' ');
        self.blank = pen.blank();
    }

    /// Follows a colour sequence at the start of `text` that needs no parser,
    /// and returns what is behind it.
    pub(super) fn take_colours<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let mut pen = self.pen;
        let rest = pen.take(text)?;
        self.set_pen(pen);
        Some(rest)
    }

    pub(super) fn modes(&self) -> Modes {
        self.modes
    }

    pub(super) fn set_modes(&mut self, modes: Modes) {
        self.modes = modes;
        self.plain = modes.plain();
    }

    pub(super) fn tabs_mut(&mut self) -> &mut Tabs {
        &mut self.tabs
    }

    /// DECSCUSR: how the cursor looks when it is shown.
    pub(super) fn set_cursor(&mut self, cursor: Cursor) {
        self.cursor = cursor;
    }

    /// DECTCEM: whether the cursor is shown.
    pub(super) fn set_visible(&mut self, visible: Mode) {
        self.visible = visible;
    }

    /// Whether plain text may be put down without a look at the modes.
    #[inline]
    pub(super) fn is_plain(&self) -> bool {
        self.plain
    }

    /// Back to an empty screen, the default pen and modes (RIS). The history
    /// stays.
    pub(super) fn reset(&mut self) {
        self.alternate = Mode::Off;
        self.soft_reset();
        self.tabs = Tabs::new();
        self.erase_screen(Erase::All);
        self.move_to(0, 0);
    }

    /// Back to the default pen and modes (DECSTR); what is written stays.
    pub(super) fn soft_reset(&mut self) {
        self.set_pen(Pen::DEFAULT);
        self.set_modes(Modes::DEFAULT);
        self.cursor = Cursor::Underline;
        self.visible = Mode::On;
        self.region = Span { lo: 0, hi: self.rows };
        self.saved = Saved::HOME;
    }

    /// A run of printable ASCII in plain modes: what nearly all text is, stored
    /// at a handful of instructions a character.
    pub(super) fn put_ascii(&mut self, mut text: &[u8]) {
        while !text.is_empty() {
            if self.col >= self.cols {
                self.wrap();
            }
            let (run, rest) = text.split_at(text.len().min(self.cols - self.col));
            let (lo, hi) = (self.col, self.col + run.len());
            if let Some(cells) = self.cells.get_mut(self.line + lo..self.line + hi) {
                for (cell, &byte) in cells.iter_mut().zip(run) {
                    *cell = self.ink.with(char::from(byte));
                }
            }
            if let Some(line) = self.lines.get_mut(self.storage) {
                line.damage.add(lo, hi);
                line.reach(hi);
                if line.wide {
                    self.mend(self.row);
                }
            }
            self.damaged_rows.add(self.row, self.row + 1);
            self.col = hi;
            self.last = run.last().map_or(self.last, |&byte| char::from(byte));
            text = rest;
        }
    }

    /// One printable character of any kind, in any modes.
    pub(super) fn put_char(&mut self, ch: char) {
        let ch = if self.modes.draws_lines() { super::charset::line_drawing(ch) } else { ch };
        let cells = width(ch);
        if cells == 0 || cells > self.cols {
            return;
        }
        self.last = ch;
        if self.col + cells > self.cols {
            if self.modes.wrap == Mode::On {
                self.wrap();
            } else {
                self.col = self.cols - cells;
            }
        }
        if self.modes.insert == Mode::On {
            self.insert_cells(cells);
        }
        let (lo, hi) = (self.col, self.col + cells);
        let parts = [self.ink.with(ch), self.ink.with(Cell::REST)];
        if let Some(place) = self.cells.get_mut(self.line + lo..self.line + hi) {
            place.copy_from_slice(parts.get(..cells).unwrap_or_default());
        }
        if let Some(line) = self.lines.get_mut(self.storage) {
            line.reach(hi);
            line.wide |= cells > 1;
        }
        self.mark(self.row, lo, hi);
        self.mend(self.row);
        // Without wrapping, the last column is written again and again.
        self.col = if self.modes.wrap == Mode::On { hi } else { hi.min(self.cols - 1) };
    }

    /// REP: the last character `count` times more.
    pub(super) fn repeat(&mut self, count: usize) {
        // Few bytes may not ask for much work: a row is what programs want.
        for _ in 0..count.min(self.cols) {
            // Its mapping was done when it was first written.
            let shifted = core::mem::replace(&mut self.modes.graphics, [Mode::Off; 2]);
            self.put_char(self.last);
            self.modes.graphics = shifted;
        }
    }

    /// A character outside escape sequences: text, or a control to act on.
    pub(super) fn write_char(&mut self, ch: char) {
        match ch {
            '\n' | '\x0b' | '\x0c' => self.new_line(),
            '\r' => self.col = 0,
            '\x08' => self.col = self.cursor().1.saturating_sub(1),
            '\t' => self.tab_forward(1),
            '\x0e' => self.set_modes(Modes { shifted: Mode::On, ..self.modes }),
            '\x0f' => self.set_modes(Modes { shifted: Mode::Off, ..self.modes }),
            // The bell and every other control: nothing to see.
            '\0'..='\x1f' | '\x7f'..='\u{9f}' => {}
            _ => self.put_char(ch),
        }
    }

    /// A line feed, with the carriage return that the kernel means by it.
    #[inline]
    pub(super) fn new_line(&mut self) {
        if self.modes.new_line == Mode::On {
            self.col = 0;
        }
        self.index();
    }

    /// The text goes on at the start of the next row.
    fn wrap(&mut self) {
        self.col = 0;
        self.index();
    }

    /// Where the screen's row is kept.
    #[inline]
    fn storage_of(&self, row: usize) -> usize {
        // Both are below `stored`; a subtraction is cheaper than a division.
        let index = self.top + row;
        if index >= self.stored { index - self.stored } else { index }
    }

    fn mark(&mut self, row: usize, lo: usize, hi: usize) {
        let storage = self.storage_of(row);
        if let Some(line) = self.lines.get_mut(storage) {
            line.damage.add(lo, hi);
        }
        self.damaged_rows.add(row, row + 1);
    }
}

/// Room for so many rows, which are counted first; `None` where memory is short.
fn room(cols: usize, stored: usize) -> Option<(usize, Vec<Cell>, Vec<Line>)> {
    let (mut cells, mut lines) = (Vec::new(), Vec::new());
    cells.try_reserve_exact(cols.checked_mul(stored)?).ok()?;
    lines.try_reserve_exact(stored).ok()?;
    Some((stored, cells, lines))
}
