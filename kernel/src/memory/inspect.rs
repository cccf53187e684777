//! Looking at memory without a lock and without a fault: for reports.
//!
//! A fault may strike while the address space's lock is held, and its report
//! must not strike again. So this reads the tables that CR3 names now, takes
//! nothing for granted that it finds there, and reads a byte only after the
//! walk has said that it is mapped RAM or part of the image.

use super::{hhdm, image, space};
use crate::boot::BootInfo;
use crate::cpu::Features;
use spin::Once;
use valhalla_core::frames::{Frame, OutOfMemory};
use valhalla_core::paging::{self, Level, Outcome, TableMemory, Walk};
use valhalla_core::regions::Region;
use x86_64::registers::control::Cr3;

/// What the walk has to know: where RAM is, and how wide addresses are.
struct Tables {
    ram: &'static [Region],
    physical_bits: u32,
}

/// Set before our own tables are switched to; nothing can be said until then.
static TABLES: Once<Tables> = Once::new();

/// Remembers where RAM is.
pub(super) fn init(boot: &BootInfo, features: &Features) {
    TABLES.call_once(|| Tables::of(boot, features));
}

/// Follows the loader's tables to `address`: for before there are our own.
pub(super) fn walk_loaders(boot: &BootInfo, features: &Features, address: u64) -> Walk {
    Tables::of(boot, features).walk(address)
}

impl TableMemory for Tables {
    fn read(&self, table: Frame, index: usize) -> u64 {
        let entry = hhdm::pointer(table.start_address()).cast::<u64>().wrapping_add(index % 512);
        // SAFETY: the walk asks `is_reachable` first, so this is RAM in the
        // direct map. Volatile: the processor and the interrupted code write.
        unsafe { entry.read_volatile() }
    }

    /// Nothing is written here.
    fn write(&mut self, _: Frame, _: usize, _: u64) {}

    fn allocate(&mut self) -> Result<Frame, OutOfMemory> {
        Err(OutOfMemory)
    }

    fn free(&mut self, _: Frame) {}

    fn is_reachable(&self, table: Frame) -> bool {
        self.is_ram(table.start_address())
    }

    fn physical_bits(&self) -> u32 {
        self.physical_bits
    }
}

impl Tables {
    fn of(boot: &BootInfo, features: &Features) -> Self {
        Self { ram: boot.regions, physical_bits: u32::from(features.physical_bits) }
    }

    fn is_ram(&self, physical: u64) -> bool {
        self.ram.iter().any(|region| {
            space::is_direct_mapped(region.kind)
                && region.start <= physical
                && physical < region.end
        })
    }

    fn walk(&self, address: u64) -> Walk {
        let root = Frame::containing(Cr3::read_raw().0.start_address().as_u64());
        paging::walk(self, root, space::levels(), address)
    }
}

/// Whether `address` is one that paging translates.
#[must_use]
pub fn is_canonical(address: u64) -> bool {
    space::levels().is_canonical(address)
}

/// Follows the tables that are in use now to `address`. Takes no lock. `None`
/// before there are tables of our own.
#[must_use]
pub fn walk(address: u64) -> Option<Walk> {
    TABLES.get().map(|tables| tables.walk(address))
}

/// Copies what lies at `address`, as far as it is mapped and is RAM or the
/// kernel's image; returns the bytes that could be read.
pub fn read(address: u64, room: &mut [u8]) -> &[u8] {
    let mut count = 0;
    for (offset, byte) in room.iter_mut().enumerate() {
        let Some(at) = address.checked_add(offset as u64).filter(|at| is_readable(*at)) else {
            break;
        };
        // SAFETY: it is mapped, and no device: reading it has no effect. What
        // the interrupted code was writing there may be half done, but these
        // are only bytes.
        *byte = unsafe { (at as *const u8).read_volatile() };
        count += 1;
    }
    room.get(..count).unwrap_or_default()
}

fn is_readable(address: u64) -> bool {
    let in_image = image::section_of(address).is_some();
    let Some(tables) = TABLES.get() else {
        // The loader has mapped the image, and no more is known.
        return in_image;
    };
    match tables.walk(address).outcome {
        Outcome::Mapped(leaf) => in_image || tables.is_ram(leaf.physical),
        _ => false,
    }
}

/// The regions that the direct map must cover.
pub(super) fn direct_mapped() -> impl Iterator<Item = &'static Region> {
    let ram = TABLES.get().map_or(&[][..], |tables| tables.ram);
    ram.iter().filter(|region| space::is_direct_mapped(region.kind))
}

/// Whether there are tables of our own to look at.
#[must_use]
pub fn knows_tables() -> bool {
    TABLES.is_completed()
}

/// Whether `address` is mapped; true where that is not known, before there are
/// tables of our own. Takes no lock.
#[must_use]
pub fn may_be_mapped(address: u64) -> bool {
    let is_mapped = |tables: &Tables| matches!(tables.walk(address).outcome, Outcome::Mapped(_));
    TABLES.get().is_none_or(is_mapped)
}

/// The pages that are mapped nearest to an address that is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// The last mapped byte below.
    pub below: Option<u64>,
    /// The first mapped byte above.
    pub above: Option<u64>,
}

/// Looks for the mappings around `address`. Takes no lock; needs at most 512
/// steps a level, because a step passes over all that one entry leaves out.
#[must_use]
pub fn neighbours(address: u64) -> Neighbours {
    let Some(tables) = TABLES.get() else { return Neighbours::default() };
    Neighbours {
        below: nearest(tables, address, Direction::Down),
        above: nearest(tables, address, Direction::Up),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Down,
    Up,
}

fn nearest(tables: &Tables, address: u64, direction: Direction) -> Option<u64> {
    /// Five levels of 512 entries.
    const MOST_STEPS: usize = 5 * 512;
    let levels = space::levels();
    let mut at = levels.sign_extend(address);
    for _ in 0..MOST_STEPS {
        let span = match tables.walk(at).outcome {
            Outcome::Mapped(_) => return Some(at),
            Outcome::NotPresent { level } | Outcome::Reserved { level, .. } => level.span(),
            // An entry of the level above names a table that is not there.
            Outcome::Unreachable { level, .. } => level.span().saturating_mul(512),
            Outcome::NonCanonical => Level::Pt.span(),
        };
        // One past the span on either side; across the gap in the middle of
        // the address space, and not around its ends.
        let next = match direction {
            Direction::Down => (at & !(span - 1)).checked_sub(1)?,
            Direction::Up => (at | (span - 1)).checked_add(1)?,
        };
        at = levels.sign_extend(next);
    }
    None
}
