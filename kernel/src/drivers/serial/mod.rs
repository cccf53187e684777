//! Serial lines: 16550 UARTs behind eight ports each.
//!
//! The first device to speak and the last to fall silent, so it takes no lock
//! and no heap: all state is atomic and every method works through `&self`, from
//! the boot log to the panic report. Output is polled, sixteen bytes (the
//! depth of the transmit FIFO) for one look at the line status. Input comes by
//! interrupt: [`on_interrupt`] moves bytes into a ring, [`receive`](receive())
//! takes them out.
//!
//! ```text
//!   console --> Serial::write_text --> THR ~~~ wire ~~~ RBR --> on_interrupt
//!               dead after a second         Line               (ring, 4 KiB)
//!               alive when THRE shows                               |
//!                                      session <-- receive(line) <--+
//! ```
//!
//! What a UART is and does is in [`valhalla_core::uart16550`], which knows no
//! ports; here are the ports, the rings and the counts. A port without a UART
//! reads 0xFF: "data ready" and "transmitter empty" for ever. [`Serial::probe`]
//! therefore wants registers that hold what they are told, and a line status of
//! 0xFF counts as "gone" from then on.

mod receive;
mod state;
mod uart;

use core::fmt;

use crate::interrupts::IsaIrq;

pub use receive::{is_waiting, on_interrupt, receive, skip_past};
pub use state::{Statistics, received, report, statistics};
pub use uart::Serial;

/// A serial line of a PC, by the ports and the interrupt that it always had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// The first: 0x3F8, IRQ 4.
    Com1,
    /// The second: 0x2F8, IRQ 3.
    Com2,
}

impl Line {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Com1, Self::Com2];

    /// Its first port.
    #[must_use]
    pub const fn base(self) -> u16 {
        match self {
            Self::Com1 => 0x3f8,
            Self::Com2 => 0x2f8,
        }
    }

    /// Its interrupt.
    #[must_use]
    pub const fn irq(self) -> IsaIrq {
        match self {
            Self::Com1 => IsaIrq::COM1,
            Self::Com2 => IsaIrq::COM2,
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Com1 => "COM1",
            Self::Com2 => "COM2",
        })
    }
}
