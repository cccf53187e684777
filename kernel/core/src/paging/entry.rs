//! One page-table entry: its bits by their names in the manual.

use core::fmt;

use super::Level;
use crate::frames::Frame;

/// A page-table entry of any level (Intel SDM Vol. 3A, tables 4-14 to 4-20).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry(pub u64);

impl Entry {
    /// Present: without it the processor ignores all other bits.
    pub const P: u64 = 1 << 0;
    /// Read/write: writes are allowed.
    pub const RW: u64 = 1 << 1;
    /// User/supervisor: user mode has access.
    pub const US: u64 = 1 << 2;
    /// Page-level write-through: bit 0 of the PAT index.
    pub const PWT: u64 = 1 << 3;
    /// Page-level cache disable: bit 1 of the PAT index.
    pub const PCD: u64 = 1 << 4;
    /// Accessed: the processor has used the entry.
    pub const A: u64 = 1 << 5;
    /// Dirty: the processor has written to the page. Leaves only.
    pub const D: u64 = 1 << 6;
    /// Page size: the entry maps a page. PDE and PDPTE only; reserved above.
    pub const PS: u64 = 1 << 7;
    /// Bit 2 of the PAT index in a PTE, where PS is elsewhere.
    pub const PAT_4K: u64 = 1 << 7;
    /// Global: the translation survives a load of CR3. Leaves only.
    pub const G: u64 = 1 << 8;
    /// Bit 2 of the PAT index of a 2 MiB or 1 GiB page.
    pub const PAT_LARGE: u64 = 1 << 12;
    /// Execute-disable: no instruction is fetched from here (EFER.NXE).
    pub const NX: u64 = 1 << 63;

    /// The bits that hold a physical address.
    pub const ADDRESS: u64 = 0x000f_ffff_ffff_f000;
    /// The bits that the processor leaves to software in every entry. In
    /// leaves 62:59 are a protection key where CR4.PKE is set.
    pub const SOFTWARE: u64 = 0x7ff0_0000_0000_0e00;

    /// Is any of these bits set?
    #[inline]
    #[must_use]
    pub const fn has(self, bits: u64) -> bool {
        self.0 & bits != 0
    }

    /// Does the processor look at this entry?
    #[inline]
    #[must_use]
    pub const fn is_present(self) -> bool {
        self.has(Self::P)
    }

    /// Does this entry, if present, map a page (rather than name a table)?
    #[inline]
    #[must_use]
    pub const fn is_leaf(self, level: Level) -> bool {
        match level {
            Level::Pt => true,
            Level::Pd | Level::Pdpt => self.has(Self::PS),
            Level::Pml4 | Level::Pml5 => false,
        }
    }

    /// The table that this entry names.
    #[inline]
    #[must_use]
    pub const fn table(self) -> Frame {
        Frame::containing(self.0 & Self::ADDRESS)
    }

    /// The physical address of the page that this entry maps at its level.
    #[inline]
    #[must_use]
    pub const fn page(self, level: Level) -> u64 {
        self.0 & Self::ADDRESS & !(level.span() - 1)
    }

    /// The bits that must be zero in a present entry and are not: using such
    /// an entry is a page fault with the RSVD bit (SDM Vol. 3A, 4.7).
    #[must_use]
    pub const fn reserved_bits(self, level: Level, physical_bits: u32) -> u64 {
        let beyond = Self::ADDRESS & u64::MAX.unbounded_shl(physical_bits);
        let by_level = match level {
            Level::Pml4 | Level::Pml5 => Self::PS,
            Level::Pd | Level::Pdpt if self.has(Self::PS) => {
                (level.span() - 1) & Self::ADDRESS & !Self::PAT_LARGE
            }
            _ => 0,
        };
        self.0 & (beyond | by_level)
    }

    /// Which entry of the PAT decides how the page is cached.
    #[must_use]
    pub const fn pat_index(self, level: Level) -> PatIndex {
        let pat = if matches!(level, Level::Pt) { Self::PAT_4K } else { Self::PAT_LARGE };
        let high = self.is_leaf(level) && self.has(pat);
        PatIndex((self.0 >> 3 & 3) as u8 | (high as u8) << 2)
    }

    /// All that the entry says, in words.
    #[must_use]
    pub const fn describe(self, level: Level) -> Description {
        Description { entry: self, level }
    }
}

impl fmt::LowerHex for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::LowerHex::fmt(&self.0, f)
    }
}

/// Which of the eight entries of IA32_PAT a page uses: PWT + 2 PCD + 4 PAT
/// (Intel SDM Vol. 3A, 12.12.3).
///
/// The named ones hold in the layout that Limine sets up and this system
/// keeps; 0 to 3 are the same after a reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatIndex(u8);

impl PatIndex {
    /// PAT0: ordinary memory.
    pub const WRITE_BACK: Self = Self(0);
    /// PAT1.
    pub const WRITE_THROUGH: Self = Self(1);
    /// PAT2: uncached unless an MTRR says write-combining.
    pub const UNCACHED_MINUS: Self = Self(2);
    /// PAT3: device registers.
    pub const UNCACHED: Self = Self(3);
    /// PAT4.
    pub const WRITE_PROTECT: Self = Self(4);
    /// PAT5: a framebuffer. After a reset, without a loader, it is PAT1's.
    pub const WRITE_COMBINING: Self = Self(5);

    /// The index with this number, 0 to 7.
    #[must_use]
    pub const fn new(index: u8) -> Option<Self> {
        if index < 8 { Some(Self(index)) } else { None }
    }

    /// Its number, 0 to 7.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The entry bits that select it for a page of this level.
    #[inline]
    #[must_use]
    pub const fn bits(self, level: Level) -> u64 {
        let pat = if matches!(level, Level::Pt) { Entry::PAT_4K } else { Entry::PAT_LARGE };
        let low = (self.0 as u64 & 3) << 3;
        if self.0 & 4 == 0 { low } else { low | pat }
    }
}

/// An [`Entry`] in words; made by [`Entry::describe`].
#[derive(Clone, Copy, Debug)]
pub struct Description {
    entry: Entry,
    level: Level,
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entry, level } = *self;
        if !entry.is_present() {
            return f.write_str(if entry.0 == 0 {
                "empty"
            } else {
                "not present (the other bits are ignored)"
            });
        }
        let leaf = entry.is_leaf(level);
        match level.page_size() {
            Some(size) if leaf => write!(f, "{size} page at {:#x}", entry.page(level))?,
            _ => write!(f, "table at {:#x}", entry.table().start_address())?,
        }
        f.write_str(if f.alternate() { "\n            " } else { ", " })?;
        f.write_str(if entry.has(Entry::RW) { "writable" } else { "read-only" })?;
        f.write_str(if entry.has(Entry::US) { ", user" } else { ", supervisor" })?;
        f.write_str(if entry.has(Entry::NX) { ", no-execute" } else { ", executable" })?;
        let names = [
            (Entry::PWT, ", write-through (PWT)"),
            (Entry::PCD, ", cache-disable (PCD)"),
            (if leaf { pat_bit(level) } else { 0 }, ", PAT"),
            (if leaf { Entry::G } else { 0 }, ", global"),
            (Entry::A, ", accessed"),
            (if leaf { Entry::D } else { 0 }, ", dirty"),
        ];
        for (bit, name) in names {
            if entry.has(bit) {
                f.write_str(name)?;
            }
        }
        let software = entry.0 & Entry::SOFTWARE;
        if software != 0 {
            write!(f, ", software bits {software:#x}")?;
        }
        match entry.reserved_bits(level, 52) {
            0 => Ok(()),
            bits => write!(f, ", RESERVED bits {bits:#x}"),
        }
    }
}

const fn pat_bit(level: Level) -> u64 {
    PatIndex(4).bits(level)
}
