//! The HPET table: where a High Precision Event Timer is said to be
//! (IA-PC HPET specification 1.0a, 3.2.4).

use super::gas::Gas;
use super::{u8_at, u16_at, u32_at};

/// What the table says. Whether the timer is there, its registers tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hpet {
    /// Hardware revision, bits 0 to 7 of the block's id.
    pub revision: u8,
    /// Timers, at least one.
    pub comparators: u8,
    /// The main counter is 64 bits wide, else 32.
    pub is_64_bit: bool,
    /// It can take over the interrupts of PIT and RTC.
    pub replaces_legacy: bool,
    /// The maker's PCI vendor id.
    pub vendor: u16,
    /// The registers.
    pub base: Gas,
    /// Which one, if there are several.
    pub number: u8,
    /// The least period for which no interrupt is lost, in clock ticks.
    pub min_tick: u16,
    /// Page protection in bits 0 to 3: 0 none, 1 is 4 KiB, 2 is 64 KiB.
    pub protection: u8,
}

/// Reads the table; `None` where it is too short.
#[must_use]
pub fn parse(table: &[u8]) -> Option<Hpet> {
    let id = u32_at(table, 36)?;
    let [revision, more, ..] = id.to_le_bytes();
    Some(Hpet {
        revision,
        comparators: (more & 0x1f).saturating_add(1),
        is_64_bit: more & 1 << 5 != 0,
        replaces_legacy: more & 1 << 7 != 0,
        vendor: u16_at(table, 38)?,
        base: Gas::parse(table, 40)?,
        number: u8_at(table, 52)?,
        min_tick: u16_at(table, 53)?,
        protection: u8_at(table, 55)? & 0xf,
    })
}
