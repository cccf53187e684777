//! A line's UART: eight ports, and what is kept about them aside.

use core::fmt;
use core::sync::atomic::Ordering::Relaxed;

use valhalla_core::uart16550::{Registers, Settings, Status, Taken, Transmitter, Uart, UartKind};
use x86_64::instructions::interrupts;

use super::Line;
use super::state::State;
use crate::cpu::elapsed::Elapsed;
use crate::cpu::port::Port;

/// The eight ports of a line.
#[derive(Clone, Copy, Debug)]
struct Ports(Line);

impl Ports {
    #[inline]
    fn port(self, register: u16) -> Port<u8> {
        Port::new(self.0.base() + register)
    }
}

impl Registers for Ports {
    #[inline]
    fn read(&mut self, register: u16) -> u8 {
        // SAFETY: the port belongs to the UART that this value stands for (or to
        // no device); reading moves bytes between its registers, not in memory.
        unsafe { self.port(register).read() }
    }

    #[inline]
    fn write(&mut self, register: u16, value: u8) {
        // SAFETY: as for `read`; a UART has no access to memory.
        unsafe { self.port(register).write(value) }
    }

    #[inline]
    fn write_all(&mut self, register: u16, bytes: &[u8]) {
        // SAFETY: as for `write`.
        unsafe { self.port(register).write_all(bytes) };
    }

    #[cold]
    fn note_errors(&mut self, status: Status) {
        State::of(self.0).note(status);
    }
}

/// The UART behind a line. A name: what is known about it is kept aside, so
/// that the boot log and the panic report speak over the same one.
#[derive(Clone, Copy, Debug)]
pub struct Serial {
    line: Line,
}

impl Serial {
    /// Looks for a UART behind `line` and sets it to 115200 baud, 8N1, FIFOs
    /// on, interrupts off. `None` where none is found. What it has received is
    /// kept for [`receive`](super::receive()).
    #[must_use]
    pub fn probe(line: Line) -> Option<Self> {
        let keep = |byte| super::receive::keep(line, byte);
        let kind = Self::at(line).uart().set_up(Elapsed::start, keep);
        State::of(line).found(kind);
        kind.map(|_| Self::at(line))
    }

    /// The UART behind `line`, taken as it is: for the panic report, which has
    /// no time for a probe.
    #[must_use]
    pub const fn at(line: Line) -> Self {
        Self { line }
    }

    #[inline]
    const fn uart(self) -> Uart<Ports> {
        Uart::new(Ports(self.line))
    }

    /// The line it is behind.
    #[must_use]
    pub const fn line(&self) -> Line {
        self.line
    }

    /// Model of the UART behind `line`, if a probe has found one.
    #[must_use]
    pub fn kind(line: Line) -> Option<UartKind> {
        State::of(line).kind()
    }

    /// Sends text for a terminal: a line feed becomes carriage return and line feed.
    /// Waits while the FIFO is full, for a second at most; a line that does not move
    /// drops bytes at once until it moves again.
    pub fn write_text(&self, text: &str) {
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                self.write_bytes(b"\r\n");
            }
            self.write_bytes(line.as_bytes());
        }
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
        self.uart().send(load);
        state.sent.add(load.len());
        load.len()
    }

    /// Waits until the transmit FIFO is empty.
    fn wait_for_room(&self, state: &State) -> bool {
        let before = state.transmitter();
        let has_room = self.uart().wait_for_room(before, Elapsed::start);
        let now = if has_room { Transmitter::Works } else { Transmitter::StandsStill };
        if now != before {
            state.set_transmitter(now);
        }
        has_room
    }

    /// Waits until everything that was sent has left the UART, or for about as
    /// long as a dead line is waited for.
    pub fn drain(&self) {
        let state = State::of(self.line);
        // Who was interrupted in the middle of a load has taken its room already;
        // whoever comes next asks.
        state.room.store(0, Relaxed);
        if state.transmitter() == Transmitter::Works {
            self.uart().drain(Elapsed::start);
        }
    }

    /// A received byte or a break, if one waits in the UART.
    pub(super) fn take(&self) -> Taken {
        self.uart().take()
    }

    /// Makes [`on_interrupt`](super::on_interrupt) and
    /// [`receive`](super::receive()) serve this line, and lets it interrupt. The
    /// handler should be registered by now.
    pub fn enable_receive_interrupt(&self) {
        super::receive::serve(self.line);
        self.interrupt_on_receive();
    }

    pub(super) fn interrupt_on_receive(&self) {
        self.uart().interrupt_on_receive();
    }

    pub(super) fn no_interrupts(&self) {
        self.uart().no_interrupts();
    }

    /// Rate and frame, read from the registers.
    #[must_use]
    pub fn settings(&self) -> Settings {
        interrupts::without_interrupts(|| self.uart().settings())
    }
}

impl fmt::Write for &Serial {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write_text(text);
        Ok(())
    }
}
