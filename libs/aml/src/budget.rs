//! What one evaluation may cost, and the meter that counts it.

use crate::error::Fault;

/// Limits of one evaluation. The caller gives them; running out is an error,
/// never a hang.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Operations that may run. A step is one term: some hundred instructions.
    pub steps: u64,
    /// Bytes that values and names may take, those of earlier evaluations included.
    pub memory_bytes: usize,
    /// Method calls that may be nested.
    pub depth: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { steps: 10_000_000, memory_bytes: 64 << 20, depth: 256 }
    }
}

/// Steps between two questions to the hardware whether to go on.
const POLL_STEPS: u64 = 256;

/// Counts the steps of an evaluation down.
#[derive(Debug)]
pub(crate) struct Meter {
    left: u64,
    until_poll: u64,
}

impl Meter {
    pub(crate) fn new(budget: &Budget) -> Self {
        Self { left: budget.steps, until_poll: 0 }
    }

    /// Pays for some steps. Returns true when it is time to ask whether the
    /// evaluation is cancelled.
    pub(crate) fn pay(&mut self, steps: u64) -> Result<bool, Fault> {
        self.left = self.left.checked_sub(steps).ok_or(Fault::OutOfSteps)?;
        match self.until_poll.checked_sub(steps) {
            Some(rest) => {
                self.until_poll = rest;
                Ok(false)
            }
            None => {
                self.until_poll = POLL_STEPS;
                Ok(true)
            }
        }
    }

    /// Steps that are left.
    pub(crate) fn left(&self) -> u64 {
        self.left
    }
}
