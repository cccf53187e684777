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
//! so that a fault report can name it without a lock.

use super::{frames, layout, space};
use crate::cpu::stack::StackRange;
use core::sync::atomic::{AtomicU8, Ordering};
use valhalla_core::frames::PAGE_SIZE;
use valhalla_core::paging::MapError;

const SLOT_BYTES: u64 = 512 * 1024;
const SLOTS: usize = 64;

/// What a stack is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Owner {
    /// The kernel's own thread: boot, then the shell.
    Main = 1,
    /// The double-fault handler.
    DoubleFault,
    /// The NMI handler.
    Nmi,
    /// The machine-check handler.
    MachineCheck,
    /// A guarded call.
    GuardedCall,
    /// A guarded call that needs more room: AML.
    DeepCall,
    /// The crash monitor.
    Monitor,
    /// A command of the crash monitor.
    MonitorCommand,
}

impl Owner {
    const ALL: [Self; 8] = [
        Self::Main,
        Self::DoubleFault,
        Self::Nmi,
        Self::MachineCheck,
        Self::GuardedCall,
        Self::DeepCall,
        Self::Monitor,
        Self::MonitorCommand,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::DoubleFault => "double fault",
            Self::Nmi => "NMI",
            Self::MachineCheck => "machine check",
            Self::GuardedCall => "guarded call",
            Self::DeepCall => "deep guarded call",
            Self::Monitor => "crash monitor",
            Self::MonitorCommand => "crash monitor command",
        }
    }

    const fn stack(self) -> &'static str {
        match self {
            Self::Main => "main stack",
            Self::DoubleFault => "double fault stack",
            Self::Nmi => "NMI stack",
            Self::MachineCheck => "machine check stack",
            Self::GuardedCall => "guarded call stack",
            Self::DeepCall => "deep guarded call stack",
            Self::Monitor => "crash monitor stack",
            Self::MonitorCommand => "crash monitor command stack",
        }
    }

    const fn guard(self) -> &'static str {
        match self {
            Self::Main => "guard page of the main stack",
            Self::DoubleFault => "guard page of the double fault stack",
            Self::Nmi => "guard page of the NMI stack",
            Self::MachineCheck => "guard page of the machine check stack",
            Self::GuardedCall => "guard page of the guarded call stack",
            Self::DeepCall => "guard page of the deep guarded call stack",
            Self::Monitor => "guard page of the crash monitor stack",
            Self::MonitorCommand => "guard page of the crash monitor command stack",
        }
    }

    /// Bytes of the stack. The double-fault handler writes the whole report.
    const fn bytes(self) -> u64 {
        match self {
            Self::DeepCall => 256 * 1024,
            Self::Main | Self::GuardedCall => 64 * 1024,
            Self::Monitor | Self::MonitorCommand => 32 * 1024,
            Self::DoubleFault | Self::Nmi | Self::MachineCheck => 16 * 1024,
        }
    }
}

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

/// The guard page right below each stack that is in use.
pub fn guards() -> impl Iterator<Item = u64> + Clone {
    let window = layout::get().map_or(0, |layout| layout.stacks.start);
    OWNERS.iter().enumerate().filter_map(move |(slot, number)| {
        let number = number.load(Ordering::Relaxed);
        let owner = Owner::ALL.into_iter().find(|owner| *owner as u8 == number)?;
        Some(window + (slot as u64 + 1) * SLOT_BYTES - owner.bytes() - PAGE_SIZE)
    })
}

/// The owner of the slot around `address`, and whether that is its stack or
/// the gap below.
fn owner_of(address: u64) -> Option<(Owner, bool)> {
    let window = layout::get()?.stacks;
    let offset = address.checked_sub(window.start)?;
    let number = OWNERS.get(usize::try_from(offset / SLOT_BYTES).ok()?)?.load(Ordering::Relaxed);
    let owner = Owner::ALL.into_iter().find(|owner| *owner as u8 == number)?;
    Some((owner, SLOT_BYTES - offset % SLOT_BYTES > owner.bytes()))
}

/// The stack that `address` lies on. Takes no lock.
#[must_use]
pub fn range_of(address: u64) -> Option<StackRange> {
    let (owner, _) = owner_of(address).filter(|(_, in_gap)| !in_gap)?;
    let start = layout::get()?.stacks.start;
    let top = start + ((address - start) / SLOT_BYTES + 1) * SLOT_BYTES;
    Some(StackRange { bottom: top - owner.bytes(), top })
}

/// The name of the stack whose guard gap `address` lies in. Takes no lock.
#[must_use]
pub fn guard_page_of(address: u64) -> Option<&'static str> {
    owner_of(address).filter(|(_, in_gap)| *in_gap).map(|(owner, _)| owner.name())
}

/// What an address in the stack window is. Takes no lock.
#[must_use]
pub(super) fn describe(address: u64) -> &'static str {
    match owner_of(address) {
        Some((owner, true)) => owner.guard(),
        Some((owner, false)) => owner.stack(),
        None => "stack window, unused",
    }
}

const _: () = assert!(SLOT_BYTES / 2 >= 256 * 1024 && PAGE_SIZE == 4096);
