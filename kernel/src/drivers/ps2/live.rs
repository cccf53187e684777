//! What can be looked at and changed while the keyboard is in use.

use core::fmt;

use valhalla_core::i8042::configuration::{KEYBOARD_DISABLED, TRANSLATION};
use valhalla_core::i8042::{Controller, Meaning, Presence, Ps2Error};
use valhalla_core::keyboard::{Counts, Held, Layout, Locks, Rate, ScanSet, Translation, Wire};
use valhalla_core::limit::Limit;
use x86_64::instructions::interrupts;

use super::engine::ENGINE;
use super::ports::{Ports, aux_dropped, controller};
use super::{SCANCODES, on_byte, on_interrupt};
use crate::cpu::elapsed::Elapsed;
use crate::time;

/// Time that a command waits for the keyboard to do what it was told. Three
/// requests may wait before ours, a second each at most.
const PATIENCE_MS: u64 = 4_000;

/// Reason why the keyboard did not do what it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TellError {
    /// No controller is there, or it does not answer.
    Controller(Ps2Error),
    /// The keyboard does not answer.
    Silent,
    /// The keyboard answers, but does not do this.
    Refused,
}

impl fmt::Display for TellError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Controller(error) => error.fmt(f),
            Self::Silent => f.write_str("the keyboard does not answer"),
            Self::Refused => f.write_str("the keyboard refuses"),
        }
    }
}

/// Another layout, from the next key on.
pub fn set_layout(layout: Layout) {
    ENGINE.lock().device.decoder.set_layout(layout);
}

/// Has held keys repeat at this rate.
///
/// # Errors
/// [`TellError`]; a keyboard that is plugged in later is told all the same.
pub fn set_rate(rate: Rate) -> Result<(), TellError> {
    ENGINE.lock().device.ask_for_rate(rate);
    settle()
}

/// Has the keyboard send this scan code set.
///
/// # Errors
/// [`TellError`]; the set is then as before.
pub fn set_scan_set(set: ScanSet) -> Result<(), TellError> {
    ENGINE.lock().device.ask_for_set(set);
    settle()?;
    let used = ENGINE.lock().device.decoder.wire().set;
    if used == set { Ok(()) } else { Err(TellError::Refused) }
}

/// Has the controller translate, or not.
///
/// # Errors
/// [`TellError::Controller`].
pub fn set_translation(translation: Translation) -> Result<(), TellError> {
    ENGINE.lock().device.found.map_err(TellError::Controller)?;
    quietly(|controller, limit| {
        let found = controller.configuration(limit)?;
        // Bytes that came before still mean what they meant.
        ENGINE.lock().take_in();
        let wanted = match translation {
            Translation::On => found | TRANSLATION,
            Translation::Off => found & !TRANSLATION,
        };
        controller.configure(wanted, limit)
    })
    .map_err(TellError::Controller)?;
    let mut engine = ENGINE.lock();
    let wire = engine.device.decoder.wire();
    engine.device.decoder.set_wire(Wire { translation, ..wire });
    Ok(())
}

/// Waits until the keyboard has answered to everything it was told.
fn settle() -> Result<(), TellError> {
    ENGINE.lock().device.found.map_err(TellError::Controller)?;
    let before = ENGINE.lock().device.talk.counts();
    time::wait_until(PATIENCE_MS, || {
        interrupts::without_interrupts(on_interrupt);
        let mut engine = ENGINE.lock();
        engine.work();
        engine.device.talk.is_idle().then_some(())
    })
    .map_err(|_| TellError::Silent)?;
    let after = ENGINE.lock().device.talk.counts();
    if after.refused != before.refused {
        Err(TellError::Refused)
    } else if after.silent != before.silent {
        Err(TellError::Silent)
    } else {
        Ok(())
    }
}

/// Asks the controller something while the keyboard's clock is held, so that
/// the next byte is the controller's. What waits already goes its usual way.
fn quietly<T>(
    ask: impl FnOnce(&mut Controller<Ports>, &mut Limit<Elapsed>) -> Result<T, Ps2Error>,
) -> Result<T, Ps2Error> {
    interrupts::without_interrupts(|| controller().quietly(Elapsed::start(), on_byte, ask))
}

/// State of controller and keyboard.
#[derive(Clone, Copy, Debug)]
pub struct Status {
    /// Result of the start.
    pub found: Result<Presence, Ps2Error>,
    /// The controller's configuration byte, read now.
    pub configuration: Option<u8>,
    /// The layout.
    pub layout: Layout,
    /// Scan code set and translation.
    pub wire: Wire,
    /// The locks, which the LEDs show.
    pub locks: Locks,
    /// Keys that are down.
    pub held: Held,
    /// The repeat rate that it was told; `None`: its own.
    pub rate: Option<Rate>,
    /// Counts of its answers to what it was told.
    pub talk: Counts,
    /// Bytes that came.
    pub received: usize,
    /// Bytes that nobody fetched in time.
    pub dropped: usize,
    /// Bytes of the mouse port, which are dropped.
    pub aux: usize,
    /// Number of times that the keyboard lost codes itself.
    pub overruns: usize,
    /// Number of times that a keyboard started: was plugged in.
    pub started: usize,
}

/// Returns what is known of a keyboard.
///
/// # Errors
/// [`Ps2Error`]: the controller cannot be used.
pub fn found() -> Result<Presence, Ps2Error> {
    ENGINE.lock().device.found
}

/// Collects what is known about controller and keyboard.
#[must_use]
pub fn status() -> Status {
    let found = ENGINE.lock().device.found;
    // Asking takes holding the keyboard, which the answer shows.
    let configuration = found.ok().and_then(|_| quietly(Controller::configuration).ok());
    let configuration = configuration.map(|byte| byte & !KEYBOARD_DISABLED);
    let engine = ENGINE.lock();
    let device = &engine.device;
    Status {
        found,
        configuration,
        layout: device.decoder.layout(),
        wire: device.decoder.wire(),
        locks: device.decoder.locks(),
        held: device.decoder.held(),
        rate: device.rate(),
        talk: device.talk.counts(),
        received: device.received,
        dropped: SCANCODES.dropped(),
        aux: aux_dropped(),
        overruns: device.overruns,
        started: device.started,
    }
}

/// A byte, what it was, and which keys are down after it.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// As it came from the controller.
    pub byte: u8,
    /// Its meaning.
    pub meaning: Meaning,
    /// Keys that are down.
    pub held: Held,
    /// The set that it was read in.
    pub wire: Wire,
}

/// Takes the next byte that waits, for a test of the keyboard: its key goes nowhere
/// else.
#[must_use]
pub fn next_record() -> Option<Record> {
    let mut engine = ENGINE.lock();
    let wire = engine.device.decoder.wire();
    let (byte, meaning) = engine.next_byte()?;
    Some(Record { byte, meaning, held: engine.device.decoder.held(), wire })
}

/// Opens the keyboard's lock, whoever held it, for the crash monitor.
///
/// # Safety
///
/// Whoever held it may never run again.
pub unsafe fn reopen() {
    // SAFETY: the caller's promise. The state is plain values, and a key that is
    // half taken in is let go of at once.
    unsafe { ENGINE.break_open() };
    let mut engine = ENGINE.lock();
    engine.device.decoder.release_all();
    engine.device.talk.start_over();
}
