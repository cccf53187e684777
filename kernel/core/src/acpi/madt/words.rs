//! MADT entries in words, with the specification's names.

use super::Entry;
use core::fmt;

/// Polarity and trigger mode, as override and NMI entries carry them
/// (ACPI 6.5, Table 5.26); shows as `active low, level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntiFlags(pub u16);

impl fmt::Display for IntiFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 & 0xf == 0 {
            return f.write_str("polarity and trigger of the bus");
        }
        f.write_str(match self.0 & 3 {
            0 => "polarity of the bus",
            1 => "active high",
            2 => "polarity reserved",
            _ => "active low",
        })?;
        f.write_str(match self.0 >> 2 & 3 {
            0 => ", trigger of the bus",
            1 => ", edge",
            2 => ", trigger reserved",
            _ => ", level",
        })
    }
}

/// Whether a processor may be used.
struct ProcessorFlags(u32);

impl fmt::Display for ProcessorFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 & 3 {
            0 => "not usable",
            2 => "off, can be plugged in",
            _ => "enabled",
        })
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::LocalApic { uid, apic_id, flags } => {
                let flags = ProcessorFlags(flags);
                write!(f, "processor: local APIC id {apic_id}, UID {uid}, {flags}")
            }
            Self::X2Apic { uid, x2apic_id, flags } => {
                let flags = ProcessorFlags(flags);
                write!(f, "processor: x2APIC id {x2apic_id}, UID {uid}, {flags}")
            }
            Self::IoApic { id, address, gsi_base } => {
                write!(f, "I/O APIC id {id} at {address:#x}, from GSI {gsi_base} on")
            }
            Self::SourceOverride { source, gsi, flags, .. } => {
                let flags = IntiFlags(flags);
                write!(f, "override: ISA IRQ {source} arrives as GSI {gsi}, {flags}")
            }
            Self::NmiSource { gsi, flags } => {
                write!(f, "GSI {gsi} is an NMI, {}", IntiFlags(flags))
            }
            Self::LocalApicNmi { uid: u32::MAX, flags, lint } => {
                write!(f, "NMI on LINT{lint} of all processors, {}", IntiFlags(flags))
            }
            Self::LocalApicNmi { uid, flags, lint } => {
                write!(f, "NMI on LINT{lint} of processor UID {uid}, {}", IntiFlags(flags))
            }
            Self::LocalApicAddress(address) => write!(f, "local APICs at {address:#x}"),
            Self::Unknown(kind) => write!(f, "type {kind}: not decoded"),
        }
    }
}
