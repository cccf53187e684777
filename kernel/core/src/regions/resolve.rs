//! Normalising a region list in place, without an allocation.
//!
//! Four passes: sort, join usable neighbours by the byte (two halves of a page
//! are a page), align to pages, then walk from the left and settle every
//! overlap between an entry and its successor. A list that was in order from
//! the start, which is the usual one, costs a comparison or two an entry in
//! each pass.

use super::{Region, RegionKind, RegionList};
use crate::frames::PAGE_SIZE;

impl RegionList<'_> {
    /// Makes the list sorted, disjoint, page-aligned and merged.
    ///
    /// Usable entries shrink to whole pages, all others grow to them; where
    /// entries overlap the more restrictive kind wins. Doing it twice changes
    /// nothing.
    pub fn normalise(&mut self) {
        sort(self.entries_mut());
        self.join_usable();
        self.align();
        sort(self.entries_mut());
        self.resolve_overlaps();
    }

    /// Joins usable entries that touch or overlap, before alignment takes
    /// their unaligned edges.
    fn join_usable(&mut self) {
        let mut last: Option<usize> = None;
        let mut kept = 0;
        for at in 0..self.len {
            let entry = self.storage[at];
            if entry.kind == RegionKind::Usable {
                if let Some(last) = last
                    && entry.start <= self.storage[last].end
                {
                    self.storage[last].end = self.storage[last].end.max(entry.end);
                    continue;
                }
                last = Some(kept);
            }
            self.storage[kept] = entry;
            kept += 1;
        }
        self.len = kept;
    }

    fn align(&mut self) {
        let mut kept = 0;
        for at in 0..self.len {
            let Region { start, end, kind } = self.storage[at];
            // Addresses end at 2^52, so rounding up cannot wrap.
            let (start, end) = match kind {
                RegionKind::Usable => (start.next_multiple_of(PAGE_SIZE), page_floor(end)),
                _ => (page_floor(start), end.next_multiple_of(PAGE_SIZE)),
            };
            if start < end {
                self.storage[kept] = Region { start, end, kind };
                kept += 1;
            }
        }
        self.len = kept;
    }

    /// Settles overlaps from left to right: everything before `at` is final.
    fn resolve_overlaps(&mut self) {
        let mut at = 0;
        while at + 1 < self.len {
            let (current, next) = (self.storage[at], self.storage[at + 1]);
            if current.kind == next.kind && next.start <= current.end {
                self.storage[at].end = current.end.max(next.end);
                self.remove(at + 1);
            } else if current.end <= next.start {
                at += 1;
            } else if current.kind > next.kind {
                // The next one loses its front, or everything.
                if next.end <= current.end {
                    self.remove(at + 1);
                } else {
                    self.storage[at + 1].start = current.end;
                    self.sink(at + 1);
                }
            } else {
                // The next one wins: the current one ends where it starts, and
                // what sticks out behind it comes back as an entry. Sorting
                // put the greater kind first among equal starts, so something
                // of the current one is left.
                self.storage[at].end = next.start;
                at += 1;
                if next.end < current.end {
                    self.insert_after(at, Region { start: next.end, ..current });
                }
            }
        }
    }

    fn remove(&mut self, at: usize) {
        self.storage.copy_within(at + 1..self.len, at);
        self.len -= 1;
    }

    /// Puts what is left of an entry behind the one at `at` that split it, in
    /// order. In a full list a usable piece is lost, and a reservation goes to
    /// the entry at `at`, which is more restrictive still.
    fn insert_after(&mut self, at: usize, region: Region) {
        if self.len == self.storage.len() {
            self.dropped += 1;
            if region.kind != RegionKind::Usable {
                self.storage[at].end = region.end;
            }
            return;
        }
        self.storage.copy_within(at + 1..self.len, at + 2);
        self.storage[at + 1] = region;
        self.len += 1;
        self.sink(at + 1);
    }

    /// Moves the entry at `at`, whose start has grown, to its place.
    fn sink(&mut self, mut at: usize) {
        while at + 1 < self.len && order(&self.storage[at + 1], &self.storage[at]) {
            self.storage.swap(at, at + 1);
            at += 1;
        }
    }
}

/// Does `a` come before `b`? By start; among equal starts the greater kind.
fn order(a: &Region, b: &Region) -> bool {
    a.start < b.start || (a.start == b.start && a.kind > b.kind)
}

/// Insertion sort: one comparison an entry when the list is in order already,
/// as nearly all are, and a few dozen instructions of code.
fn sort(entries: &mut [Region]) {
    for end in 1..entries.len() {
        let mut at = end;
        while at > 0 && order(&entries[at], &entries[at - 1]) {
            entries.swap(at, at - 1);
            at -= 1;
        }
    }
}

const fn page_floor(address: u64) -> u64 {
    address & !(PAGE_SIZE - 1)
}
