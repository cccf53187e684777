//! Reading a ring, ours or one that an earlier boot left.

use super::format::{self, Decoded, Ending, HEADERS_BYTES, Header};
use super::line::Line;

/// A ring that was found in memory. Everything in it is doubted.
#[derive(Clone, Copy, Debug)]
pub struct Past<'a> {
    storage: &'a [u8],
    header: Header,
}

impl<'a> Past<'a> {
    /// Looks for a ring that fills `storage`; a header that is whole counts.
    #[must_use]
    pub fn find(storage: &'a [u8]) -> Option<Self> {
        Header::find(storage).map(|header| Self { storage, header })
    }

    /// Which boot it is of: a later boot has a higher number.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.header.generation
    }

    /// How that boot ended.
    #[must_use]
    pub const fn ending(&self) -> Ending {
        self.header.ending
    }

    /// How many lines that boot wrote; the ring may hold fewer.
    #[must_use]
    pub const fn appended(&self) -> u64 {
        self.header.next_sequence
    }

    /// The lines from the oldest on.
    #[must_use]
    pub fn lines(&self) -> Lines<'a> {
        Lines::new(self.storage.get(HEADERS_BYTES..).unwrap_or_default(), &self.header)
    }
}

/// What a reader comes upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry<'a> {
    /// A line, as it was written, with its number, from 0.
    Line(u64, Line<'a>),
    /// So many bytes that hold no whole line.
    Damaged(u64),
}

/// Goes through a ring; ends whatever is in it.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    records: &'a [u8],
    generation: u64,
    position: u64,
    head: u64,
    /// The least number that the next line may have.
    expected: u64,
}

impl<'a> Lines<'a> {
    pub(super) fn new(records: &'a [u8], header: &Header) -> Self {
        let whole = records.len() & !7;
        Self {
            records: records.get(..whole).unwrap_or_default(),
            generation: header.generation,
            position: header.tail,
            head: header.head,
            expected: 0,
        }
    }

    /// The record at the position, if there is a whole one.
    fn look(&self) -> Option<Decoded<'a>> {
        let left = usize::try_from(self.head - self.position).unwrap_or(usize::MAX);
        let room = self.to_the_end();
        let decoded = format::decode(room.get(..left.min(room.len()))?, self.generation)?;
        match decoded {
            // Older than the one before: left over from an earlier round.
            Decoded::Line(_, sequence, _) if sequence < self.expected => None,
            decoded => Some(decoded),
        }
    }

    fn to_the_end(&self) -> &'a [u8] {
        let offset = self.position.checked_rem(self.records.len() as u64).unwrap_or(0);
        self.records.get(offset as usize..).unwrap_or_default()
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        let mut damaged = 0;
        while self.position < self.head {
            match self.look() {
                Some(Decoded::Line(..)) if damaged > 0 => break,
                Some(Decoded::Line(line, sequence, size)) => {
                    self.position += size;
                    self.expected = sequence.saturating_add(1);
                    return Some(Entry::Line(sequence, line));
                }
                // Never 0 bytes: the capacity is a multiple of 8, as are positions.
                Some(Decoded::Pad) => self.position += self.to_the_end().len().max(8) as u64,
                None => {
                    self.position += 8;
                    damaged += 8;
                }
            }
        }
        (damaged > 0).then_some(Entry::Damaged(damaged))
    }
}
