//! What can be wrong with the controller, in words.

use core::fmt;

/// Reason why there is no keyboard.
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
        }
    }
}

/// Result of the controller's self test. None is a reason to do without a keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelfTest {
    /// Passed at once.
    Passed,
    /// Passed at another try; the first answered this.
    PassedAgain(u8),
    /// Failed each time, at first with this answer.
    Failed(u8),
    /// No answer came.
    Silent,
}

impl fmt::Display for SelfTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the PS/2 controller's self test ")?;
        match self {
            Self::Passed => f.write_str("passed"),
            Self::PassedAgain(first) => write!(f, "gave {first:#04x}, and passed when tried again"),
            Self::Failed(answer) => write!(f, "gave {answer:#04x} instead of 0x55"),
            Self::Silent => f.write_str("gave no answer"),
        }
    }
}
