//! The PS/2 keyboard behind an 8042 controller.
//!
//! ```text
//! keyboard --set 2--> 8042 --translated to set 1--> IRQ 1: on_interrupt
//!                                                     | byte, nothing else
//!                              Keyboard::next <-- SCANCODES (lock-free ring)
//! ```
//!
//! [`init`] finds out whether there is a controller at all (a missing one reads
//! 0xFF, "both buffers full", for ever), empties and tests it. The interrupt
//! handler moves one byte. [`Keyboard`] decodes in the shell's context.
//!
//! IBM PS/2 Hardware Interface Technical Reference, "Keyboard and Auxiliary
//! Device Controller"; the commands are those of every 8042 since.

mod decode;

use core::fmt;

use valhalla_core::ring::ByteRing;

use crate::cpu::port::Port;

pub use decode::Keyboard;

/// Data from and to the keyboard, and the answers of the controller.
const DATA: Port<u8> = Port::new(0x60);
/// Status register when read, commands to the controller when written.
const STATUS_COMMAND: Port<u8> = Port::new(0x64);

/// Status: a byte waits in the output buffer, for us.
const OUTPUT_FULL: u8 = 1 << 0;
/// Status: the controller has not yet taken our last byte.
const INPUT_FULL: u8 = 1 << 1;
/// Status: the byte in the output buffer is the mouse's.
const AUX_OUTPUT: u8 = 1 << 5;
/// What a port without a device reads.
const NOBODY: u8 = 0xff;

/// Controller command: read the configuration byte.
const READ_CONFIGURATION: u8 = 0x20;
/// Controller command: write the configuration byte (it follows on [`DATA`]).
const WRITE_CONFIGURATION: u8 = 0x60;
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

/// Looks at the status register, about a microsecond each, before a wait ends.
/// The slowest answer is the self test's, some tens of milliseconds.
const PATIENCE: usize = 200_000;
/// The output buffer holds one byte, the keyboard's own about 16.
const DRAIN_LIMIT: usize = 64;

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
    if status() == NOBODY {
        return Err(Ps2Error::Absent);
    }
    command(DISABLE_KEYBOARD)?;
    command(DISABLE_AUX)?;
    drain()?;
    // The self test resets some controllers, so the configuration comes after.
    match ask(SELF_TEST)? {
        TEST_PASSED => {}
        answer => return Err(Ps2Error::SelfTest(answer)),
    }
    let found = ask(READ_CONFIGURATION)?;
    let quiet = (found | TRANSLATION | AUX_DISABLED)
        & !(KEYBOARD_INTERRUPT | AUX_INTERRUPT | KEYBOARD_DISABLED);
    configure(quiet)?;
    command(ENABLE_KEYBOARD)?;
    // No interrupt yet: the answer is read here, and leaves no stray edge behind.
    let presence = enable_scanning();
    configure(quiet | KEYBOARD_INTERRUPT)?;
    Ok(presence)
}

/// Scan codes on their way from the interrupt to the shell.
static SCANCODES: ByteRing<256> = ByteRing::new();

/// The keyboard interrupt: one look, one byte.
pub fn on_interrupt() {
    let status = status();
    if status == NOBODY || status & OUTPUT_FULL == 0 {
        return;
    }
    let byte = read_data();
    if status & AUX_OUTPUT == 0 {
        // Full: dropped and counted, which the decoder notices.
        let _ = SCANCODES.push(byte);
    }
}

/// How many scan codes were lost because nobody fetched them in time.
pub fn dropped() -> usize {
    SCANCODES.dropped()
}

fn enable_scanning() -> Presence {
    if wait_until_taken() && {
        write_data(ENABLE_SCANNING);
        // A key may be on its way: the answer is among the first few bytes.
        (0..4).map_while(|_| answer()).any(|byte| byte == ACKNOWLEDGE)
    } {
        Presence::Answers
    } else {
        Presence::Silent
    }
}

fn configure(configuration: u8) -> Result<(), Ps2Error> {
    command(WRITE_CONFIGURATION)?;
    if !wait_until_taken() {
        return Err(Ps2Error::NotTaken(WRITE_CONFIGURATION));
    }
    write_data(configuration);
    Ok(())
}

fn command(command: u8) -> Result<(), Ps2Error> {
    if !wait_until_taken() {
        return Err(Ps2Error::NotTaken(command));
    }
    // SAFETY: the controller is this file's; the commands that it is sent change
    // its own state alone (0xFE and 0xD1, which pull the reset line or gate A20,
    // are not among them).
    unsafe { STATUS_COMMAND.write(command) };
    Ok(())
}

fn ask(question: u8) -> Result<u8, Ps2Error> {
    command(question)?;
    answer().ok_or(Ps2Error::NoAnswer(question))
}

fn answer() -> Option<u8> {
    for _ in 0..PATIENCE {
        if status() & OUTPUT_FULL != 0 {
            return Some(read_data());
        }
        core::hint::spin_loop();
    }
    None
}

fn drain() -> Result<(), Ps2Error> {
    for _ in 0..DRAIN_LIMIT {
        if status() & OUTPUT_FULL == 0 {
            return Ok(());
        }
        read_data();
    }
    Err(Ps2Error::NeverEmpty)
}

fn wait_until_taken() -> bool {
    (0..PATIENCE).any(|_| {
        core::hint::spin_loop();
        status() & INPUT_FULL == 0
    })
}

fn status() -> u8 {
    // SAFETY: reading the status register changes nothing.
    unsafe { STATUS_COMMAND.read() }
}

fn read_data() -> u8 {
    // SAFETY: takes a byte out of the output buffer of this file's device.
    unsafe { DATA.read() }
}

fn write_data(byte: u8) {
    // SAFETY: goes to the keyboard, or completes a command sent by this file.
    unsafe { DATA.write(byte) };
}
