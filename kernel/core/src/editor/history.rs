//! The lines that were submitted before, newest first.
//!
//! One buffer holds them end to end, oldest first; when a new one does not fit,
//! the oldest go. No heap: the history works when nothing else does.

use super::line::MAX_BYTES;

/// The most lines that are kept.
pub const HISTORY_LINES: usize = 32;

/// Room for four lines of the greatest length, or thirty-two as people type them.
const ROOM: usize = 4 * MAX_BYTES;

pub(super) struct History {
    text: [u8; ROOM],
    /// The lengths of the lines in `text`, in its order.
    lengths: [usize; HISTORY_LINES],
    count: usize,
}

impl History {
    pub(super) const fn new() -> Self {
        Self { text: [0; ROOM], lengths: [0; HISTORY_LINES], count: 0 }
    }

    /// The line `back` submissions ago; 0 is the newest.
    pub(super) fn get(&self, back: usize) -> Option<&str> {
        let index = self.count.checked_sub(back + 1)?;
        let start = self.lengths.get(..index)?.iter().sum();
        let len = *self.lengths.get(index)?;
        str::from_utf8(self.text.get(start..start + len)?).ok()
    }

    /// Adds `line`, unless it is blank; where it was before it is no more.
    pub(super) fn add(&mut self, line: &str) {
        if line.trim().is_empty() || line.len() > ROOM || self.get(0) == Some(line) {
            return;
        }
        let known = (1..self.count).find(|back| self.get(*back) == Some(line));
        if let Some(index) = known.and_then(|back| self.count.checked_sub(back + 1)) {
            self.forget(index);
        }
        while self.count == HISTORY_LINES || self.used() + line.len() > ROOM {
            self.forget(0);
        }
        let start = self.used();
        if let Some(room) = self.text.get_mut(start..start + line.len())
            && let Some(length) = self.lengths.get_mut(self.count)
        {
            room.copy_from_slice(line.as_bytes());
            *length = line.len();
            self.count += 1;
        }
    }

    fn used(&self) -> usize {
        self.lengths.iter().take(self.count).sum()
    }

    /// Forgets a line, counted from the oldest.
    fn forget(&mut self, index: usize) {
        let start: usize = self.lengths.iter().take(index).sum();
        let Some(length) = self.lengths.get(index).copied() else { return };
        self.text.copy_within(start + length.., start);
        if let Some(from) = self.lengths.get_mut(index..) {
            from.rotate_left(1);
        }
        self.count = self.count.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn blanks_and_repetitions_are_not_kept() {
        let mut history = History::new();
        for line in ["a", "a", "", "  ", "b", "a"] {
            history.add(line);
        }
        let lines: Vec<_> = (0..5).map_while(|back| history.get(back)).collect();
        assert_eq!(lines, ["a", "b"]);
    }

    proptest! {
        #[test]
        fn the_newest_are_kept(lines in prop::collection::vec("[a-c✓]{1,170}", 0..60)) {
            let mut history = History::new();
            lines.iter().for_each(|line| history.add(line));
            let mut expected = Vec::new();
            for line in lines.iter().rev() {
                if !expected.contains(line) {
                    expected.push(line.clone());
                }
            }
            let kept: Vec<_> = (0..99).map_while(|back| history.get(back)).collect();
            prop_assert!(kept.len() <= HISTORY_LINES);
            prop_assert!(kept.len() >= expected.len().min(4));
            prop_assert_eq!(&kept[..], &expected[..kept.len()]);
        }
    }
}
