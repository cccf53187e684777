//! Tests of the terminal against a fake screen.

use proptest::prelude::*;

use super::*;

/// A screen that remembers what it was told, and counts.
struct Fake {
    rows: Vec<Vec<Cell>>,
    cursor: Option<(usize, usize, Cursor)>,
    scrolls: Scrolled,
    scrolled: Vec<usize>,
    /// Row, column and width of every span drawn.
    drawn: Vec<(usize, usize, usize)>,
}

impl Fake {
    fn new(cols: usize, rows: usize, scrolls: Scrolled) -> Self {
        // Garbage at first: the terminal must not count on an empty screen.
        let style = Style::new(Colour::Red.into(), Colour::Green.into(), Underline::Off);
        let garbage = Cell::new('#', style);
        let rows = vec![vec![garbage; cols]; rows];
        Self { rows, cursor: None, scrolls, scrolled: Vec::new(), drawn: Vec::new() }
    }
}

impl Display for Fake {
    fn size(&self) -> (usize, usize) {
        (self.rows[0].len(), self.rows.len())
    }

    fn draw(&mut self, row: usize, col: usize, cells: &[Cell]) {
        assert!(!cells.is_empty());
        self.rows[row][col..col + cells.len()].copy_from_slice(cells);
        self.drawn.push((row, col, cells.len()));
    }

    fn scroll_up(&mut self, lines: usize, fill: Cell) -> Scrolled {
        assert!(lines > 0 && lines < self.rows.len());
        if self.scrolls == Scrolled::Done {
            self.scrolled.push(lines);
            self.rows.rotate_left(lines);
            let count = self.rows.len();
            self.rows[count - lines..].iter_mut().for_each(|row| row.fill(fill));
        }
        self.scrolls
    }

    fn cursor(&mut self, row: usize, col: usize, cursor: Cursor) {
        self.cursor = Some((row, col, cursor));
    }
}

fn terminal(cols: usize, rows: usize, text: &str) -> Terminal {
    let mut terminal = Terminal::new(cols, rows).unwrap();
    terminal.write(text);
    terminal
}

impl Terminal {
    /// A row as text, without the blanks at its end.
    pub(super) fn text_row(&self, row: usize) -> String {
        let text: String = self.row(row).iter().map(|cell| cell.ch()).collect();
        text.trim_end().to_owned()
    }

    pub(super) fn text(&self) -> Vec<String> {
        (0..self.size().1).map(|row| self.text_row(row)).collect()
    }
}

#[track_caller]
fn assert_shown(terminal: &Terminal, display: &Fake) {
    for (index, row) in display.rows.iter().enumerate() {
        assert_eq!(terminal.row(index), row, "row {index}");
    }
}

#[test]
fn on_a_blank_display_only_what_was_written_is_drawn() {
    let mut display = Fake::new(10, 4, Scrolled::Done);
    display.rows.iter_mut().for_each(|row| row.fill(Cell::BLANK));
    let mut terminal = Terminal::on_blank(10, 4).unwrap();
    terminal.flush(&mut display);
    assert!(display.drawn.is_empty() && display.cursor.is_some());
    terminal.write("\n  ab");
    terminal.flush(&mut display);
    assert_eq!(display.drawn, [(1, 0, 4)]);
    assert_shown(&terminal, &display);
}

#[test]
fn sizes_that_make_no_sense_are_refused() {
    assert_eq!(Terminal::new(0, 25).err(), Some(TerminalError::Size));
    assert_eq!(Terminal::new(80, 0).err(), Some(TerminalError::Size));
    assert_eq!(Terminal::new(usize::MAX, 2).err(), Some(TerminalError::Size));
    assert_eq!(Terminal::new(usize::MAX / 64, 2).err(), Some(TerminalError::NoMemory));
}

#[test]
fn text_and_controls() {
    assert_eq!(terminal(10, 3, "one\ntwo\rT\n\x07three").text(), ["one", "Two", "three"]);
    assert_eq!(terminal(10, 1, "a\tb\tc").text(), ["a       bc"]);
    assert_eq!(terminal(10, 1, "abc\x08\x08x\x7f\u{85}y").text(), ["axy"]);
    assert_eq!(terminal(10, 1, "grüße ✓").text(), ["grüße ✓"]);
}

#[test]
fn the_last_column_wraps_late() {
    let mut terminal = terminal(4, 3, "abcd");
    assert_eq!(terminal.cursor(), (0, 3));
    terminal.write("\n");
    assert_eq!(terminal.cursor(), (1, 0), "a full line takes one line, not two");
    terminal.write("efghi");
    assert_eq!(terminal.text(), ["abcd", "efgh", "i"]);
    terminal.write("\x1b[2;4HX\x08Y");
    assert_eq!(terminal.text_row(1), "efYX");
}

#[test]
fn scrolling_keeps_the_newest() {
    let terminal = terminal(8, 3, "1\n2\n3\n4\n5");
    assert_eq!(terminal.text(), ["3", "4", "5"]);
    assert_eq!(terminal.cursor(), (2, 1));
}

#[test]
fn colours() {
    let cell = |text: &str| {
        let terminal = terminal(4, 1, text);
        let style = terminal.row(0)[0].style();
        let named = |tint: Tint| tint.as_named().ok_or(tint.to_rgb());
        (named(style.fg()), named(style.bg()))
    };
    use Colour::*;
    let cell_is = |text: &str, fg, bg| assert_eq!(cell(text), (Ok(fg), Ok(bg)), "{text:?}");
    cell_is("x", LightGrey, Black);
    cell_is("\x1b[31mx", Red, Black);
    cell_is("\x1b[1;33;44mx", Yellow, Blue);
    cell_is("\x1b[33mx", Brown, Black);
    cell_is("\x1b[96;107mx", LightCyan, White);
    cell_is("\x1b[1;31;22mx", Red, Black);
    cell_is("\x1b[32;7mx", Black, Green);
    cell_is("\x1b[32;7;27mx", Green, Black);
    cell_is("\x1b[32;41;39;49mx", LightGrey, Black);
    cell_is("\x1b[32;41m\x1b[mx", LightGrey, Black);
    let rgb = |hex| Err(crate::pixel::Rgb::new(hex));
    let odd = cell("\x1b[38;5;31;48;2;41;42;43;4mx");
    assert_eq!(odd, (rgb(0x00_87_af), rgb(0x29_2a_2b)));
    assert_eq!(cell("\x1b[38:5:9;48:2::1:2:3mx"), (Ok(LightRed), rgb(0x01_02_03)));
    assert_eq!(cell("\x1b[48:2:1:2:3mx").1, rgb(0x01_02_03));
    cell_is("\x1b[38:5:31;34mx", Blue, Black);
    cell_is("\x1b[38;5;256;35mx", Magenta, Black);
    cell_is("\x1b[38;2;1;2;300mx\x1b[38;9mx\x1b[38mx\x1b[48;2;1mx", LightGrey, Black);
    cell_is("\x1b[31;8mx", Black, Black);
}

#[test]
fn cursor_moves_stop_at_the_edges() {
    let at = |text: &str| terminal(10, 5, text).cursor();
    assert_eq!(at("\x1b[3;4H"), (2, 3));
    assert_eq!(at("\x1b[f\x1b[B\x1b[2C"), (1, 2));
    assert_eq!(at("\x1b[3;4H\x1b[A\x1b[D"), (1, 2));
    assert_eq!(at("\x1b[99;99H"), (4, 9));
    assert_eq!(at("\x1b[99A\x1b[99D"), (0, 0));
    assert_eq!(at("\x1b[65535B\x1b[0C"), (4, 1));
}

#[test]
fn erasing() {
    let full = "abc\ndef\nghi\x1b[2;2H";
    let after = |sequence: &str| terminal(3, 3, &format!("{full}{sequence}")).text();
    assert_eq!(after("\x1b[K"), ["abc", "d", "ghi"]);
    assert_eq!(after("\x1b[1K"), ["abc", "  f", "ghi"]);
    assert_eq!(after("\x1b[2K"), ["abc", "", "ghi"]);
    assert_eq!(after("\x1b[J"), ["abc", "d", ""]);
    assert_eq!(after("\x1b[1J"), ["", "  f", "ghi"]);
    assert_eq!(after("\x1b[2J"), ["", "", ""]);
    assert_eq!(after("\x1b[7J\x1b[7K"), ["abc", "def", "ghi"]);
    let blue = terminal(3, 1, "abc\x1b[44m\x1b[2K");
    let style = Style::new(Colour::LightGrey.into(), Colour::Blue.into(), Underline::Off);
    assert_eq!(blue.row(0)[0], Cell::new(' ', style));
}

#[test]
fn the_cursor_can_be_hidden() {
    let mut display = Fake::new(4, 2, Scrolled::Done);
    let mut terminal = terminal(4, 2, "\x1b[?25lab");
    terminal.flush(&mut display);
    assert_eq!(display.cursor, Some((0, 2, Cursor::Hidden)));
    terminal.write("\x1b[?25h");
    terminal.flush(&mut display);
    assert_eq!(display.cursor, Some((0, 2, Cursor::Underline)));
}

#[test]
fn unknown_and_unfinished_sequences_do_no_harm() {
    assert_eq!(terminal(8, 1, "a\x1b[1$r\x1b(B\x1b]0;title\x07\x1bPq\x1b\\b").text(), ["ab"]);
    assert_eq!(terminal(8, 1, "\x1b]0;t\x1b\\a\x1b[1<?!zb").text(), ["ab"]);
    let mut terminal = terminal(8, 2, "\x1b]never ended");
    terminal.write(&"x".repeat(usize::from(LONGEST_SEQUENCE)));
    terminal.write("\rhi");
    assert!(terminal.text_row(terminal.cursor().0).starts_with("hi"));
    terminal.write("\x1b[31");
    terminal.clear();
    terminal.write("m");
    assert_eq!(terminal.text(), ["m", ""]);
}

#[test]
fn an_echo_draws_one_cell() {
    let mut display = Fake::new(80, 25, Scrolled::Done);
    let mut terminal = terminal(80, 25, "valhalla> ");
    terminal.flush(&mut display);
    display.drawn.clear();
    terminal.write("h");
    terminal.flush(&mut display);
    assert_eq!(display.drawn, [(0, 10, 1)]);
    assert_eq!(display.cursor, Some((0, 11, Cursor::Underline)));
    display.cursor = None;
    terminal.write("\x1b[K");
    terminal.flush(&mut display);
    assert_eq!((display.drawn.len(), display.cursor), (1, None), "nothing changed");
}

#[test]
fn a_burst_scrolls_once() {
    let mut display = Fake::new(20, 5, Scrolled::Done);
    let mut terminal = terminal(20, 5, "1\n2\n3\n4\n5");
    terminal.flush(&mut display);
    display.drawn.clear();
    terminal.write("\n6\n7");
    terminal.flush(&mut display);
    assert_eq!(display.scrolled, [2]);
    assert_eq!(display.drawn, [(3, 0, 1), (4, 0, 1)]);
    assert_shown(&terminal, &display);
    display.drawn.clear();
    for line in 0..1000 {
        terminal.write("\n");
        terminal.write(&line.to_string());
    }
    terminal.flush(&mut display);
    assert_eq!(display.scrolled, [2], "past a screenful nothing is left to move");
    assert_eq!(display.drawn.len(), 5);
    assert_shown(&terminal, &display);
}

#[test]
fn rows_of_another_colour_are_drawn_after_a_scroll() {
    let mut display = Fake::new(4, 4, Scrolled::Done);
    let mut terminal = terminal(4, 4, "\n\n\n");
    terminal.flush(&mut display);
    terminal.write("\n\x1b[41m\n\x1b[0m\n");
    terminal.flush(&mut display);
    assert_shown(&terminal, &display);
    assert_eq!(terminal.row(2)[0].style().bg(), Colour::Red.into());
}

/// The text of the rows that a display shows.
fn shown(display: &Fake) -> Vec<String> {
    let text = |row: &Vec<Cell>| row.iter().map(|cell| cell.ch()).collect::<String>();
    display.rows.iter().map(|row| text(row).trim_end().to_owned()).collect()
}

#[test]
fn a_thousand_lines_that_left_can_be_looked_at() {
    let mut display = Fake::new(30, 3, Scrolled::Done);
    let mut terminal = terminal(30, 3, "");
    for number in 0..2500 {
        terminal.write(&format!("\x1b[{}m{number}\x1b[0m\n", 31 + number % 7));
    }
    assert_eq!(terminal.view(), (0, 1000));
    // In a view the top right says where it is.
    terminal.view_up(usize::MAX);
    terminal.flush(&mut display);
    assert_eq!(shown(&display), ["1498     \u{2191} 1000 of 1000 lines", "1499", "1500"]);
    assert_eq!(display.rows[2][0].style().fg(), Tint::indexed((1500 % 7) as u8 + 1));
    terminal.view_down(998);
    terminal.flush(&mut display);
    assert_eq!(shown(&display)[1..], ["2497", "2498"]);
    terminal.write("x");
    terminal.flush(&mut display);
    assert_eq!(shown(&display), ["2498", "2499", "x"]);
    // The program's screen leaves nothing in between.
    terminal.write("\x1b[?1049h\n\n\n\nhere\n\n\x1b[?1049l");
    terminal.flush(&mut display);
    assert_eq!((shown(&display)[..2].concat(), terminal.view().1), ("24982499".to_owned(), 997));
    terminal.view_up(1);
    terminal.flush(&mut display);
    assert_eq!(shown(&display)[1..], ["2498", "2499"]);
    terminal.write("\x1b[3J");
    assert_eq!(terminal.view(), (0, 0));
}

#[test]
fn text_wraps_without_the_mode_that_makes_a_line_feed_a_return() {
    // Each must end: a wrap goes to the first column whatever LNM says.
    for text in ["abcdef", "a\u{e9}cdef"] {
        let mut terminal = terminal(4, 3, "\x1b[20l");
        terminal.write(text);
        text.chars().for_each(|ch| terminal.write(ch.encode_utf8(&mut [0; 4])));
        assert_eq!(terminal.cursor(), (2, 3));
    }
}

/// Text as a hostile user would send it: sequences, whole, broken and mixed.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[ -~]{0,20}",
        2 => "(\n|\r|\t|\x08){1,4}",
        3 => "\x1b\\[[0-9;:?]{0,6}[ABCDHfJKmhl]",
        1 => "\x1b\\[(4[0-7]|1|7|0)m\n",
        1 => "\x1b\\[([0-9]{0,5}|[34589][0-8])m[a-z]{0,3}",
        1 => "\x1b[\\[\\]PX^_()c0-9]",
        1 => "\x1b\\[\\?1049[hl]",
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn the_display_shows_what_the_terminal_holds(
        cols in 1usize..20, rows in 1usize..8, texts in prop::collection::vec(text(), 1..6),
        scrolls in prop::sample::select(vec![Scrolled::Done, Scrolled::Unsupported]),
    ) {
        let mut display = Fake::new(cols, rows, scrolls);
        let mut terminal = Terminal::new(cols, rows).unwrap();
        for text in texts {
            terminal.write(&text);
            terminal.flush(&mut display);
            assert_shown(&terminal, &display);
            let (row, col) = terminal.cursor();
            prop_assert!(row < rows && col < cols);
            prop_assert_eq!(display.cursor.map(|(row, col, _)| (row, col)), Some((row, col)));
        }
        terminal.redraw_all();
        let mut other = Fake::new(cols, rows, scrolls);
        terminal.flush(&mut other);
        assert_shown(&terminal, &other);
    }

    #[test]
    fn how_text_is_cut_up_changes_nothing(text in text()) {
        let whole = terminal(10, 4, &text);
        let mut cut = Terminal::new(10, 4).unwrap();
        for ch in text.chars() {
            cut.write(ch.encode_utf8(&mut [0; 4]));
        }
        prop_assert_eq!(whole.cursor(), cut.cursor());
        for row in 0..4 {
            prop_assert_eq!(whole.row(row), cut.row(row));
        }
    }

    #[test]
    fn clear_always_gives_a_working_terminal(text in text()) {
        let mut terminal = terminal(10, 4, &text);
        terminal.clear();
        terminal.write("ok");
        prop_assert_eq!(terminal.text(), ["ok", "", "", ""]);
        prop_assert_eq!(terminal.row(0)[0], Cell::BLANK.with('o'));
    }
}
