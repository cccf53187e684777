//! What is odd about tables that passed: not wrong enough to be left out, and
//! worth a line to whoever writes firmware or hunts a fault.

use super::fadt::{Fadt, flag};
use super::gas::{Gas, Space};
use super::madt::{self, Entry};
use super::{hpet, mcfg, u8_at, u32_at, u64_at};
use core::fmt;

/// Something odd; shows as a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// A field of the FADT says one thing in 32 bits and another in 64.
    Disagree(&'static str, u64, u64),
    /// The revision asks for more bytes than the table has.
    ShortForRevision {
        /// The revision.
        revision: u8,
        /// The bytes it has.
        length: usize,
        /// What this revision needs.
        needs: usize,
    },
    /// No SCI, PM1 event or PM1 control where the machine is not hardware-reduced.
    MissingRegister(&'static str),
    /// A register block has a length that cannot be.
    OddLength(&'static str, u8),
    /// A register is in an address space that cannot be used here.
    OddSpace(&'static str),
    /// An entry of the MADT is wrong.
    Madt(madt::Problem),
    /// Two entries of the MADT say the same id.
    SameId(&'static str, u32),
    /// There is no processor that is enabled.
    NoProcessor,
    /// There is no I/O APIC.
    NoIoApic,
    /// An override for a line that ISA does not have.
    NoSuchIsaLine(u8),
    /// An address that must not be zero is.
    ZeroAddress(&'static str),
    /// An entry of the MCFG is wrong.
    Mcfg(mcfg::EntryProblem),
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Disagree(name, narrow, wide) => {
                write!(f, "{name} is {narrow:#x} and X_{name} is {wide:#x}: the wide one counts")
            }
            Self::ShortForRevision { revision, length, needs } => {
                write!(f, "revision {revision} has {needs} bytes, this one {length}")
            }
            Self::MissingRegister(name) => write!(f, "{name} is missing"),
            Self::OddLength(name, length) => write!(f, "{name} is {length}, which cannot be"),
            Self::OddSpace(name) => write!(f, "{name} is neither a port nor memory"),
            Self::Madt(problem) => problem.fmt(f),
            Self::SameId(what, id) => write!(f, "two {what}s have the id {id}"),
            Self::NoProcessor => f.write_str("no processor is enabled"),
            Self::NoIoApic => f.write_str("there is no I/O APIC"),
            Self::NoSuchIsaLine(line) => write!(f, "an override for ISA IRQ {line}"),
            Self::ZeroAddress(name) => write!(f, "{name} is at address 0"),
            Self::Mcfg(problem) => write!(f, "an entry is left out: {problem}"),
        }
    }
}

/// The FADT's oddities, each handed to `found`.
pub fn fadt(table: &[u8], found: &mut dyn FnMut(Oddity)) {
    /// Narrow and wide offset of the blocks that stand twice.
    const TWICE: [(&str, usize, usize); 8] = [
        ("PM1a_EVT_BLK", 56, 148),
        ("PM1b_EVT_BLK", 60, 160),
        ("PM1a_CNT_BLK", 64, 172),
        ("PM1b_CNT_BLK", 68, 184),
        ("PM2_CNT_BLK", 72, 196),
        ("PM_TMR_BLK", 76, 208),
        ("GPE0_BLK", 80, 220),
        ("GPE1_BLK", 84, 232),
    ];
    /// Bytes by revision: 1.0, 2.0, 3.0 and 4.0, 5.0, 6.x.
    const LENGTHS: [(u8, usize); 5] = [(1, 116), (3, 244), (4, 244), (5, 268), (6, 276)];
    let view = Fadt(table);
    let revision = u8_at(table, 8).unwrap_or(0);
    let needs = LENGTHS.iter().rev().find(|(least, _)| revision >= *least);
    if let Some(&(_, needs)) = needs.filter(|(_, needs)| table.len() < *needs) {
        found(Oddity::ShortForRevision { revision, length: table.len(), needs });
    }
    for (name, narrow, wide) in [("FIRMWARE_CTRL", 36, 132), ("DSDT", 40, 140)] {
        let narrow = u32_at(table, narrow).map_or(0, u64::from);
        let wide = u64_at(table, wide).unwrap_or(0);
        if narrow != 0 && wide != 0 && narrow != wide {
            found(Oddity::Disagree(name, narrow, wide));
        }
    }
    for (name, narrow, wide) in TWICE {
        let narrow = u32_at(table, narrow).map_or(0, u64::from);
        let Some(wide) = Gas::parse(table, wide).filter(Gas::is_there) else { continue };
        if narrow != 0 && (wide.address != narrow || wide.space != Space::Port) {
            found(Oddity::Disagree(name, narrow, wide.address));
        }
        if !matches!(wide.space, Space::Port | Space::Memory) {
            found(Oddity::OddSpace(name));
        }
    }
    if !view.has(flag::HW_REDUCED_ACPI) {
        for (name, there) in [
            ("PM1a_EVT_BLK", view.pm1_event().is_some()),
            ("PM1a_CNT_BLK", view.pm1_control().is_some()),
        ] {
            if !there {
                found(Oddity::MissingRegister(name));
            }
        }
        if view.pm1_event_bytes() < 4 {
            found(Oddity::OddLength("PM1_EVT_LEN", view.pm1_event_bytes()));
        }
    }
}

/// The MADT's oddities.
pub fn madt(table: &[u8], found: &mut dyn FnMut(Oddity)) {
    let facts = madt::facts(table);
    if facts.processors == 0 {
        found(Oddity::NoProcessor);
    }
    if facts.io_apics == 0 {
        found(Oddity::NoIoApic);
    }
    if facts.lapic_address == 0 {
        found(Oddity::ZeroAddress("the local APIC"));
    }
    for (index, entry) in madt::entries(table).enumerate() {
        match entry {
            Err(problem) => found(Oddity::Madt(problem)),
            Ok(Entry::SourceOverride { source: line @ 16.., .. }) => {
                found(Oddity::NoSuchIsaLine(line));
            }
            Ok(Entry::IoApic { address: 0, .. }) => found(Oddity::ZeroAddress("an I/O APIC")),
            Ok(entry) => {
                let before = || madt::entries(table).take(index).flatten();
                if let Some((what, id)) = identity(entry)
                    && before().any(|other| identity(other) == Some((what, id)))
                {
                    found(Oddity::SameId(what, id));
                }
            }
        }
    }
}

/// What must be unique about an entry.
fn identity(entry: Entry) -> Option<(&'static str, u32)> {
    match entry {
        Entry::LocalApic { apic_id, flags, .. } if flags & 1 != 0 => {
            Some(("processor", u32::from(apic_id)))
        }
        Entry::X2Apic { x2apic_id, flags, .. } if flags & 1 != 0 => Some(("x2APIC", x2apic_id)),
        Entry::IoApic { id, .. } => Some(("I/O APIC", u32::from(id))),
        Entry::SourceOverride { source, .. } => Some(("override", u32::from(source))),
        _ => None,
    }
}

/// The HPET table's oddities.
pub fn hpet(table: &[u8], found: &mut dyn FnMut(Oddity)) {
    let Some(hpet) = hpet::parse(table) else { return };
    if !hpet.base.is_there() {
        found(Oddity::ZeroAddress("the HPET"));
    } else if hpet.base.space != Space::Memory {
        found(Oddity::OddSpace("the HPET"));
    }
}

/// The MCFG's oddities.
pub fn mcfg(table: &[u8], found: &mut dyn FnMut(Oddity)) {
    mcfg::windows(table).filter_map(Result::err).for_each(|problem| found(Oddity::Mcfg(problem)));
}
