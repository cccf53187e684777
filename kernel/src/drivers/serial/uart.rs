//! One UART: finding it, setting it up, sending, and what its status says.

use core::fmt;
use core::sync::atomic::Ordering::Relaxed;

use valhalla_core::scan::line_feed;
use x86_64::instructions::interrupts;

use super::Line;
use super::registers::*;
use super::state::{State, UartKind};
use crate::cpu::port::Port;

/// What is set up: the divisor for 115200 baud.
const DIVISOR_115200: u16 = 1;
/// How often the line status is looked at for one byte. A port access takes
/// about a microsecond, sixteen bytes at 115200 baud take 1.4 ms: this is
/// hundreds of times that, and still well under a second or two.
const PATIENCE: usize = 1_000_000;
/// Looks for the loopback's byte, which takes 87 us.
const LOOPBACK_PATIENCE: usize = 20_000;
/// Bytes that may lie in the receiver before the loopback's own.
const STALE: usize = 16;

/// The UART behind a line. A name: what is known about it is kept aside, so
/// that the boot log and the panic report speak over the same one.
#[derive(Clone, Copy, Debug)]
pub struct Serial {
    line: Line,
}

/// What the receiver had.
pub(super) enum Taken {
    Nothing,
    Byte(u8),
    /// The line was held low; there is no byte.
    Break,
}

impl Serial {
    /// Looks for a UART behind `line` and sets it to 115200 baud, 8N1, FIFOs
    /// on, interrupts off. `None` when no byte comes back through its loopback.
    #[must_use]
    pub fn probe(line: Line) -> Option<Self> {
        let uart = Self::at(line);
        let kind = uart.set_up();
        State::of(line).found(kind);
        kind.map(|_| uart)
    }

    /// The UART behind `line`, taken as it is: for the panic report, which has
    /// no time for a probe.
    #[must_use]
    pub const fn at(line: Line) -> Self {
        Self { line }
    }

    /// The line it is behind.
    #[must_use]
    pub const fn line(&self) -> Line {
        self.line
    }

    /// What stands behind `line`, if a probe has found something.
    #[must_use]
    pub fn kind(line: Line) -> Option<UartKind> {
        State::of(line).kind()
    }

    fn set_up(&self) -> Option<UartKind> {
        if self.read(LSR) == NOBODY {
            return None;
        }
        let [low, high] = DIVISOR_115200.to_le_bytes();
        self.no_interrupts();
        self.write(LCR, LCR_DLAB);
        self.write(DATA, low);
        self.write(IER, high);
        self.write(LCR, LCR_8N1);
        self.write(FCR, FCR_ON_CLEARED_TRIGGER_14);
        let fifo = self.read(IIR) & IIR_FIFO;
        let looped = self.loopback(0xae);
        self.write(MCR, MCR_DTR_RTS_OUT2);
        looped.then(|| match fifo {
            IIR_FIFO => UartKind::I16550A,
            IIR_FIFO_BROKEN => UartKind::I16550,
            _ if self.has_scratch() => UartKind::I16450,
            _ => UartKind::I8250,
        })
    }

    /// Whether `byte` comes back in loopback mode.
    fn loopback(&self, byte: u8) -> bool {
        self.write(MCR, MCR_LOOP | MCR_DTR_RTS_OUT2);
        // What arrived before is not the answer.
        for _ in 0..STALE {
            if self.read(LSR) & LSR_DR == 0 {
                break;
            }
            self.read(DATA);
        }
        self.write(DATA, byte);
        (0..LOOPBACK_PATIENCE)
            .find_map(|_| (self.read(LSR) & LSR_DR != 0).then(|| self.read(DATA)))
            .is_some_and(|back| back == byte)
    }

    fn has_scratch(&self) -> bool {
        [0x5a, 0xa5].into_iter().all(|pattern| {
            self.write(SCR, pattern);
            self.read(SCR) == pattern
        })
    }

    /// Sends one byte. Waits while the FIFO is full, for a second at most; a line
    /// that does not move drops bytes at once until it moves again.
    pub fn write_byte(&self, byte: u8) {
        self.write_some(&[byte]);
    }

    /// Sends text for a terminal: a line feed becomes carriage return and line feed.
    pub fn write_text(&self, text: &str) {
        let mut rest = text.as_bytes();
        while let Some((line, after)) = line_feed(rest).and_then(|end| rest.split_at_checked(end)) {
            self.write_bytes(line);
            self.write_bytes(b"\r\n");
            rest = after.get(1..).unwrap_or_default();
        }
        self.write_bytes(rest);
    }

    fn write_bytes(&self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let done = self.write_some(rest);
            rest = rest.get(done..).unwrap_or_default();
        }
    }

    /// Sends, or drops, the first of `bytes`, as many as there is room for; says
    /// how many, and that is at least one.
    fn write_some(&self, bytes: &[u8]) -> usize {
        let state = State::of(self.line);
        let room = match state.room.load(Relaxed) {
            0 if self.wait_for_room(state) => state.kind().map_or(1, UartKind::fifo_depth),
            0 => {
                state.dropped.add(1);
                return 1;
            }
            room => room,
        };
        let load = bytes.get(..usize::from(room)).unwrap_or(bytes);
        // Taken before it is used: a report that interrupts us here waits for room
        // of its own, and leaves an empty FIFO, into which our load fits.
        state.room.store(room - load.len() as u8, Relaxed);
        // SAFETY: as for `write`; there is room for all of it.
        unsafe { self.port(DATA).write_all(load) };
        state.sent.add(load.len());
        load.len()
    }

    /// Waits until the transmit FIFO is empty.
    fn wait_for_room(&self, state: &State) -> bool {
        let was_dead = state.dead.load(Relaxed);
        let patience = if was_dead { 1 } else { PATIENCE };
        for _ in 0..patience {
            let status = self.status();
            if status == NOBODY {
                break;
            }
            if status & LSR_THRE != 0 {
                if was_dead {
                    state.dead.store(false, Relaxed);
                    state.changed.store(true, Relaxed);
                }
                return true;
            }
            core::hint::spin_loop();
        }
        if !was_dead {
            state.dead.store(true, Relaxed);
            state.changed.store(true, Relaxed);
        }
        false
    }

    /// Waits until everything that was sent has left the UART, or for about as
    /// long as a dead line is waited for.
    pub fn drain(&self) {
        let state = State::of(self.line);
        // Who was interrupted in the middle of a load has taken its room already;
        // whoever comes next asks.
        state.room.store(0, Relaxed);
        if state.dead.load(Relaxed) {
            return;
        }
        // A port without a UART reads "empty".
        for _ in 0..PATIENCE {
            if self.status() & LSR_TEMT != 0 {
                return;
            }
            core::hint::spin_loop();
        }
    }

    /// A received byte or a break, if one waits in the UART.
    pub(super) fn take(&self) -> Taken {
        let status = self.status();
        if status == NOBODY || status & LSR_DR == 0 {
            return Taken::Nothing;
        }
        let byte = self.read(DATA);
        if status & LSR_BI != 0 { Taken::Break } else { Taken::Byte(byte) }
    }

    /// The line status. Reading it clears the error bits: all are counted here.
    fn status(&self) -> u8 {
        let status = self.read(LSR);
        if status & (LSR_OE | LSR_PE | LSR_FE | LSR_BI) != 0 && status != NOBODY {
            self.count_errors(status);
        }
        status
    }

    #[cold]
    fn count_errors(&self, status: u8) {
        let state = State::of(self.line);
        // A break looks like a byte without a stop bit too; that is not a second error.
        let framing = if status & LSR_BI == 0 { LSR_FE } else { 0 };
        for (bit, count) in [
            (LSR_OE, &state.overruns),
            (LSR_PE, &state.parity),
            (framing, &state.framing),
            (LSR_BI, &state.breaks),
        ] {
            if status & bit != 0 {
                count.add(1);
            }
        }
    }

    /// Makes [`on_interrupt`](super::on_interrupt) and
    /// [`receive`](super::receive()) serve this line, and lets it interrupt. The
    /// handler should be registered by now.
    pub fn enable_receive_interrupt(&self) {
        super::receive::serve(self.line);
        self.interrupt_on_receive();
    }

    pub(super) fn interrupt_on_receive(&self) {
        self.write(IER, IER_ERBFI);
    }

    pub(super) fn no_interrupts(&self) {
        self.write(IER, 0);
    }

    /// How the frame looks, read from the registers.
    #[must_use]
    pub fn settings(&self) -> Settings {
        // The divisor hides the data register for a moment: nobody may print
        // or receive in between.
        let (line_control, divisor) = interrupts::without_interrupts(|| {
            let line_control = self.read(LCR);
            self.write(LCR, line_control | LCR_DLAB);
            let divisor = u16::from_le_bytes([self.read(DATA), self.read(IER)]);
            self.write(LCR, line_control);
            (line_control, divisor)
        });
        Settings { line_control, divisor }
    }

    fn port(&self, register: u16) -> Port<u8> {
        Port::new(self.line.base() + register)
    }

    fn read(&self, register: u16) -> u8 {
        // SAFETY: the port belongs to the UART that this value stands for (or to
        // nobody); reading moves bytes between its registers, not in memory.
        unsafe { self.port(register).read() }
    }

    fn write(&self, register: u16, value: u8) {
        // SAFETY: as for `read`; a UART has no access to memory.
        unsafe { self.port(register).write(value) }
    }
}

impl fmt::Write for &Serial {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write_text(text);
        Ok(())
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
