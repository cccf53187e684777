//! Bytes to and from the controller, and no wait without an end.

use super::command::{DISABLE_KEYBOARD, ENABLE_KEYBOARD, READ_CONFIGURATION, WRITE_CONFIGURATION};
use super::status::{ABSENT, AUX_OUTPUT, INPUT_FULL, OUTPUT_FULL};
use super::{Ports, Ps2Error};
use crate::limit::{Clock, Limit};

/// Time that the controller may take over a byte, or over an answer that it has
/// ready. It takes microseconds; firmware that plays it, milliseconds.
pub(super) const ANSWER_NS: u64 = 100_000_000;
/// Time that a question to a running controller may take in all, but for the last
/// byte, which enables the keyboard again.
pub const QUESTION_LIMIT_NS: u64 = 250_000_000;
/// The output buffer holds one byte, the keyboard's own about 16.
const MOST_WAITING: usize = 64;

/// A controller; everything that is known about it is in its registers.
#[derive(Clone, Copy, Debug)]
pub struct Controller<P> {
    pub(super) ports: P,
}

impl<P: Ports> Controller<P> {
    /// Names the controller behind `ports`; nothing is read or written.
    #[must_use]
    #[inline]
    pub const fn new(ports: P) -> Self {
        Self { ports }
    }

    /// Checks that a controller answers.
    ///
    /// # Errors
    /// [`Ps2Error::Absent`].
    pub fn present(&mut self) -> Result<(), Ps2Error> {
        if self.ports.status() == ABSENT { Err(Ps2Error::Absent) } else { Ok(()) }
    }

    /// Takes the byte that waits, if it is the keyboard's. One of the mouse port is
    /// taken too, or it would be in the way of the keyboard's for ever, and dropped.
    #[inline]
    pub fn take(&mut self) -> Option<u8> {
        let status = self.ports.status();
        if status == ABSENT || status & OUTPUT_FULL == 0 {
            return None;
        }
        let byte = self.ports.data();
        if status & AUX_OUTPUT != 0 {
            self.ports.note_aux();
            return None;
        }
        Some(byte)
    }

    /// Returns whether a byte that is written now would be taken.
    pub fn takes_a_byte(&mut self) -> bool {
        self.ports.status() & INPUT_FULL == 0
    }

    /// Writes a byte for the keyboard; see [`takes_a_byte`](Self::takes_a_byte).
    pub fn put(&mut self, byte: u8) {
        self.ports.write_data(byte);
    }

    /// Asks the controller something while the keyboard's clock is held, so that
    /// the next byte is the controller's. `on_byte` gets what waits already. To be
    /// called with interrupts off.
    ///
    /// # Errors
    /// Those of `ask`, or [`Ps2Error::NotTaken`].
    pub fn quietly<C: Clock, T>(
        &mut self,
        clock: C,
        mut on_byte: impl FnMut(u8),
        ask: impl FnOnce(&mut Self, &mut Limit<C>) -> Result<T, Ps2Error>,
    ) -> Result<T, Ps2Error> {
        let mut limit = Limit::new(clock, QUESTION_LIMIT_NS);
        self.command(DISABLE_KEYBOARD, &mut limit)?;
        let emptied = self.empty(&mut limit, &mut on_byte);
        let answer = emptied.and_then(|()| ask(self, &mut limit));
        self.enable_at_last(&mut limit)?;
        answer
    }

    /// Enables the keyboard, also where the time for all before is up: nothing
    /// would be typed on it any more.
    pub(super) fn enable_at_last<C: Clock>(
        &mut self,
        limit: &mut Limit<C>,
    ) -> Result<(), Ps2Error> {
        limit.leave(ANSWER_NS);
        self.command(ENABLE_KEYBOARD, limit)
    }

    /// Takes what the output buffer holds.
    pub(super) fn empty<C: Clock>(
        &mut self,
        limit: &mut Limit<C>,
        mut on_byte: impl FnMut(u8),
    ) -> Result<(), Ps2Error> {
        for _ in 0..MOST_WAITING {
            if self.ports.status() & OUTPUT_FULL == 0 {
                return Ok(());
            }
            if let Some(byte) = self.take() {
                on_byte(byte);
            }
            if limit.is_over() {
                break;
            }
        }
        Err(Ps2Error::NeverEmpty)
    }

    /// Gives the controller a command that has no answer.
    pub(super) fn command<C: Clock>(
        &mut self,
        command: u8,
        limit: &mut Limit<C>,
    ) -> Result<(), Ps2Error> {
        self.wait_until_taken(limit).ok_or(Ps2Error::NotTaken(command))?;
        self.ports.write_command(command);
        Ok(())
    }

    /// Gives the controller a command and waits for the answer.
    pub(super) fn ask<C: Clock>(
        &mut self,
        question: u8,
        answer_ns: u64,
        limit: &mut Limit<C>,
    ) -> Result<u8, Ps2Error> {
        self.command(question, limit)?;
        self.answer(answer_ns, limit).ok_or(Ps2Error::NoAnswer(question))
    }

    /// Reads the configuration byte.
    ///
    /// # Errors
    /// [`Ps2Error::NotTaken`] or [`Ps2Error::NoAnswer`].
    pub fn configuration<C: Clock>(&mut self, limit: &mut Limit<C>) -> Result<u8, Ps2Error> {
        self.ask(READ_CONFIGURATION, ANSWER_NS, limit)
    }

    /// Writes the configuration byte.
    ///
    /// # Errors
    /// [`Ps2Error::NotTaken`].
    pub fn configure<C: Clock>(
        &mut self,
        configuration: u8,
        limit: &mut Limit<C>,
    ) -> Result<(), Ps2Error> {
        self.command(WRITE_CONFIGURATION, limit)?;
        self.send(configuration, limit)
    }

    /// Writes a byte to the data register: for the keyboard, or a command's second
    /// half.
    pub(super) fn send<C: Clock>(
        &mut self,
        byte: u8,
        limit: &mut Limit<C>,
    ) -> Result<(), Ps2Error> {
        self.wait_until_taken(limit).ok_or(Ps2Error::NotTaken(byte))?;
        self.ports.write_data(byte);
        Ok(())
    }

    /// Waits for the next byte in the output buffer that is not the mouse port's.
    pub(super) fn answer<C: Clock>(&mut self, answer_ns: u64, limit: &mut Limit<C>) -> Option<u8> {
        limit.wait(answer_ns, || self.take())
    }

    fn wait_until_taken<C: Clock>(&mut self, limit: &mut Limit<C>) -> Option<()> {
        limit.wait(ANSWER_NS, || self.takes_a_byte().then_some(()))
    }
}
