//! What a command is: a row of the table, and how it answers.

use super::Outcome;
pub use super::session::Session;

use core::fmt::{self, Write};
use valhalla_core::number;
use valhalla_core::text::Text;

/// One row of the command table.
#[derive(Debug)]
pub struct Command {
    /// What a person types.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// Where `help` lists it.
    pub group: Group,
    /// The arguments, as `help` shows them.
    pub usage: &'static str,
    /// One line on what it does.
    pub summary: &'static str,
    /// What `help NAME` shows beyond: lines of a command and what it shows.
    pub example: &'static str,
    /// Words that may stand first among the arguments, for completion.
    pub words: &'static [&'static str],
    /// Whether tests may run it in bulk.
    pub reach: Reach,
    /// Does it. The arguments come without the command's name.
    pub run: fn(&mut Session<'_>, &[&str]) -> Result<(), CommandError>,
}

impl Command {
    /// What to type: the name, and the arguments where there may be some.
    #[must_use]
    pub const fn synopsis(&self) -> Synopsis {
        Synopsis { name: self.name, usage: self.usage }
    }
}

/// A command line in outline; shows as `vm walk ADDRESS|map|audit`.
#[derive(Clone, Copy, Debug)]
pub struct Synopsis {
    name: &'static str,
    usage: &'static str,
}

impl Synopsis {
    /// Columns that it takes.
    #[must_use]
    pub fn width(&self) -> usize {
        self.name.len() + self.usage.len() + usize::from(!self.usage.is_empty())
    }
}

/// `{:#}` shows it in colours.
impl fmt::Display for Synopsis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, usage } = self;
        let space = if usage.is_empty() { "" } else { " " };
        if f.alternate() {
            write!(f, "\x1b[96m{name}\x1b[36m{space}{usage}\x1b[0m")
        } else {
            write!(f, "{name}{space}{usage}")
        }
    }
}

/// What a command is about; `help` lists the groups in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// For everybody.
    General,
    /// What works on other commands and their output.
    Shell,
    /// The machine and its firmware.
    System,
    /// RAM, page tables, the heap.
    Memory,
    /// Hardware that can be looked at and tried.
    Devices,
    /// Interrupts and time.
    Interrupts,
    /// Tests, measurements, faults on purpose.
    Testing,
    /// The way out.
    Power,
}

impl Group {
    /// All groups, in the order in which `help` lists them.
    pub const ALL: [Self; 8] = [
        Self::General,
        Self::Shell,
        Self::System,
        Self::Memory,
        Self::Devices,
        Self::Interrupts,
        Self::Testing,
        Self::Power,
    ];

    /// One word: what `help` takes, in small letters too.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::General => "General",
            Self::Shell => "Shell",
            Self::System => "System",
            Self::Memory => "Memory",
            Self::Devices => "Devices",
            Self::Interrupts => "Interrupts",
            Self::Testing => "Testing",
            Self::Power => "Power",
        }
    }

    /// What its commands are about.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::General => "for everybody",
            Self::Shell => "what works on other commands and their output",
            Self::System => "the machine, its processor and its firmware",
            Self::Memory => "RAM, page tables, the heap",
            Self::Devices => "hardware to look at and to try",
            Self::Interrupts => "interrupts and time",
            Self::Testing => "tests, measurements, faults on purpose",
            Self::Power => "the way out",
        }
    }
}

/// How far a command reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It comes back, whatever its arguments: tests run it with all kinds.
    Bulk,
    /// It ends the machine, or runs other commands.
    NeverInBulk,
}

/// Why a command did not do what was asked.
#[derive(Clone, Copy, Debug)]
pub enum CommandError {
    /// The arguments make no sense: the usage line says what would.
    Usage,
    /// Somebody pressed Ctrl-C.
    Cancelled,
    /// A command that it ran did not work, and has said why.
    Within(Outcome),
    /// It was tried, and this is why it did not work.
    Failed(Text<256>),
}

impl CommandError {
    /// A failure with its reason.
    #[must_use]
    pub fn failed(reason: impl fmt::Display) -> Self {
        let mut text = Text::new();
        // A `Text` cuts what does not fit; it has no other error.
        let _ = write!(text, "{reason}");
        Self::Failed(text)
    }
}

/// Fails unless there are no arguments.
///
/// # Errors
///
/// `Usage` when there are some.
pub fn expect_none(arguments: &[&str]) -> Result<(), CommandError> {
    if arguments.is_empty() { Ok(()) } else { Err(CommandError::Usage) }
}

/// Reads an address or another number, decimal or 0x hexadecimal.
///
/// # Errors
///
/// In words, with the text that is not a number.
pub fn parse_number(text: &str) -> Result<u64, CommandError> {
    number::parse(text)
        .map_err(|error| CommandError::failed(format_args!("{}: {error}", super::Printable(text))))
}
