//! Talking to the 8042: two ports, and no wait without an end.

use super::Ps2Error;
use crate::cpu::port::Port;

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

/// Looks at the status register, about a microsecond each, before a wait ends.
/// The slowest answers are the controller's to its self test and a keyboard's
/// that firmware plays for one on USB: some tens of milliseconds.
const PATIENCE: usize = 500_000;
/// The output buffer holds one byte, the keyboard's own about 16.
pub(super) const DRAIN_LIMIT: usize = 64;

/// Whether anything answers.
///
/// # Errors
/// [`Ps2Error::Absent`].
pub(super) fn present() -> Result<(), Ps2Error> {
    if status() == NOBODY { Err(Ps2Error::Absent) } else { Ok(()) }
}

/// Throws away what the output buffer holds. The ports should be disabled.
///
/// # Errors
/// [`Ps2Error::NeverEmpty`].
pub(super) fn drain() -> Result<(), Ps2Error> {
    for _ in 0..DRAIN_LIMIT {
        if status() & OUTPUT_FULL == 0 {
            return Ok(());
        }
        read_data();
    }
    Err(Ps2Error::NeverEmpty)
}

/// Gives the controller a command that has no answer.
///
/// # Errors
/// [`Ps2Error::NotTaken`].
pub(super) fn command(command: u8) -> Result<(), Ps2Error> {
    wait_until_taken().ok_or(Ps2Error::NotTaken(command))?;
    // SAFETY: the controller is this driver's; the commands that it is sent
    // change its own state alone (0xFE and 0xD1, which pull the reset line or
    // gate A20, are not among them).
    unsafe { STATUS_COMMAND.write(command) };
    Ok(())
}

/// Gives the controller a command and waits for the answer.
///
/// # Errors
/// [`Ps2Error::NotTaken`] or [`Ps2Error::NoAnswer`].
pub(super) fn ask(question: u8) -> Result<u8, Ps2Error> {
    command(question)?;
    answer().ok_or(Ps2Error::NoAnswer(question))
}

/// The configuration byte.
///
/// # Errors
/// As for [`ask`].
pub(super) fn configuration() -> Result<u8, Ps2Error> {
    ask(READ_CONFIGURATION)
}

/// Writes the configuration byte.
///
/// # Errors
/// [`Ps2Error::NotTaken`].
pub(super) fn configure(configuration: u8) -> Result<(), Ps2Error> {
    command(WRITE_CONFIGURATION)?;
    send(configuration)
}

/// Writes a byte to the data port: for the keyboard, or a command's second half.
///
/// # Errors
/// [`Ps2Error::NotTaken`].
pub(super) fn send(byte: u8) -> Result<(), Ps2Error> {
    wait_until_taken().ok_or(Ps2Error::NotTaken(byte))?;
    put(byte);
    Ok(())
}

/// The next byte in the output buffer, within [`PATIENCE`].
pub(super) fn answer() -> Option<u8> {
    for _ in 0..PATIENCE {
        if status() & OUTPUT_FULL != 0 {
            return Some(read_data());
        }
        core::hint::spin_loop();
    }
    None
}

/// The byte that waits, if it is the keyboard's; the mouse's is thrown away.
pub(super) fn take_byte() -> Option<u8> {
    let status = status();
    if status == NOBODY || status & OUTPUT_FULL == 0 {
        return None;
    }
    let byte = read_data();
    (status & AUX_OUTPUT == 0).then_some(byte)
}

/// Whether a byte that is written now would be taken.
pub(super) fn takes_a_byte() -> bool {
    status() & INPUT_FULL == 0
}

/// Writes a byte for the keyboard; see [`takes_a_byte`].
pub(super) fn put(byte: u8) {
    // SAFETY: the device is this driver's.
    unsafe { DATA.write(byte) };
}

/// Waits until the controller has taken our last byte; `None` when it does not.
fn wait_until_taken() -> Option<()> {
    (0..PATIENCE).find_map(|_| {
        core::hint::spin_loop();
        (status() & INPUT_FULL == 0).then_some(())
    })
}

fn status() -> u8 {
    // SAFETY: reading the status register changes nothing.
    unsafe { STATUS_COMMAND.read() }
}

fn read_data() -> u8 {
    // SAFETY: takes a byte out of the output buffer of this driver's device.
    unsafe { DATA.read() }
}
