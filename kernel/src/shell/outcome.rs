//! How a line ended, and the prompt that says so.

/// How a line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The command did it, or there was none.
    Done,
    /// It was tried and did not work; it said why.
    Failed,
    /// Its arguments, or the line, make no sense.
    Usage,
    /// There is no such command.
    Unknown,
    /// Ctrl-C stopped it.
    Cancelled,
}

impl Outcome {
    /// As a number, by the custom of Unix shells.
    #[must_use]
    pub const fn status(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Unknown => 127,
            Self::Cancelled => 130,
        }
    }

    /// What stands before the next line's cursor; tests wait for it.
    #[must_use]
    pub(super) const fn prompt(self) -> &'static str {
        match self {
            Self::Done => "valhalla> ",
            Self::Failed => "\x1b[91m[1]\x1b[0m valhalla> ",
            Self::Usage => "\x1b[91m[2]\x1b[0m valhalla> ",
            Self::Unknown => "\x1b[91m[127]\x1b[0m valhalla> ",
            Self::Cancelled => "\x1b[91m[130]\x1b[0m valhalla> ",
        }
    }
}
