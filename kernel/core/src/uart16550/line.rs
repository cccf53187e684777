//! A UART at work: status, bytes out, bytes in, rate and frame.

use core::fmt;

use super::registers::*;
use super::{Registers, Uart};
use crate::limit::{self, Clock};

/// Time that sending waits for a transmitter that makes no progress: sixteen bytes
/// at 115200 baud take 1.4 ms, at 300 baud half a second.
pub const SEND_LIMIT_NS: u64 = 1_000_000_000;

/// The line status register, as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub u8);

impl Status {
    /// Returns whether no device answers.
    #[must_use]
    #[inline]
    pub const fn is_absent(self) -> bool {
        self.0 == ABSENT
    }

    #[inline]
    const fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    /// Bytes were lost: the UART was not emptied in time.
    #[must_use]
    pub const fn overrun(self) -> bool {
        self.has(LSR_OE)
    }

    /// The byte that waits came with a wrong parity bit.
    #[must_use]
    pub const fn parity(self) -> bool {
        self.has(LSR_PE)
    }

    /// The byte that waits had no stop bit. A break looks like that too; it is no
    /// second error.
    #[must_use]
    pub const fn framing(self) -> bool {
        self.has(LSR_FE) && !self.has(LSR_BI)
    }

    /// The line was held low.
    #[must_use]
    pub const fn is_break(self) -> bool {
        self.has(LSR_BI)
    }
}

/// Finding in the receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Nothing.
    Nothing,
    /// A byte.
    Byte(u8),
    /// The line was held low; there is no byte.
    Break,
}

/// Progress of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transmitter {
    /// Bytes go out.
    Works,
    /// None goes out: what is sent is dropped until one does.
    StandsStill,
}

impl<R: Registers> Uart<R> {
    /// Reads the line status.
    #[inline]
    pub fn status(&mut self) -> Status {
        let status = Status(self.0.read(LSR));
        if status.has(LSR_OE | LSR_PE | LSR_FE | LSR_BI) && !status.is_absent() {
            self.0.note_errors(status);
        }
        status
    }

    /// Takes a received byte, or a break, if one waits.
    #[inline]
    pub fn take(&mut self) -> Taken {
        let status = self.status();
        if status.is_absent() || !status.has(LSR_DR) {
            return Taken::Nothing;
        }
        let byte = self.0.read(DATA);
        if status.is_break() { Taken::Break } else { Taken::Byte(byte) }
    }

    /// Waits until the transmitter is empty, so that as many bytes fit as its FIFO
    /// is deep; says whether it is. One that stands still is not waited for.
    #[inline]
    pub fn wait_for_room<C: Clock>(
        &mut self,
        known: Transmitter,
        clock: impl FnOnce() -> C,
    ) -> bool {
        let limit_ns = if known == Transmitter::Works { SEND_LIMIT_NS } else { 0 };
        self.wait_for(LSR_THRE, limit_ns, clock)
    }

    /// Waits until all that was sent has left the UART, at most for
    /// [`SEND_LIMIT_NS`].
    pub fn drain<C: Clock>(&mut self, clock: impl FnOnce() -> C) {
        // Bounded, and there is nothing to be done about the rest.
        let _ = self.wait_for(LSR_TEMT, SEND_LIMIT_NS, clock);
    }

    /// Waits until `bit` is set in the line status. Returns whether it is, at the
    /// latest after `limit_ns`.
    #[inline]
    fn wait_for<C: Clock>(&mut self, bit: u8, limit_ns: u64, clock: impl FnOnce() -> C) -> bool {
        let look = || {
            let status = self.status();
            // All bits are set where no device answers.
            if status.is_absent() { Some(false) } else { status.has(bit).then_some(true) }
        };
        limit::until(limit_ns, clock, look) == Some(true)
    }

    /// Sends bytes for which there is room.
    #[inline]
    pub fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(DATA, bytes);
    }

    /// Lets received bytes interrupt, and nothing else.
    pub fn interrupt_on_receive(&mut self) {
        self.0.write(IER, IER_ERBFI);
    }

    /// Lets nothing interrupt.
    pub fn no_interrupts(&mut self) {
        self.0.write(IER, 0);
    }

    /// Reads rate and frame. The divisor hides the data register for a moment: neither
    /// sending nor receiving may come in between.
    pub fn settings(&mut self) -> Settings {
        let line_control = self.0.read(LCR);
        self.0.write(LCR, line_control | LCR_DLAB);
        let divisor = u16::from_le_bytes([self.0.read(DATA), self.0.read(IER)]);
        self.0.write(LCR, line_control);
        Settings { line_control, divisor }
    }
}

/// Rate and frame, as the registers say; shows as `115200 8N1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    line_control: u8,
    divisor: u16,
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match BASE_RATE.checked_div(u32::from(self.divisor)) {
            Some(rate) => write!(f, "{rate} ")?,
            None => f.write_str("no rate ")?,
        }
        let parity = match self.line_control & (LCR_PARITY | LCR_EVEN) {
            0 | LCR_EVEN => 'N',
            LCR_PARITY => 'O',
            _ => 'E',
        };
        let stop = if self.line_control & LCR_STOP == 0 { 1 } else { 2 };
        write!(f, "{}{parity}{stop}", (self.line_control & LCR_WORD_LENGTH) + 5)
    }
}
