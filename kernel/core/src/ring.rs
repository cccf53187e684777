//! A byte queue from an interrupt handler to the rest of the kernel.
//!
//! One side pushes (the handler), one side pops (the shell's loop), and neither
//! waits for the other: no lock, no heap, a handful of instructions each. Every
//! cell is an atomic, so a second producer or consumer by mistake would mix up
//! bytes, but never memory.
//!
//! ```text
//! cells  . . a b c d . .      head: next to write, tail: next to read;
//!            ^       ^        both count up for ever and are taken modulo N
//!          tail    head
//! ```

use core::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

/// The ring is full and the byte was dropped (and counted).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// A queue of at most `N` bytes, `N` a power of two, for exactly one producer
/// and one consumer.
#[derive(Debug)]
pub struct ByteRing<const N: usize> {
    cells: [AtomicU8; N],
    /// Written by the producer alone.
    head: AtomicUsize,
    /// Written by the consumer alone.
    tail: AtomicUsize,
    dropped: AtomicUsize,
}

impl<const N: usize> ByteRing<N> {
    /// An empty ring; `N` that is not a power of two does not compile.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(N.is_power_of_two(), "a power of two makes the modulo a mask") };
        Self {
            cells: [const { AtomicU8::new(0) }; N],
            head: AtomicUsize::new(0),
            tail: AtomicUsize::new(0),
            dropped: AtomicUsize::new(0),
        }
    }

    /// Appends `byte`. For the producer only.
    ///
    /// # Errors
    /// [`Full`] when `N` bytes wait already; the new byte is the one lost.
    pub fn push(&self, byte: u8) -> Result<(), Full> {
        let head = self.head.load(Ordering::Relaxed);
        // Acquire: the consumer has read the cell before we write over it.
        if head.wrapping_sub(self.tail.load(Ordering::Acquire)) >= N {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return Err(Full);
        }
        self.cells[head % N].store(byte, Ordering::Relaxed);
        // Release: whoever sees the new head sees the byte.
        self.head.store(head.wrapping_add(1), Ordering::Release);
        Ok(())
    }

    /// Takes the oldest byte. For the consumer only.
    pub fn pop(&self) -> Option<u8> {
        let tail = self.tail.load(Ordering::Relaxed);
        if tail == self.head.load(Ordering::Acquire) {
            return None;
        }
        let byte = self.cells[tail % N].load(Ordering::Relaxed);
        // Release: the cell is read before the producer may have it again.
        self.tail.store(tail.wrapping_add(1), Ordering::Release);
        Some(byte)
    }

    /// Drops the bytes up to and with the first `byte` among them; drops none and
    /// says false when it is not there. For the consumer only.
    pub fn skip_past(&self, byte: u8) -> bool {
        let tail = self.tail.load(Ordering::Relaxed);
        let waiting = self.head.load(Ordering::Acquire).wrapping_sub(tail);
        let is_it = |ahead: &usize| {
            self.cells[tail.wrapping_add(*ahead) % N].load(Ordering::Relaxed) == byte
        };
        let Some(ahead) = (0..waiting).find(is_it) else { return false };
        // Release: as in `pop`.
        self.tail.store(tail.wrapping_add(ahead + 1), Ordering::Release);
        true
    }

    /// How many bytes were refused because the ring was full.
    pub fn dropped(&self) -> usize {
        self.dropped.load(Ordering::Relaxed)
    }

    /// How many bytes wait. Seen from a third side it is a moment's guess.
    pub fn len(&self) -> usize {
        let tail = self.tail.load(Ordering::Acquire);
        self.head.load(Ordering::Acquire).wrapping_sub(tail).min(N)
    }

    /// Whether nothing waits.
    #[inline]
    pub fn is_empty(&self) -> bool {
        // Acquire: whoever sees a byte here and pops it has it.
        self.tail.load(Ordering::Relaxed) == self.head.load(Ordering::Acquire)
    }
}

impl<const N: usize> Default for ByteRing<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_full_ring_drops_the_newest_and_counts_it() {
        let ring = ByteRing::<4>::new();
        for byte in 0..4 {
            assert_eq!(ring.push(byte), Ok(()));
        }
        assert_eq!(ring.push(4), Err(Full));
        assert_eq!((ring.len(), ring.dropped()), (4, 1));
        assert_eq!(ring.pop(), Some(0));
        assert_eq!(ring.push(5), Ok(()));
        assert_eq!(core::iter::from_fn(|| ring.pop()).collect::<Vec<_>>(), [1, 2, 3, 5]);
        assert!(ring.is_empty());
    }

    #[test]
    fn what_is_before_a_byte_is_skipped() {
        let ring = ByteRing::<4>::new();
        assert!(!ring.skip_past(3));
        // Over the end of the cells.
        for byte in [9, 9, 9] {
            assert_eq!(ring.push(byte), Ok(()));
        }
        assert!(ring.skip_past(9) && ring.skip_past(9) && ring.skip_past(9));
        for byte in [1, 3, 2, 3] {
            assert_eq!(ring.push(byte), Ok(()));
        }
        assert!(!ring.skip_past(9));
        assert!(ring.skip_past(3));
        assert_eq!((ring.pop(), ring.pop()), (Some(2), Some(3)));
        assert!(ring.is_empty());
    }

    #[test]
    fn two_threads_lose_nothing() {
        const COUNT: usize = 1_000_000;
        static RING: ByteRing<64> = ByteRing::new();
        let producer = std::thread::spawn(|| {
            for number in 0..COUNT {
                while RING.push((number % 251) as u8).is_err() {
                    std::thread::yield_now();
                }
            }
        });
        for number in 0..COUNT {
            let byte = loop {
                match RING.pop() {
                    Some(byte) => break byte,
                    None => std::thread::yield_now(),
                }
            };
            assert_eq!(byte, (number % 251) as u8, "byte {number}");
        }
        producer.join().unwrap();
        assert_eq!(RING.pop(), None);
    }

    proptest! {
        #[test]
        fn behaves_like_a_bounded_queue(steps in prop::collection::vec(any::<Option<u8>>(), 0..300)) {
            let ring = ByteRing::<8>::new();
            let mut model = VecDeque::new();
            let mut dropped = 0;
            for step in steps {
                match step {
                    Some(byte) if model.len() < 8 => {
                        model.push_back(byte);
                        prop_assert_eq!(ring.push(byte), Ok(()));
                    }
                    Some(byte) => {
                        dropped += 1;
                        prop_assert_eq!(ring.push(byte), Err(Full));
                    }
                    None => prop_assert_eq!(ring.pop(), model.pop_front()),
                }
                prop_assert_eq!((ring.len(), ring.dropped()), (model.len(), dropped));
            }
        }
    }
}
