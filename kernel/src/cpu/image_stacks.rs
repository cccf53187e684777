//! Stacks in the kernel's own image, for reports of a broken address space.
//!
//! A stack behind a page-table entry of its own is lost with that entry, and an
//! exception without a stack resets the machine. What runs here needs no entry
//! that its own code does not need. The processor switches to the first three by
//! itself (`gdt`), the crash monitor runs on the other two.
//!
//! ```text
//!   .bss   | guard page | double fault | guard page | NMI | guard page | ...
//! ```
//!
//! `memory` leaves the guard pages out of the kernel's page tables; in the
//! loader's tables they are memory like any other.

use super::stack::StackRange;
use core::cell::UnsafeCell;

const GUARD_BYTES: usize = 4096;

/// What a stack in the image is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageStack {
    /// The double-fault handler.
    DoubleFault,
    /// The NMI handler.
    Nmi,
    /// The machine-check handler.
    MachineCheck,
    /// The crash monitor.
    Monitor,
    /// A command of the crash monitor.
    MonitorCommand,
}

impl ImageStack {
    /// All of them, in order of address.
    pub const ALL: [Self; 5] =
        [Self::DoubleFault, Self::Nmi, Self::MachineCheck, Self::Monitor, Self::MonitorCommand];

    /// Bytes of the stack. The double-fault handler writes the whole report.
    const fn bytes(self) -> usize {
        match self {
            Self::DoubleFault | Self::Nmi | Self::MachineCheck => 16 * 1024,
            Self::Monitor | Self::MonitorCommand => 32 * 1024,
        }
    }

    /// Where its guard page begins, from the first one on.
    const fn offset(self) -> usize {
        let (mut offset, mut before) = (0, 0);
        while before < self as usize {
            offset += GUARD_BYTES + Self::ALL[before].bytes();
            before += 1;
        }
        offset
    }

    /// Its usable bytes.
    #[must_use]
    pub fn range(self) -> StackRange {
        let bottom = MEMORY.0.get() as u64 + (self.offset() + GUARD_BYTES) as u64;
        StackRange { bottom, top: bottom + self.bytes() as u64 }
    }

    /// The address of its guard page, right below.
    #[must_use]
    pub fn guard(self) -> u64 {
        self.range().bottom - GUARD_BYTES as u64
    }
}

const BYTES: usize =
    ImageStack::MonitorCommand.offset() + GUARD_BYTES + ImageStack::MonitorCommand.bytes();

#[repr(C, align(4096))]
struct Memory(UnsafeCell<[u8; BYTES]>);

// SAFETY: no reference to it is ever made; each stack has one user, the handler
// or the monitor that it is named after.
unsafe impl Sync for Memory {}

static MEMORY: Memory = Memory(UnsafeCell::new([0; BYTES]));
