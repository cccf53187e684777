//! The PS/2 keyboard behind an 8042 controller.
//!
//! ```text
//! keyboard --set 2--> 8042 --translated to set 1--> IRQ 1: on_interrupt
//!                                                     | byte, nothing else
//!                              Keyboard::next_key <-- SCANCODES (lock-free ring)
//! ```
//!
//! [`init`] finds out whether there is a controller at all (a missing one reads
//! 0xFF, "both buffers full", for ever), empties and tests it. The interrupt
//! handler moves one byte. [`Keyboard`] decodes in the shell's context.
//!
//! IBM PS/2 Hardware Interface Technical Reference, "Keyboard and Auxiliary
//! Device Controller"; the commands are those of every 8042 since.

mod controller;
mod decode;

use core::fmt;

use valhalla_core::ring::ByteRing;

use controller::{ask, command, configure, drain};
pub use decode::Keyboard;

/// Controller command: disable the mouse port.
const DISABLE_AUX: u8 = 0xa7;
/// Controller command: test yourself; answers [`TEST_PASSED`].
const SELF_TEST: u8 = 0xaa;
/// Controller command: disable the keyboard port.
const DISABLE_KEYBOARD: u8 = 0xad;
/// Controller command: enable the keyboard port.
const ENABLE_KEYBOARD: u8 = 0xae;
/// The answer of a healthy controller to [`SELF_TEST`].
const TEST_PASSED: u8 = 0x55;
/// Keyboard command: report keys.
const ENABLE_SCANNING: u8 = 0xf4;
/// The keyboard's answer to a command that it has carried out.
const ACKNOWLEDGE: u8 = 0xfa;

/// Configuration: the keyboard raises IRQ 1.
const KEYBOARD_INTERRUPT: u8 = 1 << 0;
/// Configuration: the mouse raises IRQ 12.
const AUX_INTERRUPT: u8 = 1 << 1;
/// Configuration: the keyboard's clock is held, which disables it.
const KEYBOARD_DISABLED: u8 = 1 << 4;
/// Configuration: the mouse's clock is held.
const AUX_DISABLED: u8 = 1 << 5;
/// Configuration: scan code set 2 is translated to set 1.
const TRANSLATION: u8 = 1 << 6;

/// Why there is no keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ps2Error {
    /// Nothing answers at the ports.
    Absent,
    /// Bytes kept coming while the ports were disabled.
    NeverEmpty,
    /// The controller did not take a command.
    NotTaken(u8),
    /// The controller did not answer a command.
    NoAnswer(u8),
    /// The self test answered something else than 0x55.
    SelfTest(u8),
}

impl fmt::Display for Ps2Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("no PS/2 controller answers"),
            Self::NeverEmpty => f.write_str("the PS/2 controller's buffer never runs empty"),
            Self::NotTaken(command) => {
                write!(f, "the PS/2 controller did not take command {command:#04x} in time")
            }
            Self::NoAnswer(command) => {
                write!(f, "the PS/2 controller did not answer command {command:#04x} in time")
            }
            Self::SelfTest(answer) => {
                write!(f, "the PS/2 controller's self test gave {answer:#04x} instead of 0x55")
            }
        }
    }
}

/// What the keyboard said when it was asked to report keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It acknowledged.
    Answers,
    /// Nothing, or nonsense: none is plugged in, or it is slow to wake. Keys
    /// that it sends later are taken all the same.
    Silent,
}

/// Brings the controller into a known state: keyboard on with IRQ 1 and
/// translation, mouse off, buffers empty.
///
/// The handler should be registered before the line is unmasked, and
/// [`on_interrupt`] called once by hand just after: a byte that came in between
/// would hold the line high, and no further edge would follow.
///
/// # Errors
/// [`Ps2Error`] says which step failed; the kernel goes on without a keyboard.
pub fn init() -> Result<Presence, Ps2Error> {
    controller::present()?;
    command(DISABLE_KEYBOARD)?;
    command(DISABLE_AUX)?;
    drain()?;
    // The self test resets some controllers, so the configuration comes after.
    match ask(SELF_TEST)? {
        TEST_PASSED => {}
        answer => return Err(Ps2Error::SelfTest(answer)),
    }
    let found = controller::configuration()?;
    let quiet = (found | TRANSLATION | AUX_DISABLED)
        & !(KEYBOARD_INTERRUPT | AUX_INTERRUPT | KEYBOARD_DISABLED);
    configure(quiet)?;
    command(ENABLE_KEYBOARD)?;
    // No interrupt yet: the answer is read here, and leaves no stray edge behind.
    let presence = enable_scanning();
    configure(quiet | KEYBOARD_INTERRUPT)?;
    Ok(presence)
}

/// Whether a controller answers; asks nothing of it.
#[must_use]
pub fn is_there() -> bool {
    controller::present().is_ok()
}

/// Scan codes on their way from the interrupt to the shell.
static SCANCODES: ByteRing<256> = ByteRing::new();

/// The keyboard interrupt: one look, one byte.
pub fn on_interrupt() {
    if let Some(byte) = controller::take_byte() {
        // Full: dropped and counted, which the decoder notices.
        let _ = SCANCODES.push(byte);
    }
}

/// Whether a byte waits to be decoded.
#[must_use]
pub fn is_waiting() -> bool {
    !SCANCODES.is_empty()
}

/// How many scan codes were lost because nobody fetched them in time.
pub fn dropped() -> usize {
    SCANCODES.dropped()
}

fn enable_scanning() -> Presence {
    // A key may be on its way: the answer is among the first few bytes.
    let sent = controller::send(ENABLE_SCANNING).is_ok();
    if sent && (0..4).map_while(|_| controller::answer()).any(|byte| byte == ACKNOWLEDGE) {
        Presence::Answers
    } else {
        Presence::Silent
    }
}
