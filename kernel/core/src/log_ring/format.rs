//! The bytes of headers and records, all numbers little-endian.
//!
//! ```text
//!   header (64)  magic, generation, updates, tail, head, next sequence,
//!                ending, checksum: eight words of 8 bytes
//!   record       length:2 level:1 module length:1 checksum:4
//!                sequence:8 time:8 module text, zeros to a multiple of 8
//!   pad          length 0, level 0, module length 0, checksum:4
//! ```
//!
//! Checksums start from the generation, so that what an earlier boot left in
//! the same place is no part of this one.

use core::ops::Range;

use super::line::{Level, Line, Moment};

const HEADER_BYTES: usize = 64;
/// Both headers.
pub(super) const HEADERS_BYTES: usize = 2 * HEADER_BYTES;
/// Name and version: another layout gets another digit.
const MAGIC: u64 = u64::from_le_bytes(*b"VALHLOG1");
/// What a record has before its texts.
const FIXED_BYTES: usize = 24;
const MOST_MODULE: usize = 32;
/// The longest record, padded.
pub(super) const MOST_RECORD_BYTES: usize = FIXED_BYTES + MOST_MODULE + super::MOST_TEXT;
const MARK_BYTES: usize = 8;

/// How the boot ended that wrote a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It ran until the reset, or until somebody asked for it.
    Running,
    /// A panic or a fault was reported.
    Report,
}

/// Where the ring stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) generation: u64,
    /// Counts the headers written: of the two, the one with more is newer.
    pub(super) updates: u64,
    pub(super) tail: u64,
    pub(super) head: u64,
    pub(super) next_sequence: u64,
    pub(super) ending: Ending,
}

impl Header {
    pub(super) const fn new(generation: u64) -> Self {
        let ending = Ending::Running;
        Self { generation, updates: 0, tail: 0, head: 0, next_sequence: 0, ending }
    }

    /// Where this update goes.
    pub(super) const fn slot(&self) -> Range<usize> {
        if self.updates.is_multiple_of(2) { 0..HEADER_BYTES } else { HEADER_BYTES..HEADERS_BYTES }
    }

    pub(super) fn write(&self, slot: &mut [u8], capacity: u64) {
        let ending = match self.ending {
            Ending::Running => 0,
            Ending::Report => 1,
        };
        let words = [
            MAGIC,
            self.generation,
            self.updates,
            self.tail,
            self.head,
            self.next_sequence,
            ending,
        ];
        let (places, _) = slot.as_chunks_mut::<8>();
        let sum = sum_of_words(capacity, words);
        for (place, word) in places.iter_mut().zip(words.into_iter().chain([sum])) {
            *place = word.to_le_bytes();
        }
    }

    /// The newer of the two headers, of those that are whole and make sense.
    pub(super) fn find(storage: &[u8]) -> Option<Self> {
        let capacity = capacity(storage);
        let (slots, _) = storage.get(..HEADERS_BYTES)?.as_chunks::<HEADER_BYTES>();
        slots
            .iter()
            .filter_map(|slot| Self::read(slot, capacity))
            .max_by_key(|header| (header.generation, header.updates))
    }

    fn read(slot: &[u8; HEADER_BYTES], capacity: u64) -> Option<Self> {
        let (words, _) = slot.as_chunks::<8>();
        let mut words = words.iter().map(|word| u64::from_le_bytes(*word));
        let fields: [u64; 7] = core::array::from_fn(|_| words.next().unwrap_or(0));
        let whole = words.next() == Some(sum_of_words(capacity, fields));
        let [magic, generation, updates, tail, head, next_sequence, ending] = fields;
        let ending = if ending == 1 { Ending::Report } else { Ending::Running };
        let sane = magic == MAGIC
            && tail <= head
            && head - tail <= capacity
            && tail.is_multiple_of(8)
            && head.is_multiple_of(8);
        let header = Self { generation, updates, tail, head, next_sequence, ending };
        (whole && sane).then_some(header)
    }
}

/// Bytes for records in a storage.
pub(super) const fn capacity(storage: &[u8]) -> u64 {
    storage.len().saturating_sub(HEADERS_BYTES) as u64 & !7
}

/// A line as it is stored, ready to be copied into the ring.
pub(super) struct Record {
    bytes: [u8; MOST_RECORD_BYTES],
    size: usize,
}

impl Record {
    pub(super) fn new(line: &Line<'_>, sequence: u64, generation: u64) -> Self {
        let module = cut(line.module, MOST_MODULE);
        let text = cut(line.text, super::MOST_TEXT);
        let mut bytes = [0; MOST_RECORD_BYTES];
        let mut at = 0;
        let mut put = |part: &[u8]| {
            if let Some(room) = bytes.get_mut(at..at + part.len()) {
                room.copy_from_slice(part);
            }
            at += part.len();
        };
        put(&[0; MARK_BYTES]);
        put(&sequence.to_le_bytes());
        put(&line.time.to_bits().to_le_bytes());
        put(module.as_bytes());
        put(text.as_bytes());
        let mark = Mark { length: at as u16, level: line.level as u8, module: module.len() as u8 };
        let body = bytes.get(MARK_BYTES..at).unwrap_or_default();
        let mark = mark.with_sum(generation, body);
        if let Some(room) = bytes.first_chunk_mut() {
            *room = mark;
        }
        Self { bytes, size: at.next_multiple_of(8) }
    }

    /// Bytes that it takes in the ring.
    pub(super) const fn size(&self) -> usize {
        self.size
    }

    /// Copies it to the start of `room`, which has the room.
    pub(super) fn write<'a>(&self, room: &'a mut [u8]) -> &'a [u8] {
        match (room.get_mut(..self.size), self.bytes.get(..self.size)) {
            (Some(room), Some(bytes)) => {
                room.copy_from_slice(bytes);
                room
            }
            _ => &[],
        }
    }
}

/// Marks `room`, which reaches to the ring's end, as not used.
pub(super) fn write_pad(room: &mut [u8], generation: u64) -> &[u8] {
    let mark = Mark { length: 0, level: 0, module: 0 }.with_sum(generation, &[]);
    match room.first_chunk_mut() {
        Some(place) => {
            *place = mark;
            place
        }
        None => &[],
    }
}

/// What stands at a position.
pub(super) enum Decoded<'a> {
    /// A whole record: its line, its sequence number, and its size.
    Line(Line<'a>, u64, u64),
    /// Nothing up to the ring's end.
    Pad,
}

/// Reads the start of `room`, which reaches to the head or to the ring's end.
/// `None` when there is no whole record of this generation.
pub(super) fn decode(room: &[u8], generation: u64) -> Option<Decoded<'_>> {
    let mark = Mark::read(room)?;
    let length = usize::from(mark.length);
    if length == 0 {
        return (*room.first_chunk()? == mark.with_sum(generation, &[])).then_some(Decoded::Pad);
    }
    let body = room.get(MARK_BYTES..length)?;
    if *room.first_chunk()? != mark.with_sum(generation, body) {
        return None;
    }
    let sequence = u64::from_le_bytes(*body.first_chunk()?);
    let time = Moment::from_bits(u64::from_le_bytes(*body.get(8..)?.first_chunk()?));
    let (module, text) = body.get(16..)?.split_at_checked(mark.module.into())?;
    let (module, text) = (str::from_utf8(module).ok()?, str::from_utf8(text).ok()?);
    let line = Line { level: Level::from_byte(mark.level)?, time, module, text };
    Some(Decoded::Line(line, sequence, length.next_multiple_of(8) as u64))
}

/// The size of the record or pad at the start of `room`, by its length alone:
/// for the ring's own writer. `None` for a length that no record has.
pub(super) fn size_at(room: &[u8]) -> Option<u64> {
    match usize::from(Mark::read(room)?.length) {
        0 => Some(room.len() as u64),
        length if (FIXED_BYTES..=MOST_RECORD_BYTES).contains(&length) => {
            Some(length.next_multiple_of(8) as u64)
        }
        _ => None,
    }
}

/// What every record begins with, but for the checksum.
#[derive(Clone, Copy)]
struct Mark {
    length: u16,
    level: u8,
    module: u8,
}

impl Mark {
    fn read(room: &[u8]) -> Option<Self> {
        let [low, high, level, module, ..]: [u8; MARK_BYTES] = *room.first_chunk()?;
        Some(Self { length: u16::from_le_bytes([low, high]), level, module })
    }

    fn with_sum(self, generation: u64, body: &[u8]) -> [u8; MARK_BYTES] {
        let [low, high] = self.length.to_le_bytes();
        let start = [low, high, self.level, self.module];
        let [a, b, c, d] = start;
        let seed = generation << 32 | u64::from(u32::from_le_bytes(start));
        let [e, f, g, h] = (sum_of_bytes(seed, body) as u32).to_le_bytes();
        [a, b, c, d, e, f, g, h]
    }
}

/// `text` in at most `most` bytes, cut between two characters.
fn cut(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default()
}

/// One step of the checksum: finds torn and forgotten bytes, not forgers.
const fn step(sum: u64, word: u64) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    (sum ^ word).wrapping_mul(ODD).rotate_left(29)
}

fn sum_of_words(seed: u64, words: [u64; 7]) -> u64 {
    finish(words.into_iter().fold(step(MAGIC, seed), step))
}

fn sum_of_bytes(seed: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    for (place, byte) in last.iter_mut().zip(rest) {
        *place = *byte;
    }
    let words = words.iter().chain([&last]).map(|word| u64::from_le_bytes(*word));
    finish(words.fold(step(MAGIC, seed), step))
}

/// Brings the upper half into the lower.
const fn finish(sum: u64) -> u64 {
    sum ^ sum >> 32
}
