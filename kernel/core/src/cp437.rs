//! Code page 437: the characters in the font of every VGA.
//!
//! Bytes 0x20 to 0x7e are ASCII; the others are what IBM's font shows for them,
//! as Unicode's own mapping table has it (VENDORS/MICSFT/PC/CP437.TXT, with the
//! glyphs of 0x01 to 0x1f and 0x7f from VENDORS/MISC/IBMGRAPH.TXT).

/// 0x00 to 0x1f; 0 is blank and has no other character than itself.
const LOW: [char; 32] = [
    '\0', '☺', '☻', '♥', '♦', '♣', '♠', '•', '◘', '○', '◙', '♂', '♀', '♪', '♫', '☼', //
    '►', '◄', '↕', '‼', '¶', '§', '▬', '↨', '↑', '↓', '→', '←', '∟', '↔', '▲', '▼',
];

/// 0x80 to 0xff.
const HIGH: [char; 128] = [
    'Ç', 'ü', 'é', 'â', 'ä', 'à', 'å', 'ç', 'ê', 'ë', 'è', 'ï', 'î', 'ì', 'Ä', 'Å', //
    'É', 'æ', 'Æ', 'ô', 'ö', 'ò', 'û', 'ù', 'ÿ', 'Ö', 'Ü', '¢', '£', '¥', '₧', 'ƒ', //
    'á', 'í', 'ó', 'ú', 'ñ', 'Ñ', 'ª', 'º', '¿', '⌐', '¬', '½', '¼', '¡', '«', '»', //
    '░', '▒', '▓', '│', '┤', '╡', '╢', '╖', '╕', '╣', '║', '╗', '╝', '╜', '╛', '┐', //
    '└', '┴', '┬', '├', '─', '┼', '╞', '╟', '╚', '╔', '╩', '╦', '╠', '═', '╬', '╧', //
    '╨', '╤', '╥', '╙', '╘', '╒', '╓', '╫', '╪', '┘', '┌', '█', '▄', '▌', '▐', '▀', //
    'α', 'ß', 'Γ', 'π', 'Σ', 'σ', 'µ', 'τ', 'Φ', 'Θ', 'Ω', 'δ', '∞', 'φ', 'ε', '∩', //
    '≡', '±', '≥', '≤', '⌠', '⌡', '÷', '≈', '°', '∙', '·', '√', 'ⁿ', '²', '■', '\u{a0}',
];

/// The character that the font has at `byte`.
#[must_use]
pub fn to_char(byte: u8) -> char {
    let high = || HIGH.get(usize::from(byte & 0x7f)).copied();
    match byte {
        0x20..=0x7e => char::from(byte),
        0x7f => '⌂',
        _ => LOW.get(usize::from(byte)).copied().or_else(high).unwrap_or(' '),
    }
}

/// The byte that shows `ch`, if the font has it. ASCII is found at once, the
/// rest by a search through 160 characters.
#[must_use]
pub fn from_char(ch: char) -> Option<u8> {
    let place = |table: &[char]| table.iter().position(|&entry| entry == ch);
    match ch {
        ' '..='~' => Some(ch as u8),
        '⌂' => Some(0x7f),
        _ => place(&HIGH).map(|at| at as u8 | 0x80).or_else(|| place(&LOW).map(|at| at as u8)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for byte in 0..=u8::MAX {
            assert_eq!(from_char(to_char(byte)), Some(byte), "{byte:#x}");
        }
    }

    #[test]
    fn landmarks() {
        assert_eq!(to_char(b'A'), 'A');
        assert_eq!(from_char('é'), Some(0x82));
        assert_eq!(from_char('█'), Some(0xdb));
        assert_eq!(from_char('─'), Some(0xc4));
        assert_eq!(from_char('→'), Some(0x1a));
        assert_eq!(from_char('ÿ'), Some(0x98));
        assert_eq!(from_char('€'), None);
        assert_eq!(from_char('\u{7f}'), None);
    }
}
