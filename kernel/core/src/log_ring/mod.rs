//! The log as bytes: a ring that can be read again after a reset.
//!
//! ```text
//!   0        64       128                                      end
//!   | header | header | record | record | free | record | pad |
//!                              ^        head   ^ tail (oldest)
//! ```
//!
//! RAM keeps its contents over most resets, but nobody promises it: what is
//! found may be a ring, half a ring, or what the firmware left there. So each
//! record and each header has a checksum, a record is written before the header
//! that counts it, the two headers take turns, and a reader believes nothing:
//! it goes from record to record, and where one is damaged it looks for the
//! next and says how much it passed over.
//!
//! Positions count bytes for ever and are taken modulo the capacity. Records
//! are padded to 8 bytes and never cross the end. [`Ring`] writes, [`Past`]
//! reads what somebody else wrote.

mod format;
mod line;
mod read;
#[cfg(test)]
mod tests;

pub use format::Ending;
pub use line::{Level, Line, Moment};
pub use read::{Entry, Lines, Past};

use format::{HEADERS_BYTES, Header, MOST_RECORD_BYTES, Record};

/// The most bytes of text that a record holds; the rest is cut off.
pub const MOST_TEXT: usize = 400;

/// A ring in storage of its own, and the place where the next line goes.
#[derive(Debug)]
pub struct Ring<S> {
    storage: S,
    header: Header,
}

impl<S> Ring<S> {
    /// An empty ring of the given generation. The storage is not touched until
    /// [`begin`](Ring::begin) or the first line.
    ///
    /// Generations tell the logs of several boots apart: each has the number
    /// after that of the one before.
    pub const fn new(storage: S, generation: u64) -> Self {
        Self { storage, header: Header::new(generation) }
    }
}

impl<S: AsRef<[u8]> + AsMut<[u8]>> Ring<S> {
    /// Makes the empty ring what a later boot finds. `stored` is given every
    /// piece of storage that was written, in order, so that it can be brought
    /// from the processor's cache to memory.
    pub fn begin(&mut self, mut stored: impl FnMut(&[u8])) {
        self.write_header(&mut stored);
        // The other one may be of an earlier ring in the same place.
        let slot = Header { updates: self.header.updates + 1, ..self.header }.slot();
        if let Some(room) = self.storage.as_mut().get_mut(slot) {
            room.fill(0);
            stored(room);
        }
    }

    /// Appends a line; the oldest ones make room. A storage too small for it
    /// drops it. `stored` is as for [`begin`](Ring::begin).
    pub fn push(&mut self, line: &Line<'_>, mut stored: impl FnMut(&[u8])) {
        let record = Record::new(line, self.header.next_sequence, self.header.generation);
        let size = record.size() as u64;
        let capacity = self.capacity();
        if size > capacity {
            return;
        }
        let left = capacity - self.header.head % capacity;
        let pad = if size > left { left } else { 0 };
        self.make_room(pad + size);
        if pad > 0 {
            let offset = self.offset(self.header.head);
            let generation = self.header.generation;
            if let Some(room) = self.records_mut().get_mut(offset..) {
                stored(format::write_pad(room, generation));
            }
            self.header.head += pad;
        }
        let offset = self.offset(self.header.head);
        if let Some(room) = self.records_mut().get_mut(offset..) {
            stored(record.write(room));
        }
        self.header.head += size;
        self.header.next_sequence += 1;
        self.write_header(&mut stored);
    }

    /// Notes how the boot ended, or that it goes on.
    pub fn set_ending(&mut self, ending: Ending, mut stored: impl FnMut(&[u8])) {
        self.header.ending = ending;
        self.write_header(&mut stored);
    }

    /// The lines from the oldest on.
    pub fn lines(&self) -> Lines<'_> {
        Lines::new(self.storage.as_ref().get(HEADERS_BYTES..).unwrap_or_default(), &self.header)
    }

    /// How many lines were ever appended; those that fell out are among them.
    pub const fn appended(&self) -> u64 {
        self.header.next_sequence
    }

    /// Moves the tail on until `needed` bytes are free behind the head.
    fn make_room(&mut self, needed: u64) {
        let capacity = self.capacity();
        while self.header.head + needed > self.header.tail + capacity {
            let offset = self.offset(self.header.tail);
            let room = self.records_mut().get(offset..).unwrap_or_default();
            match format::size_at(room) {
                Some(size) if self.header.tail + size <= self.header.head => {
                    self.header.tail += size;
                }
                // Somebody wrote over our memory: better no lines than a loop.
                _ => self.header.tail = self.header.head,
            }
        }
    }

    fn write_header(&mut self, stored: &mut impl FnMut(&[u8])) {
        self.header.updates += 1;
        let (header, capacity) = (self.header, self.capacity());
        let slot = header.slot();
        if let Some(room) = self.storage.as_mut().get_mut(slot) {
            header.write(room, capacity);
            stored(room);
        }
    }

    fn capacity(&self) -> u64 {
        format::capacity(self.storage.as_ref())
    }

    fn offset(&self, position: u64) -> usize {
        position.checked_rem(self.capacity()).unwrap_or(0) as usize
    }

    fn records_mut(&mut self) -> &mut [u8] {
        let capacity = self.capacity() as usize;
        let end = HEADERS_BYTES + capacity;
        self.storage.as_mut().get_mut(HEADERS_BYTES..end).unwrap_or_default()
    }
}

const _: () =
    assert!(MOST_RECORD_BYTES.is_multiple_of(8) && MOST_RECORD_BYTES <= u16::MAX as usize);
