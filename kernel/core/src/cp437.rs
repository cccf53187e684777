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
pub const fn to_char(byte: u8) -> char {
    match byte {
        0x00..0x20 => LOW[byte as usize],
        0x20..=0x7e => byte as char,
        0x7f => '⌂',
        0x80.. => HIGH[(byte & 0x7f) as usize],
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

/// Characters that are better shown as another one than not at all: letters without
/// their accent, and of Greek and Cyrillic those that look like a letter at hand. The
/// code page has αßΓπΣσµτΦΘΩδ∞φε∩ themselves; its ß has to do for β.
const LIKE: [(&str, char); 90] = [
    ("ÀÁÂÃĀĂĄǍΑΆА", 'A'),
    ("ãāăąǎа", 'a'),
    ("ĆĈĊČ©С", 'C'),
    ("ćĉċčс", 'c'),
    ("ĎĐÐ", 'D'),
    ("ďđð", 'd'),
    ("ÈÊËĒĔĖĘĚ€ΕΈЕЁ", 'E'),
    ("ēĕėęěе", 'e'),
    ("ĜĞĠĢ", 'G'),
    ("ĝğġģ", 'g'),
    ("ĤĦΗΉН", 'H'),
    ("ĥħ", 'h'),
    ("ÌÍÎÏĨĪĬĮİΙΊІЇ", 'I'),
    ("ĩīĭįıιίі", 'i'),
    ("ĴЈ", 'J'),
    ("ĵј", 'j'),
    ("ĶΚК", 'K'),
    ("ķĸκк", 'k'),
    ("ĹĻĽĿŁ", 'L'),
    ("ĺļľŀł", 'l'),
    ("ŃŅŇΝ", 'N'),
    ("ńņňŉηή", 'n'),
    ("ÒÓÔÕØŌŎŐΟΌО", 'O'),
    ("õøōŏőοόо", 'o'),
    ("ŔŖŘ®", 'R'),
    ("ŕŗř", 'r'),
    ("ŚŜŞŠȘЅ", 'S'),
    ("śŝşšșѕ", 's'),
    ("ŢŤŦȚ™ΤТ", 'T'),
    ("ţťŧț", 't'),
    ("ÙÚÛŨŪŬŮŰŲ", 'U'),
    ("ũūŭůűųυύ", 'u'),
    ("Ŵ", 'W'),
    ("ŵωώ", 'w'),
    ("ÝŶŸΥΎ", 'Y'),
    ("ýŷγу", 'y'),
    ("ŹŻŽΖ", 'Z'),
    ("źżž", 'z'),
    ("Þþρр", 'p'),
    ("×✗✘✕✖χх", 'x'),
    ("‐‑‒–—―−\u{ad}⎯", '-'),
    ("▁▂", '_'),
    ("‘’‚‛′´ʼ", '\''),
    ("“”„‟″", '"'),
    ("‹", '<'),
    ("›", '>'),
    ("…¨", '.'),
    ("¸", ','),
    ("¦❘", '|'),
    ("¹", '1'),
    ("³", '3'),
    ("╱", '/'),
    ("╲", '\\'),
    ("╳ΧХ", 'X'),
    ("◆", '♦'),
    ("¤", '☼'),
    ("✓✔☑", '√'),
    ("●⚫∗", '•'),
    ("▶▸", '►'),
    ("◀◂", '◄'),
    ("▴", '▲'),
    ("▾", '▼'),
    ("⇐⟵", '←'),
    ("⇒⟶", '→'),
    ("▃▅▖▗", '▄'),
    ("▘▝▔", '▀'),
    ("▋▍", '▌'),
    ("▎▏▕", '│'),
    ("▚▞", '▒'),
    ("▆▇▉▊▙▛▜▟", '█'),
    ("ΒВ", 'B'),
    ("ΜМ", 'M'),
    ("ΡР", 'P'),
    ("ν", 'v'),
    ("β", 'ß'),
    ("μ", 'µ'),
    ("ά", 'α'),
    ("έ∈", 'ε'),
    ("Δ", 'δ'),
    ("Ξ", '≡'),
    ("Π∏", 'π'),
    ("∑", 'Σ'),
    ("ϕ∅ф", 'φ'),
    ("Ф", 'Φ'),
    ("Г", 'Γ'),
    ("т", 'τ'),
    ("\u{2126}", 'Ω'),
    ("ё", 'ë'),
    ("ї", 'ï'),
    ("\u{2002}\u{2003}\u{2009}\u{202f}", ' '),
];

/// Another character that a smaller font may have: light lines for heavy ones, a
/// letter without its accent, straight quotes.
#[must_use]
pub fn substitute(ch: char) -> Option<char> {
    let like = || LIKE.iter().find(|(chars, _)| chars.contains(ch)).map(|&(_, like)| like);
    crate::box_drawing::light(ch).filter(|&light| light != ch).or_else(like)
}

/// The byte that shows `ch`, or what comes closest, or a question mark.
#[must_use]
#[inline(never)]
pub fn nearest(ch: char) -> u8 {
    let blank = (ch == crate::terminal::Cell::REST).then_some(b' ');
    let found = blank.or_else(|| from_char(ch)).or_else(|| from_char(substitute(ch)?));
    found.unwrap_or(b'?')
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

    #[test]
    fn what_is_missing_is_shown_as_something_like_it() {
        let shown: String =
            "“Žluťoučký — kůň” ┏━┓ ✓ é…€".chars().map(nearest).map(to_char).collect();
        assert_eq!(shown, "\"Zlutouck\u{79} - kun\" ┌─┐ √ é.E");
        let shown: String = "αβγΔπΣΩ μ ΑΘΗΝΑ Москва".chars().map(nearest).map(to_char).collect();
        assert_eq!(shown, "αßyδπΣΩ µ AΘHNA Mock?a");
        assert_eq!((nearest('中'), nearest('\0'), nearest('╬')), (b'?', b' ', 0xce));
        for (chars, like) in LIKE {
            assert!(from_char(like).is_some(), "{like}");
            assert!(chars.chars().all(|ch| from_char(ch).is_none()), "{chars}");
        }
        // No box-drawing character, and no letter of Latin-1, is a question mark.
        let boxes = '\u{2500}'..'\u{25a0}';
        for ch in boxes.chain('À'..='ÿ') {
            assert_ne!(nearest(ch), b'?', "{ch}");
        }
    }
}
