//! What is known about each line: which UART, how it does, what was lost.
//!
//! Atomics alone, so that the report which interrupts everything can use the
//! same line. One processor writes; a count is a load and a store.

use core::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering::Relaxed};

use valhalla_core::uart16550::{Status, Transmitter, UartKind};

use super::Line;

/// A count that one processor keeps.
#[derive(Debug)]
pub(super) struct Count(AtomicUsize);

impl Count {
    const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    #[inline]
    pub(super) fn add(&self, number: usize) {
        self.0.store(self.0.load(Relaxed).wrapping_add(number), Relaxed);
    }

    pub(super) fn get(&self) -> usize {
        self.0.load(Relaxed)
    }
}

/// One line's state.
#[derive(Debug)]
pub(super) struct State {
    /// `UartKind` as a code from 1 on; 0 is nobody.
    kind: AtomicU8,
    /// Bytes that the transmitter certainly has room for.
    pub(super) room: AtomicU8,
    /// The transmitter made no progress; bytes are dropped until it does.
    dead: AtomicBool,
    /// Died, or came back, and nobody has said so yet.
    changed: AtomicBool,
    pub(super) sent: Count,
    pub(super) dropped: Count,
    pub(super) received: Count,
    pub(super) held_back: Count,
    overruns: Count,
    parity: Count,
    framing: Count,
    breaks: Count,
}

impl State {
    const fn new() -> Self {
        Self {
            kind: AtomicU8::new(0),
            room: AtomicU8::new(0),
            dead: AtomicBool::new(false),
            changed: AtomicBool::new(false),
            sent: Count::new(),
            dropped: Count::new(),
            received: Count::new(),
            held_back: Count::new(),
            overruns: Count::new(),
            parity: Count::new(),
            framing: Count::new(),
            breaks: Count::new(),
        }
    }

    /// The line's own.
    pub(super) fn of(line: Line) -> &'static Self {
        static COM1: State = State::new();
        static COM2: State = State::new();
        match line {
            Line::Com1 => &COM1,
            Line::Com2 => &COM2,
        }
    }

    pub(super) fn kind(&self) -> Option<UartKind> {
        Some(match self.kind.load(Relaxed) {
            1 => UartKind::I8250,
            2 => UartKind::I16450,
            3 => UartKind::I16550,
            4 => UartKind::I16550A,
            _ => return None,
        })
    }

    pub(super) fn transmitter(&self) -> Transmitter {
        if self.dead.load(Relaxed) { Transmitter::StandsStill } else { Transmitter::Works }
    }

    /// Writes down that the transmitter stands still, or moves again.
    pub(super) fn set_transmitter(&self, now: Transmitter) {
        self.dead.store(now == Transmitter::StandsStill, Relaxed);
        self.changed.store(true, Relaxed);
    }

    /// Counts the errors that a line status shows.
    pub(super) fn note(&self, status: Status) {
        for (seen, count) in [
            (status.overrun(), &self.overruns),
            (status.parity(), &self.parity),
            (status.framing(), &self.framing),
            (status.is_break(), &self.breaks),
        ] {
            count.add(usize::from(seen));
        }
    }

    /// Writes down what a probe found, and that the transmitter is to be asked.
    pub(super) fn found(&self, kind: Option<UartKind>) {
        self.kind.store(kind.map_or(0, |kind| kind as u8 + 1), Relaxed);
        self.room.store(0, Relaxed);
        self.dead.store(false, Relaxed);
    }
}

/// A line's figures since boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// Bytes sent.
    pub sent: usize,
    /// Bytes not sent, because the line made no progress.
    pub dropped: usize,
    /// Bytes received.
    pub received: usize,
    /// Received bytes that nobody has fetched yet.
    pub waiting: usize,
    /// Number of times that input was held back because nobody fetched it.
    pub held_back: usize,
    /// Bytes lost in the UART, because it was not emptied in time.
    pub overruns: usize,
    /// Bytes with a wrong parity bit.
    pub parity: usize,
    /// Bytes without a stop bit: another rate, or noise.
    pub framing: usize,
    /// Breaks: the line held low.
    pub breaks: usize,
    /// Progress of output.
    pub transmitter: Transmitter,
}

/// The figures of `line`.
#[must_use]
pub fn statistics(line: Line) -> Statistics {
    let state = State::of(line);
    Statistics {
        sent: state.sent.get(),
        dropped: state.dropped.get(),
        received: state.received.get(),
        waiting: super::receive::waiting(line),
        held_back: state.held_back.get(),
        overruns: state.overruns.get(),
        parity: state.parity.get(),
        framing: state.framing.get(),
        breaks: state.breaks.get(),
        transmitter: state.transmitter(),
    }
}

/// Number of bytes that `line` has received: another says that some came.
#[must_use]
pub fn received(line: Line) -> usize {
    State::of(line).received.get()
}

/// Says in the log which lines fell silent or came back, each once. For the
/// shell's loop; cheap when there is nothing to say.
pub fn report() {
    for line in Line::ALL {
        let state = State::of(line);
        if !state.changed.swap(false, Relaxed) {
            continue;
        }
        if state.transmitter() == Transmitter::StandsStill {
            log::warn!(target: "serial", "{line} takes no output: dropped until it does");
        } else {
            log::info!(target: "serial", "{line} takes output again; {} bytes were dropped", state.dropped.get());
        }
    }
}
