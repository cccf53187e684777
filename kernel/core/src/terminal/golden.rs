//! Recorded sequences and the screens they have to make.
//!
//! The cases are of our own making. They are arranged by what the esctest and
//! vttest families look at first; the expected screens follow from the manuals
//! (VT100 User Guide, chapter 3; ECMA-48) and from xterm where those are silent.
//! Each is written whole, byte by byte, and cut at every place.

use super::*;

/// A screen of 10 by 5: name, what is written, its rows, and the cursor.
type Case = (&'static str, &'static str, [&'static str; 5], (usize, usize));

/// Five rows of letters, to see what moves.
const FILL: &str = "\x1b[H11111\r\n22222\r\n33333\r\n44444\r\n55555\x1b[H";

const CASES: &[Case] = &[
    // --- Cursor movements (vttest 1) ------------------------------------------
    ("CUP", "\x1b[3;4Hx\x1b[Hy\x1b[;2Hz", ["yz", "", "   x", "", ""], (0, 2)),
    ("HVP", "\x1b[2;2fx", ["", " x", "", "", ""], (1, 2)),
    ("CUU stops at the top", "\x1b[3;3H\x1b[9Ax", ["  x", "", "", "", ""], (0, 3)),
    ("CUD stops at the bottom", "\x1b[9Bx", ["", "", "", "", "x"], (4, 1)),
    ("CUF stops at the right", "\x1b[99Cx", ["         x", "", "", "", ""], (0, 9)),
    ("CUB stops at the left", "ab\x1b[9Dx", ["xb", "", "", "", ""], (0, 1)),
    ("no and 0 parameters are 1", "\x1b[2;2H\x1b[0A\x1b[Dx", ["x", "", "", "", ""], (0, 1)),
    ("CNL and CPL", "ab\x1b[2Ex\x1b[Fy", ["ab", "y", "x", "", ""], (1, 1)),
    ("CHA and HPA", "abc\x1b[5Gx\x1b[2`y", ["ayc x", "", "", "", ""], (0, 2)),
    ("VPA, VPR and HPR", "\x1b[3dx\x1b[ey\x1b[2az", ["", "", "x", " y  z", ""], (3, 5)),
    ("IND and RI keep the column", "ab\x1bDc\x1bMd", ["ab d", "  c", "", "", ""], (0, 4)),
    ("NEL returns", "ab\x1bEc", ["ab", "c", "", "", ""], (1, 1)),
    ("CR, BS and LF in a sequence", "ab\x1b[\x08Cx\x1b[\r2Cy", ["aby", "", "", "", ""], (0, 3)),
    ("vertical tab and form feed are line feeds", "a\x0bb\x0cc", ["a", "b", "c", "", ""], (2, 1)),
    // --- Autowrap (vttest 1, esctest DECAWM) ----------------------------------
    ("wrap comes late", "0123456789", ["0123456789", "", "", "", ""], (0, 9)),
    ("and then it comes", "0123456789a", ["0123456789", "a", "", "", ""], (1, 1)),
    ("a move takes it back", "0123456789\x1b[Dx", ["01234567x9", "", "", "", ""], (0, 9)),
    (
        "EL at the wrap erases the last cell",
        "0123456789\x1b[K",
        ["012345678", "", "", "", ""],
        (0, 9),
    ),
    (
        "no wrap: the last cell is overwritten",
        "\x1b[?7l0123456789ab",
        ["012345678b", "", "", "", ""],
        (0, 9),
    ),
    ("wrap at the bottom scrolls", "\x1b[5;10Hab", ["", "", "", "         a", "b"], (4, 1)),
    // --- Tabs (esctest HTS, TBC, CHT, CBT) ------------------------------------
    ("HT", "a\tb", ["a       b", "", "", "", ""], (0, 9)),
    ("HT stops at the edge", "\t\t\tx", ["         x", "", "", "", ""], (0, 9)),
    ("HTS", "\x1b[4G\x1bH\r\tx", ["   x", "", "", "", ""], (0, 4)),
    ("TBC", "\x1b[3g\tx", ["         x", "", "", "", ""], (0, 9)),
    ("TBC of one", "\x1b[9G\x1b[g\r\tx", ["         x", "", "", "", ""], (0, 9)),
    ("CHT and CBT", "\x1b[Ix\x1b[Zy\x1b[2Zz", ["z       y", "", "", "", ""], (0, 1)),
    // --- Erasing (vttest 1, esctest ED, EL, ECH) ------------------------------
    ("ED 0", "\x1b[FILL]\x1b[3;3H\x1b[J", ["11111", "22222", "33", "", ""], (2, 2)),
    ("ED 1", "\x1b[FILL]\x1b[3;3H\x1b[1J", ["", "", "   33", "44444", "55555"], (2, 2)),
    ("ED 2", "\x1b[FILL]\x1b[3;3H\x1b[2J", ["", "", "", "", ""], (2, 2)),
    ("EL 0", "\x1b[FILL]\x1b[3;3H\x1b[K", ["11111", "22222", "33", "44444", "55555"], (2, 2)),
    ("EL 1", "\x1b[FILL]\x1b[3;3H\x1b[1K", ["11111", "22222", "   33", "44444", "55555"], (2, 2)),
    ("EL 2", "\x1b[FILL]\x1b[3;3H\x1b[2K", ["11111", "22222", "", "44444", "55555"], (2, 2)),
    ("ECH", "\x1b[FILL]\x1b[3;2H\x1b[3X", ["11111", "22222", "3   3", "44444", "55555"], (2, 1)),
    ("ECH past the edge", "0123456789\x1b[9G\x1b[99X", ["01234567", "", "", "", ""], (0, 8)),
    // --- Inserting and deleting (vttest 8, esctest ICH, DCH, IL, DL) ----------
    ("ICH", "abcdefghij\x1b[3G\x1b[2@", ["ab  cdefgh", "", "", "", ""], (0, 2)),
    ("DCH", "abcdefghij\x1b[3G\x1b[2P", ["abefghij", "", "", "", ""], (0, 2)),
    (
        "ICH and DCH past the edge",
        "abcd\x1b[3G\x1b[99@x\x1b[1G\x1b[99P",
        ["", "", "", "", ""],
        (0, 0),
    ),
    ("IL", "\x1b[FILL]\x1b[2;3H\x1b[2Lx", ["11111", "x", "", "22222", "33333"], (1, 1)),
    ("DL", "\x1b[FILL]\x1b[2;3H\x1b[2Mx", ["11111", "x4444", "55555", "", ""], (1, 1)),
    ("IRM", "abc\x1b[4h\x1b[2Gxy\x1b[4lz", ["axyzc", "", "", "", ""], (0, 4)),
    (
        "IL and DL within the region",
        "\x1b[FILL]\x1b[2;4r\x1b[3H\x1b[L\x1b[5H\x1b[M",
        ["11111", "22222", "", "33333", "55555"],
        (4, 0),
    ),
    ("REP", "a\x1b[3bx", ["aaaax", "", "", "", ""], (0, 5)),
    // --- Scroll region and origin (vttest 2, esctest DECSTBM, DECOM) ----------
    ("DECSTBM homes the cursor", "abc\x1b[2;4rx", ["xbc", "", "", "", ""], (0, 1)),
    (
        "a line feed scrolls the region",
        "\x1b[FILL]\x1b[2;4r\x1b[4H\nx",
        ["11111", "33333", "44444", "x", "55555"],
        (3, 1),
    ),
    (
        "RI scrolls it back",
        "\x1b[FILL]\x1b[2;4r\x1b[2H\x1bMx",
        ["11111", "x", "22222", "33333", "55555"],
        (1, 1),
    ),
    (
        "below the region nothing scrolls",
        "\x1b[FILL]\x1b[2;4r\x1b[5H\n\nx",
        ["11111", "22222", "33333", "44444", "x5555"],
        (4, 1),
    ),
    ("SU", "\x1b[FILL]\x1b[2S", ["33333", "44444", "55555", "", ""], (0, 0)),
    ("SD", "\x1b[FILL]\x1b[2T", ["", "", "11111", "22222", "33333"], (0, 0)),
    (
        "SU in the region",
        "\x1b[FILL]\x1b[2;4r\x1b[S",
        ["11111", "33333", "44444", "", "55555"],
        (0, 0),
    ),
    ("SD in the region", "\x1b[FILL]\x1b[2;4r\x1b[9T", ["11111", "", "", "", "55555"], (0, 0)),
    (
        "a region of one row is none",
        "\x1b[FILL]\x1b[3;3r\x1b[5H\nx",
        ["22222", "33333", "44444", "55555", "x"],
        (4, 1),
    ),
    (
        "moves stop at the margins",
        "\x1b[2;4r\x1b[3H\x1b[9Ax\x1b[9By",
        ["", "x", "", " y", ""],
        (3, 2),
    ),
    ("but not from outside", "\x1b[2;4r\x1b[5Hx\x1b[9A\x1b[9Ay", ["", " y", "", "", "x"], (1, 2)),
    ("DECOM", "\x1b[2;4r\x1b[?6hx\x1b[9;2Hy", ["", "x", "", " y", ""], (3, 2)),
    ("DECOM off", "\x1b[2;4r\x1b[?6h\x1b[?6lx", ["x", "", "", "", ""], (0, 1)),
    // --- Saving (esctest DECSC, SCOSC) ----------------------------------------
    ("DECSC and DECRC", "\x1b[2;3H\x1b7\x1b[Hx\x1b8y", ["x", "  y", "", "", ""], (1, 3)),
    ("DECRC without DECSC goes home", "\x1b[3;3H\x1b8x", ["x", "", "", "", ""], (0, 1)),
    ("CSI s and u", "\x1b[2;3H\x1b[s\x1b[Hx\x1b[uy", ["x", "  y", "", "", ""], (1, 3)),
    (
        "the wrap to come is saved",
        "0123456789\x1b7\x1b[H\x1b8x",
        ["0123456789", "x", "", "", ""],
        (1, 1),
    ),
    // --- Character sets (vttest 3) --------------------------------------------
    ("DEC graphics in G0", "\x1b(0lqk\x1b(Blqk", ["┌─┐lqk", "", "", "", ""], (0, 6)),
    ("DEC graphics in G1", "\x1b)0a\x0eaq\x0fq", ["a▒─q", "", "", "", ""], (0, 4)),
    // --- Resets (esctest RIS, DECSTR) -----------------------------------------
    ("RIS", "abc\x1b[2;4r\x1b[?6;7l\x1b[4h\x1bcx", ["x", "", "", "", ""], (0, 1)),
    ("DECSTR", "\x1b[4h\x1b[2;3r\x1b[?7l\x1b[!pab\x1b[1Gx", ["xb", "", "", "", ""], (0, 1)),
    ("DECALN", "x\x1b#8", ["EEEEEEEEEE"; 5], (0, 0)),
    ("LNM off", "\x1b[20lab\ncd", ["ab", "  cd", "", "", ""], (1, 4)),
    // --- Wide and combining ---------------------------------------------------
    ("wide characters take two cells", "中x文", ["中 x文", "", "", "", ""], (0, 5)),
    ("one that does not fit wraps", "12345678文", ["12345678文", "", "", "", ""], (0, 9)),
    ("nor at the last column", "123456789文", ["123456789", "文", "", "", ""], (1, 2)),
    ("half overwritten is gone", "中文\x1b[2Gx\x1b[3Gy", [" xy", "", "", "", ""], (0, 3)),
    ("half deleted is gone", "中文\x1b[1G\x1b[P", [" 文", "", "", "", ""], (0, 0)),
    ("half erased is gone", "a中b\x1b[2G\x1b[X", ["a  b", "", "", "", ""], (0, 1)),
    ("marks take none", "e\u{301}\u{200b}x", ["ex", "", "", "", ""], (0, 2)),
    // --- What is skipped (vttest 11 and the like) -----------------------------
    (
        "OSC and DCS",
        "a\x1b]0;title\x07b\x1b]8;;x\x1b\\c\x1bP1$r\x1b\\d",
        ["abcd", "", "", "", ""],
        (0, 4),
    ),
    (
        "unknown sequences",
        "a\x1b[>4;1m\x1b[?2004h\x1b[=1u\x1b[5$q\x1b%Gb",
        ["ab", "", "", "", ""],
        (0, 2),
    ),
    ("CAN and SUB end one", "a\x1b[3\x18b\x1b[\x1ac", ["abc", "", "", "", ""], (0, 3)),
    ("ESC begins anew", "a\x1b[3\x1b[2Gb", ["ab", "", "", "", ""], (0, 2)),
];

/// The screen without the second cells of wide characters, trailing blanks cut.
fn rows(terminal: &Terminal) -> Vec<String> {
    let row = |row: usize| {
        let cells = terminal.row(row).iter().map(|cell| cell.ch());
        // The second cell shows as a blank but after a wide character at the end.
        let text: String = cells.map(|ch| if ch == Cell::REST { ' ' } else { ch }).collect();
        text.trim_end().to_owned()
    };
    (0..terminal.size().1).map(row).collect()
}

fn text_of(case: &Case) -> String {
    case.1.replace("\x1b[FILL]", FILL)
}

fn screen(write: impl FnOnce(&mut Terminal)) -> Terminal {
    let mut terminal = Terminal::new(10, 5).unwrap();
    write(&mut terminal);
    terminal
}

#[test]
fn the_screens_are_as_expected() {
    for case in CASES {
        let terminal = screen(|terminal| terminal.write(&text_of(case)));
        assert_eq!(rows(&terminal), case.2, "{}", case.0);
        assert_eq!(terminal.cursor(), case.3, "{}", case.0);
    }
}

/// Cells, cursor, and what the next text would look like.
fn state(mut terminal: Terminal) -> (Vec<Vec<Cell>>, (usize, usize)) {
    let cursor = terminal.cursor();
    terminal.write("\x1b[5;1H.");
    ((0..5).map(|row| terminal.row(row).to_vec()).collect(), cursor)
}

#[test]
fn where_a_sequence_is_cut_changes_nothing() {
    for case in CASES {
        let text = text_of(case);
        let whole = state(screen(|terminal| terminal.write(&text)));
        for (cut, _) in text.char_indices() {
            let (a, b) = text.split_at(cut);
            let parts = screen(|terminal| [a, b].into_iter().for_each(|part| terminal.write(part)));
            assert_eq!(state(parts), whole, "{} cut at {cut}", case.0);
        }
        let single = screen(|terminal| {
            text.chars().for_each(|ch| terminal.write(ch.encode_utf8(&mut [0; 4])));
        });
        assert_eq!(state(single), whole, "{} one by one", case.0);
    }
}

#[test]
fn reports_are_answered() {
    let answer = |text: &str| {
        let mut terminal = screen(|terminal| terminal.write(text));
        let reply = terminal.take_reply().map(|reply| reply.as_str().to_owned());
        assert!(terminal.take_reply().is_none(), "an answer is given once");
        reply.unwrap_or_default()
    };
    assert_eq!(answer("\x1b[5n"), "\x1b[0n");
    assert_eq!(answer("\x1b[3;4H\x1b[6n"), "\x1b[3;4R");
    assert_eq!(answer("0123456789\x1b[6n"), "\x1b[1;10R");
    assert_eq!(answer("\x1b[2;4r\x1b[?6h\x1b[2;2H\x1b[6n"), "\x1b[2;2R");
    assert_eq!(answer("\x1b[c\x1bZ\x1b[>c"), "\x1b[?6c\x1b[?6c\x1b[>0;0;0c");
    assert_eq!(answer("\x1b[18t"), "\x1b[8;5;10t");
    assert_eq!(answer("\x1b[7n\x1b[1c\x1b[?6n"), "");
    assert!(answer(&"\x1b[6n".repeat(1000)).len() <= REPLY_BYTES);
    // The same, told apart; what has no meaning here is passed over.
    let mut terminal = screen(|terminal| {
        terminal.write("\x1b[>c\x1b[5n\x1b[3;4H\x1b[6n\x1b[c\x1b[18t");
    });
    let answers: Vec<Answer> = core::iter::from_fn(|| terminal.next_answer()).collect();
    let place = Answer::Place { row: 3, col: 4 };
    let size = Answer::Size { cols: 10, rows: 5 };
    assert_eq!(answers, [Answer::Ready, place, Answer::Device(6), size]);
    assert!(!terminal.owes_answer() && terminal.take_reply().is_none());
    // However often it is asked, it keeps a few answers, and whole ones.
    terminal.write(&"\x1b[6n".repeat(1000));
    assert!(terminal.owes_answer());
    let count = core::iter::from_fn(|| terminal.next_answer()).filter(|&a| a == place).count();
    assert_eq!(count, REPLY_BYTES / "\x1b[3;4R".len());
}

#[test]
fn cursor_shapes_are_told() {
    struct Last(Option<Cursor>);
    impl Display for Last {
        fn size(&self) -> (usize, usize) {
            (10, 5)
        }
        fn draw(&mut self, _: usize, _: usize, _: &[Cell]) {}
        fn scroll_up(&mut self, _: usize, _: Cell) -> Scrolled {
            Scrolled::Unsupported
        }
        fn cursor(&mut self, _: usize, _: usize, cursor: Cursor) {
            self.0 = Some(cursor);
        }
    }
    let shape = |text: &str| {
        let mut last = Last(None);
        screen(|terminal| terminal.write(text)).flush(&mut last);
        last.0.unwrap()
    };
    assert_eq!(shape(""), Cursor::Underline);
    assert_eq!(shape("\x1b[2 q"), Cursor::Block);
    assert_eq!(shape("\x1b[6 q"), Cursor::Bar);
    assert_eq!(shape("\x1b[6 q\x1b[?25l"), Cursor::Hidden);
    assert_eq!(shape("\x1b[2 q\x1b[?25l\x1b[?25h"), Cursor::Block);
    assert_eq!(shape("\x1b[2 q\x1b[!p"), Cursor::Underline);
}

#[test]
fn the_alternate_screen_comes_and_goes() {
    let mut terminal = screen(|terminal| {
        terminal.write("one\ntwo \x1b[41mred\x1b[0m\x1b[?1049h\x1b[2Jedit\n\n\n\n\n\n\nmore");
    });
    assert_eq!(terminal.text_row(4), "more");
    terminal.write("\x1b[?1049l!");
    assert_eq!(terminal.text(), ["one", "two red!", "", "", ""]);
    assert_eq!(terminal.row(1)[4].style().bg(), Colour::Red.into());
    assert_eq!(terminal.view(), (0, 0), "what scrolled there is gone");
}

#[test]
fn hostile_input_ends_and_text_goes_on() {
    let mega = 1 << 20;
    let hostile = [
        format!("\x1b]0;{}", "x".repeat(mega)),
        format!("\x1bP{}", "q#0;2;0;0;0".repeat(mega / 11)),
        format!("\x1b_{}", "apc".repeat(mega / 3)),
        format!("\x1b[{}", "9".repeat(mega)),
        format!("\x1b[{}m", "38;".repeat(mega / 3)),
        format!("\x1b[{}m", ":".repeat(mega)),
        "\x1b[65535b".repeat(1000) + "x",
        "\x1b[65535@\x1b[65535L\x1b[65535S\x1b[65535T\x1b[65535X".repeat(1000),
        "\x1b[65535;65535H\x1b[65535A\x1b[65535I\x1b[65535Z".repeat(1000),
        "\x1b[?1049h\x1b[?1049l".repeat(1000),
        "\x1b".repeat(mega),
        "\u{301}".repeat(mega / 2),
        "\u{10ffff}\u{85}\u{9b}31m".repeat(1000),
    ];
    for text in hostile {
        let mut terminal = screen(|terminal| terminal.write(&text));
        terminal.write("\x18\x1bc\x1b[2;2Hok");
        assert_eq!(terminal.text_row(1), " ok", "after {:?}", &text[..text.len().min(20)]);
    }
}
