//! What each escape sequence does to the grid (ECMA-48; VT100 manual, chapter 3;
//! xterm, "Control Sequences").

use vte::{Params, Perform};

use super::Cursor;
use super::grid::{Erase, Grid, Mode, Modes};
use super::reply::Replies;

/// Acts on what the parser found.
pub(super) struct Performer<'a> {
    grid: &'a mut Grid,
    replies: &'a mut Replies,
    finished: bool,
}

impl<'a> Performer<'a> {
    pub(super) fn new(grid: &'a mut Grid, replies: &'a mut Replies) -> Self {
        Self { grid, replies, finished: false }
    }

    /// Whether the parser is back in plain text for certain. It does not say so
    /// for the few sequences that it skips; the next plain character does.
    pub(super) fn finished(&self) -> bool {
        self.finished
    }

    /// SM and RM.
    fn set_ansi_mode(&mut self, number: u16, mode: Mode) {
        let modes = self.grid.modes();
        match number {
            4 => self.grid.set_modes(Modes { insert: mode, ..modes }),
            20 => self.grid.set_modes(Modes { new_line: mode, ..modes }),
            _ => {}
        }
    }

    /// DECSET and DECRST.
    fn set_dec_mode(&mut self, number: u16, mode: Mode) {
        let modes = self.grid.modes();
        match number {
            6 => {
                self.grid.set_modes(Modes { origin: mode, ..modes });
                self.grid.move_host(Some(0), Some(0));
            }
            7 => self.grid.set_modes(Modes { wrap: mode, ..modes }),
            25 => self.grid.set_visible(mode),
            1048 => self.save_or_restore(mode),
            47 | 1047 => self.alternate(mode),
            1049 if mode == Mode::On => {
                self.grid.save();
                self.alternate(mode);
            }
            1049 => {
                self.alternate(mode);
                self.grid.restore();
            }
            _ => {}
        }
    }

    fn save_or_restore(&mut self, mode: Mode) {
        match mode {
            Mode::On => self.grid.save(),
            Mode::Off => self.grid.restore(),
        }
    }

    fn alternate(&mut self, mode: Mode) {
        match mode {
            Mode::On => self.grid.enter_alternate(),
            Mode::Off => self.grid.leave_alternate(),
        }
    }

    /// DSR: 5 asks whether all is well, 6 where the cursor is.
    fn report(&mut self, number: u16) {
        let (row, col) = self.grid.reported_cursor();
        match number {
            5 => self.replies.add(format_args!("\x1b[0n")),
            6 => self.replies.add(format_args!("\x1b[{};{}R", row + 1, col + 1)),
            _ => {}
        }
    }

    /// XTWINOPS: the size of the text area, in characters.
    fn report_size(&mut self, number: u16) {
        let (cols, rows) = self.grid.size();
        if number == 18 {
            self.replies.add(format_args!("\x1b[8;{rows};{cols}t"));
        }
    }

    fn erase(&mut self, what: u16, act: fn(&mut Grid, Erase)) {
        match what {
            0 => act(self.grid, Erase::ToEnd),
            1 => act(self.grid, Erase::ToStart),
            2 => act(self.grid, Erase::All),
            _ => {}
        }
    }
}

/// DECSCUSR; blinking is the display's own affair.
const fn cursor_shape(number: u16) -> Option<Cursor> {
    match number {
        0 | 3 | 4 => Some(Cursor::Underline),
        1 | 2 => Some(Cursor::Block),
        5 | 6 => Some(Cursor::Bar),
        _ => None,
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
        if ignore {
            return;
        }
        let param = |index| params.iter().nth(index).and_then(|p| p.first()).map_or(0, |&n| n);
        // Where none and 0 mean 1.
        let count = |index| usize::from(param(index).max(1));
        let by = count(0) as isize;
        let grid = &mut *self.grid;
        match (marks, action) {
            ([], '@') => grid.insert_cells(count(0)),
            ([], 'A' | 'k') => grid.move_by(-by, 0),
            ([], 'B' | 'e') => grid.move_by(by, 0),
            ([], 'C' | 'a') => grid.move_by(0, by),
            ([], 'D' | 'j') => grid.move_by(0, -by),
            ([], 'E') => {
                grid.move_by(by, 0);
                grid.move_host(None, Some(0));
            }
            ([], 'F') => {
                grid.move_by(-by, 0);
                grid.move_host(None, Some(0));
            }
            ([], 'G' | '`') => grid.move_host(None, Some(count(0) - 1)),
            ([], 'H' | 'f') => grid.move_host(Some(count(0) - 1), Some(count(1) - 1)),
            ([], 'I') => grid.tab_forward(count(0)),
            ([], 'J') if param(0) == 3 => grid.erase_history(),
            ([], 'J') => self.erase(param(0), Grid::erase_screen),
            ([], 'K') => self.erase(param(0), Grid::erase_row),
            ([], 'L') => grid.insert_lines(count(0)),
            ([], 'M') => grid.delete_lines(count(0)),
            ([], 'P') => grid.delete_cells(count(0)),
            ([], 'S') => grid.scroll_up(count(0)),
            ([], 'T') if params.len() <= 1 => grid.scroll_down(count(0)),
            ([], 'X') => grid.erase_cells(count(0)),
            ([], 'Z') => grid.tab_back(count(0)),
            ([], 'b') => grid.repeat(count(0)),
            // A VT102: what this comes closest to.
            ([], 'c') if param(0) == 0 => self.replies.add(format_args!("\x1b[?6c")),
            ([b'>'], 'c') if param(0) == 0 => self.replies.add(format_args!("\x1b[>0;0;0c")),
            ([], 'd') => grid.move_host(Some(count(0) - 1), None),
            ([], 'g') => match param(0) {
                0 => {
                    let col = grid.cursor().1;
                    grid.tabs_mut().clear(col);
                }
                3 => grid.tabs_mut().clear_all(),
                _ => {}
            },
            ([], 'h') => params.iter().flatten().for_each(|&n| self.set_ansi_mode(n, Mode::On)),
            ([], 'l') => params.iter().flatten().for_each(|&n| self.set_ansi_mode(n, Mode::Off)),
            ([b'?'], 'h') => params.iter().flatten().for_each(|&n| self.set_dec_mode(n, Mode::On)),
            ([b'?'], 'l') => params.iter().flatten().for_each(|&n| self.set_dec_mode(n, Mode::Off)),
            ([], 'm') => {
                let mut pen = grid.pen();
                pen.set(params);
                grid.set_pen(pen);
            }
            ([], 'n') => self.report(param(0)),
            ([b'!'], 'p') => grid.soft_reset(),
            ([b' '], 'q') => cursor_shape(param(0)).into_iter().for_each(|c| grid.set_cursor(c)),
            ([], 'r') => {
                let (_, rows) = grid.size();
                let last = if param(1) == 0 { rows } else { param(1).into() };
                grid.set_region(count(0) - 1, last - 1);
            }
            ([], 's') => grid.save(),
            ([], 't') => self.report_size(param(0)),
            ([], 'u') => grid.restore(),
            _ => {}
        }
    }

    fn esc_dispatch(&mut self, marks: &[u8], ignore: bool, byte: u8) {
        self.finished = true;
        if ignore {
            return;
        }
        let grid = &mut *self.grid;
        match (marks, byte) {
            ([], b'7') => grid.save(),
            ([], b'8') => grid.restore(),
            ([], b'D') => grid.index(),
            ([], b'E') => {
                grid.index();
                grid.move_host(None, Some(0));
            }
            ([], b'H') => {
                let col = grid.cursor().1;
                grid.tabs_mut().set(col);
            }
            ([], b'M') => grid.reverse_index(),
            ([], b'Z') => self.replies.add(format_args!("\x1b[?6c")),
            ([], b'c') => grid.reset(),
            ([b'#'], b'8') => grid.align(),
            ([set @ (b'(' | b')')], name) => {
                let mut modes = grid.modes();
                let graphics = if name == b'0' { Mode::On } else { Mode::Off };
                let [g0, g1] = &mut modes.graphics;
                *(if *set == b'(' { g0 } else { g1 }) = graphics;
                grid.set_modes(modes);
            }
            _ => {}
        }
    }

    fn osc_dispatch(&mut self, _params: &[&[u8]], bell_terminated: bool) {
        // Ended by the bell; otherwise by an escape that begins `ESC \`.
        self.finished = bell_terminated;
    }
}
