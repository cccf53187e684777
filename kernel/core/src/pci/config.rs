//! Configuration space: what the kernel implements, and a fake in the tests.

use super::Address;
use super::header::register;

/// Bytes of configuration space that every function has.
pub const PLAIN_BYTES: u16 = 256;
/// Bytes that a PCI Express function has, where ECAM reaches them.
pub const EXTENDED_BYTES: u16 = 4096;

/// Reads and writes registers of functions. Where no function is, and beyond
/// what can be reached, all bits read as one and writes go nowhere.
///
/// Offsets are multiples of the width. Registers are accessed in their own
/// width: writing 32 bits to the command register would also clear bits of
/// the status register beside it.
pub trait ConfigSpace {
    /// How many bytes of the function's registers can be reached.
    fn reach(&self, function: Address) -> u16;
    /// Reads 8 bits.
    fn read_u8(&self, function: Address, offset: u16) -> u8;
    /// Reads 16 bits.
    fn read_u16(&self, function: Address, offset: u16) -> u16;
    /// Reads 32 bits.
    fn read_u32(&self, function: Address, offset: u16) -> u32;
    /// Writes 8 bits.
    fn write_u8(&self, function: Address, offset: u16, value: u8);
    /// Writes 16 bits.
    fn write_u16(&self, function: Address, offset: u16, value: u16);
    /// Writes 32 bits.
    fn write_u32(&self, function: Address, offset: u16, value: u32);

    /// Whether any device is on a bus.
    fn has_devices(&self, segment: u16, bus: u8) -> bool {
        let vendor = |function| self.read_u16(function, register::VENDOR);
        Address::devices(segment, bus).any(|function| !matches!(vendor(function), 0 | u16::MAX))
    }
}
