//! Dead keys: an accent and a letter make one character.

/// For each accent its letters, plain and with the accent, in turn.
const TABLE: [(char, &str); 5] = [
    ('^', "aâeêiîoôuûAÂEÊIÎOÔUÛ"),
    ('´', "aáeéiíoóuúyýAÁEÉIÍOÓUÚYÝ"),
    ('`', "aàeèiìoòuùAÀEÈIÌOÒUÙ"),
    ('~', "aãnñoõAÃNÑOÕ"),
    ('¨', "aäeëiïoöuüyÿAÄEËIÏOÖUÜ"),
];

/// `accent` on `letter`; on a space, or on itself, the accent alone. `None` when
/// the two do not go together.
pub(super) fn compose(accent: char, letter: char) -> Option<char> {
    if letter == ' ' || letter == accent {
        return Some(accent);
    }
    let (_, pairs) = TABLE.iter().find(|(known, _)| *known == accent)?;
    let mut pairs = pairs.chars();
    while let (Some(plain), Some(accented)) = (pairs.next(), pairs.next()) {
        if plain == letter {
            return Some(accented);
        }
    }
    None
}
