//! Physical frames: the core's allocator over this machine's RAM.
//!
//! The bookkeeping is `valhalla_core::frames`; here are the one instance, its
//! lock, and the step from a frame's number to memory that it may write.

use super::{failing, hhdm};
use crate::cpu::lock::SpinLock;
use valhalla_core::frames::{
    AddError, Backing, Bitmap, Directory, Frame, FrameAllocator, FreeError, OutOfMemory, PAGE_SIZE,
    Statistics,
};
use valhalla_core::regions::{Region, RegionKind};

/// Keeps the books in frames reached through the direct map.
struct InHhdm;

impl InHhdm {
    /// The frame cleared to zero, as a `T` that nobody else has.
    fn cleared<T>(frame: Frame) -> &'static mut T {
        const { assert!(size_of::<T>() <= PAGE_SIZE as usize) };
        // SAFETY: `Backing` promises that the frame is the allocator's own RAM,
        // is passed in once and never handed out, so this is the only
        // reference. It is page-aligned, large enough, mapped through the
        // direct map, and all zero bytes are a valid `T` by `Backing`'s words.
        unsafe {
            let pointer = hhdm::pointer(frame.start_address());
            pointer.write_bytes(0, PAGE_SIZE as usize);
            &mut *pointer.cast::<T>()
        }
    }
}

impl Backing for InHhdm {
    fn bitmap(&mut self, frame: Frame) -> &'static mut Bitmap {
        Self::cleared(frame)
    }

    fn directory(&mut self, frame: Frame) -> &'static mut Directory {
        Self::cleared(frame)
    }
}

static FRAMES: SpinLock<FrameAllocator<InHhdm>> = SpinLock::new(FrameAllocator::new(InHhdm));

/// Gives the allocator all regions of `kind`. Returns how many regions did not
/// fit; their memory is lost, and only that.
pub(super) fn add(regions: &[Region], kind: RegionKind) -> Result<(), AddError> {
    let mut frames = FRAMES.lock();
    let mut outcome = Ok(());
    for region in regions.iter().filter(|region| region.kind == kind) {
        // Adding costs the same for 1 MiB and 1 TiB: untouched RAM is an extent.
        let as_usable = Region { kind: RegionKind::Usable, ..*region };
        if let Err(error) = frames.add_region(as_usable) {
            outcome = Err(error);
        }
    }
    outcome
}

/// Takes a frame; its contents are whatever they were.
///
/// # Errors
///
/// When no frame is free.
#[inline]
pub fn allocate() -> Result<Frame, OutOfMemory> {
    if failing::now() {
        return Err(OutOfMemory);
    }
    FRAMES.lock().allocate()
}

/// Takes a frame and clears it.
///
/// # Errors
///
/// When no frame is free.
pub fn allocate_zeroed() -> Result<Frame, OutOfMemory> {
    let frame = allocate()?;
    // SAFETY: the frame is RAM, ours alone, and mapped through the direct map.
    unsafe { hhdm::pointer(frame.start_address()).write_bytes(0, PAGE_SIZE as usize) };
    Ok(frame)
}

/// Gives a frame back.
///
/// # Errors
///
/// When it is free already or was never the allocator's; nothing changes then.
#[inline]
pub fn free(frame: Frame) -> Result<(), FreeError> {
    FRAMES.lock().free(frame)
}

/// The exact counts.
#[must_use]
pub fn statistics() -> Statistics {
    FRAMES.lock().statistics()
}

/// The longest run of free frames.
#[must_use]
pub fn largest_free_run() -> u64 {
    FRAMES.lock().largest_free_run()
}

/// The counts and the longest run of free frames, unless the books are in use:
/// for reports.
pub(super) fn try_statistics() -> Option<(Statistics, u64)> {
    FRAMES.try_lock().map(|frames| (frames.statistics(), frames.largest_free_run()))
}
