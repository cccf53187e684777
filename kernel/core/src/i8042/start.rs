//! The start of controller and keyboard: what is done, and how long it may take.
//!
//! A controller whose self test fails may work all the same, so it is tried again,
//! and then done without. What ends the start is a controller that takes no
//! command, does not say how it is configured, or never runs empty; its keyboard
//! port is then left enabled, as firmware left it.
//!
//! | step | time at most |
//! | --- | --- |
//! | a byte taken, the configuration told | [`ANSWER_NS`] |
//! | a self test | [`SELF_TEST_NS`] |
//! | the keyboard's answer to a command | [`KEYBOARD_NS`] |
//! | all together | [`START_LIMIT_NS`] |

use super::command::{DISABLE_AUX, DISABLE_KEYBOARD, ENABLE_KEYBOARD, SELF_TEST, TEST_PASSED};
use super::configuration::{
    AUX_DISABLED, AUX_INTERRUPT, KEYBOARD_DISABLED, KEYBOARD_INTERRUPT, TRANSLATION,
};
#[cfg(doc)]
use super::controller::ANSWER_NS;
use super::{Controller, Ports, Ps2Error, SelfTest};
use crate::keyboard::{ScanSet, Translation, Wire, command};
use crate::limit::{Clock, Limit};

/// The longest start of controller and keyboard.
pub const START_LIMIT_NS: u64 = 1_000_000_000;
/// Time that a self test may take; some take tens of milliseconds.
const SELF_TEST_NS: u64 = 250_000_000;
/// Number of times that it is tried.
const SELF_TESTS: usize = 2;
/// Time that the keyboard may take to answer a byte. It takes up to 20 ms; one that
/// firmware plays for one on USB takes longer.
const KEYBOARD_NS: u64 = 200_000_000;
/// Number of times that a byte is sent which the keyboard did not receive whole.
const TRIES: usize = 3;
/// Bytes of keys that may be on their way when the keyboard is told something.
const MOST_AHEAD: usize = 16;

/// Answer of a keyboard to the command that has it report keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Acknowledged.
    Answers,
    /// Silence, or nonsense: none is plugged in, or it is slow to wake. Keys
    /// that it sends later are taken all the same.
    Silent,
}

/// The state in which controller and keyboard were left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Started {
    /// Answer of the keyboard.
    pub presence: Presence,
    /// Result of the controller's self test.
    pub self_test: SelfTest,
    /// The scan code set that the keyboard sends, as far as it says.
    pub set: ScanSet,
    /// The set that a keyboard plugged in later is to send.
    pub wanted: ScanSet,
}

/// Judges the answer of a self test; the error is an answer that is wrong.
///
/// Never inlined: a test calls it with another answer.
#[inline(never)]
fn verdict(answer: u8) -> Result<(), u8> {
    if answer == TEST_PASSED { Ok(()) } else { Err(answer) }
}

impl<P: Ports> Controller<P> {
    /// Brings the controller into a known state: keyboard on with IRQ 1, `wanted`
    /// on the wire, mouse port off, buffers empty. A byte that comes from the mouse
    /// port all the same raises IRQ 12: it has to be taken, or no key follows.
    ///
    /// # Errors
    /// [`Ps2Error`] says which step failed; there is no keyboard then.
    pub fn start<C: Clock>(&mut self, wanted: Wire, clock: C) -> Result<Started, Ps2Error> {
        self.present()?;
        let mut limit = Limit::new(clock, START_LIMIT_NS);
        let started = self.start_within(wanted, &mut limit);
        if started.is_err() {
            // Best effort: what stands in the way was said already.
            let _ = self.enable_at_last(&mut limit);
        }
        started
    }

    fn start_within<C: Clock>(
        &mut self,
        wanted: Wire,
        limit: &mut Limit<C>,
    ) -> Result<Started, Ps2Error> {
        self.hold_ports(limit)?;
        // It resets some controllers: their ports are enabled then, and a key would
        // be taken for the configuration, which comes after for the same reason.
        let self_test = self.self_test(limit)?;
        self.hold_ports(limit)?;
        let found = self.configuration(limit)?;
        let quiet = (found | AUX_DISABLED)
            & !(KEYBOARD_INTERRUPT | AUX_INTERRUPT | KEYBOARD_DISABLED | TRANSLATION);
        let configuration = match wanted.translation {
            Translation::On => quiet | TRANSLATION,
            Translation::Off => quiet,
        };
        self.configure(configuration, limit)?;
        self.command(ENABLE_KEYBOARD, limit)?;
        let mut started = Started {
            presence: Presence::Silent,
            self_test,
            set: ScanSet::Two,
            wanted: wanted.set,
        };
        if self.tell(command::ENABLE, limit).is_some() {
            started.presence = Presence::Answers;
            self.choose_set(&mut started, limit);
        }
        // Only now: the answers were read above, and leave no stray edge behind.
        self.configure(configuration | KEYBOARD_INTERRUPT | AUX_INTERRUPT, limit)?;
        Ok(started)
    }

    /// Disables both ports, and takes what came before.
    fn hold_ports<C: Clock>(&mut self, limit: &mut Limit<C>) -> Result<(), Ps2Error> {
        self.command(DISABLE_KEYBOARD, limit)?;
        self.command(DISABLE_AUX, limit)?;
        self.empty(limit, drop)
    }

    fn self_test<C: Clock>(&mut self, limit: &mut Limit<C>) -> Result<SelfTest, Ps2Error> {
        let mut first = None;
        for _ in 0..SELF_TESTS {
            match self.ask(SELF_TEST, SELF_TEST_NS, limit) {
                Ok(answer) => match verdict(answer) {
                    Ok(()) => return Ok(first.map_or(SelfTest::Passed, SelfTest::PassedAgain)),
                    Err(wrong) => first = first.or(Some(wrong)),
                },
                // Another would be as silent, and there are other things to wait for.
                Err(Ps2Error::NoAnswer(_)) => break,
                Err(error) => return Err(error),
            }
            // What follows a wrong answer belongs to it.
            self.empty(limit, drop)?;
        }
        Ok(first.map_or(SelfTest::Silent, SelfTest::Failed))
    }

    /// Has the keyboard send the wanted set. Now, and not while keys come: those
    /// that are typed while the set changes may overtake the acknowledgement.
    fn choose_set<C: Clock>(&mut self, started: &mut Started, limit: &mut Limit<C>) {
        match self.scan_set(limit) {
            Some(set) => started.set = set,
            // Too simple to be asked: set 2 then.
            None => started.wanted = ScanSet::Two,
        }
        if started.set != started.wanted
            && self.tell(command::SCAN_CODE_SET, limit).is_some()
            && self.tell(started.wanted.number(), limit).is_some()
        {
            started.set = started.wanted;
        }
    }

    /// The set that the keyboard sends, if it says.
    fn scan_set<C: Clock>(&mut self, limit: &mut Limit<C>) -> Option<ScanSet> {
        self.tell(command::SCAN_CODE_SET, limit)?;
        self.tell(command::WHICH_SET, limit)?;
        ScanSet::from_answer(self.answer(KEYBOARD_NS, limit)?)
    }

    /// Sends the keyboard a byte and waits for its acknowledgement, which may come
    /// behind a key that is on its way.
    fn tell<C: Clock>(&mut self, byte: u8, limit: &mut Limit<C>) -> Option<()> {
        for _ in 0..TRIES {
            self.send(byte, limit).ok()?;
            let answer = (0..MOST_AHEAD)
                .map_while(|_| self.answer(KEYBOARD_NS, limit))
                .find(|byte| matches!(*byte, command::ACKNOWLEDGE | command::RESEND))?;
            if answer == command::ACKNOWLEDGE {
                return Some(());
            }
        }
        None
    }
}
