//! The serial line: a 16550 UART behind eight ports.
//!
//! The first device to speak and the last to fall silent, so it takes no lock
//! and no heap: all state is atomic and every method works through `&self`, from
//! the boot log to the panic report. Output is polled, sixteen bytes (the
//! depth of the transmit FIFO) for one look at the line status. Input comes by
//! interrupt: [`on_interrupt`] moves bytes into a ring, [`receive`] takes them
//! out.
//!
//! A port without a UART reads 0xFF: "data ready" and "transmitter empty" for
//! ever. [`Serial::probe`] therefore wants to see a byte come back through the
//! loopback, and a line status of 0xFF counts as "gone" from then on.
//!
//! Registers as in the National Semiconductor PC16550D data sheet, section 8.

mod receive;

use core::fmt;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering::Relaxed};

use crate::cpu::port::Port;

pub use receive::{is_waiting, on_interrupt, receive};

/// Base port of the first serial line (ISA interrupt 4).
pub const COM1: u16 = 0x3f8;
/// Base port of the second serial line (ISA interrupt 3).
pub const COM2: u16 = 0x2f8;

/// RBR (read): the oldest received byte. THR (write): a byte to send. With
/// [`LCR_DLAB`] set: DLL, the divisor's low byte.
const DATA: u16 = 0;
/// Interrupt enable register. With [`LCR_DLAB`] set: DLM, the divisor's high byte.
const IER: u16 = 1;
/// FIFO control register (write only).
const FCR: u16 = 2;
/// Line control register: the frame's shape.
const LCR: u16 = 3;
/// Modem control register.
const MCR: u16 = 4;
/// Line status register.
const LSR: u16 = 5;
/// Scratch register: holds a byte and does nothing.
const SCR: u16 = 7;

/// IER: interrupt when received data waits.
const IER_ERBFI: u8 = 1 << 0;
/// FCR: FIFOs on, both cleared, receive interrupt at 14 of 16 bytes (or after
/// four characters' silence).
const FCR_ON_CLEARED_TRIGGER_14: u8 = 0xc7;
/// LCR: eight data bits, no parity, one stop bit.
const LCR_8N1: u8 = 0x03;
/// LCR: divisor latch access; ports 0 and 1 become the divisor.
const LCR_DLAB: u8 = 1 << 7;
/// MCR: data terminal ready, request to send, and OUT2, which on a PC connects
/// the UART to the interrupt controller.
const MCR_DTR_RTS_OUT2: u8 = 0x0b;
/// MCR: loopback; what is sent is received, the outside sees nothing.
const MCR_LOOP: u8 = 1 << 4;
/// LSR: received data waits in RBR.
const LSR_DR: u8 = 1 << 0;
/// LSR: the transmit FIFO is empty.
const LSR_THRE: u8 = 1 << 5;
/// What a port without a device reads.
const NOBODY: u8 = 0xff;

/// 1.8432 MHz / 16 / 115200.
const DIVISOR_115200: u16 = 1;
/// Bytes that fit into the transmit FIFO once it is empty.
const FIFO_DEPTH: u8 = 16;
/// How often the line status is looked at for one byte. A port access takes
/// about a microsecond, sixteen bytes at 115200 baud take 1.4 ms: this is
/// hundreds of times that, and still well under a second or two.
const PATIENCE: usize = 1_000_000;
/// Looks for the loopback's byte, which takes 87 us.
const LOOPBACK_PATIENCE: usize = 20_000;

/// One UART.
#[derive(Debug)]
pub struct Serial {
    base: u16,
    /// Bytes that the transmit FIFO certainly has room for.
    room: AtomicU8,
    /// The transmitter made no progress; bytes are dropped until it does.
    stalled: AtomicBool,
    dropped: AtomicUsize,
}

impl Serial {
    /// Looks for a UART at `base` and sets it to 115200 baud, 8N1, FIFOs on,
    /// interrupts off. `None` when nothing there behaves like one.
    #[must_use]
    pub fn probe(base: u16) -> Option<Self> {
        let uart = Self::at(base);
        for pattern in [0x5a, 0xa5] {
            uart.write(SCR, pattern);
            if uart.read(SCR) != pattern {
                return None;
            }
        }
        let [low, high] = DIVISOR_115200.to_le_bytes();
        uart.no_interrupts();
        uart.write(LCR, LCR_DLAB);
        uart.write(DATA, low);
        uart.write(IER, high);
        uart.write(LCR, LCR_8N1);
        uart.write(FCR, FCR_ON_CLEARED_TRIGGER_14);
        let looped = uart.loopback(0xae);
        uart.write(MCR, MCR_DTR_RTS_OUT2);
        looped.then_some(uart)
    }

    /// The UART at `base`, taken as it is: for the panic report, which has no
    /// time for a probe.
    #[must_use]
    pub const fn at(base: u16) -> Self {
        Self {
            base,
            room: AtomicU8::new(0),
            stalled: AtomicBool::new(false),
            dropped: AtomicUsize::new(0),
        }
    }

    /// The base port.
    #[must_use]
    pub const fn base(&self) -> u16 {
        self.base
    }

    /// How many bytes could not be sent because the line made no progress.
    pub fn dropped(&self) -> usize {
        self.dropped.load(Relaxed)
    }

    /// Sends one byte. Waits while the FIFO is full, for a second at most; a line
    /// that does not move drops bytes at once until it moves again.
    pub fn write_byte(&self, byte: u8) {
        let room = match self.room.load(Relaxed) {
            0 if self.wait_for_room() => FIFO_DEPTH,
            0 => {
                self.dropped.fetch_add(1, Relaxed);
                return;
            }
            room => room,
        };
        // Load and store, not a read-modify-write: a report that interrupts us
        // here costs at most a byte on a line that is about to stop anyway.
        self.room.store(room - 1, Relaxed);
        self.write(DATA, byte);
    }

    /// Sends `bytes` as they are.
    pub fn write_bytes(&self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_byte(byte);
        }
    }

    /// Sends text for a terminal: a line feed becomes carriage return and line feed.
    pub fn write_text(&self, text: &str) {
        for byte in text.bytes() {
            if byte == b'\n' {
                self.write_byte(b'\r');
            }
            self.write_byte(byte);
        }
    }

    /// A received byte, if one waits in the UART. For use without interrupts.
    #[must_use]
    pub fn try_read(&self) -> Option<u8> {
        let status = self.read(LSR);
        (status != NOBODY && status & LSR_DR != 0).then(|| self.read(DATA))
    }

    /// Makes this UART the one that [`on_interrupt`] and [`receive`] serve, and
    /// lets it interrupt. The handler should be registered by now.
    pub fn enable_receive_interrupt(&self) {
        receive::serve(self.base);
        self.interrupt_on_receive();
    }

    fn interrupt_on_receive(&self) {
        self.write(IER, IER_ERBFI);
    }

    fn no_interrupts(&self) {
        self.write(IER, 0);
    }

    /// Waits until the transmit FIFO is empty.
    fn wait_for_room(&self) -> bool {
        let patience = if self.stalled.load(Relaxed) { 1 } else { PATIENCE };
        for _ in 0..patience {
            let status = self.read(LSR);
            if status == NOBODY {
                break;
            }
            if status & LSR_THRE != 0 {
                self.stalled.store(false, Relaxed);
                return true;
            }
            core::hint::spin_loop();
        }
        self.stalled.store(true, Relaxed);
        false
    }

    /// Whether `byte` comes back in loopback mode.
    fn loopback(&self, byte: u8) -> bool {
        self.write(MCR, MCR_LOOP | MCR_DTR_RTS_OUT2);
        // What arrived before is not the answer.
        for _ in 0..FIFO_DEPTH {
            if self.try_read().is_none() {
                break;
            }
        }
        self.write(DATA, byte);
        (0..LOOPBACK_PATIENCE).find_map(|_| self.try_read()) == Some(byte)
    }

    fn read(&self, register: u16) -> u8 {
        // SAFETY: the port belongs to the UART that this value stands for (or to
        // nobody); reading moves bytes between its registers, not in memory.
        unsafe { Port::new(self.base + register).read() }
    }

    fn write(&self, register: u16, value: u8) {
        // SAFETY: as for `read`; a UART has no access to memory.
        unsafe { Port::new(self.base + register).write(value) }
    }
}

impl fmt::Write for &Serial {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write_text(text);
        Ok(())
    }
}
