//! What a controller of lines has to be able to do: the one trait behind which
//! the 8259s and the I/O APICs stand.

use super::isa::IsaIrq;
use super::source::Gsi;
use core::fmt;
use valhalla_core::apic::{Polarity, Trigger};

/// A line: where a device's wire ends, in the terms of both controllers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The line of the ISA bus that it is, if it is one.
    pub isa: Option<IsaIrq>,
    /// The pin of an I/O APIC, if it reaches one.
    pub gsi: Option<Gsi>,
    /// Which level asserts it.
    pub polarity: Polarity,
    /// What of it interrupts.
    pub trigger: Trigger,
}

/// Why a line does not reach the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteError {
    /// Nothing answers at the 8259s' ports.
    NoPic,
    /// The 8259s have sixteen lines, and this is none of them.
    NotAtPic,
    /// No I/O APIC serves it.
    NotAtIoApic,
    /// The 8259s take each line on a vector of its own.
    FixedVector,
    /// The firmware says that the pin is an NMI.
    IsNmi,
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPic => "there are no 8259s to bring it",
            Self::NotAtPic => "the 8259s cannot bring it: it is a pin of an I/O APIC alone",
            Self::NotAtIoApic => "no I/O APIC serves it",
            Self::IsNmi => "the firmware says that this pin is an NMI",
            Self::FixedVector => "the 8259s take each line on a vector of its own",
        })
    }
}

/// A controller of lines.
pub(super) trait Controller: Sync {
    /// Sets `line` up to arrive on `vector`, masked.
    fn route(&self, line: &Line, vector: u8) -> Result<(), RouteError>;
    /// Blocks `line`. Called by interrupt handlers as well.
    fn mask(&self, line: &Line);
    /// Lets `line` through.
    fn unmask(&self, line: &Line);
    /// Whether `line` is blocked.
    fn is_masked(&self, line: &Line) -> bool;
    /// What of `line` interrupts, as this controller takes it.
    fn trigger(&self, line: &Line) -> Trigger;
    /// Whether an interrupt of `line` waits to be taken on `vector`.
    fn is_requested(&self, line: &Line, vector: u8) -> bool;
    /// Whether `line` can be routed here at all.
    fn reaches(&self, line: &Line) -> Result<(), RouteError>;
}
