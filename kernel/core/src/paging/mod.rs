//! Page tables: their entries, walking them, changing them.
//!
//! ```text
//!  virtual   63     57 56   48 47   39 38   30 29   21 20   12 11        0
//!           +---------+-------+-------+-------+-------+-------+-----------+
//!           |  sign   | PML5  | PML4  | PDPT  |  PD   |  PT   |  offset   |
//!           +---------+-------+-------+-------+-------+-------+-----------+
//!                         |       |       |       |       |
//!  CR3 --> root --------> * ----> * ----> * ----> * ----> * --> 4 KiB frame
//!                     (5 levels)          |       |
//!                                         |       +--> 2 MiB page (PDE.PS)
//!                                         +----------> 1 GiB page (PDPTE.PS)
//! ```
//!
//! The logic never sees a pointer: it reads and writes entries through
//! [`TableMemory`], which the kernel implements over its direct map of RAM and
//! the tests over a map of arrays. It is generic and inlined, so the kernel's
//! loads stay loads.
//!
//! - [`walk`] translates any address and keeps every entry on the way.
//! - [`map`], [`map_range`], [`unmap`], [`unmap_range`] change the tables.
//!   None touches the TLB: the caller has to, after anything that was present
//!   changes (Intel SDM Vol. 3A, 4.10.4).
//! - [`for_each_leaf`] visits every mapping, for listings; [`audit`] compares
//!   every address with what must be there.
//!
//! No page is writable and executable, by type: [`Rights`] has no such value.
//! The format is that of the Intel SDM, Vol. 3A, section 4.5.

mod audit;
mod entry;
mod map;
mod mapping;
mod range;
#[cfg(test)]
mod tests;
mod visit;
mod walk;

pub use audit::{Audited, Expected, Page, Shows, Violation, audit};
pub use entry::{Description, Entry, PatIndex};
pub use map::{Unmapped, free_empty_tables, map, unmap, unmap_page};
pub use mapping::{MapError, Mapping, Rights, UnmapError};
pub use range::{Largest, PageRange, map_range, unmap_range};
pub use visit::{Visited, for_each_leaf};
pub use walk::{Leaf, Outcome, Step, Walk, walk};

use core::fmt;

use crate::frames::{Frame, OutOfMemory, PAGE_SIZE};

/// Entries in a table of any level.
pub const ENTRIES: usize = 512;

/// The memory that page tables live in.
pub trait TableMemory {
    /// Reads an entry. `index` is below [`ENTRIES`].
    fn read(&self, table: Frame, index: usize) -> u64;

    /// Writes an entry. `index` is below [`ENTRIES`].
    fn write(&mut self, table: Frame, index: usize, entry: u64);

    /// A frame for a new table, cleared to zero.
    ///
    /// # Errors
    /// [`OutOfMemory`] when there is none.
    fn allocate(&mut self) -> Result<Frame, OutOfMemory>;

    /// A frame for a new table that is full from the start: its entries are
    /// `first`, `first + step`, and so on. Nothing needs to be cleared for it.
    ///
    /// # Errors
    /// As [`allocate`](Self::allocate).
    #[inline]
    fn allocate_filled(&mut self, first: u64, step: u64) -> Result<Frame, OutOfMemory> {
        let table = self.allocate()?;
        for index in 0..ENTRIES {
            self.write(table, index, first + index as u64 * step);
        }
        Ok(table)
    }

    /// Takes back a frame that [`allocate`](Self::allocate) gave.
    fn free(&mut self, table: Frame);

    /// May this frame be read as a table? Whoever walks tables that are not
    /// its own (a loader's, broken ones) says no to what is not RAM.
    #[inline]
    fn is_reachable(&self, table: Frame) -> bool {
        let _ = table;
        true
    }

    /// How many address bits the processor has (MAXPHYADDR): those above are
    /// reserved in entries.
    #[inline]
    fn physical_bits(&self) -> u32 {
        52
    }
}

/// How many levels of tables a translation goes through: CR4.LA57.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Levels {
    /// 48-bit virtual addresses.
    Four,
    /// 57-bit virtual addresses.
    Five,
}

impl Levels {
    /// The level of the table that CR3 points to.
    #[must_use]
    pub const fn top(self) -> Level {
        match self {
            Self::Four => Level::Pml4,
            Self::Five => Level::Pml5,
        }
    }

    /// The number of bits of a virtual address that are translated.
    #[must_use]
    pub const fn virtual_bits(self) -> u32 {
        self.top().shift() + 9
    }

    /// Are the upper bits all copies of the topmost translated one? The
    /// processor faults (#GP or #SS) on addresses that are not like this.
    #[must_use]
    pub const fn is_canonical(self, virtual_address: u64) -> bool {
        self.sign_extend(virtual_address) == virtual_address
    }

    /// The canonical address with these lower bits.
    #[must_use]
    pub const fn sign_extend(self, virtual_address: u64) -> u64 {
        let unused = 64 - self.virtual_bits();
        (((virtual_address << unused) as i64) >> unused) as u64
    }
}

/// A level of the tables, from the last to the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// Page table: entries map 4 KiB.
    Pt = 1,
    /// Page directory: entries span 2 MiB.
    Pd = 2,
    /// Page-directory-pointer table: entries span 1 GiB.
    Pdpt = 3,
    /// Page-map level 4: entries span 512 GiB.
    Pml4 = 4,
    /// Page-map level 5: entries span 256 TiB.
    Pml5 = 5,
}

impl Level {
    /// The manual's name of an entry at this level.
    #[must_use]
    pub const fn entry_name(self) -> &'static str {
        match self {
            Self::Pt => "PTE",
            Self::Pd => "PDE",
            Self::Pdpt => "PDPTE",
            Self::Pml4 => "PML4E",
            Self::Pml5 => "PML5E",
        }
    }

    /// The lowest bit of the virtual address that selects the entry.
    #[must_use]
    pub const fn shift(self) -> u32 {
        12 + 9 * (self as u32 - 1)
    }

    /// Bytes of virtual memory behind one entry.
    #[must_use]
    pub const fn span(self) -> u64 {
        1 << self.shift()
    }

    /// Which entry of a table at this level translates the address.
    #[must_use]
    pub const fn index(self, virtual_address: u64) -> usize {
        (virtual_address >> self.shift()) as usize % ENTRIES
    }

    /// The level below; `None` below the page table.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        match self {
            Self::Pt => None,
            Self::Pd => Some(Self::Pt),
            Self::Pdpt => Some(Self::Pd),
            Self::Pml4 => Some(Self::Pdpt),
            Self::Pml5 => Some(Self::Pml4),
        }
    }

    /// The level above, where its entries may name tables full of pages: for the
    /// levels below the page-directory-pointer table.
    #[must_use]
    pub const fn parent_of_leaves(self) -> Option<Self> {
        match self {
            Self::Pt => Some(Self::Pd),
            Self::Pd => Some(Self::Pdpt),
            Self::Pdpt | Self::Pml4 | Self::Pml5 => None,
        }
    }

    /// The size of a page that an entry at this level maps, if it can.
    #[must_use]
    pub const fn page_size(self) -> Option<PageSize> {
        match self {
            Self::Pt => Some(PageSize::Size4KiB),
            Self::Pd => Some(PageSize::Size2MiB),
            Self::Pdpt => Some(PageSize::Size1GiB),
            Self::Pml4 | Self::Pml5 => None,
        }
    }
}

/// How much one entry maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PageSize {
    /// By a PTE.
    Size4KiB,
    /// By a PDE with PS.
    Size2MiB,
    /// By a PDPTE with PS, where CPUID 0x80000001 EDX bit 26 is set.
    Size1GiB,
}

impl PageSize {
    /// The level whose entries map pages of this size.
    #[must_use]
    pub const fn level(self) -> Level {
        match self {
            Self::Size4KiB => Level::Pt,
            Self::Size2MiB => Level::Pd,
            Self::Size1GiB => Level::Pdpt,
        }
    }

    /// Bytes in the page.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.level().span()
    }

    /// 4 KiB frames in the page.
    #[must_use]
    pub const fn frames(self) -> u64 {
        self.bytes() / PAGE_SIZE
    }
}

impl fmt::Display for PageSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Size4KiB => "4 KiB",
            Self::Size2MiB => "2 MiB",
            Self::Size1GiB => "1 GiB",
        })
    }
}
