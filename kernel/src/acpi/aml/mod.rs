//! AML, the firmware's own programs, by the `acpi` crate's interpreter.
//!
//! Firmware's code is not to be trusted with the kernel, and the interpreter
//! panics where it is surprised. So it runs as a guarded call, on a stack of
//! its own, for a limited time, and allocates in an arena of its own:
//!
//! ```text
//!   ask(f) ──> guarded call, 256 KiB of stack, a time limit
//!                 │  load DSDT and SSDTs, once, on first use
//!                 │  f(interpreter) writes its answer
//!                 v
//!   answer, copied out     or: fault, panic, too long
//!                              over which object is kept, and the arena cleared;
//!                              the next question loads everything again
//! ```
//!
//! A question about many objects (`each`) is one for each of them, and what fails in
//! it is noted (`failing`), so that the others get their answers.
//!
//! A table that cannot be loaded is left out, if it is an SSDT; without the DSDT
//! AML is off. Nothing of this runs in boot.

mod asl;
mod devices;
mod failing;
mod gpe;
mod load;
mod mend;
mod pins;
mod question;
mod regions;
mod routes;
mod sleep;
mod tree;
mod trial;
mod words;

pub use gpe::{GpeMethods, gpe_methods};
pub use pins::gsi_of_pin;
pub use routes::{Mode, routes};
pub use sleep::{prepare_to_sleep, soft_off};
pub use tree::{evaluate, tree};
pub use trial::{Verdict, try_dsdt};

use super::facs;
use crate::cpu::guarded::Limit;
use crate::cpu::lock::{SpinLock, TaskOnly};
use crate::memory::heap::arena;
use crate::memory::{self, GuardedError};
use acpi::aml::AmlError;
use acpi::aml::namespace::AmlName;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;
use core::fmt;
use core::str::FromStr;
use load::Loaded;
use question::{At, Question};
use words::{Told, Words, told, words};

pub use devices::devices;

/// How long a question may take.
const LIMIT: Limit = Limit::Ms(2000);

/// Why there is no answer.
#[derive(Clone, Copy, Debug)]
pub enum Error {
    /// There are no tables to interpret.
    NoTables,
    /// The tables cannot be loaded: why.
    Off(Words),
    /// The interpreter failed over an object: which, and how. The next question
    /// gets a fresh one.
    Failed(Words),
    /// The firmware's code cannot answer this.
    Refused(Words),
    /// Somebody else is asking.
    Busy,
    /// There is no memory for the answer.
    NoMemory,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTables => f.write_str("there is no DSDT to interpret"),
            Self::Off(why) => write!(f, "AML is off: {why}"),
            Self::Failed(why) => write!(f, "{why}; the next question loads AML anew"),
            Self::Refused(why) => f.write_str(why.as_str()),
            Self::Busy => f.write_str("AML is busy with another question"),
            Self::NoMemory => f.write_str("no memory for the answer"),
        }
    }
}

/// Whether there is an interpreter.
enum State {
    Unloaded,
    Loaded(Loaded),
    /// It was loaded, and failed; loading it again is worth a try.
    Failed(Words),
    /// It cannot be loaded.
    Off(Words),
}

static STATE: SpinLock<State, TaskOnly> = SpinLock::new(State::Unloaded);

/// Asks the interpreter, which is loaded first if it is not yet. What `f`
/// writes is the answer. It may be asked again, when one of many objects fails.
fn ask<T: Copy>(
    f: impl Fn(&Question<'_>, &mut String) -> Result<T, AmlError>,
) -> Result<(T, String), Error> {
    let value = Cell::new(None);
    let text = answer(&|question, out| {
        value.set(Some(f(question, out)?));
        Ok(())
    })?;
    // It has run, or there would have been an error.
    value.get().map(|value| (value, text)).ok_or(Error::NoTables)
}

/// Answers about many paths, each by a question of its own: none costs another its
/// time or its answer. `head` writes what comes first.
fn each(
    head: impl Fn(&Question<'_>, &mut String) -> Result<(), AmlError>,
    paths: impl Fn(&Question<'_>) -> Result<Vec<AmlName>, AmlError>,
    describe: impl Fn(&Question<'_>, &AmlName, &mut String),
) -> Result<String, Error> {
    let ((), mut text) = ask(head)?;
    let ((), paths) = ask(|question, out| {
        for path in paths(question)? {
            out.push_str(&path.as_string());
            out.push('\n');
        }
        Ok(())
    })?;
    for path in paths.lines() {
        let part = ask(|question, out| {
            describe(question, &AmlName::from_str(path)?, out);
            Ok(())
        });
        match part {
            Ok(((), part)) => append(&mut text, &part)?,
            Err(Error::Failed(why) | Error::Refused(why)) => {
                append(&mut text, "  ")?;
                append(&mut text, why.as_str())?;
                append(&mut text, "\n")?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(text)
}

type Asked<'a> = dyn Fn(&Question<'_>, &mut String) -> Result<(), AmlError> + 'a;

/// Asks, once for every kind of answer.
#[inline(never)]
fn answer(f: &Asked<'_>) -> Result<String, Error> {
    let mut state = STATE.try_lock().ok_or(Error::Busy)?;
    // Each round but the last notes an object as failing, and their room is bounded.
    loop {
        if let State::Unloaded | State::Failed(_) = *state {
            *state = match load::load() {
                Ok(loaded) => State::Loaded(loaded),
                Err(Error::Off(why)) => State::Off(why),
                Err(error) => return Err(error),
            };
        }
        let loaded = match &*state {
            State::Loaded(loaded) => loaded,
            State::Off(why) => return Err(Error::Off(*why)),
            State::Unloaded | State::Failed(_) => return Err(Error::NoTables),
        };
        let at = Cell::new(At::Aml);
        let outcome = guarded(LIMIT, || {
            let mut answer = String::new();
            match f(&Question::new(loaded.interpreter(), &at), &mut answer) {
                Ok(()) => Ok(answer),
                Err(error) => Err(words(Told(&error))),
            }
        });
        let failure = match outcome {
            Ok(Ok(answer)) => {
                let copy = copy(&answer);
                // Back to where it came from.
                let open = arena::open();
                drop(answer);
                drop(open);
                return copy;
            }
            Ok(Err(why)) => return Err(Error::Refused(why)),
            Err(failure) => told(&failure),
        };
        let why = words(format_args!("{}: {failure}", at.get()));
        give_up(&mut state, State::Failed(why));
        log::warn!(target: "acpi", "AML: {why}");
        if !at.get().note(failure) {
            return Err(Error::Failed(why));
        }
    }
}

/// Drops the interpreter as it is and gives its memory back.
fn give_up(state: &mut State, next: State) {
    *state = next;
    // SAFETY: the interpreter was the arena's only user, and `Loaded`, which
    // points to it, is gone; its destructors do not run.
    unsafe { arena::clear() };
}

/// Runs `f` as a guarded call that allocates in the arena. The firmware's global lock
/// is free afterwards, whatever became of the call.
fn guarded<T>(limit: Limit, f: impl FnOnce() -> T) -> Result<T, GuardedError> {
    let _open = arena::open();
    // SAFETY: `f` changes nothing but the arena, which is cleared when the call
    // fails, and the machine, as the firmware would.
    let outcome = unsafe { memory::run_guarded_deep(limit, f) };
    facs::release_all();
    outcome
}

fn copy(text: &str) -> Result<String, Error> {
    let mut copy = String::new();
    append(&mut copy, text)?;
    Ok(copy)
}

fn append(text: &mut String, part: &str) -> Result<(), Error> {
    text.try_reserve(part.len()).map_err(|_| Error::NoMemory)?;
    text.push_str(part);
    Ok(())
}

/// Forgets the interpreter, and why AML was off: the next question loads anew.
///
/// # Errors
///
/// `Busy` while a question is being answered.
pub fn reload() -> Result<(), Error> {
    let mut state = STATE.try_lock().ok_or(Error::Busy)?;
    give_up(&mut state, State::Unloaded);
    failing::forget();
    load::forget();
    Ok(())
}

/// Whether a question can be answered without loading anything first.
#[must_use]
pub fn is_loaded() -> bool {
    STATE.try_lock().is_some_and(|state| matches!(*state, State::Loaded(_)))
}

/// What is loaded; shows as a sentence.
#[must_use]
pub fn describe() -> Words {
    let Some(state) = STATE.try_lock() else { return words("busy") };
    match &*state {
        State::Unloaded => words("not loaded: the first question loads it"),
        State::Failed(why) => words(format_args!("loaded by the next question, after {why}")),
        State::Off(why) => words(format_args!("off: {why}")),
        State::Loaded(loaded) => {
            let (used, mapped) = arena::usage();
            words(format_args!(
                "on: {} tables loaded, {} left out; {} KiB in use, {} KiB mapped",
                loaded.tables,
                loaded.left_out,
                used >> 10,
                mapped >> 10
            ))
        }
    }
}
