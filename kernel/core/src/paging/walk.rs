//! Walking the tables as the processor does, and remembering the way.

use core::fmt;

use super::{Entry, Level, Levels, PageSize, PatIndex, TableMemory};
use crate::frames::Frame;

/// One entry on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which level's table the entry is in.
    pub level: Level,
    /// The table.
    pub table: Frame,
    /// The entry's place in it.
    pub index: usize,
    /// The entry as it was read.
    pub entry: Entry,
}

impl Step {
    /// The physical address of the entry itself.
    #[must_use]
    pub const fn entry_address(&self) -> u64 {
        self.table.start_address().wrapping_add(self.index as u64 * 8)
    }
}

/// `{:#}` gives what the entry allows a line of its own, below the entry: the two are
/// wider than 80 columns.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { level, index, entry, .. } = self;
        write!(
            f,
            "{:<5} {index:>3} at {:#x}: {entry:#018x}  ",
            level.entry_name(),
            self.entry_address(),
        )?;
        let description = entry.describe(*level);
        if f.alternate() { write!(f, "{description:#}") } else { write!(f, "{description}") }
    }
}

/// A mapping as the processor sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The physical address that was asked for: page and offset.
    pub physical: u64,
    /// How much the leaf maps.
    pub size: PageSize,
    /// Every level allows writes.
    pub writable: bool,
    /// Every level allows user mode.
    pub user: bool,
    /// No level forbids execution.
    pub executable: bool,
    /// The leaf is global.
    pub global: bool,
    /// How it is cached.
    pub caching: PatIndex,
    /// The leaf's own entry.
    pub entry: Entry,
}

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { physical, size, .. } = self;
        write!(f, "{physical:#x} ({size}), ")?;
        f.write_str(if self.writable { "writable" } else { "read-only" })?;
        f.write_str(if self.user { ", user" } else { ", supervisor" })?;
        f.write_str(if self.executable { ", executable" } else { ", no-execute" })?;
        f.write_str(if self.global { ", global" } else { "" })?;
        write!(f, ", PAT{}", self.caching.number())
    }
}

/// How a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The address is mapped.
    Mapped(Leaf),
    /// An entry is not present.
    NotPresent {
        /// Its level.
        level: Level,
    },
    /// The address is not one that paging translates.
    NonCanonical,
    /// An entry has bits that must be zero: the processor faults.
    Reserved {
        /// Its level.
        level: Level,
        /// These bits.
        bits: u64,
    },
    /// A table lies where no RAM is.
    Unreachable {
        /// The level of the table.
        level: Level,
        /// Where it would be.
        table: Frame,
    },
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mapped(leaf) => write!(f, "mapped to {leaf}"),
            Self::NotPresent { level } => {
                write!(f, "not mapped: {} not present", level.entry_name())
            }
            Self::NonCanonical => f.write_str("not a canonical address"),
            Self::Reserved { level, bits } => {
                write!(f, "broken: reserved bits {bits:#x} set in the {}", level.entry_name())
            }
            Self::Unreachable { level, table } => {
                let address = table.start_address();
                write!(
                    f,
                    "broken: the table for the {} at {address:#x} is not RAM",
                    level.entry_name()
                )
            }
        }
    }
}

/// A finished walk: what was asked, the way, the answer.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    /// The address that was asked for.
    pub virtual_address: u64,
    /// The answer.
    pub outcome: Outcome,
    steps: [Step; 5],
    count: usize,
}

impl Walk {
    /// The entries on the way, from the top down; the last one decided.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        self.steps.get(..self.count).unwrap_or_default()
    }
}

/// Rights add up along the way: a leaf may do what every level allows (SDM
/// Vol. 3A, 4.6.1).
#[derive(Clone, Copy)]
pub(super) struct Allowed {
    /// RW and US, where every level so far has them.
    all: u64,
    /// NX, where any level so far has it.
    any: u64,
}

impl Allowed {
    pub(super) const EVERYTHING: Self = Self { all: Entry::RW | Entry::US, any: 0 };

    pub(super) const fn under(self, entry: Entry) -> Self {
        Self { all: self.all & entry.0, any: self.any | entry.0 & Entry::NX }
    }

    /// The leaf made by `entry`, the last of the way, for this address.
    pub(super) fn leaf(self, entry: Entry, level: Level, size: PageSize, address: u64) -> Leaf {
        Leaf {
            physical: entry.page(level) | address & (size.bytes() - 1),
            size,
            writable: self.all & Entry::RW != 0,
            user: self.all & Entry::US != 0,
            executable: self.any == 0,
            global: entry.has(Entry::G),
            caching: entry.pat_index(level),
            entry,
        }
    }
}

/// Translates an address by the tables under `root`.
///
/// Total: any tables, however broken, end after at most five steps.
#[must_use]
pub fn walk<M: TableMemory>(memory: &M, root: Frame, levels: Levels, address: u64) -> Walk {
    let unused = Step { level: Level::Pt, table: root, index: 0, entry: Entry(0) };
    let mut way = Walk {
        virtual_address: address,
        outcome: Outcome::NonCanonical,
        steps: [unused; 5],
        count: 0,
    };
    if !levels.is_canonical(address) {
        return way;
    }
    let (mut table, mut level) = (root, levels.top());
    let mut allowed = Allowed::EVERYTHING;
    way.outcome = loop {
        if !memory.is_reachable(table) {
            break Outcome::Unreachable { level, table };
        }
        let index = level.index(address);
        let entry = Entry(memory.read(table, index));
        if let Some(step) = way.steps.get_mut(way.count) {
            *step = Step { level, table, index, entry };
            way.count += 1;
        }
        if !entry.is_present() {
            break Outcome::NotPresent { level };
        }
        let bits = entry.reserved_bits(level, memory.physical_bits());
        if bits != 0 {
            break Outcome::Reserved { level, bits };
        }
        allowed = allowed.under(entry);
        match (level.next(), level.page_size()) {
            (_, Some(size)) if entry.is_leaf(level) => {
                break Outcome::Mapped(allowed.leaf(entry, level, size, address));
            }
            (Some(next), _) => (table, level) = (entry.table(), next),
            // A PTE is always a leaf.
            (None, _) => break Outcome::NotPresent { level },
        }
    };
    way
}
