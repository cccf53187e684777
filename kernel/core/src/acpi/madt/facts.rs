//! What the whole table says, in numbers.

use super::{Entry, Problem, entries};
use crate::acpi::u32_at;

/// Flag bit 0 of the table: there is a pair of 8259s as well.
const PCAT_COMPAT: u32 = 1;
/// Flag bit 0 of a processor: it is ready for use.
const ENABLED: u32 = 1;
/// Flag bit 1 of a processor: it can be switched on later (plugged in).
const ONLINE_CAPABLE: u32 = 2;

/// What the whole table says, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Physical address of the local APIC's registers.
    pub lapic_address: u64,
    /// There is a pair of 8259s (`PCAT_COMPAT`).
    pub legacy_pic: bool,
    /// Processors that are ready for use.
    pub processors: u32,
    /// Processors that are not, but can be switched on later.
    pub pluggable: u32,
    /// I/O APICs.
    pub io_apics: u32,
    /// ISA interrupts that arrive elsewhere or otherwise than ISA says.
    pub overrides: u32,
    /// Entries of types that this walker does not know.
    pub unknown: u32,
    /// The first entry that was wrong.
    pub problem: Option<Problem>,
}

/// Reads the whole table once.
///
/// Firmware may list a processor twice, as a local APIC and as an x2APIC; the
/// x2APIC entry counts only where its id does not fit an 8-bit one (255 and
/// more), or where there is no entry of the other kind.
#[must_use]
pub fn facts(table: &[u8]) -> Facts {
    let mut facts = Facts {
        lapic_address: u32_at(table, 36).map_or(0, u64::from),
        legacy_pic: u32_at(table, 40).is_some_and(|flags| flags & PCAT_COMPAT != 0),
        ..Facts::default()
    };
    let has_local = entries(table).any(|entry| matches!(entry, Ok(Entry::LocalApic { .. })));
    for entry in entries(table) {
        match entry {
            Ok(Entry::LocalApic { flags, .. }) => facts.count(flags),
            Ok(Entry::X2Apic { x2apic_id, flags, .. }) if x2apic_id >= 255 || !has_local => {
                facts.count(flags);
            }
            Ok(Entry::IoApic { .. }) => facts.io_apics = facts.io_apics.saturating_add(1),
            Ok(Entry::SourceOverride { .. }) => facts.overrides = facts.overrides.saturating_add(1),
            Ok(Entry::LocalApicAddress(address)) => facts.lapic_address = address,
            Ok(Entry::Unknown(_)) => facts.unknown = facts.unknown.saturating_add(1),
            Ok(Entry::X2Apic { .. } | Entry::NmiSource { .. } | Entry::LocalApicNmi { .. }) => {}
            Err(problem) => facts.problem = facts.problem.or(Some(problem)),
        }
    }
    facts
}

impl Facts {
    fn count(&mut self, flags: u32) {
        if flags & ENABLED != 0 {
            self.processors = self.processors.saturating_add(1);
        } else if flags & ONLINE_CAPABLE != 0 {
            self.pluggable = self.pluggable.saturating_add(1);
        }
    }
}
