//! Mapping and unmapping one page.

use super::{ENTRIES, Entry, Level, Levels, MapError, Mapping, PageSize, TableMemory, UnmapError};
use crate::frames::Frame;

/// What was mapped until now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the TLB still knows the page, and the frame still belongs to somebody"]
pub struct Unmapped {
    /// The page's first frame.
    pub frame: Frame,
    /// How much the page mapped.
    pub size: PageSize,
}

/// Maps one page. Tables that are missing on the way are made: writable, user
/// mode denied, so that the leaf decides.
///
/// # Errors
/// [`MapError`]. Tables made until then stay, empty and in place.
#[inline]
pub fn map<M: TableMemory>(
    memory: &mut M,
    root: Frame,
    levels: Levels,
    virtual_address: u64,
    frame: Frame,
    size: PageSize,
    mapping: Mapping,
) -> Result<(), MapError> {
    if !levels.is_canonical(virtual_address) {
        return Err(MapError::NonCanonical);
    }
    let physical = frame.start_address();
    if (virtual_address | physical) & (size.bytes() - 1) != 0 || physical & !Entry::ADDRESS != 0 {
        return Err(MapError::Misaligned);
    }
    let level = size.level();
    let table = table_for(memory, root, levels, virtual_address, level)?;
    let index = level.index(virtual_address);
    if Entry(memory.read(table, index)).is_present() {
        return Err(MapError::AlreadyMapped);
    }
    memory.write(table, index, physical | mapping.leaf_bits(level));
    Ok(())
}

/// The table at `level` that translates the address; made, with all above it,
/// where it is missing. Spelled out and not a loop: each shift is a constant
/// then.
#[inline(always)]
pub(super) fn table_for<M: TableMemory>(
    memory: &mut M,
    root: Frame,
    levels: Levels,
    address: u64,
    level: Level,
) -> Result<Frame, MapError> {
    let mut table = root;
    if levels == Levels::Five {
        table = child(memory, table, Level::Pml5, address)?;
    }
    table = child(memory, table, Level::Pml4, address)?;
    if level < Level::Pdpt {
        table = child(memory, table, Level::Pdpt, address)?;
    }
    if level < Level::Pd {
        table = child(memory, table, Level::Pd, address)?;
    }
    Ok(table)
}

/// The table below an entry, made if there is none.
#[inline(always)]
fn child<M: TableMemory>(
    memory: &mut M,
    table: Frame,
    level: Level,
    address: u64,
) -> Result<Frame, MapError> {
    let index = level.index(address);
    let entry = Entry(memory.read(table, index));
    if !entry.is_present() {
        return make_table(memory, table, index);
    }
    if entry.is_leaf(level) { Err(MapError::AlreadyMapped) } else { Ok(entry.table()) }
}

#[cold]
#[inline(never)]
fn make_table<M: TableMemory>(
    memory: &mut M,
    parent: Frame,
    index: usize,
) -> Result<Frame, MapError> {
    let new = memory.allocate()?;
    memory.write(parent, index, new.start_address() | Entry::P | Entry::RW);
    Ok(new)
}

/// Unmaps the page that holds the address, whatever its size. Its tables stay
/// for the next one; [`free_empty_tables`] takes them back.
///
/// # Errors
/// [`UnmapError`]; nothing has changed then.
#[inline]
pub fn unmap<M: TableMemory>(
    memory: &mut M,
    root: Frame,
    levels: Levels,
    virtual_address: u64,
) -> Result<Unmapped, UnmapError> {
    if !levels.is_canonical(virtual_address) {
        return Err(UnmapError::NonCanonical);
    }
    let (table, level) = leaf_table(memory, root, levels, virtual_address)?;
    let size = level.page_size().ok_or(UnmapError::NotMapped)?;
    let index = level.index(virtual_address);
    let entry = Entry(memory.read(table, index));
    memory.write(table, index, 0);
    Ok(Unmapped { frame: Frame::containing(entry.page(level)), size })
}

/// Unmaps the 4 KiB page at the address: the most frequent case, without the
/// question at each level how large the page is. Its tables stay.
///
/// # Errors
/// [`UnmapError`]; nothing has changed then. A large page is not taken away
/// for the sake of a part of it.
#[inline]
pub fn unmap_page<M: TableMemory>(
    memory: &mut M,
    root: Frame,
    levels: Levels,
    virtual_address: u64,
) -> Result<Frame, UnmapError> {
    if !levels.is_canonical(virtual_address) {
        return Err(UnmapError::NonCanonical);
    }
    let mut table = root;
    if levels == Levels::Five {
        table =
            below(memory, table, Level::Pml5, virtual_address)?.ok_or(UnmapError::SplitsPage)?;
    }
    table = below(memory, table, Level::Pml4, virtual_address)?.ok_or(UnmapError::SplitsPage)?;
    table = below(memory, table, Level::Pdpt, virtual_address)?.ok_or(UnmapError::SplitsPage)?;
    table = below(memory, table, Level::Pd, virtual_address)?.ok_or(UnmapError::SplitsPage)?;
    let index = Level::Pt.index(virtual_address);
    let entry = Entry(memory.read(table, index));
    if !entry.is_present() {
        return Err(UnmapError::NotMapped);
    }
    memory.write(table, index, 0);
    Ok(Frame::containing(entry.page(Level::Pt)))
}

/// The table whose entry for the address is a present leaf, and its level.
#[inline]
pub(super) fn leaf_table<M: TableMemory>(
    memory: &M,
    root: Frame,
    levels: Levels,
    address: u64,
) -> Result<(Frame, Level), UnmapError> {
    let mut table = root;
    if levels == Levels::Five {
        let next = below(memory, table, Level::Pml5, address)?;
        table = next.ok_or(UnmapError::NotMapped)?;
    }
    for level in [Level::Pml4, Level::Pdpt, Level::Pd] {
        match below(memory, table, level, address)? {
            Some(next) => table = next,
            None => return Ok((table, level)),
        }
    }
    below(memory, table, Level::Pt, address)?;
    Ok((table, Level::Pt))
}

/// The table below a present entry; `None` where the entry is a leaf.
#[inline(always)]
fn below<M: TableMemory>(
    memory: &M,
    table: Frame,
    level: Level,
    address: u64,
) -> Result<Option<Frame>, UnmapError> {
    let entry = Entry(memory.read(table, level.index(address)));
    if !entry.is_present() {
        return Err(UnmapError::NotMapped);
    }
    Ok((!entry.is_leaf(level)).then_some(entry.table()))
}

/// Frees the tables on the way to an address that hold nothing any more, from
/// the last one up; the root stays. Returns how many.
///
/// The processor may have cached the way: flush before the frames are used
/// again (SDM Vol. 3A, 4.10.4.1: INVLPG does it for this address).
pub fn free_empty_tables<M: TableMemory>(
    memory: &mut M,
    root: Frame,
    levels: Levels,
    virtual_address: u64,
) -> usize {
    let way = super::walk(memory, root, levels, virtual_address);
    let mut freed = 0;
    for pair in way.steps().windows(2).rev() {
        let [parent, child] = pair else { break };
        let is_empty = (0..ENTRIES).all(|index| memory.read(child.table, index) == 0);
        if !is_empty {
            break;
        }
        memory.write(parent.table, parent.index, 0);
        memory.free(child.table);
        freed += 1;
    }
    freed
}
