//! Lines that have left the screen at its top, packed.
//!
//! One block of memory, taken when the terminal is made: printing allocates
//! nothing, and the heap looks the same before a screenful and after. It is not
//! touched before it is used: a boot would pay for a thousand lines. Lines are
//! records in a ring; when there is no room the oldest go. None lies across the
//! end of the block: what is left there is skipped.
//!
//! ```text
//!   | size | style, count, text in UTF-8 | style, count, text | ... | size |
//!     u16    a run of equal style                                     u16
//!
//!   style: one byte, 0 the default; else bit 0 says that it is underlined
//!          and both colours follow, four bytes each
//! ```
//!
//! A line of 60 plain characters takes 67 bytes, where its cells took 960. Blank
//! cells at the end are left out.

use alloc::vec::Vec;

use super::{Cell, Style, Underline, split_tints};

/// Lines that are kept, if their room suffices.
pub(super) const LINES: usize = 1000;

/// Bytes for each line beside one for each column: sizes, styles, and room for
/// a few colours.
const OVERHEAD: usize = 24;

/// The size of a record, before and after it.
const SIZE: usize = 2;
/// A run's count of characters.
const COUNT: usize = 2;
/// A style that is not the default.
const COLOURS: usize = 8;

const DEFAULT: u8 = 0;
const COLOURED: u8 = 2;
const COLOURED_UNDERLINED: u8 = 3;

/// See the module's page.
#[derive(Debug, Default)]
pub(super) struct History {
    /// What has been used of the room.
    bytes: Vec<u8>,
    /// All of it, no more than the vector's capacity.
    room: usize,
    lines: usize,
    /// Where the oldest record begins.
    oldest: usize,
    /// Where the newest one ends.
    newest: usize,
    /// Where the older ones end, if `newest` began anew at 0 meanwhile.
    end: Option<usize>,
}

impl History {
    /// Room for [`LINES`] lines of `cols` columns of plain text; where memory is
    /// short, for half of that, a quarter, or none.
    pub(super) fn new(cols: usize) -> Self {
        let mut room = LINES.saturating_mul(cols.saturating_add(OVERHEAD));
        let mut bytes = Vec::new();
        while room >= cols && bytes.try_reserve_exact(room).is_err() {
            room /= 2;
        }
        let room = if bytes.capacity() >= room { room } else { 0 };
        Self { bytes, room, ..Self::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.lines
    }

    pub(super) fn clear(&mut self) {
        let bytes = core::mem::take(&mut self.bytes);
        *self = Self { bytes, room: self.room, ..Self::default() };
    }

    /// Keeps a line of ASCII characters in one style: nearly all lines.
    pub(super) fn push_plain(&mut self, cells: &[Cell]) {
        let style = cells.first().map_or(Style::DEFAULT, |cell| cell.style());
        let Some(room) = self.make_room(header(style) + cells.len()) else { return };
        let Some(text) = begin_run(room, style, cells.len()) else { return };
        for (byte, cell) in text.iter_mut().zip(cells) {
            *byte = cell.code() as u8;
        }
    }

    /// Keeps any line; of one that is larger than all the room, an empty one.
    pub(super) fn push(&mut self, cells: &[Cell]) {
        let runs = || cells.chunk_by(|a, b| a.style() == b.style());
        let text = |run: &[Cell]| run.iter().map(bytes_of).sum::<usize>();
        let style = |run: &[Cell]| run.first().map_or(Style::DEFAULT, |cell| cell.style());
        let size = runs().map(|run| header(style(run)) + text(run)).sum();
        let Some(mut room) = self.make_room(size) else {
            let _ = self.make_room(0);
            return;
        };
        for run in runs() {
            let Some(mut rest) = begin_run(room, style(run), run.len()) else { return };
            for cell in run {
                let Some((place, after)) = rest.split_at_mut_checked(bytes_of(cell)) else {
                    return;
                };
                match place {
                    [byte] => *byte = cell.code() as u8,
                    place => drop(cell.ch().encode_utf8(place)),
                }
                rest = after;
            }
            room = rest;
        }
    }

    /// Takes the newest line away.
    pub(super) fn drop_newest(&mut self) {
        let Some(start) = self.before(self.newest) else { return };
        if self.newest == 0 {
            self.end = None;
        }
        self.newest = start;
        self.lines -= 1;
    }

    /// The lines from the `back`th last on (1 is the newest), in order.
    pub(super) fn last(&self, back: usize) -> Lines<'_> {
        let back = back.min(self.lines);
        let mut at = self.newest;
        for _ in 0..back {
            at = self.before(at).unwrap_or(at);
        }
        Lines { history: self, at, left: back }
    }

    /// Room for a record of `size` bytes, the sizes around it already written.
    fn make_room(&mut self, size: usize) -> Option<&mut [u8]> {
        let mark = u16::try_from(size).ok()?.to_le_bytes();
        let whole = size + 2 * SIZE;
        if whole > self.room {
            return None;
        }
        if self.lines == LINES {
            self.drop_oldest();
        }
        loop {
            if self.lines == 0 {
                (self.oldest, self.newest, self.end) = (0, 0, None);
            }
            match self.end {
                None if self.room - self.newest >= whole => break,
                None => (self.end, self.newest) = (Some(self.newest), 0),
                Some(_) if self.oldest - self.newest >= whole => break,
                Some(_) => self.drop_oldest(),
            }
        }
        let start = self.newest;
        self.newest += whole;
        self.lines += 1;
        if self.bytes.len() < self.newest {
            // Within the capacity: nothing is allocated.
            self.bytes.resize(self.newest, 0);
        }
        let record = self.bytes.get_mut(start..self.newest)?;
        let (before, rest) = record.split_first_chunk_mut()?;
        let (inside, after) = rest.split_last_chunk_mut()?;
        (*before, *after) = (mark, mark);
        Some(inside)
    }

    fn drop_oldest(&mut self) {
        let Some(size) = self.size_at(self.oldest) else { return };
        self.oldest += size + 2 * SIZE;
        self.lines -= 1;
        if self.end.is_some_and(|end| self.oldest >= end) {
            (self.oldest, self.end) = (0, None);
        }
    }

    /// Where the record begins that ends at `at`.
    fn before(&self, at: usize) -> Option<usize> {
        let at = if at == 0 { self.end? } else { at };
        let size = self.size_at(at.checked_sub(SIZE)?)?;
        at.checked_sub(size + 2 * SIZE)
    }

    fn size_at(&self, at: usize) -> Option<usize> {
        let bytes = self.bytes.get(at..)?.first_chunk()?;
        Some(u16::from_le_bytes(*bytes).into())
    }
}

/// Bytes that a cell's character takes; nearly all are ASCII.
fn bytes_of(cell: &Cell) -> usize {
    if cell.code() < 0x80 { 1 } else { cell.ch().len_utf8() }
}

/// Bytes that a run's style and count take.
fn header(style: Style) -> usize {
    1 + COUNT + if style == Style::DEFAULT { 0 } else { COLOURS }
}

/// Writes a run's style and count; what is left is for its text.
fn begin_run(room: &mut [u8], style: Style, count: usize) -> Option<&mut [u8]> {
    let (kind, mut rest) = room.split_first_mut()?;
    *kind = match (style, style.underline()) {
        (Style::DEFAULT, _) => DEFAULT,
        (_, Underline::Off) => COLOURED,
        (_, Underline::On) => COLOURED_UNDERLINED,
    };
    if *kind != DEFAULT {
        let colours;
        (colours, rest) = rest.split_first_chunk_mut::<COLOURS>()?;
        *colours = style.tints().to_le_bytes();
    }
    let (place, rest) = rest.split_first_chunk_mut()?;
    *place = (count as u16).to_le_bytes();
    Some(rest)
}

/// Lines of the history, one after the other.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    history: &'a History,
    at: usize,
    left: usize,
}

impl Lines<'_> {
    /// Unpacks the next line over all of `row`, and says whether there was one.
    #[must_use]
    pub(super) fn next_into(&mut self, row: &mut [Cell]) -> bool {
        row.fill(Cell::BLANK);
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        if self.history.end == Some(self.at) {
            self.at = 0;
        }
        let Some(size) = self.history.size_at(self.at) else { return false };
        let start = self.at + SIZE;
        self.at = start + size + SIZE;
        let record = self.history.bytes.get(start..start + size).unwrap_or_default();
        unpack(record, row).is_some()
    }
}

/// The cells of a record; `None` where it is not one.
fn unpack(mut record: &[u8], row: &mut [Cell]) -> Option<()> {
    let mut cells = row.iter_mut();
    while let Some((kind, mut rest)) = record.split_first() {
        let mut style = Style::DEFAULT;
        if *kind != DEFAULT {
            let colours;
            (colours, rest) = rest.split_first_chunk::<COLOURS>()?;
            let (fg, bg) = split_tints(u64::from_le_bytes(*colours));
            let line = if *kind == COLOURED_UNDERLINED { Underline::On } else { Underline::Off };
            style = Style::new(fg, bg, line);
        }
        let count;
        (count, rest) = rest.split_first_chunk()?;
        for _ in 0..u16::from_le_bytes(*count) {
            let len = match rest.first()? {
                0..0x80 => 1,
                0x80..0xe0 => 2,
                0xe0..0xf0 => 3,
                0xf0.. => 4,
            };
            let (text, after) = rest.split_at_checked(len)?;
            let ch = str::from_utf8(text).ok()?.chars().next()?;
            rest = after;
            *cells.next()? = Cell::new(ch, style);
        }
        record = rest;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pixel::Rgb;
    use crate::terminal::Tint;

    fn row(text: &str, style: Style) -> Vec<Cell> {
        text.chars().map(|ch| Cell::new(ch, style)).collect()
    }

    fn all(history: &History, cols: usize) -> Vec<Vec<Cell>> {
        let mut lines = history.last(usize::MAX);
        let mut row = vec![Cell::BLANK; cols];
        std::iter::from_fn(|| lines.next_into(&mut row).then(|| row.clone())).collect()
    }

    #[test]
    fn plain_lines_cost_little_and_a_thousand_stay() {
        let mut history = History::new(80);
        for _ in 0..3 * LINES {
            history.push_plain(&row(&"x".repeat(80), Style::DEFAULT));
        }
        assert_eq!(history.len(), LINES);
        history.clear();
        assert_eq!((history.len(), all(&history, 80).len()), (0, 0));
    }

    proptest! {
        #[test]
        fn the_last_lines_come_back(
            lines in prop::collection::vec(("[a-zé中 ]{0,30}", 0..4u32, any::<bool>()), 0..200),
            room in 20..2000usize,
        ) {
            let bytes = Vec::with_capacity(room);
            let mut history = History { bytes, room, ..History::default() };
            let mut model = Vec::new();
            for (text, colour, drop) in lines {
                let style = match colour {
                    0 => Style::DEFAULT,
                    n => Style::new(Tint::rgb(Rgb::new(n)), Tint::indexed(20), if n == 2 { Underline::On } else { Underline::Off }),
                };
                let mut cells = row(&text, style);
                if colour == 0 && text.is_ascii() {
                    history.push_plain(&cells);
                } else {
                    if colour == 3 {
                        cells.extend(row("plain", Style::DEFAULT));
                    }
                    history.push(&cells);
                }
                cells.resize(40, Cell::BLANK);
                model.push(cells);
                if drop && history.len() > 0 {
                    history.drop_newest();
                    model.pop();
                }
                prop_assert!(history.bytes.len() <= room);
                let kept = all(&history, 40);
                prop_assert_eq!(kept.len(), history.len());
                // What is kept is the end of what was given; a line that is
                // larger than all the room is not kept at all.
                if room > 400 {
                    prop_assert!(!kept.is_empty() || drop || model.is_empty());
                    prop_assert!(model.ends_with(&kept));
                }
            }
        }
    }
}
