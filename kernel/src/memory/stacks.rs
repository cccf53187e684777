//! Kernel stacks, each with unmapped memory below.
//!
//! ```text
//!   window start                slot (512 KiB)                    next slot
//!   |<------ guard gap, never mapped ------>|<---- stack, mapped ---->|
//!                                        bottom                      top
//! ```
//!
//! The gap is at least half a slot, not one page: a function with a large frame
//! could step over a single page. Who a stack belongs to is kept in atomics,
//! so that a fault report can name it without a lock. The stacks that reports
//! are written on lie in the image ([`ImageStack`]), with a guard page each.

use super::{frames, inspect, layout, space};
use crate::cpu::image_stacks::ImageStack;
use crate::cpu::stack::StackRange;
use core::sync::atomic::{AtomicU8, Ordering};
use valhalla_core::frames::PAGE_SIZE;
use valhalla_core::paging::MapError;

const SLOT_BYTES: u64 = 512 * 1024;
const SLOTS: usize = 64;

/// What a stack in a slot is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Owner {
    /// The kernel's own thread: boot, then the shell.
    Main = 1,
    /// A guarded call.
    GuardedCall,
    /// A guarded call that needs more room: AML.
    DeepCall,
}

impl Owner {
    const ALL: [Self; 3] = [Self::Main, Self::GuardedCall, Self::DeepCall];

    const fn names(self) -> &'static Names {
        match self {
            Self::Main => names!("main"),
            Self::GuardedCall => names!("guarded call"),
            Self::DeepCall => names!("deep guarded call"),
        }
    }

    /// Bytes of the stack.
    const fn bytes(self) -> u64 {
        match self {
            Self::DeepCall => 256 * 1024,
            // The boot's frame and the shell's sessions are on it: some 40 KiB before
            // a command's first byte.
            Self::Main => 128 * 1024,
            Self::GuardedCall => 64 * 1024,
        }
    }
}

const fn names_of(stack: ImageStack) -> &'static Names {
    match stack {
        ImageStack::DoubleFault => names!("double fault"),
        ImageStack::Nmi => names!("NMI"),
        ImageStack::MachineCheck => names!("machine check"),
        ImageStack::Monitor => names!("crash monitor"),
        ImageStack::MonitorCommand => names!("crash monitor command"),
    }
}

/// What people call a stack, and the memory around it.
struct Names {
    owner: &'static str,
    stack: &'static str,
    guard: &'static str,
}

macro_rules! names {
    ($owner:literal) => {
        &Names {
            owner: $owner,
            stack: concat!($owner, " stack"),
            guard: concat!("guard page of the ", $owner, " stack"),
        }
    };
}
use names;

/// The owner of each slot, 0 for none.
static OWNERS: [AtomicU8; SLOTS] = [const { AtomicU8::new(0) }; SLOTS];

/// A stack; its memory is given back when this is dropped.
#[derive(Debug)]
#[must_use = "the stack is freed when this is dropped"]
pub struct Stack {
    slot: usize,
    range: StackRange,
}

impl Stack {
    /// Maps a new stack for `owner`.
    ///
    /// # Errors
    ///
    /// When memory or slots run out.
    pub fn allocate(owner: Owner) -> Result<Self, MapError> {
        let window = layout::get().ok_or(MapError::OutOfMemory)?.stacks;
        let slot = OWNERS
            .iter()
            .position(|slot| {
                slot.compare_exchange(0, owner as u8, Ordering::Relaxed, Ordering::Relaxed).is_ok()
            })
            .ok_or(MapError::OutOfMemory)?;
        let top = window.start + (slot as u64 + 1) * SLOT_BYTES;
        let range = StackRange { bottom: top - owner.bytes(), top };
        match space::map_fresh(range.bottom, owner.bytes(), frames::Owner::Stack) {
            Ok(()) => Ok(Self { slot, range }),
            Err(error) => {
                release(slot);
                Err(error)
            }
        }
    }

    /// Where it is.
    #[must_use]
    pub const fn range(&self) -> StackRange {
        self.range
    }

    /// Keeps it for good.
    pub fn leak(self) -> StackRange {
        core::mem::ManuallyDrop::new(self).range
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let length = self.range.top - self.range.bottom;
        space::unmap_and_free(self.range.bottom, length, frames::Owner::Stack);
        release(self.slot);
    }
}

fn release(slot: usize) {
    if let Some(owner) = OWNERS.get(slot) {
        owner.store(0, Ordering::Relaxed);
    }
}

/// A stack, with the unmapped memory below.
struct Known {
    names: &'static Names,
    range: StackRange,
    /// Where the unmapped memory begins.
    gap: u64,
}

impl Known {
    fn in_image(stack: ImageStack) -> Self {
        Self { names: names_of(stack), range: stack.range(), gap: stack.guard() }
    }

    /// The stack in this slot, if it is in use.
    fn in_slot(slot: usize) -> Option<Self> {
        let window = layout::get()?.stacks;
        let number = OWNERS.get(slot)?.load(Ordering::Relaxed);
        let owner = Owner::ALL.into_iter().find(|owner| *owner as u8 == number)?;
        let top = window.start + (slot as u64 + 1) * SLOT_BYTES;
        let range = StackRange { bottom: top - owner.bytes(), top };
        Some(Self { names: owner.names(), range, gap: top - SLOT_BYTES })
    }

    /// The stack around `address`: on it, or in the gap below.
    fn around(address: u64) -> Option<Self> {
        let mut in_image = ImageStack::ALL.into_iter().map(Self::in_image);
        in_image.find(|known| known.gap <= address && address < known.range.top).or_else(|| {
            let offset = address.checked_sub(layout::get()?.stacks.start)?;
            Self::in_slot(usize::try_from(offset / SLOT_BYTES).ok()?)
        })
    }
}

/// The guard page right below each stack that is in use.
pub fn guards() -> impl Iterator<Item = u64> + Clone {
    let in_image = ImageStack::ALL.into_iter().map(Known::in_image);
    let all = in_image.chain((0..SLOTS).filter_map(Known::in_slot));
    all.map(|known| known.range.bottom - PAGE_SIZE)
}

/// The slots that are in use, a bit for each.
pub(super) fn slots() -> u64 {
    let is_taken = |slot: &AtomicU8| u64::from(slot.load(Ordering::Relaxed) != 0);
    OWNERS.iter().rev().fold(0, |all, slot| all << 1 | is_taken(slot))
}

/// Gives back the stacks of calls that were abandoned: those in slots that were not
/// in use `before`.
pub(super) fn free_all_but(before: u64) {
    for slot in (0..SLOTS).filter(|slot| before & 1 << slot == 0) {
        let Some(Known { range, .. }) = Known::in_slot(slot) else { continue };
        // Else the call was abandoned before it was mapped, or after it was unmapped.
        if inspect::may_be_mapped(range.bottom) {
            drop(Stack { slot, range });
        } else {
            release(slot);
        }
    }
}

/// The stacks in slots that are in use.
pub(super) fn in_slots() -> impl Iterator<Item = StackRange> {
    (0..SLOTS).filter_map(Known::in_slot).map(|known| known.range)
}

/// The stack that `address` lies on. Takes no lock.
#[must_use]
pub fn range_of(address: u64) -> Option<StackRange> {
    Known::around(address).map(|known| known.range).filter(|range| range.contains(address))
}

/// The name of the stack whose guard gap `address` lies in. Takes no lock.
#[must_use]
pub fn guard_page_of(address: u64) -> Option<&'static str> {
    let known = Known::around(address).filter(|known| !known.range.contains(address))?;
    Some(known.names.owner)
}

/// What an address of a stack, or in the gap below one, is. Takes no lock.
#[must_use]
pub(super) fn describe(address: u64) -> Option<&'static str> {
    let known = Known::around(address)?;
    Some(if known.range.contains(address) { known.names.stack } else { known.names.guard })
}

const _: () = assert!(SLOT_BYTES / 2 >= 256 * 1024 && PAGE_SIZE == 4096 && SLOTS <= 64);
