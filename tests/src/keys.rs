//! A keyboard: text becomes key presses on the emulated PS/2 keyboard.

use serde_json::{Value, json};

use crate::Outcome;
use crate::qmp::Qmp;

/// How long QEMU holds a key down, and how long it waits before the next.
/// Short enough for whole commands, long enough for a guest that shares a core.
const HOLD_MS: u32 = 8;

/// QEMU's names (`QKeyCode`) of the unshifted and shifted US keys.
const PUNCTUATION: [(char, char, &str); 11] = [
    ('-', '_', "minus"),
    ('=', '+', "equal"),
    ('[', '{', "bracket_left"),
    (']', '}', "bracket_right"),
    (';', ':', "semicolon"),
    ('\'', '"', "apostrophe"),
    ('`', '~', "grave_accent"),
    ('\\', '|', "backslash"),
    (',', '<', "comma"),
    ('.', '>', "dot"),
    ('/', '?', "slash"),
];

/// What shift makes of the digits 0 to 9 on a US keyboard.
const SHIFTED_DIGITS: &str = ")!@#$%^&*(";

/// The keys, by QEMU's names, that type `character` on a US keyboard.
#[must_use]
pub fn chord(character: char) -> Option<Vec<String>> {
    let plain = |name: &str| Some(vec![name.to_owned()]);
    let shifted = |name: &str| Some(vec!["shift".to_owned(), name.to_owned()]);
    if let Some(digit) = SHIFTED_DIGITS.find(character) {
        return shifted(&digit.to_string());
    }
    if let Some((base, _, name)) =
        PUNCTUATION.iter().find(|(base, shift, _)| [*base, *shift].contains(&character))
    {
        return if *base == character { plain(name) } else { shifted(name) };
    }
    match character {
        'a'..='z' | '0'..='9' => plain(&character.to_string()),
        'A'..='Z' => shifted(&character.to_lowercase().to_string()),
        ' ' => plain("spc"),
        '\n' => plain("ret"),
        '\t' => plain("tab"),
        _ => None,
    }
}

/// Presses keys together and lets go of them; names are `QKeyCode`s such as `ctrl`, `c`, `ret`.
///
/// # Errors
/// If QEMU knows no such key.
pub fn press(qmp: &mut Qmp, names: &[&str]) -> Outcome {
    let keys: Vec<Value> =
        names.iter().map(|name| json!({ "type": "qcode", "data": name })).collect();
    qmp.execute("send-key", json!({ "keys": keys, "hold-time": HOLD_MS }))?;
    Ok(())
}

/// Which way a key goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// It is pressed.
    Down,
    /// It is let go of.
    Up,
}

/// Moves one key, by its `QKeyCode`, and no further.
///
/// # Errors
/// If QEMU knows no such key.
pub fn move_key(qmp: &mut Qmp, name: &str, motion: Motion) -> Outcome {
    let key = json!({ "type": "qcode", "data": name });
    let event = json!({ "type": "key", "data": { "down": motion == Motion::Down, "key": key } });
    qmp.execute("input-send-event", json!({ "events": [event] }))?;
    Ok(())
}

/// Types text; `\n` is the return key.
///
/// # Errors
/// If a character is not on a US keyboard.
pub fn type_text(qmp: &mut Qmp, text: &str) -> Outcome {
    for character in text.chars() {
        let names = chord(character).ok_or_else(|| format!("no key types {character:?}"))?;
        press(qmp, &names.iter().map(String::as_str).collect::<Vec<_>>())?;
    }
    Ok(())
}

/// Presses keys one after the other: `"y shift+minus alt_r+q"` by the names of
/// the keys on a US keyboard, `+` between keys that are pressed together.
///
/// # Errors
/// If QEMU knows no such key.
pub fn press_each(qmp: &mut Qmp, keys: &str) -> Outcome {
    for together in keys.split_whitespace() {
        press(qmp, &together.split('+').collect::<Vec<_>>())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::chord;

    #[test]
    fn every_printable_ascii_character_has_keys() {
        for byte in 0x20..0x7f_u8 {
            assert!(chord(char::from(byte)).is_some(), "{:?}", char::from(byte));
        }
        assert_eq!(chord('é'), None);
    }

    #[test]
    fn shift_is_pressed_for_the_upper_half_of_a_key() {
        assert_eq!(chord('!').unwrap(), ["shift", "1"]);
        assert_eq!(chord('_').unwrap(), ["shift", "minus"]);
        assert_eq!(chord('/').unwrap(), ["slash"]);
        assert_eq!(chord('Q').unwrap(), ["shift", "q"]);
    }
}
