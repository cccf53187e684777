//! The backtrace: who called whom, with function, file and line.
//!
//! ```text
//!   #0 0xffffffff8000cf59 valhalla::shell::commands::fault::page_fault+0x9 (kernel/src/...:78)
//!   #1 0xffffffff8000d1c0 valhalla::shell::execute+0x40 (kernel/src/shell/mod.rs:91)
//! ```
//!
//! `#0` is where the processor was; each line below is where the call above
//! returns to. Frames that repeat, as in a runaway recursion, are counted.

use super::symbols;
use super::walk::{Step, Walk};
use crate::cpu::exception::Name;
use crate::memory;
use core::fmt::{self, Write};

/// Frames that are shown.
const SHOWN: usize = 32;
/// The longest cycle of calls that is seen as one.
const LONGEST_CYCLE: usize = 4;

/// Functions that a panic goes through before the report.
const MACHINERY: [&str; 6] = [
    "valhalla::report::",
    "__rustc::rust_begin_unwind",
    "core::panicking::",
    "core::option::expect_failed",
    "core::option::unwrap_failed",
    "core::result::unwrap_failed",
];

/// Writes a line a frame.
///
/// # Errors
///
/// Those of `out`.
pub fn write(out: &mut impl Write, walk: impl Iterator<Item = Step>) -> fmt::Result {
    if symbols::table().is_none() {
        writeln!(out, "Backtrace (no symbols in this image):")?;
    } else {
        writeln!(out, "Backtrace:")?;
    }
    let mut lines = Lines { out, number: 0, hidden: 0, cycle: Cycle::default() };
    for step in walk {
        lines.step(step)?;
    }
    lines.end()
}

/// The same from the function that calls this, without the machinery of a panic.
///
/// # Errors
///
/// Those of `out`.
#[inline(always)]
pub fn write_here(out: &mut impl Write) -> fmt::Result {
    write(out, after_machinery(Walk::here()))
}

/// The same way without the machinery of a panic at its beginning.
pub(super) fn after_machinery(walk: Walk) -> Walk {
    let mut rest = walk.clone();
    loop {
        let before = rest.clone();
        let Some(Step::ReturnTo(address)) = rest.next() else { return before };
        let Some(location) = symbols::lookup_call(address) else { return before };
        if !MACHINERY.iter().any(|start| location.function.starts_with(start)) {
            return before;
        }
    }
}

struct Lines<'a, W> {
    out: &'a mut W,
    /// Of the next frame.
    number: usize,
    /// Frames that are not shown because there were too many.
    hidden: usize,
    cycle: Cycle,
}

impl<W: Write> Lines<'_, W> {
    fn step(&mut self, step: Step) -> fmt::Result {
        match step {
            Step::At(address) | Step::ReturnTo(address) => {
                let ended = self.cycle.take(address);
                self.repeated(ended)?;
                if !self.cycle.is_running() {
                    self.frame(step, address)?;
                }
                self.number += 1;
                Ok(())
            }
            Step::Trap(vector, stack) => {
                self.between(format_args!("{} struck, on the {stack}", Name(vector)))
            }
            Step::Guarded(stack) => self.between(format_args!("a guarded call, from the {stack}")),
            Step::Broken(pointer) => {
                let place = memory::what_is(pointer);
                self.between(format_args!("no frame at {pointer:#x} ({place}): the chain ends"))
            }
        }
    }

    fn frame(&mut self, step: Step, address: u64) -> fmt::Result {
        if self.number >= SHOWN + self.cycle.skipped {
            self.hidden += 1;
            return Ok(());
        }
        let location = match step {
            Step::At(_) => symbols::lookup(address),
            _ => symbols::lookup_call(address),
        };
        write!(self.out, "  #{} {address:#018x} ", self.number)?;
        match location {
            Some(location) => writeln!(self.out, "{location}"),
            None => writeln!(self.out, "({})", memory::what_is(address)),
        }
    }

    fn between(&mut self, words: fmt::Arguments<'_>) -> fmt::Result {
        let ended = self.cycle.end();
        self.repeated(ended)?;
        if self.hidden > 0 {
            return Ok(());
        }
        writeln!(self.out, "     -- {words}")
    }

    fn repeated(&mut self, ended: Option<Repeats>) -> fmt::Result {
        match ended {
            Some(Repeats { period: 1, frames }) => {
                writeln!(self.out, "     ... {frames} more of the frame above")
            }
            Some(Repeats { period, frames }) => {
                writeln!(self.out, "     ... {frames} more, the {period} above again and again")
            }
            None => Ok(()),
        }
    }

    fn end(mut self) -> fmt::Result {
        let ended = self.cycle.end();
        self.repeated(ended)?;
        match self.hidden {
            0 => Ok(()),
            hidden => writeln!(self.out, "     ... and {hidden} more frames"),
        }
    }
}

/// A cycle that ended.
struct Repeats {
    /// Calls to a turn.
    period: usize,
    /// Frames that were not shown.
    frames: usize,
}

/// Recognises addresses that come again in the same order.
#[derive(Default)]
struct Cycle {
    /// The last addresses, the last first.
    recent: [u64; LONGEST_CYCLE],
    /// Calls to a turn, 0 while nothing repeats.
    period: usize,
    frames: usize,
    /// Frames of all cycles so far.
    skipped: usize,
}

impl Cycle {
    fn is_running(&self) -> bool {
        self.period > 0
    }

    /// The next address: the cycle that it ends.
    fn take(&mut self, address: u64) -> Option<Repeats> {
        let back = |period: usize| self.recent.get(period.wrapping_sub(1)) == Some(&address);
        let (goes_on, period) = (back(self.period), (1..=LONGEST_CYCLE).find(|p| back(*p)));
        let ended = if goes_on { None } else { self.end() };
        if !goes_on {
            self.period = period.unwrap_or(0);
        }
        if self.is_running() {
            self.frames += 1;
            self.skipped += 1;
        }
        self.recent.copy_within(..LONGEST_CYCLE - 1, 1);
        self.recent[0] = address;
        ended
    }

    fn end(&mut self) -> Option<Repeats> {
        let (period, frames) = (self.period, self.frames);
        (self.period, self.frames) = (0, 0);
        (period > 0).then_some(Repeats { period, frames })
    }
}
