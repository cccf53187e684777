//! Visiting every mapping there is.

use super::walk::Allowed;
use super::{ENTRIES, Entry, Leaf, Level, Levels, TableMemory};
use crate::frames::Frame;

/// What a visit came across besides the leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Visited {
    /// Tables read, the root among them.
    pub tables: u64,
    /// Entries with reserved bits set, or naming a table outside of RAM: the
    /// processor would fault, and what lies below was not visited.
    pub broken: u64,
}

/// Calls `found` with each mapped page, in order of address: its first virtual
/// address and the mapping with the rights that all levels add up to.
///
/// Neighbours are not merged: that is the caller's, who knows what counts as
/// equal. Tables that form a cycle end as all others do, at the last level.
pub fn for_each_leaf<M: TableMemory>(
    memory: &M,
    root: Frame,
    levels: Levels,
    mut found: impl FnMut(u64, Leaf),
) -> Visited {
    let mut visited = Visited::default();
    let start = Place { table: root, level: levels.top(), address: 0, levels };
    visit(memory, start, Allowed::EVERYTHING, &mut visited, &mut found);
    visited
}

#[derive(Clone, Copy)]
struct Place {
    table: Frame,
    level: Level,
    /// What the indices so far add up to.
    address: u64,
    levels: Levels,
}

fn visit<M: TableMemory>(
    memory: &M,
    place: Place,
    allowed: Allowed,
    visited: &mut Visited,
    found: &mut impl FnMut(u64, Leaf),
) {
    let Place { table, level, levels, .. } = place;
    if !memory.is_reachable(table) {
        visited.broken += 1;
        return;
    }
    visited.tables += 1;
    for index in 0..ENTRIES {
        let entry = Entry(memory.read(table, index));
        if !entry.is_present() {
            continue;
        }
        if entry.reserved_bits(level, memory.physical_bits()) != 0 {
            visited.broken += 1;
            continue;
        }
        let address = place.address + index as u64 * level.span();
        let allowed = allowed.under(entry);
        match (level.page_size(), level.next()) {
            (Some(size), _) if entry.is_leaf(level) => {
                let leaf = allowed.leaf(entry, level, size, 0);
                found(levels.sign_extend(address), leaf);
            }
            (_, Some(next)) => {
                let below = Place { table: entry.table(), level: next, address, levels };
                visit(memory, below, allowed, visited, found);
            }
            (_, None) => {}
        }
    }
}
