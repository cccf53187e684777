//! Trying a damaged DSDT: what the interpreter makes of it, and that the kernel
//! gets everything back.

use super::super::handler::Reach;
use super::super::tables;
use super::load::{Quiet, empty};
use super::{Error, STATE, State, give_up, guarded};
use crate::cpu::guarded::{Failure, Limit};
use crate::memory::GuardedError;
use crate::memory::heap::arena;
use acpi::aml::namespace::AmlName;
use alloc::vec;
use core::str::FromStr;
use log::LevelFilter;

/// How a trial ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The code was loaded.
    Loaded,
    /// The interpreter refused it with an error.
    Refused,
    /// The interpreter panicked, memory that ran out included.
    Panicked,
    /// The processor raised an exception.
    Faulted,
    /// It took too long.
    TimedOut,
}

/// How long one trial may take.
const LIMIT: Limit = Limit::Ms(1000);

/// Loads `code`, the AML of a DSDT, without reaching the machine, runs the
/// devices' `_STA` and `_INI`, evaluates `\_S5`, and drops it all.
///
/// # Errors
///
/// `Busy`, `NoTables`, or that there is no memory for a stack.
pub fn try_dsdt(code: &[u8]) -> Result<Verdict, Error> {
    let mut state = STATE.try_lock().ok_or(Error::Busy)?;
    let handler = tables().and_then(|tables| tables.handler()).ok_or(Error::NoTables)?;
    let handler = handler.with_reach(Reach::Nothing);
    // The arena has room for one.
    give_up(&mut state, State::Unloaded);
    let _quiet = Quiet::at(LevelFilter::Off);
    let outcome = guarded(LIMIT, || {
        let Ok(interpreter) = empty(handler) else { return Verdict::Refused };
        if interpreter.load_table(code).is_err() {
            return Verdict::Refused;
        }
        interpreter.initialize_namespace();
        let s5 = AmlName::from_str("\\_S5").and_then(|path| interpreter.evaluate(path, vec![]));
        if s5.is_ok() { Verdict::Loaded } else { Verdict::Refused }
    });
    // SAFETY: the call is over, and what is left in the arena is known to
    // nobody.
    unsafe { arena::clear() };
    match outcome {
        Ok(verdict) => Ok(verdict),
        Err(GuardedError::Failed(Failure::Panic(_))) => Ok(Verdict::Panicked),
        Err(GuardedError::Failed(Failure::Fault(_))) => Ok(Verdict::Faulted),
        Err(GuardedError::Failed(Failure::Timeout { .. })) => Ok(Verdict::TimedOut),
        Err(GuardedError::NoStack(_)) => Err(Error::NoMemory),
    }
}
