//! Writes the line rows of a function; the format is `valhalla_core::symbols::rows`.

use valhalla_core::symbols::rows::{
    LONG, Line, MIDDLE, MIDDLE_BYTES, MIDDLE_FILES, NO_LINE, NO_LINE_BYTES, OTHER_FILE, Recent,
    SHORT_BYTES, SHORT_LINES, SHORT_NO_LINE,
};

/// The bytes of `rows`: offsets from the function's start, ascending, and the
/// line from there on.
#[must_use]
pub fn pack(rows: &[(u32, Option<Line>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut recent = Recent::default();
    let mut before = 0;
    for (offset, line) in rows {
        let advance = offset - before;
        before = *offset;
        let Some(line) = *line else {
            if (1..=NO_LINE_BYTES).contains(&advance) {
                bytes.push(SHORT_NO_LINE + (advance - 1) as u8);
            } else {
                bytes.push(NO_LINE);
                varint(&mut bytes, advance);
            }
            continue;
        };
        let ago = recent.find(line.file);
        match ago.and_then(|ago| Some((ago, recent.get(ago)?))) {
            Some((ago, last)) => {
                let lines = line.line.cast_signed() - last.line.cast_signed();
                known_file(&mut bytes, ago, advance, lines);
            }
            None => {
                bytes.push(OTHER_FILE);
                varint(&mut bytes, advance);
                varint(&mut bytes, line.file);
                varint(&mut bytes, line.line);
            }
        }
        recent.put(ago, line);
    }
    bytes
}

fn known_file(bytes: &mut Vec<u8>, ago: usize, advance: u32, lines: i32) {
    let upto = |most| (1..=most).contains(&advance);
    if ago == 0 && upto(SHORT_BYTES) && lines.abs() <= SHORT_LINES {
        let steps = (2 * SHORT_LINES + 1) as u8;
        bytes.push(steps * (advance - 1) as u8 + (lines + SHORT_LINES) as u8);
        return;
    }
    if ago < MIDDLE_FILES && upto(MIDDLE_BYTES) {
        bytes.push(MIDDLE + MIDDLE_BYTES as u8 * ago as u8 + (advance - 1) as u8);
    } else {
        bytes.push(LONG + ago as u8);
        varint(bytes, advance);
    }
    varint(bytes, (lines << 1 ^ lines >> 31).cast_unsigned());
}

/// Seven bits a byte, the lowest first.
pub fn varint(bytes: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::pack;
    use proptest::prelude::*;
    use valhalla_core::symbols::rows::{Line, Rows};

    proptest! {
        #[test]
        fn rows_come_back(
            steps in prop::collection::vec((0..40_u32, 0..12_u32, 1..400_u32, 0..9), 0..200),
        ) {
            let mut offset = 0;
            let rows: Vec<_> = steps
                .iter()
                .map(|(advance, file, line, kind)| {
                    offset += advance;
                    (offset, (*kind != 0).then_some(Line { file: *file, line: *line }))
                })
                .collect();
            let bytes = pack(&rows);
            prop_assert_eq!(Rows::new(&bytes).collect::<Vec<_>>(), rows);
        }
    }
}
