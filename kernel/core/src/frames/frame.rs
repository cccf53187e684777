//! Frame numbers, and what can go wrong with them.

use super::Owner;
use core::fmt;

/// Bytes in a frame and in a page.
pub const PAGE_SIZE: u64 = 4096;

/// A physical frame: 4 KiB of physical memory, known by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Frame(u64);

impl Frame {
    /// The frame with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The frame that contains this physical address.
    #[must_use]
    pub const fn containing(address: u64) -> Self {
        Self(address / PAGE_SIZE)
    }

    /// Its number: the physical address divided by [`PAGE_SIZE`].
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The physical address of its first byte.
    #[must_use]
    pub const fn start_address(self) -> u64 {
        self.0.wrapping_mul(PAGE_SIZE)
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "frame {:#x}", self.start_address())
    }
}

/// No frame is free, or no run of frames as asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("out of physical memory")
    }
}

/// Why a frame cannot be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FreeError {
    /// The frame is free already.
    DoubleFree,
    /// The frame never was the allocator's to give, or holds its bookkeeping.
    Foreign,
    /// The frame is in use, but not by whom the caller said.
    WrongOwner {
        /// Whom it was given to.
        is: Owner,
    },
}

impl fmt::Display for FreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DoubleFree => f.pad("the frame is free already"),
            Self::Foreign => f.pad("the frame does not belong to the allocator"),
            Self::WrongOwner { is } => write!(f, "the frame is in use by others: {}", is.name()),
        }
    }
}
