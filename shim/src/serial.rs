//! The last word: one line on COM1 (115200 8N1) and on port 0xE9, then a halt.
//!
//! The port is set up only now, because a boot that succeeds prints nothing.

use core::fmt::{self, Write};

use crate::machine::{inb, outb};

const COM1: u16 = 0x3f8;
/// QEMU's and Bochs' debug console; nothing listens there on a real machine.
const DEBUG_CONSOLE: u16 = 0xe9;
/// Line status: transmit holding register empty.
const TRANSMIT_EMPTY: u8 = 1 << 5;

struct Serial {
    present: bool,
}

impl Serial {
    /// Programs the UART and asks it in loopback mode whether it is there.
    fn open() -> Self {
        // Divisor 1 (DLAB set meanwhile), 8N1, FIFOs on, then loopback.
        for (register, value) in [(1, 0), (3, 0x80), (0, 1), (1, 0), (3, 3), (2, 0xc7), (4, 0x1e), (0, 0xa5)] {
            // SAFETY: COM1's registers; no other code of the shim uses them.
            unsafe { outb(COM1 + register, value) };
        }
        // SAFETY: as above; leaves loopback mode with DTR and RTS set.
        let echo = unsafe { inb(COM1) };
        // SAFETY: as above.
        unsafe { outb(COM1 + 4, 0x03) };
        Self { present: echo == 0xa5 }
    }

    fn put(&self, byte: u8) {
        // SAFETY: the debug console takes any byte; elsewhere nobody listens.
        unsafe { outb(DEBUG_CONSOLE, byte) };
        if !self.present {
            return;
        }
        for _ in 0..20_000 {
            // SAFETY: reading the line status has no effect that matters here.
            if unsafe { inb(COM1 + 5) } & TRANSMIT_EMPTY != 0 {
                break;
            }
        }
        // SAFETY: the UART answered in `open`.
        unsafe { outb(COM1, byte) };
    }
}

impl Write for Serial {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.put(byte);
        }
        Ok(())
    }
}

/// Says why there will be no kernel, and stops the processor for good.
pub(crate) fn stop(text: fmt::Arguments<'_>) -> ! {
    // `Serial` itself cannot fail, and there is no one left to tell.
    let _ = write!(Serial::open(), "shim: {text}\r\n");
    loop {
        // SAFETY: interrupts are off and stay off; this ends the run.
        unsafe { core::arch::asm!("hlt", options(nomem, nostack)) };
    }
}
