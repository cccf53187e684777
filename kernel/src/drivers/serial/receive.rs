//! Received bytes: from the UART's interrupt to whoever asks for them.

use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

use valhalla_core::ring::ByteRing;
use valhalla_core::uart16550::Taken;

use super::state::State;
use super::{Line, Serial};
use crate::interrupts::storm;

/// Room for bytes on their way from the interrupt to the console.
const ROOM: usize = 4096;
/// Fill level at which input is held back; a FIFO and more still fits.
const HOLD_BACK_AT: usize = ROOM - 64;
/// Fill level at which it is let in again.
const LET_IN_AT: usize = 1024;
/// Bytes that one interrupt moves: more than a FIFO's worth, because a virtual
/// UART refills at once; bounded, because the rest of the machine wants its turn.
const A_TURN: usize = 64;

/// One line's input.
struct Inbox {
    bytes: ByteRing<ROOM>,
    /// The line's UART is there and may interrupt.
    served: AtomicBool,
    /// The ring was full: the UART may not interrupt until there is room again.
    held_back: AtomicBool,
}

impl Inbox {
    const fn new() -> Self {
        Self {
            bytes: ByteRing::new(),
            served: AtomicBool::new(false),
            held_back: AtomicBool::new(false),
        }
    }

    /// Lets input in again that was held back, once there is room.
    fn let_in(&self, line: Line) {
        if self.held_back.load(Relaxed) && self.bytes.len() <= LET_IN_AT {
            self.held_back.store(false, Relaxed);
            Serial::at(line).interrupt_on_receive();
        }
    }

    fn of(line: Line) -> &'static Self {
        static COM1: Inbox = Inbox::new();
        static COM2: Inbox = Inbox::new();
        match line {
            Line::Com1 => &COM1,
            Line::Com2 => &COM2,
        }
    }
}

/// The receive interrupt of `line`: empties the FIFO into the ring.
///
/// When the ring is full the bytes stay in the UART and its interrupt is
/// switched off: a sender that can wait (a pipe, a pasted file in QEMU) then
/// waits, and nothing is lost.
pub fn on_interrupt(line: Line) {
    let inbox = Inbox::of(line);
    if !inbox.served.load(Relaxed) {
        return;
    }
    let uart = Serial::at(line);
    let state = State::of(line);
    for turn in 0..A_TURN {
        if inbox.bytes.len() >= HOLD_BACK_AT {
            if !inbox.held_back.swap(true, Relaxed) {
                state.held_back.add(1);
            }
            uart.no_interrupts();
            return;
        }
        match uart.take() {
            Taken::Nothing => return,
            Taken::Break => {}
            Taken::Byte(byte) => {
                if turn == 0 {
                    storm::was_needed(line.irq());
                }
                state.received.add(1);
                let _ = inbox.bytes.push(byte);
            }
        }
    }
    // The line to the interrupt controller is still high, and an 8259 wants an
    // edge: off and on again makes one.
    uart.no_interrupts();
    uart.interrupt_on_receive();
}

/// Returns whether a byte received on `line` waits.
#[must_use]
pub fn is_waiting(line: Line) -> bool {
    !Inbox::of(line).bytes.is_empty()
}

/// The next byte received on `line`; never waits.
#[must_use]
pub fn receive(line: Line) -> Option<u8> {
    let inbox = Inbox::of(line);
    let byte = inbox.bytes.pop();
    inbox.let_in(line);
    byte
}

/// Drops what waits on `line` up to and with the first `byte`; drops nothing
/// when it is not there. Whether it was.
pub fn skip_past(line: Line, byte: u8) -> bool {
    let inbox = Inbox::of(line);
    let found = inbox.bytes.skip_past(byte);
    inbox.let_in(line);
    found
}

/// Takes in a byte that came before `line` was served; says whether there is room
/// for more.
pub(super) fn keep(line: Line, byte: u8) -> bool {
    let inbox = Inbox::of(line);
    State::of(line).received.add(1);
    let _ = inbox.bytes.push(byte);
    inbox.bytes.len() < HOLD_BACK_AT
}

/// Number of bytes that wait.
pub(super) fn waiting(line: Line) -> usize {
    Inbox::of(line).bytes.len()
}

/// From now on `line` is served.
pub(super) fn serve(line: Line) {
    Inbox::of(line).served.store(true, Relaxed);
}
