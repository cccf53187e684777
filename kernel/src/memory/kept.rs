//! Memory that is kept over a reset: a fixed place, never given to anybody.
//!
//! RAM survives most resets, but a place has to be known to be found again, and
//! region ends move from boot to boot. So the place is one of two numbers: 64
//! MiB, where that is RAM that the loader left free, else 16 MiB, which UEFI
//! firmware has been seen to overwrite. The direct map covers it like all RAM.
//!
//! What is in the processor's cache may be lost in a reset. So the writer calls
//! [`write_back`] for what must not be.

use super::hhdm;
use core::arch::x86_64::{__cpuid, _mm_clflush};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use valhalla_core::regions::{Region, RegionKind};

/// Where it should be.
pub const BEST: u64 = 64 << 20;

/// Where it may be, the best first.
const PLACES: [u64; 2] = [BEST, 16 << 20];

/// How much there is.
const BYTES: u64 = 128 * 1024;

/// The physical address; 0 for nowhere.
static START: AtomicU64 = AtomicU64::new(0);
/// Somebody has it.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Bytes that CLFLUSH writes back at once; 0 where it does not exist.
static CACHE_LINE: AtomicU64 = AtomicU64::new(0);

/// Chooses the place; before any of `regions` goes to the frame allocator.
pub(super) fn choose(regions: &[Region]) {
    let is_free = |start: u64| {
        regions.iter().any(|region| {
            region.kind == RegionKind::Usable
                && region.start <= start
                && start + BYTES <= region.end
        })
    };
    START.store(PLACES.into_iter().find(|start| is_free(*start)).unwrap_or(0), Ordering::Relaxed);
}

/// The parts of `region` that are not kept; empty ones are among them.
pub(super) fn beside(region: Region) -> [Region; 2] {
    let (start, end) = start().map_or((0, 0), |start| (start, start + BYTES));
    [
        Region { end: region.end.min(start), ..region },
        Region { start: region.start.max(end), ..region },
    ]
}

/// Its physical address, if it is anywhere.
#[must_use]
pub fn start() -> Option<u64> {
    Some(START.load(Ordering::Relaxed)).filter(|start| *start != 0)
}

/// Hands it out, with whatever is in it, to the first who asks. `None` when it
/// is taken, or when neither place is free RAM on this machine.
pub fn take() -> Option<&'static mut [u8]> {
    let start = start()?;
    if TAKEN.swap(true, Ordering::Relaxed) {
        return None;
    }
    /// CPUID.01H: EDX bit 19 for CLFLUSH, EBX bits 15-8 for its line in units of
    /// 8 bytes (SDM Vol. 2A, CPUID).
    const CLFLUSH: u32 = 1 << 19;
    let features = __cpuid(1);
    if features.edx & CLFLUSH != 0 {
        CACHE_LINE.store(u64::from(features.ebx >> 8 & 0xff) * 8, Ordering::Relaxed);
    }
    // SAFETY: usable RAM by the memory map, mapped writable through the direct
    // map, kept from the frame allocator by `beside`, and handed out once.
    // Bytes have no invalid value.
    Some(unsafe { core::slice::from_raw_parts_mut(hhdm::pointer(start), BYTES as usize) })
}

/// Brings `bytes` from the cache to memory, where a reset leaves them.
pub fn write_back(bytes: &[u8]) {
    let line = CACHE_LINE.load(Ordering::Relaxed) as usize;
    if line == 0 {
        return;
    }
    let start = bytes.as_ptr() as usize;
    for at in (start / line * line..start + bytes.len()).step_by(line) {
        // SAFETY: CPUID says that CLFLUSH exists; it changes no value, and the
        // line holds bytes of ours.
        unsafe { _mm_clflush(at as *const u8) };
    }
    // A locked instruction: CLFLUSH is ordered with those (SDM Vol. 2A), and
    // SFENCE does not come without SSE.
    CACHE_LINE.swap(line as u64, Ordering::SeqCst);
}
