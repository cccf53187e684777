//! How many cells a character takes (Unicode Standard Annex #11).
//!
//! By blocks, not by the whole table: a console has no glyphs for what is wide,
//! so what matters is that text after it stands where its writer expects it.

/// Characters that are drawn into the one before, or not at all.
const NONE: [(u32, u32); 16] = [
    (0x00ad, 0x00ad), // soft hyphen
    (0x0300, 0x036f), // combining diacritical marks
    (0x0483, 0x0489),
    (0x0591, 0x05bd),
    (0x0610, 0x061a),
    (0x064b, 0x065f),
    (0x1ab0, 0x1aff),
    (0x1dc0, 0x1dff),
    (0x200b, 0x200f), // zero-width space, joiners, direction marks
    (0x2028, 0x202e),
    (0x2060, 0x206f),
    (0x20d0, 0x20ff), // combining marks for symbols
    (0xfe00, 0xfe0f), // variation selectors
    (0xfe20, 0xfe2f),
    (0xfeff, 0xfeff), // byte order mark
    (0xe0000, 0xe0fff),
];

/// Characters of two cells.
const WIDE: [(u32, u32); 13] = [
    (0x1100, 0x115f), // Hangul syllable beginnings
    (0x231a, 0x231b),
    (0x2329, 0x232a),
    (0x2e80, 0x303e), // CJK radicals and punctuation
    (0x3041, 0xa4cf), // kana, CJK ideographs, Yi
    (0xa960, 0xa97c),
    (0xac00, 0xd7a3), // Hangul
    (0xf900, 0xfaff),
    (0xfe30, 0xfe6f),
    (0xff01, 0xff60), // full-width forms
    (0xffe0, 0xffe6),
    (0x1f300, 0x1faff), // pictures
    (0x20000, 0x3fffd),
];

/// Cells that `ch` takes on the screen: 0, 1 or 2. Controls count as none.
#[must_use]
#[inline]
pub fn width(ch: char) -> usize {
    if matches!(ch, ' '..='~') { 1 } else { width_of_others(ch) }
}

fn width_of_others(ch: char) -> usize {
    let code = u32::from(ch);
    let within = |ranges: &[(u32, u32)]| {
        let after = ranges.partition_point(|&(first, _)| first <= code);
        after.checked_sub(1).and_then(|at| ranges.get(at)).is_some_and(|&(_, last)| code <= last)
    };
    match code {
        0x20..=0x7e | 0xa0..=0xac | 0xae..=0x2ff => 1,
        0..=0x9f => 0,
        _ if within(&NONE) => 0,
        _ if within(&WIDE) => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths() {
        for (text, cells) in
            [("a", 1), ("é", 1), ("─", 1), ("中", 2), ("한", 2), ("😀", 2), ("Ａ", 2), ("→", 1)]
        {
            assert_eq!(text.chars().map(width).sum::<usize>(), cells, "{text}");
        }
        assert_eq!("e\u{301}\u{200d}\u{fe0f}\u{ad}\n".chars().map(width).sum::<usize>(), 1);
    }

    #[test]
    fn ranges_are_sorted() {
        for ranges in [&NONE[..], &WIDE[..]] {
            assert!(ranges.windows(2).all(|pair| pair[0].1 < pair[1].0));
            assert!(ranges.iter().all(|&(first, last)| first <= last));
        }
    }
}
