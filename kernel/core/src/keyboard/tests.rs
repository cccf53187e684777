//! Layouts by table, the four kinds of wire, conversations, and any bytes at all.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::wire::TRANSLATED;
use super::*;
use crate::key::Key;

/// Set 1 codes of the keys that give characters, row by row: twelve keys right
/// of the corner key, twelve right of Tab, eleven right of Caps Lock and the one
/// by Enter, the ISO key by the left shift and ten right of it, the corner key.
const ROWS: [&[u8]; 5] = [
    &[0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d],
    &[0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b],
    &[0x1e, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x2b],
    &[0x56, 0x2c, 0x2d, 0x2e, 0x2f, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35],
    &[0x29],
];
const SHIFT: &[u8] = &[0x2a];
const CONTROL: &[u8] = &[0x1d];
const ALT: &[u8] = &[0x38];
const ALT_GR: &[u8] = &[0xe0, 0x38];
const SPACE: u8 = 0x39;
const SET_1: Wire = Wire { set: ScanSet::One, translation: Translation::Off };
const SET_1_GARBLED: Wire = Wire { set: ScanSet::One, translation: Translation::On };
const SET_2: Wire = Wire { set: ScanSet::Two, translation: Translation::Off };
const SET_2_TRANSLATED: Wire = Wire { set: ScanSet::Two, translation: Translation::On };

/// The release of a key that was pressed by these bytes.
fn released(press: &[u8]) -> Vec<u8> {
    press.iter().map(|byte| byte | 0x80).collect()
}

fn typed(decoder: &mut Decoder, bytes: &[u8]) -> Vec<Key> {
    let mut keys = Vec::new();
    for byte in bytes {
        match decoder.byte(*byte) {
            Decoded::Key(key) => keys.push(key),
            Decoded::Keys(first, second) => keys.extend([first, second]),
            Decoded::Nothing | Decoded::Started | Decoded::Overrun => {}
        }
    }
    keys
}

/// Presses and releases `code` while `modifier` is held, on a fresh keyboard.
fn chord(layout: Layout, modifier: &[u8], code: u8) -> Vec<Key> {
    let mut decoder = Decoder::new(layout, SET_2_TRANSLATED);
    typed(&mut decoder, &[modifier, &[code, code | 0x80]].concat())
}

/// What the rows give, a dead key as the accent that stands before a space.
fn rows(layout: Layout, modifier: &[u8]) -> Vec<String> {
    let one = |code: &u8| {
        let mut decoder = Decoder::new(layout, SET_2_TRANSLATED);
        let press = [modifier, &[*code, *code | 0x80], &released(modifier)].concat();
        let keys = typed(&mut decoder, &press);
        match keys[..] {
            [Key::Char(ch)] => ch,
            [] => match typed(&mut decoder, &[SPACE])[..] {
                // Nothing at all shows as a space.
                [Key::Char(ch)] => ch,
                ref other => panic!("{other:?}"),
            },
            ref other => panic!("{layout} {code:#x}: {other:?}"),
        }
    };
    ROWS.iter().map(|row| row.iter().map(one).collect()).collect()
}

#[test]
fn us() {
    assert_eq!(
        rows(Layout::Us, &[]),
        ["1234567890-=", "qwertyuiop[]", "asdfghjkl;'\\", "\\zxcvbnm,./", "`"]
    );
    assert_eq!(
        rows(Layout::Us, SHIFT),
        ["!@#$%^&*()_+", "QWERTYUIOP{}", "ASDFGHJKL:\"|", "|ZXCVBNM<>?", "~"]
    );
}

#[test]
fn uk() {
    assert_eq!(
        rows(Layout::Uk, &[]),
        ["1234567890-=", "qwertyuiop[]", "asdfghjkl;'#", "\\zxcvbnm,./", "`"]
    );
    assert_eq!(
        rows(Layout::Uk, SHIFT),
        ["!\"£$%^&*()_+", "QWERTYUIOP{}", "ASDFGHJKL:@~", "|ZXCVBNM<>?", "¬"]
    );
    assert_eq!(rows(Layout::Uk, ALT_GR)[0], "123€567890-=");
    assert_eq!(rows(Layout::Uk, ALT_GR)[1], "qwértyúíóp[]");
}

#[test]
fn de() {
    assert_eq!(
        rows(Layout::De, &[]),
        ["1234567890ß´", "qwertzuiopü+", "asdfghjklöä#", "<yxcvbnm,.-", "^"]
    );
    assert_eq!(
        rows(Layout::De, SHIFT),
        ["!\"§$%&/()=?`", "QWERTZUIOPÜ*", "ASDFGHJKLÖÄ'", ">YXCVBNM;:_", "°"]
    );
    assert_eq!(
        rows(Layout::De, ALT_GR),
        ["1²³456{[]}\\´", "@w€rtzuiopü~", "asdfghjklöä#", "|yxcvbnµ,.-", "^"]
    );
}

#[test]
fn fr() {
    assert_eq!(
        rows(Layout::Fr, &[]),
        ["&é\"'(-è_çà)=", "azertyuiop^$", "qsdfghjklmù*", "<wxcvbn,;:!", "²"]
    );
    assert_eq!(
        rows(Layout::Fr, SHIFT),
        ["1234567890°+", "AZERTYUIOP¨£", "QSDFGHJKLM%µ", ">WXCVBN?./§", "²"]
    );
    assert_eq!(rows(Layout::Fr, ALT_GR)[0], "&~#{[|`\\^@]}");
    assert_eq!(rows(Layout::Fr, ALT_GR)[1], "az€rtyuiop^¤");
}

#[test]
fn dvorak() {
    assert_eq!(
        rows(Layout::Dvorak, &[]),
        ["1234567890[]", "',.pyfgcrl/=", "aoeuidhtns-\\", "\\;qjkxbmwvz", "`"]
    );
    assert_eq!(
        rows(Layout::Dvorak, SHIFT),
        ["!@#$%^&*(){}", "\"<>PYFGCRL?+", "AOEUIDHTNS_|", "|:QJKXBMWVZ", "~"]
    );
}

#[test]
fn every_printable_ascii_character_has_a_key_on_every_layout() {
    for layout in Layout::ALL {
        let mut reached: BTreeSet<char> = [' '].into();
        for modifier in [&[][..], SHIFT, ALT_GR] {
            // Without AltGr that is an Alt key.
            if modifier != ALT_GR || layout.has_alt_gr() {
                reached.extend(rows(layout, modifier).concat().chars());
            }
        }
        let missing: String = (' '..='~').filter(|ch| !reached.contains(ch)).collect();
        assert_eq!(missing, "", "{layout}");
        assert_eq!(Layout::named(layout.name()), Some(layout));
    }
}

#[test]
fn dead_keys() {
    let (circumflex, acute, o, e, n, u, y) = (0x29, 0x0d, 0x18, 0x12, 0x31, 0x16, 0x2c);
    for (layout, bytes, text) in [
        (Layout::De, vec![circumflex, o], "ô"),
        (Layout::De, vec![acute, e], "é"),
        (Layout::De, vec![0x2a, acute, 0xaa, e], "è"),
        (Layout::De, vec![acute, y], "ý"),
        (Layout::De, vec![0x2a, 0x0d, e, 0xaa], "È"),
        (Layout::De, vec![acute, SPACE], "´"),
        (Layout::De, vec![circumflex, circumflex], "^"),
        (Layout::De, vec![circumflex, n], "^n"),
        (Layout::De, vec![circumflex, acute, e], "^é"),
        (Layout::De, vec![circumflex, 0x02], "^1"),
        (Layout::Fr, vec![0x1a, o], "ô"),
        (Layout::Fr, vec![0x2a, 0x1a, 0xaa, u], "ü"),
        (Layout::Fr, vec![0xe0, 0x38, 0x03, 0xe0, 0xb8, n], "ñ"),
        (Layout::Fr, vec![0xe0, 0x38, 0x08, 0xe0, 0xb8, u], "ù"),
        (Layout::Us, vec![circumflex, o], "`o"),
    ] {
        let keys = typed(&mut Decoder::new(layout, SET_2_TRANSLATED), &bytes);
        assert_eq!(keys, text.chars().map(Key::Char).collect::<Vec<_>>(), "{layout} {bytes:x?}");
    }
    // A key that is no character takes the accent away.
    let mut decoder = Decoder::new(Layout::De, SET_2_TRANSLATED);
    assert_eq!(typed(&mut decoder, &[circumflex, 0x1c, o]), [Key::Enter, Key::Char('o')]);
}

#[test]
fn chords() {
    let us = |modifier, code| chord(Layout::Us, modifier, code);
    assert_eq!(us(CONTROL, 0x2e), [Key::Ctrl('c')]);
    assert_eq!(us(CONTROL, 0x1a), [Key::Ctrl('[')]);
    assert_eq!(us(ALT, 0x30), [Key::Alt('b')]);
    assert_eq!(us(ALT_GR, 0x30), [Key::Alt('b')], "no AltGr on this layout");
    assert_eq!(us(CONTROL, 0x0e), [Key::Ctrl('w')]);
    assert_eq!(us(ALT, 0x0e), [Key::Ctrl('w')]);
    assert_eq!(us(&[], 0x0e), [Key::Backspace]);
    assert_eq!(chord(Layout::De, CONTROL, 0x2c), [Key::Ctrl('y')], "by what is printed on it");
    assert_eq!(chord(Layout::De, &[0x1d, 0x38], 0x10), [Key::Char('@')], "Ctrl-Alt is AltGr");
    let extended = |bytes: &[u8]| typed(&mut Decoder::new(Layout::Us, SET_2_TRANSLATED), bytes);
    for (bytes, key) in [
        (&[0xe0, 0x4b][..], Key::Left),
        (&[0x1d, 0xe0, 0x4b], Key::WordLeft),
        (&[0x1d, 0xe0, 0x4d], Key::WordRight),
        (&[0xe0, 0x49], Key::PageUp),
        (&[0x2a, 0xe0, 0x49], Key::ScrollUp),
        (&[0x36, 0xe0, 0x51], Key::ScrollDown),
        // As keyboards with Num Lock on wrap it: shift is released and pressed for show.
        (&[0x2a, 0xe0, 0xaa, 0xe0, 0x49, 0xe0, 0xc9, 0xe0, 0x2a], Key::ScrollUp),
        (&[0xe0, 0x2a, 0xe0, 0x47], Key::Home),
        (&[0xe0, 0x53], Key::Delete),
        (&[0x1d, 0x38, 0xe0, 0x53], Key::Reboot),
        (&[0xe0, 0x1d, 0xe0, 0x38, 0xe0, 0x53], Key::Reboot),
        (&[0x1d, 0x38, 0x53], Key::Reboot),
        (&[0x1d, 0xe0, 0x53], Key::Alt('d')),
        (&[0xe0, 0x1c], Key::Enter),
        (&[0xe0, 0x35], Key::Char('/')),
        (&[0x58], Key::Function(12)),
        (&[0x01], Key::Escape),
    ] {
        assert_eq!(extended(bytes), [key], "{bytes:x?}");
    }
}

#[test]
fn keys_without_a_meaning_do_nothing() {
    for bytes in [
        // Pause, Ctrl-Pause, Print Screen, Alt-Print Screen, GUI, menu, ACPI power.
        &[0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5][..],
        &[0xe0, 0x46, 0xe0, 0xc6],
        &[0xe0, 0x2a, 0xe0, 0x37, 0xe0, 0xb7, 0xe0, 0xaa],
        &[0x54, 0xd4],
        &[0xe0, 0x5b, 0xe0, 0xdb, 0xe0, 0x5c, 0xe0, 0xdc, 0xe0, 0x5d, 0xe0, 0xdd],
        &[0xe0, 0x5e, 0xe0, 0xde],
        // Answers that nobody waits for.
        &[0xfa, 0xfe, 0xee, 0xfc, 0xfd],
    ] {
        let mut decoder = Decoder::new(Layout::Us, SET_2_TRANSLATED);
        assert_eq!(typed(&mut decoder, bytes), [], "{bytes:x?}");
        assert_eq!((decoder.held(), decoder.locks()), (Held::NONE, Locks::START), "{bytes:x?}");
        assert_eq!(typed(&mut decoder, &[0x1e]), [Key::Char('a')], "{bytes:x?}");
    }
}

#[test]
fn locks_and_the_keypad() {
    let mut decoder = Decoder::new(Layout::De, SET_2_TRANSLATED);
    assert_eq!(typed(&mut decoder, &[0x47, 0x53]), ['7', ','].map(Key::Char));
    assert_eq!(typed(&mut decoder, &[0x2a, 0x47, 0xaa]), [Key::Home], "shift turns it round");
    assert_eq!(typed(&mut decoder, &[0x45, 0x45, 0xc5, 0x47, 0x53]), [Key::Home, Key::Delete]);
    assert!(!decoder.locks().num, "a repeat does not toggle");
    assert_eq!(
        typed(&mut decoder, &[0x3a, 0xba, 0x1e, 0x2a, 0x1e, 0xaa]),
        ['A', 'a'].map(Key::Char)
    );
    assert_eq!(decoder.locks().led_byte(), 0b100);
    decoder.release_all();
    assert_eq!(decoder.locks().led_byte(), 0b100, "locks stay");
    typed(&mut decoder, &[0x46, 0xc6, 0x45, 0xc5, 0x3a]);
    assert_eq!(decoder.locks().led_byte(), 0b011);
}

#[test]
fn a_keyboard_that_starts_is_told_from_a_shift_that_is_released() {
    let mut decoder = Decoder::new(Layout::Us, SET_2_TRANSLATED);
    assert_eq!(decoder.byte(0x2a), Decoded::Nothing);
    assert!(decoder.held().shift());
    assert_eq!(decoder.byte(0xaa), Decoded::Nothing);
    assert_eq!(decoder.byte(0xaa), Decoded::Started);
    assert_eq!(typed(&mut decoder, &[0x1d, 0xe0]), []);
    assert_eq!(decoder.byte(0xaa), Decoded::Nothing, "a made up shift");
    let mut decoder = Decoder::new(Layout::Us, SET_2);
    typed(&mut decoder, &[0x14]);
    assert_eq!(decoder.byte(0xaa), Decoded::Started);
    assert_eq!(decoder.held(), Held::NONE);
    assert_eq!(decoder.byte(0x00), Decoded::Overrun);
}

/// The press and the release of a set 1 key, as they arrive over `wire`.
fn over(wire: Wire, prefix: Option<u8>, code: u8) -> (Vec<u8>, Vec<u8>) {
    let sent = |byte: u8| match wire.translation {
        Translation::Off => byte,
        // What a controller does: 0x83 and 0x84 beside the table.
        Translation::On => match byte {
            0x83 => 0x41,
            0x84 => 0x54,
            byte => TRANSLATED.get(usize::from(byte)).copied().unwrap_or(byte),
        },
    };
    let bytes = |break_code: bool| -> Vec<u8> {
        let mut bytes: Vec<u8> = prefix.into_iter().collect();
        match wire.set {
            ScanSet::One => bytes.push(sent(code | if break_code { 0x80 } else { 0 })),
            ScanSet::Two => {
                // The set 2 code whose translation this is.
                let at = match code {
                    0x41 => 0x83,
                    0x54 => 0x7f,
                    code => TRANSLATED.iter().position(|byte| *byte == code).unwrap(),
                } as u8;
                match wire.translation {
                    Translation::On => bytes.push(code | if break_code { 0x80 } else { 0 }),
                    Translation::Off if break_code => bytes.extend([0xf0, at]),
                    Translation::Off => bytes.push(at),
                }
            }
        }
        bytes
    };
    (bytes(false), bytes(true))
}

#[test]
fn the_four_wires_give_the_same_keys() {
    for (_, wire) in Wire::NAMES {
        let mut plain = Decoder::new(Layout::Us, SET_1);
        let mut decoder = Decoder::new(Layout::Us, wire);
        let codes = (0x01..=0x53).chain([0x57, 0x58]).map(|code| (None, code));
        let extended =
            [0x1c, 0x1d, 0x35, 0x38, 0x47, 0x48, 0x49, 0x4b, 0x4d, 0x4f, 0x50, 0x51, 0x52, 0x53];
        for (prefix, code) in codes.chain(extended.map(|code| (Some(0xe0), code))) {
            let (press, release) = over(wire, prefix, code);
            let (expected_press, expected_release) = over(SET_1, prefix, code);
            let name = format!("{wire}: {prefix:x?} {code:#x} as {press:x?} {release:x?}");
            assert_eq!(typed(&mut decoder, &press), typed(&mut plain, &expected_press), "{name}");
            assert_eq!(decoder.held(), plain.held(), "{name}");
            assert_eq!(
                typed(&mut decoder, &release),
                typed(&mut plain, &expected_release),
                "{name}"
            );
            assert_eq!(decoder.held(), Held::NONE, "{name}");
        }
        assert_eq!(decoder.locks(), plain.locks(), "{wire}");
    }
}

#[test]
fn a_translated_set_1_tells_1_from_the_release_of_2() {
    let mut decoder = Decoder::new(Layout::Us, SET_1_GARBLED);
    // 2 down, 2 up, 1 down: 0x03, 0x83, 0x02 through the table.
    assert_eq!(typed(&mut decoder, &[0x3f, 0x41, 0x41]), ['2', '1'].map(Key::Char));
}

/// Lets `talk` speak to a keyboard that answers by `answer`; what it was sent.
fn converse(talk: &mut Talk, mut answer: impl FnMut(u8) -> Vec<u8>) -> (Vec<u8>, Vec<Heard>) {
    let (mut sent, mut heard) = (Vec::new(), Vec::new());
    while let Some(byte) = talk.next(0) {
        sent.push(byte);
        heard.extend(answer(byte).into_iter().map(|byte| talk.take(byte, 0)));
    }
    (sent, heard)
}

#[test]
fn the_keyboard_is_told_in_turn() {
    let mut talk = Talk::new();
    talk.ask(Request::Leds(1));
    talk.ask(Request::Leds(4));
    talk.ask(Request::AskSet);
    let asked = |byte| if byte == 0 { vec![0xfa, 0x41] } else { vec![0xfa] };
    let (sent, heard) = converse(&mut talk, asked);
    assert_eq!(sent, [0xed, 4, 0xf0, 0]);
    assert_eq!(
        heard,
        [
            Heard::Answer,
            Heard::Done(Request::Leds(4), None),
            Heard::Answer,
            Heard::Answer,
            Heard::Done(Request::AskSet, Some(0x41))
        ]
    );
    assert!(talk.is_idle());
    assert_eq!(ScanSet::from_answer(0x41), Some(ScanSet::Two));
}

#[test]
fn keys_between_the_answers_are_not_taken_for_them() {
    let mut talk = Talk::new();
    talk.ask(Request::Leds(2));
    let (sent, heard) =
        converse(&mut talk, |byte| if byte == 0xed { vec![0x1e, 0xfa] } else { vec![0x9e, 0xfa] });
    assert_eq!(sent, [0xed, 2]);
    assert_eq!(
        heard,
        [Heard::Other, Heard::Answer, Heard::Other, Heard::Done(Request::Leds(2), None)]
    );
}

#[test]
fn a_keyboard_that_refuses_or_is_silent_is_left_alone() {
    let mut talk = Talk::new();
    talk.ask(Request::Rate(Rate::DEFAULT));
    let (sent, heard) = converse(&mut talk, |_| vec![0xfe]);
    assert_eq!(sent, [0xf3; 3]);
    assert_eq!(heard.last(), Some(&Heard::Failed(Request::Rate(Rate::DEFAULT))));
    talk.ask(Request::Enable);
    assert_eq!((talk.next(0), talk.next(900_000_000)), (Some(0xf4), None));
    talk.ask(Request::Leds(0));
    assert_eq!(talk.next(1_100_000_000), Some(0xed), "after a second somebody else has a turn");
    let counts = talk.counts();
    assert_eq!((counts.refused, counts.silent, counts.resent), (1, 1, 2));
}

fn any_wire() -> impl Strategy<Value = Wire> {
    prop::sample::select(Wire::NAMES.map(|(_, wire)| wire).to_vec())
}

fn any_layout() -> impl Strategy<Value = Layout> {
    prop::sample::select(Layout::ALL.to_vec())
}

proptest! {
    #[test]
    fn any_bytes_are_decoded(
        wire in any_wire(),
        layout in any_layout(),
        bytes in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let mut decoder = Decoder::new(layout, wire);
        for key in typed(&mut decoder, &bytes) {
            match key {
                Key::Char(ch) | Key::Alt(ch) => prop_assert!(!ch.is_control()),
                Key::Ctrl(ch) => prop_assert!(matches!(ch, '@'..='_' | 'a'..='z')),
                Key::Function(number) => prop_assert!((1..=12).contains(&number)),
                _ => {}
            }
        }
    }

    #[test]
    fn no_modifier_is_stuck_when_all_keys_are_up(
        wire in any_wire(),
        layout in any_layout(),
        bytes in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let mut decoder = Decoder::new(layout, wire);
        typed(&mut decoder, &bytes);
        // Ends a begun prefix, whichever it was.
        for _ in 0..2 {
            typed(&mut decoder, &over(wire, None, 0x1e).1);
        }
        for (prefix, code) in [(None, 0x2a), (None, 0x36), (None, 0x1d), (None, 0x38), (Some(0xe0), 0x1d), (Some(0xe0), 0x38)] {
            typed(&mut decoder, &over(wire, prefix, code).1);
        }
        let held = decoder.held();
        prop_assert!(!held.shift() && !held.control() && !held.left_alt() && !held.right_alt());
        // An accent may still wait; on a space it is one character.
        let (press, release) = over(wire, None, SPACE);
        typed(&mut decoder, &[press.clone(), release].concat());
        prop_assert_eq!(typed(&mut decoder, &press), [Key::Char(' ')]);
    }

    #[test]
    fn a_conversation_ends_whatever_is_answered(answers in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut talk = Talk::new();
        for request in [Request::Set(ScanSet::Two), Request::Leds(7), Request::Rate(Rate::DEFAULT), Request::AskSet, Request::Enable] {
            talk.ask(request);
        }
        let mut answers = answers.into_iter();
        let mut now = 0;
        let mut sent = 0;
        while !talk.is_idle() {
            sent += usize::from(talk.next(now).is_some());
            match answers.next() {
                Some(answer) => drop(talk.take(answer, now)),
                None => now += 2_000_000_000,
            }
            prop_assert!(sent <= 5 * 6, "at most three times two bytes for each request");
        }
    }
}
