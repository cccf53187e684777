//! A keyboard: text becomes key presses on the emulated PS/2 keyboard.
//!
//! It holds 16 bytes, a key takes two or three, one with Shift twice as many, and
//! what does not fit is lost before the kernel could see it. So each press waits
//! until the guest has taken what the one before has sent; however slow the guest
//! is, no key is lost.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::qmp::Qmp;
use crate::{Outcome, ensure, seconds};

/// The PS/2 controller's status port. Reading it changes nothing.
const PS2_STATUS: u16 = 0x64;
/// Status bit: a byte waits for the guest. QEMU refills as soon as one is read,
/// so that none waiting means that the keyboard is empty.
const OUTPUT_FULL: u8 = 1;
/// What the port reads where there is no controller.
const NOBODY: u8 = 0xff;
/// Pace of looking at it.
const BETWEEN_LOOKS: Duration = Duration::from_millis(1);

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

/// Presses keys together and lets go of them, once the guest has taken what came
/// before; names are `QKeyCode`s such as `ctrl`, `c`, `ret`.
///
/// # Errors
/// If QEMU knows no such key, or the guest leaves the last one where it is.
pub fn press(qmp: &mut Qmp, names: &[&str]) -> Outcome {
    wait_until_taken(qmp)?;
    let down = names.iter().map(|name| motion(name, Motion::Down));
    let up = names.iter().rev().map(|name| motion(name, Motion::Up));
    let events: Vec<Value> = down.chain(up).collect();
    qmp.execute("input-send-event", json!({ "events": events })).map(drop)
}

/// Presses keys one after the other, as [`press_each`] does, but without a wait
/// between them: the keyboard holds 16 bytes, and a key takes two.
///
/// # Errors
/// As [`press`].
pub fn burst(qmp: &mut Qmp, keys: &str) -> Outcome {
    wait_until_taken(qmp)?;
    let events: Vec<Value> = keys
        .split_whitespace()
        .flat_map(|name| [Motion::Down, Motion::Up].map(|way| motion(name, way)))
        .collect();
    qmp.execute("input-send-event", json!({ "events": events })).map(drop)
}

/// Has QEMU press a key and let go of it some milliseconds later, whatever the
/// guest does meanwhile.
///
/// # Errors
/// If QEMU knows no such key.
pub fn hold(qmp: &mut Qmp, name: &str) -> Outcome {
    let key = json!({ "type": "qcode", "data": name });
    qmp.execute("send-key", json!({ "keys": [key], "hold-time": 8 })).map(drop)
}

/// Waits until the guest has taken every byte that the keyboard has sent.
///
/// # Errors
/// When it does not within 20 s.
pub fn wait_until_taken(qmp: &mut Qmp) -> Outcome {
    let deadline = Instant::now() + seconds(20);
    loop {
        let status = qmp.inb(PS2_STATUS)?;
        if status & OUTPUT_FULL == 0 || status == NOBODY {
            return Ok(());
        }
        ensure(Instant::now() < deadline, || {
            format!("the guest does not take keys from the PS/2 controller: status {status:#04x}")
        })?;
        thread::sleep(BETWEEN_LOOKS);
    }
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
    qmp.execute("input-send-event", json!({ "events": [self::motion(name, motion)] })).map(drop)
}

/// The event of a key that moves.
fn motion(name: &str, motion: Motion) -> Value {
    let key = json!({ "type": "qcode", "data": name });
    json!({ "type": "key", "data": { "down": motion == Motion::Down, "key": key } })
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
