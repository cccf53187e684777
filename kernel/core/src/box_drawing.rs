//! Box drawing and block elements (U+2500 to U+259F) as glyphs of 8x16 pixels.
//!
//! A font may draw its letters as it likes; lines have to meet those of the next
//! cell. So they are made by rule: each of a cell's four arms is nothing, a light,
//! a heavy or a double line, from the edge to where it meets the others.
//!
//! ```text
//!    light     heavy     double
//!   ...##...  ########  ###..###    lines across are in row 7, 6 to 8, or 6 and 8;
//!   ########  ########  ........    lines down in columns 3 and 4, 2 to 5, or
//!   ...##...  ########  ###..###    1, 2 and 5, 6
//!   ...##...  ..####..  .##..##.
//! ```
//!
//! `const`, so that a font can be put together at compile time.

/// Rows from the top; the leftmost pixel is the highest bit.
pub type Glyph = [u8; 16];

/// The first character that has a glyph here.
pub const FIRST: u16 = 0x2500;
/// How many have one, each after the other.
pub const COUNT: usize = 0xa0;

/// The four arms of U+2500 to U+257F: left, up, right, down; 0 none, 1 light,
/// 2 heavy, 3 double. From the names in the Unicode Character Database.
#[rustfmt::skip]
const ARMS: [[u8; 4]; 128] = [
    *b"1010", *b"2020", *b"0101", *b"0202", *b"1010", *b"2020", *b"0101", *b"0202", // ─━│┃┄┅┆┇
    *b"1010", *b"2020", *b"0101", *b"0202", *b"0011", *b"0021", *b"0012", *b"0022", // ┈┉┊┋┌┍┎┏
    *b"1001", *b"2001", *b"1002", *b"2002", *b"0110", *b"0120", *b"0210", *b"0220", // ┐┑┒┓└┕┖┗
    *b"1100", *b"2100", *b"1200", *b"2200", *b"0111", *b"0121", *b"0211", *b"0112", // ┘┙┚┛├┝┞┟
    *b"0212", *b"0221", *b"0122", *b"0222", *b"1101", *b"2101", *b"1201", *b"1102", // ┠┡┢┣┤┥┦┧
    *b"1202", *b"2201", *b"2102", *b"2202", *b"1011", *b"2011", *b"1021", *b"2021", // ┨┩┪┫┬┭┮┯
    *b"1012", *b"2012", *b"1022", *b"2022", *b"1110", *b"2110", *b"1120", *b"2120", // ┰┱┲┳┴┵┶┷
    *b"1210", *b"2210", *b"1220", *b"2220", *b"1111", *b"2111", *b"1121", *b"2121", // ┸┹┺┻┼┽┾┿
    *b"1211", *b"1112", *b"1212", *b"2211", *b"1221", *b"2112", *b"1122", *b"2221", // ╀╁╂╃╄╅╆╇
    *b"2122", *b"2212", *b"1222", *b"2222", *b"1010", *b"2020", *b"0101", *b"0202", // ╈╉╊╋╌╍╎╏
    *b"3030", *b"0303", *b"0031", *b"0013", *b"0033", *b"3001", *b"1003", *b"3003", // ═║╒╓╔╕╖╗
    *b"0130", *b"0310", *b"0330", *b"3100", *b"1300", *b"3300", *b"0131", *b"0313", // ╘╙╚╛╜╝╞╟
    *b"0333", *b"3101", *b"1303", *b"3303", *b"3031", *b"1013", *b"3033", *b"3130", // ╠╡╢╣╤╥╦╧
    *b"1310", *b"3330", *b"3131", *b"1313", *b"3333", *b"0011", *b"1001", *b"1100", // ╨╩╪╫╬╭╮╯
    *b"0110", *b"0000", *b"0000", *b"0000", *b"1000", *b"0100", *b"0010", *b"0001", // ╰╱╲╳╴╵╶╷
    *b"2000", *b"0200", *b"0020", *b"0002", *b"1020", *b"0102", *b"2010", *b"0201", // ╸╹╺╻╼╽╾╿
];

/// The glyph of the character `FIRST + index`; blank past the last.
#[must_use]
pub const fn glyph(index: usize) -> Glyph {
    match index {
        0..0x80 => line(index, ARMS[index]),
        0x80..COUNT => block(index),
        _ => [0; 16],
    }
}

/// The character with the same arms in light lines, for a font that has no
/// others; half a line becomes a whole one. `None` for what is not made of arms.
#[must_use]
pub fn light(ch: char) -> Option<char> {
    /// By the arms that are there: left is bit 0, up 1, right 2, down 3.
    const LIGHT: [char; 16] =
        [' ', '─', '│', '┘', '─', '─', '└', '┴', '│', '┐', '│', '┤', '┌', '┬', '├', '┼'];
    let arms = ARMS.get(u32::from(ch).checked_sub(FIRST.into())? as usize)?;
    let mask: usize =
        arms.iter().enumerate().map(|(bit, arm)| usize::from(*arm != NONE) << bit).sum();
    LIGHT.get(mask).copied().filter(|_| mask != 0)
}

const NONE: u8 = b'0';
const HEAVY: u8 = b'2';
const DOUBLE: u8 = b'3';

/// Where lines across an arm end, counted from the edge that the arm starts at:
/// of a light line, a heavy one, and of a double one's nearer and farther half.
struct Ends {
    light: usize,
    heavy: usize,
    near: usize,
    far: usize,
}

/// For arms from the left and from the right.
const ACROSS: Ends = Ends { light: 5, heavy: 6, near: 3, far: 7 };
/// For an arm from the top.
const DOWN: Ends = Ends { light: 8, heavy: 9, near: 7, far: 9 };
/// For an arm from the bottom.
const UP: Ends = Ends { light: 9, heavy: 10, near: 8, far: 10 };

/// How far half of a double arm goes: `this` is the arm across on that half's
/// side, `that` the one on the other side.
const fn double_reach(ends: &Ends, this: u8, that: u8) -> usize {
    match (this, that) {
        (DOUBLE, _) => ends.near,
        (_, DOUBLE) => ends.far,
        _ => single_reach(ends, this, that, NONE),
    }
}

/// How far a light or heavy arm goes: `ahead` is the arm that goes on from it.
const fn single_reach(ends: &Ends, this: u8, that: u8, ahead: u8) -> usize {
    match (this, that) {
        (DOUBLE, DOUBLE) if ahead == NONE => ends.near,
        (DOUBLE, DOUBLE) => ends.light,
        (DOUBLE, _) | (_, DOUBLE) => ends.far,
        (HEAVY, _) | (_, HEAVY) => ends.heavy,
        _ => ends.light,
    }
}

/// Inks the columns `from..to` in the rows `top..bottom`.
const fn ink(glyph: &mut Glyph, from: usize, to: usize, top: usize, bottom: usize) {
    let mut y = top;
    while y < bottom {
        glyph[y] |= ((0xff_u32 >> from) & !(0xff_u32 >> to)) as u8;
        y += 1;
    }
}

/// A character made of arms.
const fn line(index: usize, [left, up, right, down]: [u8; 4]) -> Glyph {
    let mut glyph = [0; 16];
    // Each half of the cell in turn: the arm, and the rows or columns it takes.
    match left {
        NONE => {}
        DOUBLE => {
            ink(&mut glyph, 0, double_reach(&ACROSS, up, down), 6, 7);
            ink(&mut glyph, 0, double_reach(&ACROSS, down, up), 8, 9);
        }
        HEAVY => ink(&mut glyph, 0, single_reach(&ACROSS, up, down, right), 6, 9),
        _ => ink(&mut glyph, 0, single_reach(&ACROSS, up, down, right), 7, 8),
    }
    match right {
        NONE => {}
        DOUBLE => {
            ink(&mut glyph, 8 - double_reach(&ACROSS, up, down), 8, 6, 7);
            ink(&mut glyph, 8 - double_reach(&ACROSS, down, up), 8, 8, 9);
        }
        HEAVY => ink(&mut glyph, 8 - single_reach(&ACROSS, up, down, left), 8, 6, 9),
        _ => ink(&mut glyph, 8 - single_reach(&ACROSS, up, down, left), 8, 7, 8),
    }
    match up {
        NONE => {}
        DOUBLE => {
            ink(&mut glyph, 1, 3, 0, double_reach(&DOWN, left, right));
            ink(&mut glyph, 5, 7, 0, double_reach(&DOWN, right, left));
        }
        HEAVY => ink(&mut glyph, 2, 6, 0, single_reach(&DOWN, left, right, down)),
        _ => ink(&mut glyph, 3, 5, 0, single_reach(&DOWN, left, right, down)),
    }
    match down {
        NONE => {}
        DOUBLE => {
            ink(&mut glyph, 1, 3, 16 - double_reach(&UP, left, right), 16);
            ink(&mut glyph, 5, 7, 16 - double_reach(&UP, right, left), 16);
        }
        HEAVY => ink(&mut glyph, 2, 6, 16 - single_reach(&UP, left, right, up), 16),
        _ => ink(&mut glyph, 3, 5, 16 - single_reach(&UP, left, right, up), 16),
    }
    finish(index, glyph)
}

/// Rounds corners, cuts dashes, draws diagonals.
const fn finish(index: usize, mut glyph: Glyph) -> Glyph {
    match index {
        // Round corners lack their outermost pixel.
        0x6d | 0x70 => glyph[7] &= !0x10,
        0x6e | 0x6f => glyph[7] &= !0x08,
        _ => {}
    }
    let mut y = 0;
    while y < 16 {
        glyph[y] &= match index {
            // Dashes across: three, four or two a cell.
            0x04 | 0x05 => 0b1101_1010,
            0x08 | 0x09 => 0b1010_1010,
            0x4c | 0x4d => 0b1110_1110,
            // Dashes down.
            0x06 | 0x07 if matches!(y, 4 | 10 | 15) => 0,
            0x0a | 0x0b if y % 4 == 3 => 0,
            0x4e | 0x4f if y % 8 >= 6 => 0,
            _ => 0xff,
        };
        // From corner to corner, two rows a column.
        if matches!(index, 0x71 | 0x73) {
            glyph[y] |= 1 << (y / 2);
        }
        if matches!(index, 0x72 | 0x73) {
            glyph[y] |= 0x80 >> (y / 2);
        }
        y += 1;
    }
    glyph
}

/// A block element: eighths of the cell, shades, quarters.
const fn block(index: usize) -> Glyph {
    /// Upper left, upper right, lower left, lower right, as bits 0 to 3, of
    /// U+2596 to U+259F.
    const QUARTERS: [u8; 10] = [4, 8, 1, 13, 9, 7, 11, 2, 6, 14];
    let mut glyph = [0; 16];
    match index {
        0x80 => ink(&mut glyph, 0, 8, 0, 8),
        0x81..=0x88 => ink(&mut glyph, 0, 8, 16 - 2 * (index - 0x80), 16),
        0x89..=0x8f => ink(&mut glyph, 0, 0x90 - index, 0, 16),
        0x90 => ink(&mut glyph, 4, 8, 0, 16),
        0x91 => glyph = shade(0x11, 0x44),
        0x92 => glyph = shade(0x55, 0xaa),
        0x93 => glyph = shade(0xdd, 0x77),
        0x94 => ink(&mut glyph, 0, 8, 0, 2),
        0x95 => ink(&mut glyph, 7, 8, 0, 16),
        _ => {
            let mut quarter = 0;
            while quarter < 4 {
                if QUARTERS[index - 0x96] >> quarter & 1 == 1 {
                    let (x, y) = (quarter % 2 * 4, quarter / 2 * 8);
                    ink(&mut glyph, x, x + 4, y, y + 8);
                }
                quarter += 1;
            }
        }
    }
    glyph
}

const fn shade(even: u8, odd: u8) -> Glyph {
    let mut glyph = [even; 16];
    let mut y = 1;
    while y < 16 {
        glyph[y] = odd;
        y += 2;
    }
    glyph
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ch: char) -> Glyph {
        glyph(ch as usize - usize::from(FIRST))
    }

    fn picture(ch: char) -> Vec<String> {
        of(ch)[5..10]
            .iter()
            .map(|row| format!("{row:08b}").replace('0', ".").replace('1', "#"))
            .collect()
    }

    /// The pixels of an arm at its edge of the cell.
    fn edges(glyph: Glyph) -> [u16; 4] {
        let column = |bit: u8| (0..16).fold(0, |sum, y| sum << 1 | u16::from(glyph[y] >> bit & 1));
        [column(7), glyph[0].into(), column(0), glyph[15].into()]
    }

    #[test]
    fn lines_meet_those_of_the_next_cell() {
        let arm = [[0; 4], edges(of('┼')), edges(of('╋')), edges(of('╬'))];
        let dashed = [0x04..0x0c, 0x4c..0x50, 0x71..0x74];
        for index in (0..128).filter(|index| !dashed.iter().any(|range| range.contains(index))) {
            for (side, weight) in ARMS[index].iter().enumerate() {
                let expected = arm[usize::from(weight - b'0')][side];
                assert_eq!(edges(glyph(index))[side], expected, "{index:#x}, side {side}");
            }
        }
    }

    #[test]
    fn corners_and_crossings() {
        assert_eq!(picture('╔'), ["........", ".#######", ".##.....", ".##..###", ".##..##."]);
        assert_eq!(picture('╬'), [".##..##.", "###..###", "........", "###..###", ".##..##."]);
        assert_eq!(picture('╣'), [".##..##.", "###..##.", ".....##.", "###..##.", ".##..##."]);
        assert_eq!(picture('╒'), ["........", "...#####", "...##...", "...#####", "...##..."]);
        assert_eq!(picture('╢'), [".##..##.", ".##..##.", "###..##.", ".##..##.", ".##..##."]);
        assert_eq!(picture('╥'), ["........", "........", "########", ".##..##.", ".##..##."]);
        assert_eq!(picture('╭'), ["........", "........", "....####", "...##...", "...##..."]);
        assert_eq!(picture('┳'), ["........", "########", "########", "########", "..####.."]);
    }

    #[test]
    fn blocks_add_up() {
        let or = |a: char, b: char| -> Glyph { std::array::from_fn(|y| of(a)[y] | of(b)[y]) };
        for (a, b) in
            [('▀', '▄'), ('▌', '▐'), ('▚', '▞'), ('▙', '▝'), ('▛', '▗'), ('▜', '▖'), ('▟', '▘')]
        {
            assert_eq!(or(a, b), of('█'), "{a}{b}");
            assert!((0..16).all(|y| of(a)[y] & of(b)[y] == 0), "{a}{b}");
        }
        assert_eq!(of('▁')[13..], [0, 0xff, 0xff]);
        assert_eq!((of('▏')[0], of('▉')[0], of('▕')[0]), (0x80, 0xfe, 0x01));
        let ink = |ch| of(ch).iter().map(|row| row.count_ones()).sum::<u32>();
        assert_eq!(['░', '▒', '▓'].map(ink), [32, 64, 96]);
        assert_eq!(glyph(COUNT), [0; 16]);
    }

    #[test]
    fn every_line_has_a_light_one() {
        for (heavy, plain) in "━┃┏╋╼╎╭╬┱".chars().zip("─│┌┼─│┌┼┬".chars())
        {
            assert_eq!(light(heavy), Some(plain));
        }
        assert_eq!([light('╱'), light('█'), light('x')], [None; 3]);
    }
}
