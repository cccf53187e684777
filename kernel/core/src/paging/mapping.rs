//! How to map a page, and why that can fail.

use core::fmt;

use super::{Entry, Level, PatIndex};
use crate::frames::OutOfMemory;

/// What may be done with a page. There is no value for writing *and*
/// executing: W^X needs no check where it cannot be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// Constants.
    Read,
    /// Data and stacks.
    ReadWrite,
    /// Code.
    ReadExecute,
}

impl Rights {
    #[inline]
    const fn bits(self) -> u64 {
        match self {
            Self::Read => Entry::NX,
            Self::ReadWrite => Entry::NX | Entry::RW,
            Self::ReadExecute => 0,
        }
    }
}

/// How to map: for the kernel only; there is no user mode yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// What may be done with the memory.
    pub rights: Rights,
    /// How it is cached.
    pub caching: PatIndex,
    /// Does the translation survive a load of CR3 (where CR4.PGE is set)?
    pub global: bool,
}

impl Mapping {
    /// Ordinary memory: cached, not global.
    #[must_use]
    pub const fn new(rights: Rights) -> Self {
        Self { rights, caching: PatIndex::WRITE_BACK, global: false }
    }

    /// The same, cached another way.
    #[must_use]
    pub const fn cached(self, caching: PatIndex) -> Self {
        Self { caching, ..self }
    }

    /// The same, kept in the TLB when CR3 changes.
    #[must_use]
    pub const fn global(self) -> Self {
        Self { global: true, ..self }
    }

    /// The bits of a leaf at this level, but for its address.
    #[inline]
    pub(super) const fn leaf_bits(self, level: Level) -> u64 {
        let size = if matches!(level, Level::Pt) { 0 } else { Entry::PS };
        let global = if self.global { Entry::G } else { 0 };
        Entry::P | size | global | self.rights.bits() | self.caching.bits(level)
    }
}

/// Why a page was not mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapError {
    /// There is a mapping already, or (for a large page) a table.
    AlreadyMapped,
    /// No frame for a table.
    OutOfMemory,
    /// The address is not one that paging translates, or the range leads over
    /// the edge of such addresses.
    NonCanonical,
    /// The address or the frame is not a multiple of the page's size, or the
    /// frame lies beyond physical addresses.
    Misaligned,
}

impl fmt::Display for MapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::AlreadyMapped => "the address is mapped already",
            Self::OutOfMemory => "out of memory for page tables",
            Self::NonCanonical => "not a canonical address",
            Self::Misaligned => "not aligned to the page size",
        })
    }
}

impl core::error::Error for MapError {}

impl From<OutOfMemory> for MapError {
    fn from(_: OutOfMemory) -> Self {
        Self::OutOfMemory
    }
}

/// Why a page was not unmapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnmapError {
    /// Nothing is mapped there.
    NotMapped,
    /// The address is not one that paging translates.
    NonCanonical,
    /// The range begins or ends inside a large page.
    SplitsPage,
}

impl fmt::Display for UnmapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NotMapped => "nothing is mapped there",
            Self::NonCanonical => "not a canonical address",
            Self::SplitsPage => "the range ends inside a large page",
        })
    }
}

impl core::error::Error for UnmapError {}
