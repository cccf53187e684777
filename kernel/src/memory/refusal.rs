//! The last allocation that was refused: for the report, when nobody could go
//! on without it.

use super::{frames, heap};
use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};
use valhalla_core::frames::PAGE_SIZE;
use valhalla_core::units::Bytes;

/// The size that the heap refused last, in bytes; 0 for none.
static REFUSED: AtomicUsize = AtomicUsize::new(0);

/// Remembers what the heap could not give.
pub(super) fn remember(bytes: usize) {
    REFUSED.store(bytes, Ordering::Relaxed);
}

/// What was refused, and who holds how much; a few lines.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    bytes: usize,
}

/// The last refusal, if there was one.
#[must_use]
pub fn last_refusal() -> Option<Refusal> {
    let bytes = REFUSED.load(Ordering::Relaxed);
    (bytes > 0).then_some(Refusal { bytes })
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the heap last refused {}:", Bytes(self.bytes as u64))?;
        // Whoever failed may hold the locks; then there are no figures.
        if let Some(heap) = heap::try_statistics() {
            writeln!(
                f,
                "  heap: {} in {} allocations, {} mapped, may grow to {}",
                Bytes(heap.used as u64),
                heap.allocations,
                Bytes(heap.mapped),
                Bytes(heap.limit)
            )?;
        }
        if let Some((frames, longest)) = frames::try_statistics() {
            writeln!(
                f,
                "  frames: {} of {} free, longest run {}",
                frames.free,
                frames.total,
                Bytes(longest * PAGE_SIZE)
            )?;
        }
        Ok(())
    }
}
