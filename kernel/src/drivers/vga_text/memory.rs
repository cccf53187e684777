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
pub const CELLS: usize = WINDOW_BYTES / 2;
/// Bytes in the window at 0xB8000.
const WINDOW_BYTES: usize = 0x8000;

/// A cell as the adapter stores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word(pub u16);

impl Word {
    /// A code page 437 character with its attribute.
    #[must_use]
    pub const fn new(character: u8, attribute: u8) -> Self {
        Self(u16::from_le_bytes([character, attribute]))
    }
}

/// Write-only access to the character memory.
#[derive(Clone, Copy, Debug)]
pub struct CharacterMemory {
    window: NonNull<u8>,
}

// SAFETY: the window is mapped for every processor alike, and no reference into
// it is ever made.
unsafe impl Send for CharacterMemory {}

impl CharacterMemory {
    /// # Safety
    /// `window` is the start of physical 0xB8000-0xBFFFF, mapped writable and
    /// uncached for good, and belongs to this value and its copies alone.
    #[must_use]
    pub const unsafe fn new(window: NonNull<u8>) -> Self {
        Self { window }
    }

    /// Writes `words` to the cells from `first` on. What lies outside the window
    /// is left out.
    #[inline]
    pub fn write(&mut self, first: usize, words: impl Iterator<Item = Word>) {
        let mut at = first;
        let mut gathered = 0u64;
        let mut count = 0;
        for Word(word) in words {
            gathered |= u64::from(word) << (16 * count);
            count += 1;
            if count == 4 && at.is_multiple_of(4) {
                self.store(at, gathered);
                at += 4;
            } else if !at.is_multiple_of(4) {
                self.store(at, word);
                at += 1;
            } else {
                continue;
            }
            (gathered, count) = (0, 0);
        }
        for _ in 0..count {
            self.store(at, gathered as u16);
            gathered >>= 16;
            at += 1;
        }
    }

    /// Writes `word` to `count` cells from `first` on.
    #[inline]
    pub fn fill(&mut self, first: usize, count: usize, word: Word) {
        self.write(first, core::iter::repeat_n(word, count));
    }

    /// One store of `size_of::<T>() / 2` cells at cell `at`.
    #[inline]
    fn store<T>(&mut self, at: usize, value: T) {
        let offset = at.saturating_mul(2);
        if offset > WINDOW_BYTES - size_of::<T>() {
            return;
        }
        // SAFETY: by the check above the store ends within the window, which
        // `new`'s caller vouched for; the window begins on a page, and callers
        // here pass an `at` that is a multiple of `T`'s size in cells.
        unsafe { self.window.byte_add(offset).cast::<T>().write_volatile(value) };
    }
}
