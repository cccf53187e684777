//! DEC's special graphics: lines out of lower-case letters (VT100 manual, table
//! 3-9). Programs that were taught by a VT100 draw their boxes with it.

/// What `_` to `~` show.
const GRAPHICS: [char; 32] = [
    ' ', '◆', '▒', '␉', '␌', '␍', '␊', '°', '±', '␤', '␋', '┘', '┐', '┌', '└', '┼', //
    '⎺', '⎻', '─', '⎼', '⎽', '├', '┤', '┴', '┬', '│', '≤', '≥', 'π', '≠', '£', '·',
];

/// The character that is shown for `ch`.
pub(super) fn line_drawing(ch: char) -> char {
    let at = u32::from(ch).checked_sub(u32::from('_'));
    at.and_then(|at| GRAPHICS.get(at as usize)).copied().unwrap_or(ch)
}
