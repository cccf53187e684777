//! What is mapped where, as ranges: pages that follow each other with the same
//! rights, caching and purpose are one.

use super::{layout, space};
use valhalla_core::paging::Leaf;

/// How many ranges are told apart; a healthy system has about 20.
const MAX_RANGES: usize = 96;

/// Pages in a row that are alike.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// First address.
    pub start: u64,
    /// Just past the last.
    pub end: u64,
    /// The first page: rights, caching, physical address.
    pub first: Leaf,
    /// What the addresses are for.
    pub what: &'static str,
}

impl Range {
    /// Whether the page at `address` continues this range.
    fn continues(&self, address: u64, leaf: &Leaf, what: &str) -> bool {
        self.end == address
            && self.what == what
            && self.first.writable == leaf.writable
            && self.first.executable == leaf.executable
            && self.first.user == leaf.user
            && self.first.caching == leaf.caching
    }
}

/// All ranges, in order of address.
#[derive(Clone, Copy, Debug)]
pub struct Ranges {
    ranges: [Option<Range>; MAX_RANGES],
    count: usize,
}

impl Ranges {
    /// The ranges that were kept.
    pub fn iter(&self) -> impl Iterator<Item = &Range> {
        self.ranges.iter().flatten()
    }

    /// How many did not fit.
    #[must_use]
    pub const fn dropped(&self) -> usize {
        self.count.saturating_sub(MAX_RANGES)
    }
}

/// Walks the tables and merges what belongs together.
#[must_use]
pub fn collect() -> Ranges {
    let mut found = Ranges { ranges: [None; MAX_RANGES], count: 0 };
    space::for_each_page(|address, leaf| {
        let what = layout::what_is(address);
        let end = address.wrapping_add(leaf.size.bytes());
        let last = found.count.checked_sub(1).and_then(|last| found.ranges.get_mut(last));
        match last.and_then(Option::as_mut) {
            Some(last) if last.continues(address, &leaf, what) => last.end = end,
            _ => {
                if let Some(slot) = found.ranges.get_mut(found.count) {
                    *slot = Some(Range { start: address, end, first: leaf, what });
                }
                found.count += 1;
            }
        }
    });
    found
}
