//! What a serial terminal would show, kept as lines that never scroll away.
//!
//! The shell redraws its line with carriage returns and escape sequences, so
//! the raw bytes are not text. This plays them onto an endless page: lines are
//! only ever added, and "clear screen" begins a new page below the old one.

use vte::{Params, Parser, Perform};

/// An endless page that bytes are played onto.
#[derive(Default)]
pub struct Transcript {
    parser: Parser,
    page: Page,
    /// The begun last character of what came so far. The parser (vte 0.15) loses
    /// a character when a piece ends within the next one, so it gets whole ones.
    begun: Vec<u8>,
}

#[derive(Default)]
struct Page {
    lines: Vec<Vec<char>>,
    /// First line of the current screen: where "home" goes.
    top: usize,
    row: usize,
    column: usize,
    /// Row and column at the last ESC 7.
    saved: (usize, usize),
    /// The first line that changed since somebody asked.
    changed: usize,
}

/// Nothing that a test looks for lies further right; a wild cursor address ends here.
const WIDEST: usize = 4096;
/// The right end of a row, for who moves there without knowing where it is.
const RIGHT_END: usize = 131;
/// Nor further down than this below the top of the screen.
const TALLEST: usize = 200;

impl Transcript {
    /// An empty page.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Plays bytes onto the page. Any bytes at all are fine.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.begun.extend_from_slice(bytes);
        let begun = self.begun.split_off(self.begun.len() - begun_character(&self.begun));
        self.parser.advance(&mut self.page, &self.begun);
        self.begun = begun;
    }

    /// The first line that may have changed since this was asked last, or become
    /// complete: the one that the cursor was on, or one above it.
    pub fn forget_changes(&mut self) -> usize {
        let last = self.complete();
        let first = self.page.changed.min(last);
        self.page.changed = last;
        first
    }

    /// How many lines the cursor has left behind. Where it only looks how far the
    /// terminal goes, it is below all lines and has left the last one for a moment.
    #[must_use]
    pub fn complete(&self) -> usize {
        self.page.row.min(self.len().saturating_sub(1))
    }

    /// How many lines there are, the unfinished last one included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.page.lines.len()
    }

    /// Whether nothing was received yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.page.lines.is_empty()
    }

    /// Line `index` without trailing spaces, empty where there is none.
    #[must_use]
    pub fn line(&self, index: usize) -> String {
        let text: String = self.page.lines.get(index).into_iter().flatten().collect();
        text.trim_end().to_owned()
    }

    /// All lines from `first` on.
    #[must_use]
    pub fn lines_from(&self, first: usize) -> Vec<String> {
        (first..self.len()).map(|index| self.line(index)).collect()
    }

    /// The line that the cursor is on, and its index.
    #[must_use]
    pub fn current(&self) -> (usize, String) {
        (self.page.row, self.line(self.page.row))
    }
}

/// How many bytes at the end begin a UTF-8 character that is not complete.
fn begun_character(bytes: &[u8]) -> usize {
    for back in 1..=bytes.len().min(3) {
        let needs = match bytes[bytes.len() - back] {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            0x80..=0xbf => continue,
            _ => 1,
        };
        return if back < needs { back } else { 0 };
    }
    0
}

impl Page {
    fn line_mut(&mut self) -> &mut Vec<char> {
        self.changed = self.changed.min(self.row);
        while self.lines.len() <= self.row {
            self.lines.push(Vec::new());
        }
        &mut self.lines[self.row]
    }

    fn clear_screen(&mut self) {
        // Begin a new page, so that earlier output stays readable.
        if self.lines.len() > self.top && self.lines[self.top..].iter().any(|line| !line.is_empty())
        {
            self.top = self.lines.len();
        }
        self.row = self.top + self.row.saturating_sub(self.top).min(TALLEST);
    }
}

impl Perform for Page {
    fn print(&mut self, character: char) {
        let column = self.column.min(WIDEST);
        let line = self.line_mut();
        while line.len() <= column {
            line.push(' ');
        }
        line[column] = character;
        self.column = column + 1;
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\n' => {
                self.row += 1;
                self.line_mut();
            }
            b'\r' => self.column = 0,
            8 => self.column = self.column.saturating_sub(1),
            b'\t' => self.column = ((self.column / 8) + 1) * 8,
            _ => {}
        }
    }

    fn esc_dispatch(&mut self, _: &[u8], _: bool, byte: u8) {
        match byte {
            b'7' => self.saved = (self.row, self.column),
            b'8' => (self.row, self.column) = self.saved,
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, _: &[u8], _: bool, action: char) {
        let values: Vec<usize> =
            params.iter().map(|group| usize::from(group.first().copied().unwrap_or(0))).collect();
        let value = |index: usize| values.get(index).copied().unwrap_or(0);
        let count = value(0).max(1);
        match action {
            'A' => self.row = self.row.saturating_sub(count).max(self.top),
            'B' => self.row = (self.row + count).min(self.top + TALLEST),
            'C' => self.column = (self.column + count).min(RIGHT_END.max(self.column)),
            'D' => self.column = self.column.saturating_sub(count),
            'G' => self.column = count - 1,
            'H' | 'f' => {
                self.row = self.top + (count - 1).min(TALLEST);
                self.column = value(1).max(1) - 1;
            }
            'J' if value(0) >= 2 => self.clear_screen(),
            'J' | 'K' => {
                let column = self.column;
                let line = self.line_mut();
                match value(0) {
                    0 => line.truncate(column),
                    1 => line.iter_mut().take(column + 1).for_each(|cell| *cell = ' '),
                    _ => line.clear(),
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Transcript;

    fn play(bytes: &[u8]) -> Vec<String> {
        let mut transcript = Transcript::new();
        transcript.feed(bytes);
        transcript.lines_from(0)
    }

    #[test]
    fn a_redrawn_line_reads_as_its_last_state() {
        assert_eq!(play(b"$ p\r\x1b[K$ pi\r\x1b[K$ ping\r\npong\r\n$ "), ["$ ping", "pong", "$"]);
    }

    #[test]
    fn it_does_not_matter_where_pieces_end() {
        let text = "a \u{e4}\u{f6} \u{2500} \u{1f600} z".as_bytes();
        for cut in 0..text.len() {
            let mut transcript = Transcript::new();
            transcript.feed(&text[..cut]);
            transcript.feed(&text[cut..]);
            assert_eq!(transcript.line(0).as_bytes(), text, "cut at {cut}");
        }
    }

    #[test]
    fn backspace_and_erase_remove_characters() {
        assert_eq!(play(b"abc\x08 \x08d\x1b[3D\x1b[0K"), [""]);
        assert_eq!(play(b"abc\x08X"), ["abX"]);
    }

    #[test]
    fn a_question_for_the_size_leaves_no_trace() {
        assert_eq!(play(b"$ \x1b[?2004h\x1b7\x1b[999;999H\x1b[6n\x1b8ping"), ["$ ping"]);
    }

    #[test]
    fn a_line_is_not_complete_while_the_size_is_asked_for() {
        let mut transcript = Transcript::new();
        transcript.feed(b"one\r\ntwo\x1b7\x1b[999;999H");
        assert_eq!((transcript.complete(), transcript.forget_changes()), (1, 0));
        transcript.feed(b"\x1b8\r\n");
        assert_eq!((transcript.complete(), transcript.forget_changes()), (2, 1));
    }

    #[test]
    fn clearing_starts_a_new_page_and_keeps_the_old_one() {
        assert_eq!(play(b"one\r\ntwo\x1b[2J\x1b[Hthree"), ["one", "two", "three"]);
    }

    #[test]
    fn hostile_positions_stay_bounded() {
        let lines = play(b"\x1b[65000;65000Hx\x1b[65000Cy\x1b[65000By\x1b[65000A");
        assert!(lines.len() <= 1000);
    }
}
