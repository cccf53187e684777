//! What brings interrupts: the few operations that the 8259s and the APICs have in
//! common.

use super::line::Line;
use core::fmt;
use valhalla_core::apic::{Mask, Trigger};

/// A controller of lines.
pub(super) trait Controller: Sync {
    /// Tells whether `line` can be had here at all.
    fn reaches(&self, line: &Line) -> Result<(), RouteError>;
    /// Sets `line`, which is reached, up to arrive on `vector`, masked.
    fn route(&self, line: &Line, vector: u8);
    /// Blocks `line`, or lets it through. Called by interrupt handlers as well.
    fn set_mask(&self, line: &Line, mask: Mask);
    /// Returns true while `line` is blocked.
    fn is_masked(&self, line: &Line) -> bool;
    /// Returns what of `line` interrupts, as this controller takes it.
    fn trigger(&self, line: &Line) -> Trigger;
    /// Returns true while an interrupt of `line` waits to be taken on `vector`.
    fn is_requested(&self, line: &Line, vector: u8) -> bool;
    /// Returns true when the interrupt on `vector` was taken from here, and is to be
    /// ended here.
    fn is_in_service(&self, vector: u8) -> bool;
    /// Ends the interrupt on `vector`, which is in service.
    fn end(&self, vector: u8);
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
        })
    }
}
