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
//! A table that cannot be loaded is left out, if it is an SSDT; without the DSDT
//! AML is off. Nothing of this runs in boot.

mod asl;
mod devices;
mod gpe;
mod load;
mod mend;
mod pins;
mod question;
mod routes;
mod sleep;
mod tree;
mod trial;

pub use gpe::{GpeMethods, gpe_methods};
pub use pins::gsi_of_pin;
pub use routes::{Mode, routes};
pub use sleep::{prepare_to_sleep, soft_off};
pub use tree::{evaluate, tree};
pub use trial::{Verdict, try_dsdt};

use crate::cpu::guarded::Limit;
use crate::cpu::lock::{SpinLock, TaskOnly};
use crate::memory::heap::arena;
use crate::memory::{self, GuardedError};
use acpi::aml::AmlError;
use alloc::string::String;
use core::cell::Cell;
use core::fmt::{self, Write};
use load::Loaded;
use question::Question;
use valhalla_core::text::Text;

pub use devices::devices;

/// How long a question may take.
const LIMIT: Limit = Limit::Ms(2000);

/// Words about what went wrong.
type Words = Text<200>;

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
/// writes is the answer.
fn ask<T: Copy>(
    f: impl FnOnce(&Question<'_>, &mut String) -> Result<T, AmlError>,
) -> Result<(T, String), Error> {
    let (mut f, mut value) = (Some(f), None);
    let text = answer(&mut |question, out| {
        if let Some(f) = f.take() {
            value = Some(f(question, out)?);
        }
        Ok(())
    })?;
    // It has run, or there would have been an error.
    value.map(|value| (value, text)).ok_or(Error::NoTables)
}

type Asked<'a> = dyn FnMut(&Question<'_>, &mut String) -> Result<(), AmlError> + 'a;

/// The same, once for every kind of answer.
#[inline(never)]
fn answer(f: &mut Asked<'_>) -> Result<String, Error> {
    let mut state = STATE.try_lock().ok_or(Error::Busy)?;
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
    let at = Cell::new(words("AML"));
    let outcome = guarded(LIMIT, || {
        let mut answer = String::new();
        match f(&Question::new(loaded.interpreter(), &at), &mut answer) {
            Ok(()) => Ok(answer),
            Err(error) => Err(words(format_args!("{}", Told(&error)))),
        }
    });
    match outcome {
        Ok(Ok(answer)) => {
            let copy = copy(&answer);
            // Back to where it came from.
            let open = arena::open();
            drop(answer);
            drop(open);
            copy
        }
        Ok(Err(why)) => {
            // The interpreter keeps half-run methods on its stack after an
            // error: the next question gets a fresh one.
            give_up(&mut state, State::Unloaded);
            Err(Error::Refused(why))
        }
        Err(failure) => {
            let why = words(format_args!("{}: {failure}", at.get()));
            give_up(&mut state, State::Failed(why));
            log::warn!(target: "acpi", "AML: {why}");
            Err(Error::Failed(why))
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

/// Runs `f` as a guarded call that allocates in the arena.
fn guarded<T>(limit: Limit, f: impl FnOnce() -> T) -> Result<T, GuardedError> {
    let _open = arena::open();
    // SAFETY: `f` changes nothing but the arena, which is cleared when the call
    // fails, and the machine, as the firmware would.
    unsafe { memory::run_guarded_deep(limit, f) }
}

fn copy(text: &str) -> Result<String, Error> {
    let mut copy = String::new();
    copy.try_reserve_exact(text.len()).map_err(|_| Error::NoMemory)?;
    copy.push_str(text);
    Ok(copy)
}

fn words(what: impl fmt::Display) -> Words {
    let mut words = Words::new();
    // A `Text` cuts what does not fit; it has no other error.
    let _ = write!(words, "{what}");
    words
}

/// An error of the interpreter, told to people.
struct Told<'a>(&'a AmlError);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            AmlError::ObjectDoesNotExist(name) => write!(f, "there is no {}", asl::Path(name)),
            AmlError::LevelDoesNotExist(name) => write!(f, "there is no scope {}", asl::Path(name)),
            AmlError::InvalidName(_)
            | AmlError::InvalidNameSeg(_)
            | AmlError::EmptyNamesAreInvalid => {
                f.write_str("not a path: four letters, digits or _ in each part, as in \\_SB.PCI0")
            }
            AmlError::MethodArgCountIncorrect => f.write_str("the method wants other arguments"),
            AmlError::NoHandlerForRegionAccess(space) => {
                write!(f, "it needs {space:?}, which this kernel cannot reach")
            }
            AmlError::IllegalOpcode(code) => write!(f, "illegal opcode {code:#x} in AML"),
            AmlError::RunOutOfStream => f.write_str("AML ends in the middle of an instruction"),
            AmlError::LibUnimplemented => f.write_str("the interpreter cannot do that yet"),
            other => write!(f, "AML error: {other:?}"),
        }
    }
}

/// Forgets the interpreter, and why AML was off: the next question loads anew.
///
/// # Errors
///
/// `Busy` while a question is being answered.
pub fn reload() -> Result<(), Error> {
    let mut state = STATE.try_lock().ok_or(Error::Busy)?;
    give_up(&mut state, State::Unloaded);
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
                "{} tables loaded, {} left out; {} KiB in use, {} KiB mapped",
                loaded.tables,
                loaded.left_out,
                used >> 10,
                mapped >> 10
            ))
        }
    }
}
