//! The 8042: the controller of a PC's keyboard, and the keyboard behind it.
//!
//! ```text
//! Ports --> Controller::take --> byte --> Device::take --> Meaning
//!             | start: self test,           | decoder   keys
//!             |   configuration, keyboard   | talk      what the keyboard is told
//!             | aux bytes: dropped          v
//!           Controller::put <-- Device::next_to_send
//! ```
//!
//! No machine here: who has the controller implements [`Ports`], two registers
//! each way and a hook, and brings a [`Clock`](crate::limit::Clock). In the kernel
//! that is the ports 0x60 and 0x64, in the tests a device of the worst kind.
//!
//! | file | what |
//! | --- | --- |
//! | `controller` | bytes to and from the controller; no wait without an end |
//! | `start` | into a known state, a second at most in all |
//! | `device` | a keyboard in use: what its bytes mean, what it is told |
//! | `error` | what can be wrong, in words |
//!
//! IBM PS/2 Hardware Interface Technical Reference, "Keyboard and Auxiliary
//! Device Controller"; the commands are those of every 8042 since.

mod controller;
mod device;
mod error;
mod start;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use controller::{Controller, QUESTION_LIMIT_NS};
pub use device::{Device, Meaning};
pub use error::{Ps2Error, SelfTest};
pub use start::{Presence, START_LIMIT_NS, Started};

/// The controller's two registers.
pub trait Ports {
    /// Reads the status register, which changes nothing.
    fn status(&mut self) -> u8;
    /// Reads the data register: takes the byte that waits.
    fn data(&mut self) -> u8;
    /// Writes the command register.
    fn write_command(&mut self, command: u8);
    /// Writes the data register.
    fn write_data(&mut self, byte: u8);

    /// Is told that a byte of the mouse port was taken, and is dropped.
    fn note_aux(&mut self) {}
}

/// Bits of [`Ports::status`].
pub mod status {
    /// A byte waits in the output buffer, for us.
    pub const OUTPUT_FULL: u8 = 1 << 0;
    /// The controller has not yet taken our last byte.
    pub const INPUT_FULL: u8 = 1 << 1;
    /// The byte in the output buffer is the mouse's.
    pub const AUX_OUTPUT: u8 = 1 << 5;
    /// Value that a port without a device reads.
    pub const ABSENT: u8 = 0xff;
}

/// Commands to the controller.
pub mod command {
    /// Read the configuration byte.
    pub const READ_CONFIGURATION: u8 = 0x20;
    /// Write the configuration byte, which follows as data.
    pub const WRITE_CONFIGURATION: u8 = 0x60;
    /// Disable the mouse port.
    pub const DISABLE_AUX: u8 = 0xa7;
    /// Test yourself; answers [`TEST_PASSED`].
    pub const SELF_TEST: u8 = 0xaa;
    /// Disable the keyboard port.
    pub const DISABLE_KEYBOARD: u8 = 0xad;
    /// Enable the keyboard port.
    pub const ENABLE_KEYBOARD: u8 = 0xae;
    /// The answer of a healthy controller to [`SELF_TEST`].
    pub const TEST_PASSED: u8 = 0x55;
}

/// Bits of the configuration byte.
pub mod configuration {
    /// The keyboard raises IRQ 1.
    pub const KEYBOARD_INTERRUPT: u8 = 1 << 0;
    /// The mouse port raises IRQ 12.
    pub const AUX_INTERRUPT: u8 = 1 << 1;
    /// The keyboard's clock is held, which disables it.
    pub const KEYBOARD_DISABLED: u8 = 1 << 4;
    /// The mouse's clock is held.
    pub const AUX_DISABLED: u8 = 1 << 5;
    /// Scan code set 2 is translated to set 1.
    pub const TRANSLATION: u8 = 1 << 6;
}
