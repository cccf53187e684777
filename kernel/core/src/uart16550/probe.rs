//! Finding a UART and setting it up, without losing what it has received.
//!
//! A byte may have come before the kernel did: typed by a person in a hurry, or
//! piped into an emulator. Three things would drop it, and none is done here:
//!
//! - sending a byte through the loopback to see it come back: a UART is known by
//!   registers that hold what they are told, and by the modem lines' loopback,
//!   which lasts for two accesses, where there is no scratch register;
//! - clearing the FIFOs: if they are on, they stay as they are;
//! - turning them on, which clears the one byte that a UART without them holds:
//!   bytes are taken out before, until none has come for [`QUIET_NS`].

use core::fmt;

use super::registers::*;
use super::{Registers, Taken, Uart};
use crate::limit::{Clock, Limit};

/// The divisor for 115200 baud.
const DIVISOR_115200: u16 = 1;
/// Silence that there has to be before the FIFOs are turned on, if a byte came at
/// all: ten times what one takes at 115200 baud. A virtual UART hands the next
/// over when the last was fetched.
const QUIET_NS: u64 = 1_000_000;
/// Time for which bytes are taken out, if they never cease.
const KEEP_LIMIT_NS: u64 = 500_000_000;

/// The model of a UART.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UartKind {
    /// No FIFO, no scratch register: the PC's own.
    I8250,
    /// No FIFO: the AT's.
    I16450,
    /// FIFOs that lose bytes, left unused in sending.
    I16550,
    /// Sixteen bytes each way: every UART since.
    I16550A,
}

impl UartKind {
    /// Bytes that fit into the transmitter once it is empty.
    #[must_use]
    #[inline]
    pub const fn fifo_depth(self) -> u8 {
        match self {
            Self::I8250 | Self::I16450 | Self::I16550 => 1,
            Self::I16550A => 16,
        }
    }
}

impl fmt::Display for UartKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::I8250 => "8250, no FIFO",
            Self::I16450 => "16450, no FIFO",
            Self::I16550 => "16550 with a broken FIFO, not used",
            Self::I16550A => "16550A, 16-byte FIFO",
        })
    }
}

impl<R: Registers> Uart<R> {
    /// Looks for a UART and sets it to 115200 baud, 8N1, FIFOs on, interrupts off.
    /// Bytes that have to be taken out meanwhile go to `keep`, in their order, as
    /// long as it says that there is room for more.
    pub fn set_up<C: Clock>(
        &mut self,
        clock: impl FnOnce() -> C,
        mut keep: impl FnMut(u8) -> bool,
    ) -> Option<UartKind> {
        if self.status().is_absent() {
            return None;
        }
        // First, for the divisor latch hides the registers that follow.
        self.0.write(LCR, LCR_8N1);
        self.no_interrupts();
        let has_scratch = self.has_scratch();
        if self.0.read(IER) != 0 || !(has_scratch || self.leads_modem_lines_back()) {
            return None;
        }
        let [low, high] = DIVISOR_115200.to_le_bytes();
        self.0.write(LCR, LCR_8N1 | LCR_DLAB);
        self.0.write(DATA, low);
        self.0.write(IER, high);
        self.0.write(LCR, LCR_8N1);
        if self.fifo() != IIR_FIFO {
            self.keep_received(clock, &mut keep);
        }
        self.0.write(FCR, FCR_ON_TRIGGER_14);
        let fifo = self.fifo();
        self.0.write(MCR, MCR_DTR_RTS_OUT2);
        Some(match fifo {
            IIR_FIFO => UartKind::I16550A,
            IIR_FIFO_BROKEN => UartKind::I16550,
            _ if has_scratch => UartKind::I16450,
            _ => UartKind::I8250,
        })
    }

    fn fifo(&mut self) -> u8 {
        self.0.read(IIR) & IIR_FIFO
    }

    /// Checks that the scratch register holds a byte while another goes by on the bus.
    fn has_scratch(&mut self) -> bool {
        [0x5a, 0xa5].into_iter().all(|pattern| {
            self.0.write(SCR, pattern);
            self.no_interrupts();
            self.0.read(SCR) == pattern
        })
    }

    /// Checks that the outputs for a modem come back at the inputs in loopback mode.
    fn leads_modem_lines_back(&mut self) -> bool {
        let pairs =
            [(MCR_RTS | MCR_OUT2, MSR_CTS | MSR_DCD), (MCR_DTR | MCR_OUT1, MSR_DSR | MSR_RI)];
        let leads = pairs.into_iter().all(|(outputs, inputs)| {
            self.0.write(MCR, MCR_LOOP | outputs);
            let seen = self.0.read(MSR) & MSR_INPUTS;
            seen == inputs
        });
        self.0.write(MCR, MCR_DTR_RTS_OUT2);
        leads
    }

    /// Takes out what was received, until nothing more comes.
    fn keep_received<C: Clock>(
        &mut self,
        clock: impl FnOnce() -> C,
        keep: &mut impl FnMut(u8) -> bool,
    ) {
        let mut next = self.take();
        if next == Taken::Nothing {
            return;
        }
        let mut limit = Limit::new(clock(), KEEP_LIMIT_NS);
        while next != Taken::Nothing {
            if let Taken::Byte(byte) = next
                && !keep(byte)
            {
                return;
            }
            if limit.is_over() {
                return;
            }
            let look = || Some(self.take()).filter(|taken| *taken != Taken::Nothing);
            next = limit.wait(QUIET_NS, look).unwrap_or(Taken::Nothing);
        }
    }
}
