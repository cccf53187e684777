//! The 16550 UART and its elders, behind whatever its registers are.
//!
//! No machine here: who has the device implements [`Registers`], eight of them
//! and a hook for errors, and brings a [`Clock`](crate::limit::Clock). In the
//! kernel that is eight ports, in the tests a device of the worst kind.
//!
//! | file | what |
//! | --- | --- |
//! | [`registers`] | the registers, by the data sheet's names |
//! | `probe` | is it there, which one, and nothing received is lost |
//! | `line` | sending, receiving, rate and frame |
//!
//! PC16550D Universal Asynchronous Receiver/Transmitter data sheet, section 8.

mod line;
mod probe;
pub mod registers;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use line::{SEND_LIMIT_NS, Settings, Status, Taken, Transmitter};
pub use probe::UartKind;

/// The registers of one UART, by their offsets ([`registers`]).
pub trait Registers {
    /// Reads a register. Where no device answers, all bits are one.
    fn read(&mut self, register: u16) -> u8;
    /// Writes a register.
    fn write(&mut self, register: u16, value: u8);

    /// Writes all of `bytes` to a register, one after the other.
    #[inline]
    fn write_all(&mut self, register: u16, bytes: &[u8]) {
        for byte in bytes {
            self.write(register, *byte);
        }
    }

    /// Is told a line status that has error bits: reading it has cleared them.
    fn note_errors(&mut self, status: Status) {
        let _ = status;
    }
}

/// A UART; everything that is known about it is in its registers.
#[derive(Clone, Copy, Debug)]
pub struct Uart<R>(R);

impl<R: Registers> Uart<R> {
    /// Names the UART behind `registers`; nothing is read or written.
    #[must_use]
    #[inline]
    pub const fn new(registers: R) -> Self {
        Self(registers)
    }
}
