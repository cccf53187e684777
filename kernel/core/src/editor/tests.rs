//! Tests of the editor: what it writes is shown on our own terminal.

use proptest::prelude::*;

use super::*;
use crate::terminal::Terminal;

const PROMPT: &str = "valhalla> ";

fn editor() -> LineEditor {
    let mut editor = LineEditor::new(PROMPT);
    editor.start(&mut String::new());
    editor
}

fn type_text(editor: &mut LineEditor, text: &str) -> String {
    let mut out = String::new();
    for ch in text.chars() {
        assert_ne!(editor.key(Key::Char(ch), &mut out), Action::Submit);
    }
    out
}

/// Presses keys; gives what was written for the last one.
fn press(editor: &mut LineEditor, keys: &[Key]) -> String {
    let mut out = String::new();
    for &key in keys {
        out.clear();
        let _ = editor.key(key, &mut out);
    }
    out
}

fn enter(editor: &mut LineEditor, text: &str) -> String {
    type_text(editor, text);
    let mut out = String::new();
    assert_eq!(editor.key(Key::Enter, &mut out), Action::Submit);
    let line = editor.line().to_owned();
    editor.start(&mut out);
    assert_eq!(out, format!("\r\n{PROMPT}"));
    line
}

#[test]
fn a_line_is_typed_and_submitted() {
    let mut editor = editor();
    assert_eq!(enter(&mut editor, "help grüße"), "help grüße");
    assert_eq!((editor.line(), editor.column()), ("", PROMPT.len()));
}

#[test]
fn common_keys_cost_few_bytes() {
    let mut editor = editor();
    assert_eq!(type_text(&mut editor, "help"), "help");
    assert_eq!(press(&mut editor, &[Key::Backspace]), "\x08 \x08");
    assert_eq!(press(&mut editor, &[Key::Left]), "\x08");
    assert_eq!(press(&mut editor, &[Key::Right]), "\x1b[1C");
    assert_eq!(press(&mut editor, &[Key::Home]), "\x1b[3D");
    assert_eq!(press(&mut editor, &[Key::Char('x')]), "xhel\x1b[3D");
    assert_eq!(press(&mut editor, &[Key::Ctrl('k')]), "\x1b[K");
    assert_eq!(press(&mut editor, &[Key::Right, Key::Delete, Key::Escape]), "");
    assert_eq!(editor.line(), "x");
}

#[test]
fn editing_keys() {
    use Key::*;
    let line = |text: &str, keys: &[Key]| {
        let mut editor = editor();
        type_text(&mut editor, text);
        press(&mut editor, keys);
        editor.line().to_owned()
    };
    assert_eq!(line("abc", &[Left, Left, Backspace]), "bc");
    assert_eq!(line("äöü", &[Left, Backspace]), "äü");
    assert_eq!(line("abc", &[Home, Delete]), "bc");
    assert_eq!(line("abc", &[Ctrl('a'), Ctrl('f'), Ctrl('d')]), "ac");
    assert_eq!(line("abc", &[Ctrl('b'), Ctrl('u')]), "c");
    assert_eq!(line("abc", &[Home, Right, Ctrl('k'), Ctrl('e'), Char('x')]), "ax");
    assert_eq!(line("one two  ", &[Ctrl('w')]), "one ");
    assert_eq!(line("one✓ two", &[Ctrl('w'), Ctrl('w'), Ctrl('w')]), "");
    assert_eq!(line("a\u{7}b", &[]), "ab", "a control is no text");
}

#[test]
fn the_bell_tells_what_cannot_be_done() {
    let mut editor = editor();
    type_text(&mut editor, &"x".repeat(MAX_BYTES - 1));
    let mut out = String::new();
    assert_eq!(editor.key(Key::Char('é'), &mut out), Action::Bell);
    assert_eq!(out, REFUSED);
    assert_eq!(editor.key(Key::Char('e'), &mut out), Action::None);
    assert_eq!(editor.line().len(), MAX_BYTES);
    assert_eq!(editor.submitted(), Err(TooLong));
    // What is too much is said once, and again after the line got shorter.
    assert_eq!(editor.key(Key::Char('f'), &mut out), Action::None);
    assert_eq!(editor.key(Key::Backspace, &mut out), Action::None);
    assert_eq!(editor.submitted(), Ok(editor.line()));
    assert_eq!(editor.key(Key::Char('é'), &mut out), Action::Bell);
    // What was killed and does not fit any more, too.
    press(&mut editor, &[Key::Ctrl('w'), Key::Char('y'), Key::Char('y')]);
    assert_eq!(editor.key(Key::Ctrl('y'), &mut out), Action::Bell);
    assert_eq!(editor.submitted(), Err(TooLong));
}

#[test]
fn a_refused_key_leaves_a_mark_until_the_next() {
    let mut screen = Terminal::new(20, 2).unwrap();
    let mut editor = LineEditor::new("> ");
    editor.set_width(20);
    editor.start(&mut screen);
    let mut keys = |keys: &[Key]| {
        for &key in keys {
            let _ = editor.key(key, &mut screen);
        }
        let row: String = screen.row(0).iter().map(|cell| cell.ch()).collect();
        assert_eq!(screen.cursor(), (0, editor.column()));
        row
    };
    assert_eq!(keys(&[Key::Char('a'), Key::Up]), format!("> a{}!", " ".repeat(16)));
    assert_eq!(keys(&[Key::Char('b')]).trim_end(), "> ab");
    assert_eq!(keys(&[Key::Down, Key::Left]).trim_end(), "> ab");
    // The cursor itself stands there; nothing of the line is lost.
    let full = ('c'..='q').map(Key::Char).collect::<Vec<_>>();
    assert_eq!(keys(&[&[Key::End], &full[..], &[Key::Ctrl('y')]].concat()), "> abcdefghijklmnopq!");
    assert_eq!(keys(&[Key::Left]), "> abcdefghijklmnopq ");
}

#[test]
fn words_and_kills() {
    use Key::*;
    let line = |text: &str, keys: &[Key]| {
        let mut editor = editor();
        type_text(&mut editor, text);
        press(&mut editor, keys);
        editor.line().to_owned()
    };
    assert_eq!(line("one two-three", &[WordLeft, Char('X')]), "one two-Xthree");
    assert_eq!(line("one two", &[Alt('b'), Alt('b'), Alt('b'), Char('X')]), "Xone two");
    assert_eq!(line("one two", &[Home, WordRight, Char('X')]), "oneX two");
    assert_eq!(line("one two", &[Home, Alt('f'), Alt('f'), Alt('f'), Char('X')]), "one twoX");
    assert_eq!(line("one two", &[Home, Alt('d'), End, Ctrl('y')]), " twoone");
    assert_eq!(line("one two", &[Ctrl('w'), Home, Ctrl('y')]), "twoone ");
    assert_eq!(line("abc", &[Ctrl('u'), Ctrl('y'), Ctrl('y')]), "abcabc");
    assert_eq!(line("äbc", &[Ctrl('t')]), "äcb");
    assert_eq!(line("äbc", &[Home, Right, Ctrl('t')]), "bäc");
    assert_eq!(line("a", &[Ctrl('t')]), "a");
}

#[test]
fn an_earlier_line_is_looked_for() {
    use Key::*;
    let mut screen = Terminal::new(40, 3).unwrap();
    let mut editor = editor();
    for text in ["vm walk 0x1000", "mem", "vm map"] {
        enter(&mut editor, text);
    }
    let mut keys = |editor: &mut LineEditor, keys: &[Key]| {
        let actions: Vec<_> = keys.iter().map(|&key| editor.key(key, &mut screen)).collect();
        let row: String = screen.row(0).iter().map(|cell| cell.ch()).collect();
        (row.trim_end().to_owned(), *actions.last().unwrap())
    };
    assert_eq!(keys(&mut editor, &[Ctrl('r')]).0, "(find \"\")");
    assert_eq!(keys(&mut editor, &[Char('v'), Char('m')]).0, "(find \"vm\") vm map");
    assert_eq!(keys(&mut editor, &[Ctrl('r')]).0, "(find \"vm\") vm walk 0x1000");
    assert_eq!(keys(&mut editor, &[Ctrl('r')]).1, Action::Bell);
    assert_eq!(keys(&mut editor, &[Char('q')]).1, Action::Bell);
    assert_eq!(keys(&mut editor, &[Left]).0, "valhalla> vm walk 0x1000");
    assert_eq!(editor.line(), "vm walk 0x1000");
    assert_eq!(keys(&mut editor, &[Ctrl('r'), Char('e'), Escape]).0, "valhalla> vm walk 0x1000");
    assert_eq!(keys(&mut editor, &[Ctrl('r'), Char('e'), Backspace]).0, "(find \"\")");
    assert_eq!(keys(&mut editor, &[Char('e'), Enter]).1, Action::Submit);
    assert_eq!(editor.line(), "mem");
}

#[test]
fn tab_completes() {
    let names = ["heap", "heap_test", "help", "mem"];
    let mut out = String::new();
    let mut tab = |text: &str| {
        let mut editor = editor();
        type_text(&mut editor, text);
        assert_eq!(editor.key(Key::Tab, &mut out), Action::Complete);
        let completed = editor.complete(names.into_iter(), &mut out);
        (editor.line().to_owned(), completed)
    };
    assert_eq!(tab("m"), ("mem ".into(), Completed::Done));
    assert_eq!(tab("hea"), ("heap".into(), Completed::Done));
    assert_eq!(tab("heap"), ("heap".into(), Completed::List));
    assert_eq!(tab("a; heap_"), ("a; heap_test ".into(), Completed::Done));
    assert_eq!(tab("x"), ("x".into(), Completed::Done));
}

#[test]
fn a_paste_is_text_and_lines() {
    let mut editor = editor();
    let mut out = String::new();
    let mut lines = Vec::new();
    let keys = [Key::PasteStart, Key::Char('a'), Key::Ctrl('c'), Key::Tab, Key::Ctrl('u')];
    let more = [Key::Char('b'), Key::Enter, Key::Char('c'), Key::Up, Key::PasteEnd, Key::Enter];
    for key in keys.into_iter().chain(more) {
        if editor.key(key, &mut out) == Action::Submit {
            lines.push(editor.line().to_owned());
            editor.start(&mut out);
        }
    }
    assert_eq!(lines, ["a b", "c"]);
}

#[test]
fn cancel_and_clear_screen() {
    let mut editor = editor();
    let mut out = String::new();
    type_text(&mut editor, "abc");
    assert_eq!(editor.key(Key::Ctrl('l'), &mut out), Action::ClearScreen);
    editor.redraw(&mut out);
    assert_eq!(out, "\rvalhalla> abc\x1b[K");
    out.clear();
    assert_eq!(editor.key(Key::Ctrl('c'), &mut out), Action::Cancel);
    assert_eq!((editor.line(), out.as_str()), ("", "^C\r\n"));
}

#[test]
fn history() {
    let mut editor = editor();
    for text in ["one", "two", "two", "three"] {
        enter(&mut editor, text);
    }
    type_text(&mut editor, "draft");
    let mut out = String::new();
    let mut seen = Vec::new();
    for key in [Key::Up, Key::Up, Key::Up, Key::Up, Key::Down, Key::Down, Key::Down, Key::Down] {
        let action = editor.key(key, &mut out);
        seen.push((editor.line().to_owned(), action == Action::Bell));
    }
    let seen: Vec<_> = seen.iter().map(|(line, bell)| (line.as_str(), *bell)).collect();
    assert_eq!(
        seen,
        [
            ("three", false),
            ("two", false),
            ("one", false),
            ("one", true),
            ("two", false),
            ("three", false),
            ("draft", false),
            ("draft", true),
        ]
    );
}

#[test]
fn a_long_line_scrolls_in_its_row() {
    let mut screen = Terminal::new(20, 3).unwrap();
    let mut editor = LineEditor::new("> ");
    editor.set_width(20);
    editor.start(&mut screen);
    for ch in ('a'..='z').chain('A'..='Z') {
        let _ = editor.key(Key::Char(ch), &mut screen);
        assert_eq!(screen.cursor(), (0, editor.column()));
    }
    let mut row_after = |key| {
        let _ = editor.key(key, &mut screen);
        assert_eq!(screen.cursor(), (0, editor.column()));
        screen.row(0).iter().map(|cell| cell.ch()).collect::<String>()
    };
    // Markers stand where the line goes on, and the cursor never on one.
    assert_eq!(row_after(Key::End).trim_end(), "> <KLMNOPQRSTUVWXYZ");
    assert_eq!(row_after(Key::Home), "> abcdefghijklmnop> ");
    let rows: Vec<_> = (0..17).map(|_| row_after(Key::Right)).collect();
    assert!(rows[..15].iter().all(|row| row == "> abcdefghijklmnop> "), "{rows:?}");
    assert_eq!(rows[16], "> <efghijklmnopqrs> ");
    assert_eq!(row_after(Key::Ctrl('k')), "> abcdefghijklmnopq ");
    assert_eq!(row_after(Key::Char('r')).trim_end(), "> <ghijklmnopqr");
}

#[test]
fn a_coloured_prompt_counts_what_is_seen() {
    assert_eq!(LineEditor::new("\x1b[32mvalhälla\x1b[0m> ").column(), 10);
}

fn key() -> impl Strategy<Value = Key> {
    prop_oneof![
        8 => any::<char>().prop_map(Key::Char),
        12 => "[ -~]".prop_map(|text| Key::Char(text.chars().next().unwrap())),
        4 => "[@-_a-z]".prop_map(|text| Key::Ctrl(text.chars().next().unwrap())),
        10 => prop::sample::select(vec![
            Key::Backspace, Key::Delete, Key::Left, Key::Right, Key::Up, Key::Down, Key::Home,
            Key::End, Key::Enter, Key::Tab, Key::Escape, Key::PageUp, Key::PageDown, Key::Insert,
            Key::Function(1), Key::WordLeft, Key::WordRight, Key::Alt('d'), Key::Alt('b'),
            Key::PasteStart, Key::PasteEnd,
        ]),
    ]
}

proptest! {
    #[test]
    fn the_row_always_shows_the_line(
        keys in prop::collection::vec(key(), 0..400), width in 1usize..60, prefill in 0usize..600,
    ) {
        let mut screen = Terminal::new(width.max(PROMPT.len() + 9), 4).unwrap();
        let mut editor = LineEditor::new(PROMPT);
        editor.set_width(width);
        editor.start(&mut screen);
        let prefill = core::iter::repeat_n(Key::Char('p'), prefill);
        for key in prefill.chain(keys) {
            match editor.key(key, &mut screen) {
                Action::Submit | Action::Cancel => {
                    // Where the last row is does not matter here; a fresh one does.
                    screen.clear();
                    editor.start(&mut screen);
                }
                Action::ClearScreen => {
                    screen.clear();
                    editor.redraw(&mut screen);
                }
                Action::Complete => {
                    let _ = editor.complete(["abc", "abd", "p"].into_iter(), &mut screen);
                }
                Action::None | Action::Bell => {}
            }
            prop_assert!(editor.line().len() <= MAX_BYTES);
            prop_assert_eq!(screen.cursor(), (0, editor.column()));
            if editor.is_searching() {
                continue;
            }
            let row: String = screen.row(0).iter().map(|cell| cell.ch()).collect();
            // The window: what is left of the cursor, and what is right of it.
            let shown = row.strip_prefix(PROMPT).unwrap();
            let column = editor.column() - PROMPT.len();
            let (before, after) = editor.line().split_at(editor.cursor);
            let before: Vec<_> = before.chars().map(view::in_one_column).collect();
            let after: Vec<_> = after.chars().map(view::in_one_column).collect();
            let left: Vec<_> = shown.chars().take(column).collect();
            let mut wanted = before[before.len() - column..].to_vec();
            if before.len() > column {
                prop_assert!(column > 0, "the cursor is on the marker");
                wanted[0] = '<';
            }
            prop_assert_eq!(left, wanted);
            let room = width.saturating_sub(PROMPT.len() + 1).max(8);
            let seen = after.len().min(room - column);
            let right: Vec<_> = shown.chars().skip(column).collect();
            let mut wanted = after[..seen].to_vec();
            if after.len() > seen {
                prop_assert!(seen > 1, "the cursor is on the marker");
                wanted[seen - 1] = '>';
            }
            prop_assert_eq!(&right[..seen], &wanted[..]);
            let (last, rest) = right[seen..].split_last().unwrap();
            prop_assert!(rest.iter().all(|&ch| ch == ' '));
            prop_assert_eq!(*last, if editor.marked { '!' } else { ' ' });
            prop_assert!(before.len() + after.len() > room || column == before.len());
        }
    }
}
