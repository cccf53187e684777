//! Received bytes: from the UART's interrupt to whoever asks for them.

use core::sync::atomic::{AtomicBool, AtomicU16, Ordering::Relaxed};

use valhalla_core::ring::ByteRing;

use super::Serial;

/// Received bytes on their way from the interrupt to the console.
static RECEIVED: ByteRing<4096> = ByteRing::new();
/// Base port of the UART that interrupts; 0: none yet.
static RECEIVER: AtomicU16 = AtomicU16::new(0);
/// The ring was full: the UART may not interrupt until there is room again.
static HELD_BACK: AtomicBool = AtomicBool::new(false);

/// Fill level at which input is held back; a FIFO and more still fits.
const HOLD_BACK_AT: usize = 4096 - 64;
/// Fill level at which it is let in again.
const LET_IN_AT: usize = 1024;

/// The receive interrupt: empties the FIFO into the ring.
///
/// When the ring is full the bytes stay in the UART and its interrupt is
/// switched off: a sender that can wait (a pipe, a pasted file in QEMU) then
/// waits, and nothing is lost.
pub fn on_interrupt() {
    let Some(uart) = receiver() else { return };
    // More than a FIFO's worth, because a virtual UART refills at once; bounded,
    // because the rest of the machine wants its turn.
    for _ in 0..64 {
        if RECEIVED.len() >= HOLD_BACK_AT {
            HELD_BACK.store(true, Relaxed);
            uart.no_interrupts();
            return;
        }
        let Some(byte) = uart.try_read() else { return };
        let _ = RECEIVED.push(byte);
    }
    // The line to the interrupt controller is still high, and an 8259 wants an
    // edge: off and on again makes one.
    uart.no_interrupts();
    uart.interrupt_on_receive();
}

/// Whether a received byte waits.
#[must_use]
pub fn is_waiting() -> bool {
    !RECEIVED.is_empty()
}

/// The next received byte; never waits.
#[must_use]
pub fn receive() -> Option<u8> {
    let byte = RECEIVED.pop();
    if HELD_BACK.load(Relaxed) && RECEIVED.len() <= LET_IN_AT {
        HELD_BACK.store(false, Relaxed);
        if let Some(uart) = receiver() {
            uart.interrupt_on_receive();
        }
    }
    byte
}

/// Makes the UART at `base` the one that interrupts.
pub(super) fn serve(base: u16) {
    RECEIVER.store(base, Relaxed);
}

fn receiver() -> Option<Serial> {
    match RECEIVER.load(Relaxed) {
        0 => None,
        base => Some(Serial::at(base)),
    }
}
