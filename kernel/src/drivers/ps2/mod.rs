//! The PS/2 keyboard behind an 8042 controller.
//!
//! ```text
//! keyboard --set 2--> 8042 --translated to set 1--> IRQ 1: on_interrupt
//!    ^                  ^                             | byte
//!    |                  |     Keyboard::next_key <-- SCANCODES (lock-free ring)
//!    +-- LEDs, rate, set --- ENGINE (valhalla_core::keyboard)
//! ```
//!
//! [`init`] brings controller and keyboard into a known state, a second at most in
//! all. The interrupt handler moves one byte. [`Keyboard`] decodes in the shell's
//! context, and in passing tells the keyboard what it is to be told: nothing waits
//! for its answers. A keyboard that is silent now and plugged in later
//! announces itself, and is told everything then. A byte of the mouse port comes by
//! IRQ 12 and is dropped: as long as it waits, no key can follow. [`live`] has what
//! commands look at and change.
//!
//! What the controller and the keyboard are and do is in [`valhalla_core::i8042`],
//! which knows no ports; here are the ports, the lock and the interrupts.

mod engine;
pub mod live;
mod ports;

use valhalla_core::i8042::{Ps2Error, Started};
use valhalla_core::key::Key;
use valhalla_core::keyboard::{Layout, Wire};
use valhalla_core::ring::ByteRing;

use crate::cpu::elapsed::Elapsed;
use engine::ENGINE;
use ports::controller;

/// Brings the controller into a known state: keyboard on with IRQ 1, `wanted`
/// on the wire, mouse port off, buffers empty.
///
/// The handlers of IRQ 1 and 12 should be registered before the lines are unmasked,
/// and [`on_interrupt`] called once by hand just after: a byte that came in between
/// would hold its line high, and no further edge would follow.
///
/// # Errors
/// [`Ps2Error`] says which step failed; the kernel goes on without a keyboard.
pub fn init(wanted: Wire, layout: Layout) -> Result<Started, Ps2Error> {
    let started = controller().start(wanted, Elapsed::start());
    ENGINE.lock().device.begin(wanted, layout, started);
    started
}

/// Returns whether a controller answers; asks nothing of it.
#[must_use]
pub fn is_there() -> bool {
    controller().present().is_ok()
}

/// Scan codes on their way from the interrupt to the shell.
static SCANCODES: ByteRing<256> = ByteRing::new();

/// One look at the controller, one byte; with interrupts off. For the interrupts,
/// and for who asks where none comes.
///
/// Never inlined: `make bench` counts how often it is called.
#[inline(never)]
pub fn on_interrupt() {
    if let Some(byte) = controller().take() {
        on_byte(byte);
    }
}

/// Takes a byte of the keyboard.
fn on_byte(byte: u8) {
    // Full: dropped and counted, which the decoder notices.
    let _ = SCANCODES.push(byte);
}

/// Returns whether there is something for [`Keyboard::next_key`].
#[must_use]
#[inline]
pub fn is_waiting() -> bool {
    !SCANCODES.is_empty() || engine::has_key()
}

/// Returns whether [`Keyboard::next_key`] has something to do: a byte to look at, a
/// key to give, or something to tell the keyboard.
#[must_use]
#[inline]
pub fn has_work() -> bool {
    !SCANCODES.is_empty() || engine::has_work()
}

/// The right to ask for keys. What is known about the keyboard is kept aside,
/// so that it outlives who asks: the crash monitor types on the same layout.
#[derive(Debug, Default)]
pub struct Keyboard(());

impl Keyboard {
    /// Whoever calls this should be alone in asking.
    #[must_use]
    pub const fn new() -> Self {
        Self(())
    }

    /// The next key press that has arrived; never waits.
    pub fn next_key(&mut self) -> Option<Key> {
        if has_work() { ENGINE.lock().next_key() } else { None }
    }
}
