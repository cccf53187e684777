//! The decoder: tables of sequences, and any bytes at all.

use proptest::prelude::*;

use super::*;

fn keys(bytes: &[u8]) -> Vec<Key> {
    let mut decoder = Decoder::new();
    let mut bytes = bytes.iter().copied();
    core::iter::from_fn(|| decoder.next_key(|| bytes.next())).collect()
}

#[test]
fn text_and_controls() {
    assert_eq!(keys("aé✓😀".as_bytes()), ['a', 'é', '✓', '😀'].map(Key::Char));
    assert_eq!(keys(b"\t\x08\x7f"), [Key::Tab, Key::Backspace, Key::Backspace]);
    assert_eq!(keys(b"\x00\x01\x1a\x1c\x1f"), ['@', 'a', 'z', '\\', '_'].map(Key::Ctrl));
}

#[test]
fn one_enter_for_each_line_end() {
    assert_eq!(keys(b"\r\n"), [Key::Enter]);
    assert_eq!(keys(b"\n\n"), [Key::Enter; 2]);
    assert_eq!(keys(b"\r\r"), [Key::Enter; 2]);
    assert_eq!(keys(b"\r\n\r\n\n"), [Key::Enter; 3]);
    assert_eq!(keys(b"\ra\n"), [Key::Enter, Key::Char('a'), Key::Enter]);
}

#[test]
fn sequences() {
    use Key::*;
    for (bytes, key) in [
        ("\x1b[A", Up),
        ("\x1b[B", Down),
        ("\x1b[C", Right),
        ("\x1b[D", Left),
        ("\x1b[H", Home),
        ("\x1b[F", End),
        ("\x1bOH", Home),
        ("\x1bOF", End),
        ("\x1bOA", Up),
        ("\x1bOM", Enter),
        ("\x1bOP", Function(1)),
        ("\x1b[1~", Home),
        ("\x1b[2~", Insert),
        ("\x1b[3~", Delete),
        ("\x1b[4~", End),
        ("\x1b[5~", PageUp),
        ("\x1b[6~", PageDown),
        ("\x1b[15~", Function(5)),
        ("\x1b[17~", Function(6)),
        ("\x1b[21~", Function(10)),
        ("\x1b[24~", Function(12)),
        ("\x1b[[A", Function(1)),
        ("\x1b[1;5C", WordRight),
        ("\x1b[1;5D", WordLeft),
        ("\x1b[1;3D", WordLeft),
        ("\x1b[1;2C", Right),
        ("\x1bOd", WordLeft),
        ("\x1bOc", WordRight),
        ("\x1b[5;2~", ScrollUp),
        ("\x1b[6;2~", ScrollDown),
        ("\x1b[5;5~", PageUp),
        ("\x1b[3;5~", Alt('d')),
        ("\x1b[200~", PasteStart),
        ("\x1b[201~", PasteEnd),
        ("\x1bx", Alt('x')),
        ("\x1b.", Alt('.')),
        ("\x1bX\x18\x1bB", Alt('b')),
        ("\x1b\x7f", Ctrl('w')),
        ("\x1b[3;2~", Delete),
        ("\x1b[1;2R", Function(3)),
    ] {
        assert_eq!(keys(bytes.as_bytes()), [key], "{bytes:?}");
    }
    assert_eq!(keys(b"\x1b[99999999~\x1b[Z\x1b[>1;2c\x1bOzx"), [Char('x')]);
}

#[test]
fn answers() {
    use Answer::*;
    for (bytes, answer) in [
        ("\x1b[25;80R", Place { row: 25, col: 80 }),
        ("\x1b[1;80R", Place { row: 1, col: 80 }),
        // Whoever asked decides what is believable.
        ("\x1b[99999;99999R", Place { row: u16::MAX, col: u16::MAX }),
        ("\x1b[8;50;132t", Size { cols: 132, rows: 50 }),
        ("\x1b[0n", Ready),
        ("\x1b[3n", Faulty),
        ("\x1b[?6c", Device(6)),
        ("\x1b[?62;1;22c", Device(62)),
    ] {
        assert_eq!(keys(bytes.as_bytes()), [Key::Answer(answer)], "{bytes:?}");
        assert_eq!(first_answer(bytes), Some((answer, "")), "{bytes:?}");
    }
    // Other answers, and those without a number.
    let others = "\x1b[8;0;0t\x1b[4;600;800t\x1b[?5;7R\x1b[>1;2c\x1b[7nx";
    assert_eq!(keys(others.as_bytes()), [Key::Char('x')]);
    assert_eq!(first_answer(others), None);
    // A terminal without keys has no F3.
    assert_eq!(first_answer("\x1b[1;2R"), Some((Place { row: 1, col: 2 }, "")));
    let two = "\x1b[>0;0;0c\x1b[\x1b[0n\x1b[?6c";
    assert_eq!(first_answer(two), Some((Ready, "\x1b[?6c")));
}

#[test]
fn strings_are_swallowed_whole() {
    for text in [
        "\x1b]0;a title\x07",
        "\x1b]11;rgb:0000/0000/0000\x1b\\",
        "\x1bP1$r0m\x1b\\",
        "\x1b_an answer\x1b\\",
        "\x1b^a note\x1b\\",
        "\x1bXany\x1b\\",
        "\x1b]cut short\x18",
        "\x1b]\x07",
    ] {
        assert_eq!(keys(format!("{text}x").as_bytes()), [Key::Char('x')], "{text:?}");
    }
    let long = [&b"\x1bP"[..], &[b'q'; 100_000], b"\x1b\\x"].concat();
    assert_eq!(keys(&long), [Key::Char('x')]);
}

#[test]
fn a_person_gets_out_of_a_string() {
    assert_eq!(keys(b"\x1b]0;never ended\rx"), [Key::Enter, Key::Char('x')]);
    assert_eq!(keys(b"\x1bPnever ended\x03x"), [Key::Ctrl('c'), Key::Char('x')]);
    assert_eq!(keys(b"\x1b]never ended\x1b[A"), [Key::Up]);
}

#[test]
fn time_tells_keys_from_beginnings() {
    for (bytes, key) in [
        ("\x1b", Key::Escape),
        ("\x1b[", Key::Alt('[')),
        ("\x1bO", Key::Alt('o')),
        ("\x1b]", Key::Alt(']')),
        ("\x1bP", Key::Alt('p')),
    ] {
        let mut decoder = Decoder::new();
        let mut source = bytes.bytes();
        assert_eq!(decoder.next_key(|| source.next()), None);
        assert!(decoder.is_undecided(), "{bytes:?}");
        assert_eq!(decoder.idle(), Some(key), "{bytes:?}");
        let mut source = "x".bytes();
        assert_eq!(decoder.next_key(|| source.next()), Some(Key::Char('x')), "{bytes:?}");
    }
    for bytes in ["\x1b[1", "\x1b]0", "a", "\u{e9}"] {
        let mut decoder = Decoder::new();
        let mut source = bytes.bytes().take(bytes.len());
        while decoder.next_key(|| source.next()).is_some() {}
        assert_eq!((decoder.is_undecided(), decoder.idle()), (false, None), "{bytes:?}");
    }
}

#[test]
fn escape_alone() {
    assert_eq!(keys(b"\x1b\x1b[A"), [Key::Escape, Key::Up]);
    assert_eq!(keys(b"\x1b\r\n"), [Key::Escape, Key::Enter]);
    let mut decoder = Decoder::new();
    assert_eq!(decoder.idle(), None);
    let mut bytes = b"\x1b".iter().copied();
    assert_eq!(decoder.next_key(|| bytes.next()), None);
    assert_eq!((decoder.idle(), decoder.idle()), (Some(Key::Escape), None));
}

#[test]
fn what_breaks_a_sequence_is_not_lost() {
    assert_eq!(keys(b"\x1b[1;\rx"), [Key::Enter, Key::Char('x')]);
    assert_eq!(keys(b"\x1bO\r\n"), [Key::Enter]);
    // A keypad's `.` is no answer.
    assert_eq!(keys(b"\x1bOnx"), [Key::Char('x')]);
    assert_eq!(keys(b"\x1b[\x1b[A"), [Key::Up]);
    assert_eq!(keys(b"\x1b[[x"), [Key::Char('x')]);
    assert_eq!(keys(b"\xe2\x9c\r"), [Key::Char('\u{fffd}'), Key::Enter]);
}

#[test]
fn bytes_that_are_no_text() {
    let broken = Key::Char('\u{fffd}');
    assert_eq!(keys(b"\x80\xff\xc0"), [broken; 3]);
    assert_eq!(keys(b"\xed\xa0\x80"), [broken], "a surrogate");
    assert_eq!(keys(b"\xe0\x80\x80"), [broken], "overlong");
    assert_eq!(keys(b"\xc2\x85"), [broken], "a C1 control");
    assert_eq!(keys(b"\xf4\x90\x80\x80a"), [broken, Key::Char('a')], "past U+10FFFF");
}

proptest! {
    #[test]
    fn any_bytes_are_decoded(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
        let keys = keys(&bytes);
        prop_assert!(keys.len() <= bytes.len());
        for key in keys {
            match key {
                Key::Char(ch) => prop_assert!(!ch.is_control()),
                Key::Ctrl(ch) => prop_assert!(matches!(ch, '@'..='_' | 'a'..='z')),
                Key::Alt(ch) => prop_assert!(!ch.is_control()),
                Key::Function(number) => prop_assert!((1..=12).contains(&number)),
                _ => {}
            }
        }
    }

    #[test]
    fn any_text_comes_through(text in "[^\\p{Cc}]{0,40}") {
        prop_assert_eq!(keys(text.as_bytes()), text.chars().map(Key::Char).collect::<Vec<_>>());
    }

    #[test]
    fn enter_works_after_anything(bytes in prop::collection::vec(any::<u8>(), 0..50)) {
        let after = [&bytes[..], b"\rok\r"].concat();
        let (ok, tail) = ([Key::Enter, Key::Char('o'), Key::Char('k'), Key::Enter], keys(&after));
        prop_assert!(tail.ends_with(&ok));
    }
}

proptest! {
    /// Any text at all ends in answers that get fewer.
    #[test]
    fn answers_in_anything(text in "(\x1b|\\[|[0-9;?>]|[nRtcx]|.)*") {
        let mut rest = text.as_str();
        while let Some((_, behind)) = first_answer(rest) {
            prop_assert!(behind.len() < rest.len() && rest.ends_with(behind));
            rest = behind;
        }
    }
}
