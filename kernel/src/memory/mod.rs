//! Memory: frames, our own page tables, stacks, devices, the heap.
//!
//! ```text
//!   regions ──> frames ──> space (page tables) ──> stacks
//!                              │                   mmio
//!                              └────────────────── heap
//! ```
//!
//! `init` builds all of it from the loader's memory map and leaves the
//! loader's tables for good; the caller then moves to the guarded main stack
//! that it returns.

pub mod audit;
pub mod broken;
pub mod early;
pub mod failing;
pub mod frames;
pub mod heap;
pub mod hhdm;
mod image;
pub mod inspect;
pub mod kept;
mod layout;
pub mod mmio;
pub mod ranges;
mod refusal;
pub mod scratch;
pub mod space;
pub mod stacks;
pub mod stopped;

pub use image::{Section, is_text, sections, symbol_bytes};
pub use layout::what_is;
pub use refusal::last_refusal;
pub use space::Caching;

use crate::boot::BootInfo;
use crate::cpu::Features;
use crate::cpu::guarded::{self, Failure, Limit};
use crate::cpu::stack::StackRange;
use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use stacks::{Owner, Stack};
use valhalla_core::paging::MapError;
use valhalla_core::regions::RegionKind;
use valhalla_core::units::Bytes;

/// Why memory cannot be set up.
#[derive(Clone, Copy, Debug)]
pub enum MemoryError {
    /// There is not enough RAM for tables and stacks, or they collide.
    Map(MapError),
    /// The direct map leaves no room for our windows.
    NoWindows,
}

impl fmt::Display for MemoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Map(error) => write!(f, "the kernel's page tables cannot be built: {error}"),
            Self::NoWindows => f.write_str("the direct map of RAM leaves no address space"),
        }
    }
}

impl From<MapError> for MemoryError {
    fn from(error: MapError) -> Self {
        Self::Map(error)
    }
}

/// Builds the memory service and switches to our own page tables. Returns the
/// main stack, for everything that comes after.
///
/// # Errors
///
/// When there is too little memory; the loader's tables are then still in use.
pub fn init(boot: &BootInfo, features: &Features) -> Result<StackRange, MemoryError> {
    hhdm::set_offset(boot.hhdm_offset);
    kept::choose(boot.regions);
    if let Err(error) = frames::add(boot.regions, RegionKind::Usable) {
        log::warn!("some memory is left unused: {error}");
    }
    let ram = boot.regions.iter().filter(|region| space::is_direct_mapped(region.kind));
    let ram_end = ram.map(|region| region.end).max().unwrap_or(0);
    let layout = layout::choose(ram_end).ok_or(MemoryError::NoWindows)?;
    mmio::init(boot.regions);
    image::init(boot);
    space::build(boot, features, &layout)?;
    inspect::init(boot, features);
    // SAFETY: our tables map the image where it runs and all of RAM where the
    // loader had it, which includes the loader's stack that we are still on:
    // it lies in bootloader-reclaimable memory, and is used through the HHDM.
    unsafe { space::switch() };
    heap::set_limits();
    let main = Stack::allocate(Owner::Main)?.leak();
    let frames = frames::statistics();
    log::info!(
        "{}, {} used; HHDM at {:#x}",
        Bytes(frames.total * 4096),
        Bytes(frames.used * 4096),
        boot.hhdm_offset
    );
    Ok(main)
}

/// Gives the loader's memory to the frame allocator.
///
/// # Safety
///
/// Nothing of the loader's may be used any more: not its stack, page tables,
/// GDT, or answers.
pub unsafe fn reclaim_loader_memory(boot: &BootInfo) {
    let before = frames::statistics().total;
    if let Err(error) = frames::add(boot.regions, RegionKind::BootloaderReclaimable) {
        log::warn!("some of the loader's memory is left unused: {error}");
    }
    heap::set_limits();
    let gained = frames::statistics().total - before;
    log::info!("{} of the loader's memory taken back", Bytes(gained * 4096));
}

/// Runs `f` on a stack of its own and comes back, even if it faults, panics or
/// runs for more than `limit`: see `cpu::guarded`.
///
/// # Errors
///
/// What ended `f`, or that there is no memory for the stack.
///
/// # Safety
///
/// Abandoning `f` at any instruction outside a lock must break nothing that
/// others rely on.
pub unsafe fn run_guarded<T>(limit: Limit, f: impl FnOnce() -> T) -> Result<T, GuardedError> {
    // SAFETY: the caller's promise.
    unsafe { run_on(Owner::GuardedCall, limit, f) }
}

/// The same, on a stack of 256 KiB.
///
/// # Errors
///
/// As [`run_guarded`].
///
/// # Safety
///
/// As [`run_guarded`].
pub unsafe fn run_guarded_deep<T>(limit: Limit, f: impl FnOnce() -> T) -> Result<T, GuardedError> {
    // SAFETY: the caller's promise.
    unsafe { run_on(Owner::DeepCall, limit, f) }
}

/// # Safety
///
/// As [`run_guarded`].
unsafe fn run_on<T>(owner: Owner, limit: Limit, f: impl FnOnce() -> T) -> Result<T, GuardedError> {
    if CALLS_ARE_GUARDED.load(Ordering::Relaxed) {
        return Ok(f());
    }
    let stack = Stack::allocate(owner).map_err(GuardedError::NoStack)?;
    let before = stopped::Before::now();
    // SAFETY: the stack is mapped, ours alone, and lives until after the call;
    // the rest is the caller's promise.
    let outcome = unsafe { guarded::guarded(stack.range(), limit, f) };
    outcome.map_err(|failure| {
        before.call_was_stopped();
        GuardedError::Failed(failure)
    })
}

/// After a crash there may be no memory to give, and the crash monitor guards
/// each command as a whole.
static CALLS_ARE_GUARDED: AtomicBool = AtomicBool::new(false);

/// From now on `run_guarded` runs what it is given as it is: for the crash
/// monitor, whose own guarded call is around it.
pub fn stop_giving_stacks() {
    CALLS_ARE_GUARDED.store(true, Ordering::Relaxed);
}

/// Why `run_guarded` has no value to return.
#[derive(Clone, Copy, Debug)]
pub enum GuardedError {
    /// The code failed.
    Failed(Failure),
    /// There was no memory for its stack.
    NoStack(MapError),
}

impl fmt::Display for GuardedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(failure) => failure.fmt(f),
            Self::NoStack(error) => write!(f, "no stack for a guarded call: {error}"),
        }
    }
}
