//! The character memory: the one way to write to it.
//!
//! Each cell is a 16-bit word, character in the low byte and attribute in the
//! high one. The window holds 16,384 words, of which the CRTC shows 2,000 from
//! its start address on. [`CharacterMemory`] is small on purpose: every line
//! that can touch the pointer is here, and what it promises is
//! - every write lands inside the window (checked, never masked away);
//! - every write happens, in order, once: the accesses are volatile, because the
//!   adapter looks at memory that the program never reads;
//! - nothing is read: on real hardware a read from the adapter stalls for a
//!   microsecond, and what was written is known to the terminal anyway.
//!
//! Four words go out as one 64-bit store where they are aligned: under an
//! emulator every access is a trap, on hardware a bus transaction.

use core::ptr::NonNull;

/// Cells in the window at 0xB8000.
pub(super) const CELLS: usize = 0x8000 / size_of::<Word>();

/// A cell as the adapter stores it: character low, attribute high.
pub(super) type Word = u16;

/// Write-only access to the character memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct CharacterMemory {
    window: NonNull<Word>,
}

// SAFETY: the window is mapped for every processor alike, and no reference into
// it is ever made.
unsafe impl Send for CharacterMemory {}

impl CharacterMemory {
    /// # Safety
    /// `window` is the start of physical 0xB8000-0xBFFFF, mapped writable and
    /// uncached for good, and belongs to this value and its copies alone.
    #[must_use]
    pub(super) const unsafe fn new(window: NonNull<u8>) -> Self {
        Self { window: window.cast() }
    }

    /// Writes `items`, each made a word by `word`, to the cells from `first` on.
    /// Nothing is written when they do not all fit into the window.
    #[inline]
    pub(super) fn write<T>(&mut self, first: usize, items: &[T], word: impl Fn(&T) -> Word) {
        if first > CELLS || items.len() > CELLS - first {
            return;
        }
        let (head, rest) = items.split_at(items.len().min(first.wrapping_neg() % 4));
        let (fours, tail) = rest.as_chunks::<4>();
        // SAFETY: the check above keeps `at` within the window for each of the
        // items; after the head it is a multiple of four cells, 8 bytes, in a
        // window that begins on a page.
        unsafe {
            let mut at = self.window.add(first);
            for item in head {
                at.write_volatile(word(item));
                at = at.add(1);
            }
            for [a, b, c, d] in fours {
                let [a, b, c, d] = [word(a), word(b), word(c), word(d)].map(u64::from);
                at.cast().write_volatile(a | b << 16 | c << 32 | d << 48);
                at = at.add(4);
            }
            for item in tail {
                at.write_volatile(word(item));
                at = at.add(1);
            }
        }
    }

    /// Writes `word` to `count` cells from `first` on, both multiples of four.
    /// Nothing is written when they are not, or do not fit into the window.
    #[inline]
    pub(super) fn fill(&mut self, first: usize, count: usize, word: Word) {
        if !(first | count).is_multiple_of(4) || first > CELLS || count > CELLS - first {
            return;
        }
        let four = u64::from(word) * 0x0001_0001_0001_0001;
        // SAFETY: checked above: within the window, aligned.
        unsafe {
            let first = self.window.add(first).cast::<u64>();
            for index in 0..count / 4 {
                first.add(index).write_volatile(four);
            }
        }
    }
}
