//! What start-up found, as the values that it handed down.

use super::command::{CommandError, Session};
use crate::acpi::Tables;
use crate::boot::BootInfo;
use crate::interrupts::Controllers;
use core::fmt;

/// The machine, for commands that talk about it.
#[derive(Debug)]
pub struct Machine {
    /// What the loader said.
    pub boot: BootInfo,
    /// The ACPI tables that passed, and those that did not.
    pub tables: &'static Tables,
    /// What controls interrupts.
    pub controllers: Controllers,
    /// Runs the built-in tests whose names contain a word. A slot: the tests
    /// stand to the right of the shell, and `lib.rs` fills it in.
    pub selftests: fn(&mut Session<'_>, &str) -> Result<TestCounts, CommandError>,
}

/// How a run of the built-in tests ended; shows as `12 passed, 0 failed`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TestCounts {
    /// Did what they should.
    pub passed: usize,
    /// Did not.
    pub failed: usize,
    /// Could not be tried on this machine; not counted as passed.
    pub skipped: usize,
}

impl fmt::Display for TestCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} cannot be shown here", self.skipped)?;
        }
        Ok(())
    }
}
