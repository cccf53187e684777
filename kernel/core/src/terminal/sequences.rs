//! What each escape sequence does to the grid (ECMA-48; VT100 manual, ch. 3).

use vte::{Params, Perform};

use super::grid::{Erase, Grid};
use super::pen::Pen;
use super::{Cell, Colour, Cursor};

/// Acts on what the parser found.
pub(super) struct Performer<'a> {
    grid: &'a mut Grid,
    finished: bool,
}

impl<'a> Performer<'a> {
    pub(super) fn new(grid: &'a mut Grid) -> Self {
        Self { grid, finished: false }
    }

    /// Whether the parser is back in plain text for certain. It does not say so
    /// for the few sequences that it skips; the next plain character does.
    pub(super) fn finished(&self) -> bool {
        self.finished
    }

    fn move_by(&mut self, rows: isize, cols: isize) {
        let (row, col) = self.grid.cursor();
        self.grid.move_to(row.saturating_add_signed(rows), col.saturating_add_signed(cols));
    }

    fn colours(&mut self, params: &Params) {
        let mut pen = self.grid.pen();
        let mut numbers = params.iter();
        while let Some(param) = numbers.next() {
            let number = param.first().copied().unwrap_or(0);
            match number {
                0 => pen = Pen::DEFAULT,
                1 => pen.bold = true,
                22 => pen.bold = false,
                7 => pen.inverse = true,
                27 => pen.inverse = false,
                30..=37 => pen.fg = Colour::from_ansi((number - 30) as u8),
                39 => pen.fg = Cell::BLANK.fg,
                40..=47 => pen.bg = Colour::from_ansi((number - 40) as u8),
                49 => pen.bg = Cell::BLANK.bg,
                90..=97 => pen.fg = Colour::from_ansi((number - 90) as u8).bright(),
                100..=107 => pen.bg = Colour::from_ansi((number - 100) as u8).bright(),
                // A palette or RGB colour: not ours, but its numbers, which
                // follow when they are not joined by colons, are no attributes.
                38 | 48 if param.len() == 1 => {
                    let skip = match numbers.next() {
                        Some([5, ..]) => 1,
                        Some([2, ..]) => 3,
                        _ => 0,
                    };
                    for _ in 0..skip {
                        numbers.next();
                    }
                }
                _ => {}
            }
        }
        self.grid.set_pen(pen);
    }
}

impl Perform for Performer<'_> {
    fn print(&mut self, ch: char) {
        self.finished = true;
        self.grid.write_char(ch);
    }

    fn execute(&mut self, byte: u8) {
        // Cancel and substitute end a sequence.
        self.finished |= matches!(byte, 0x18 | 0x1a);
        self.grid.write_char(char::from(byte));
    }

    fn csi_dispatch(&mut self, params: &Params, marks: &[u8], ignore: bool, action: char) {
        self.finished = true;
        let param = |index| params.iter().nth(index).and_then(|p| p.first()).map_or(0, |&n| n);
        // For moves and positions, none and 0 mean 1.
        let count = |index| param(index).max(1) as isize;
        let erase = match param(0) {
            0 => Some(Erase::ToEnd),
            1 => Some(Erase::ToStart),
            2 | 3 => Some(Erase::All),
            _ => None,
        };
        match (marks, action) {
            _ if ignore => {}
            ([], 'A') => self.move_by(-count(0), 0),
            ([], 'B') => self.move_by(count(0), 0),
            ([], 'C') => self.move_by(0, count(0)),
            ([], 'D') => self.move_by(0, -count(0)),
            ([], 'H' | 'f') => self.grid.move_to(count(0) as usize - 1, count(1) as usize - 1),
            ([], 'J') => erase.into_iter().for_each(|erase| self.grid.erase_screen(erase)),
            ([], 'K') => erase.into_iter().for_each(|erase| self.grid.erase_row(erase)),
            ([], 'm') => self.colours(params),
            ([b'?'], 'h') if param(0) == 25 => self.grid.set_cursor(Cursor::Shown),
            ([b'?'], 'l') if param(0) == 25 => self.grid.set_cursor(Cursor::Hidden),
            _ => {}
        }
    }

    fn esc_dispatch(&mut self, marks: &[u8], _ignore: bool, byte: u8) {
        self.finished = true;
        if (marks, byte) == (&[], b'c') {
            self.grid.reset();
        }
    }

    fn osc_dispatch(&mut self, _params: &[&[u8]], bell_terminated: bool) {
        // Ended by the bell; otherwise by an escape that begins `ESC \`.
        self.finished = bell_terminated;
    }
}
