//! What guarded calls leave behind that are stopped: memory nobody gives back.
//!
//! A call that faults, panics or outlives its limit is abandoned where it is, and
//! its destructors do not run. The stacks of guarded calls within it are unmapped.
//! The frames that it took for itself get an owner of their own, so that no figure
//! shows them as something else. Of the heap it is only known by how much more is
//! in use than before the call.

use super::{frames, heap, stacks};
use crate::cpu::expected;
use core::sync::atomic::{AtomicU64, Ordering};
use valhalla_core::frames::{Owner, Statistics};

/// Whom a call takes frames for that are its own. Tables, stacks and the heap are
/// kept by those who map them, firmware tables by those who read them.
const ITS_OWN: [Owner; 3] = [Owner::Kernel, Owner::Device, Owner::User];

/// Bytes of the heap that stopped calls left in use, as far as it is known.
static HEAP_BYTES: AtomicU64 = AtomicU64::new(0);

/// What is in use before a call.
pub(super) struct Before {
    stacks: u64,
    frames: Statistics,
    heap_bytes: usize,
    /// [`HEAP_BYTES`]: what calls within this one leave is counted once.
    left_in_heap: u64,
}

impl Before {
    /// Looks at the figures.
    pub(super) fn now() -> Self {
        Self {
            stacks: stacks::slots(),
            frames: frames::statistics(),
            heap_bytes: heap::statistics().used,
            left_in_heap: heap_bytes(),
        }
    }

    /// The call was stopped: names what it left. Where an owner had frames before
    /// it, it cannot be told which are the call's, and they stay that owner's.
    pub(super) fn call_was_stopped(self) {
        stacks::free_all_but(self.stacks);
        let now = frames::statistics();
        for owner in ITS_OWN {
            if self.frames.used_by(owner) == 0 && now.used_by(owner) > 0 {
                let left = frames::set_owner_of_all(owner, Owner::Stopped);
                let level = if expected::is_now() { log::Level::Info } else { log::Level::Warn };
                log::log!(
                    level,
                    "{}a call that was stopped leaves {left} frames, taken for: {}",
                    expected::Mark,
                    owner.name()
                );
            }
        }
        let left = heap::statistics().used.saturating_sub(self.heap_bytes) as u64;
        HEAP_BYTES.store(heap_bytes().max(self.left_in_heap + left), Ordering::Relaxed);
    }
}

/// Bytes by which the heap's use had grown whenever a call was stopped.
#[must_use]
pub fn heap_bytes() -> u64 {
    HEAP_BYTES.load(Ordering::Relaxed)
}

/// Somebody found so much of what stopped calls left in the heap, and freed it.
pub fn was_freed(bytes: u64) {
    HEAP_BYTES.fetch_sub(bytes.min(heap_bytes()), Ordering::Relaxed);
}
