//! Physical frames: the core's allocator over this machine's RAM.
//!
//! The bookkeeping is `valhalla_core::frames`; here are the one instance, its
//! lock, and the step from a frame's number to memory that it may write.

mod poison;

pub use poison::{Checks, checks_on, poison_violations, provoke_violations, set_checks};

use super::{failing, hhdm, kept};
use crate::cpu::lock::SpinLock;
use core::arch::asm;
use valhalla_core::frames::{
    AddError, Backing, BooksError, Contents, Directory, Frame, FrameAllocator, FreeError,
    OutOfMemory, PAGE_SIZE, PhysLimit, State, States, Statistics,
};
use valhalla_core::regions::{Region, RegionKind};

pub use valhalla_core::frames::Owner;

/// 64-bit words in a frame.
const WORDS: usize = PAGE_SIZE as usize / 8;

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
            fill(frame, 0);
            &mut *hhdm::pointer(frame.start_address()).cast::<T>()
        }
    }
}

impl Backing for InHhdm {
    fn directory(&mut self, frame: Frame) -> &'static mut Directory {
        Self::cleared(frame)
    }

    fn states(&mut self, frame: Frame) -> &'static mut States {
        Self::cleared(frame)
    }
}

/// Writes `word` all over a frame: 512 stores, not 4,096 of a byte.
///
/// # Safety
///
/// The frame must be RAM that the caller has to itself.
unsafe fn fill(frame: Frame, word: u64) {
    let start = hhdm::pointer(frame.start_address());
    // SAFETY: the direct map covers all RAM, writable; that the frame is the
    // caller's alone is its promise. The direction flag is clear, as the ABI
    // says.
    unsafe {
        asm!(
            "rep stosq",
            inout("rcx") WORDS => _,
            inout("rdi") start => _,
            in("rax") word,
            options(nostack, preserves_flags)
        );
    }
}

static FRAMES: SpinLock<FrameAllocator<InHhdm>> = SpinLock::new(FrameAllocator::new(InHhdm));

/// Gives the allocator all regions of `kind`, but for the memory that is kept
/// over a reset. What does not fit is lost, and only that.
pub(super) fn add(regions: &[Region], kind: RegionKind) -> Result<(), AddError> {
    let mut frames = FRAMES.lock();
    let mut outcome = Ok(());
    let of_kind = regions.iter().filter(|region| region.kind == kind);
    for region in of_kind.flat_map(|region| kept::beside(*region)).filter(|part| !part.is_empty()) {
        // Adding costs the same for 1 MiB and 1 TiB: untouched RAM is an extent.
        let as_usable = Region { kind: RegionKind::Usable, ..region };
        if let Err(error) = frames.add_region(as_usable) {
            outcome = Err(error);
        }
    }
    outcome
}

/// Takes a frame for `owner`; its contents are whatever they were.
///
/// # Errors
///
/// When no frame is free.
pub fn allocate(owner: Owner) -> Result<Frame, OutOfMemory> {
    if failing::now() {
        return Err(OutOfMemory);
    }
    let (frame, contents) = FRAMES.lock().allocate_noting(owner)?;
    poison::check(frame, contents);
    Ok(frame)
}

/// Takes a frame for `owner` and clears it.
///
/// # Errors
///
/// When no frame is free.
pub fn allocate_zeroed(owner: Owner) -> Result<Frame, OutOfMemory> {
    let frame = allocate(owner)?;
    // SAFETY: the frame is RAM and ours alone.
    unsafe { fill(frame, 0) };
    Ok(frame)
}

/// Takes `count` frames in a row for `owner`: the first at a multiple of
/// `align` frames, a power of two, and all of them below `limit`, if any.
///
/// # Errors
///
/// When there is no such run. 64 MiB less four frames is the most there can be.
pub fn allocate_run(
    count: usize,
    align: usize,
    limit: Option<PhysLimit>,
    owner: Owner,
) -> Result<Frame, OutOfMemory> {
    if failing::now() {
        return Err(OutOfMemory);
    }
    let mut spoiled = None;
    let note = |frame, contents| spoiled = spoiled.or(poison::find_spoiled(frame, contents));
    let run = FRAMES.lock().allocate_contiguous_noting(count, align, limit, owner, note);
    // Not under the lock: what reports go through may want frames itself.
    poison::report(spoiled);
    run
}

/// Gives a frame back.
///
/// # Errors
///
/// When it is free already, was never the allocator's, or is not `owner`'s;
/// nothing changes then.
pub fn free(frame: Frame, owner: Owner) -> Result<(), FreeError> {
    free_run(frame, 1, owner)
}

/// Gives `count` frames in a row back; all or none.
///
/// # Errors
///
/// What is wrong with the first frame that cannot be freed.
pub fn free_run(first: Frame, count: usize, owner: Owner) -> Result<(), FreeError> {
    let mut frames = FRAMES.lock();
    if !poison::checks_on() {
        return frames.free_contiguous_as(first, count, owner, Contents::Unknown);
    }
    frames.free_contiguous_as(first, count, owner, Contents::Poisoned)?;
    for number in first.number()..first.number() + count as u64 {
        // SAFETY: the frames were the caller's until now and are free; the
        // lock, still held, keeps them from being handed out.
        unsafe { fill(Frame::new(number), poison::POISON) };
    }
    Ok(())
}

/// Hands a frame on from one owner to another.
///
/// # Errors
///
/// As if `from` had freed it; nothing changes then.
pub fn set_owner(frame: Frame, from: Owner, to: Owner) -> Result<(), FreeError> {
    FRAMES.lock().set_owner(frame, from, to)
}

/// Hands all that one owner has on to another; returns how many frames.
pub(super) fn set_owner_of_all(from: Owner, to: Owner) -> u64 {
    FRAMES.lock().set_owner_of_all(from, to)
}

/// What a frame is; `None` if it is none of the allocator's.
#[must_use]
pub fn owner_of(frame: Frame) -> Option<State> {
    FRAMES.lock().owner_of(frame)
}

/// The exact counts.
#[must_use]
pub fn statistics() -> Statistics {
    FRAMES.lock().statistics()
}

/// The longest run of free frames that `allocate_run` could give.
#[must_use]
pub fn largest_free_run() -> u64 {
    FRAMES.lock().largest_free_run()
}

/// The counts and the longest run of free frames, unless the books are in use:
/// for reports.
pub(super) fn try_statistics() -> Option<(Statistics, u64)> {
    FRAMES.try_lock().map(|frames| (frames.statistics(), frames.largest_free_run()))
}

/// Holds every bit, state and count of the books against each other; costs
/// some 10,000 instructions for each 64 MiB that were ever used.
///
/// # Errors
///
/// The first thing that does not agree.
pub fn check_books() -> Result<(), BooksError> {
    FRAMES.lock().check_books()
}
