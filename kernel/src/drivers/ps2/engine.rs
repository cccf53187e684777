//! The keyboard's one state: what bytes mean, what it was told, what was lost.

use valhalla_core::key::Key;
use valhalla_core::keyboard::{
    Decoded, Decoder, Heard, Held, Layout, Rate, Request, ScanSet, Talk, Wire,
};

use core::sync::atomic::{AtomicBool, Ordering};

use super::{Presence, Ps2Error, SCANCODES, controller};
use crate::cpu::lock::SpinLock;
use crate::time;

/// Keys that were decoded while something else was waited for.
const AHEAD: usize = 32;

/// No LEDs are lit like this.
const UNKNOWN: u8 = 0xff;

/// Everything that is not a byte on its way.
pub(super) static ENGINE: SpinLock<Engine> = SpinLock::new(Engine::new());

/// A key waits that no byte will tell of. Without the lock: asked all the time.
static KEPT: AtomicBool = AtomicBool::new(false);
/// There is something to say to the keyboard, or to hear from it; to begin with,
/// which LEDs to light.
static TALKS: AtomicBool = AtomicBool::new(true);
/// Somebody wants to see each byte.
static TAPPED: AtomicBool = AtomicBool::new(false);

/// Whether a key waits that no byte will tell of.
#[inline]
pub(super) fn has_key() -> bool {
    KEPT.load(Ordering::Relaxed)
}

/// Whether there is something to do even when no byte waits.
#[inline]
pub(super) fn has_work() -> bool {
    has_key() || TALKS.load(Ordering::Relaxed)
}

/// Whether the next bytes are for somebody who wants to see each.
pub(super) fn tap(tapped: bool) {
    TAPPED.store(tapped, Ordering::Relaxed);
}

/// For the interrupt handler: follows a byte that tells no more than that an
/// ordinary key went up, where no other byte waits and nobody wants to see it.
/// Whether it did.
#[inline]
pub(super) fn let_go(byte: u8) -> bool {
    let is_talking = TALKS.load(Ordering::Relaxed) || TAPPED.load(Ordering::Relaxed);
    if byte < 0x80 || is_talking || !SCANCODES.is_empty() {
        return false;
    }
    ENGINE.try_lock().is_some_and(|mut engine| engine.let_go(byte))
}

/// See [`ENGINE`].
pub(super) struct Engine {
    pub(super) decoder: Decoder,
    pub(super) talk: Talk,
    /// What `init` found.
    pub(super) found: Result<Presence, Ps2Error>,
    /// The scan code set that it is to send, whatever it starts with.
    pub(super) wanted: ScanSet,
    /// The repeat rate that it is to have; `None`: as it likes.
    pub(super) rate: Option<Rate>,
    /// What the LEDs were last asked to show; [`UNKNOWN`] before.
    shown: u8,
    ahead: [Option<Key>; AHEAD],
    /// The ring's drop count when last seen.
    dropped: usize,
    pub(super) received: usize,
    pub(super) overruns: usize,
    pub(super) started: usize,
}

/// What one byte was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// An answer of the keyboard to what it was told.
    Answer,
    /// Part of a key.
    Code(Decoded),
}

impl Engine {
    const fn new() -> Self {
        Self {
            decoder: Decoder::new(Layout::Us, Wire::USUAL),
            talk: Talk::new(),
            found: Err(Ps2Error::Absent),
            wanted: ScanSet::Two,
            rate: None,
            shown: UNKNOWN,
            ahead: [None; AHEAD],
            dropped: 0,
            received: 0,
            overruns: 0,
            started: 0,
        }
    }

    /// See [`let_go`].
    #[inline]
    fn let_go(&mut self, byte: u8) -> bool {
        // Bytes that were lost are to be noticed first.
        let done = SCANCODES.dropped() == self.dropped && self.decoder.let_go(byte);
        self.received = self.received.wrapping_add(usize::from(done));
        done
    }

    /// The character of the next byte, where it is known; nothing was done where
    /// it is not.
    #[inline]
    pub(super) fn known(&mut self) -> Option<char> {
        let ch = SCANCODES.take_if(|byte| self.decoder.known(byte))?;
        self.received = self.received.wrapping_add(1);
        Some(ch)
    }

    /// The next key: one that was decoded before, or from the bytes that wait.
    pub(super) fn next_key(&mut self) -> Option<Key> {
        if has_key() {
            let first = self.ahead[0].take();
            self.ahead.rotate_left(1);
            KEPT.store(self.ahead[0].is_some(), Ordering::Relaxed);
            return first;
        }
        let key = self.first_key();
        self.speak();
        key
    }

    /// The first key in the bytes that wait.
    fn first_key(&mut self) -> Option<Key> {
        while let Some(byte) = SCANCODES.pop() {
            match self.take(byte) {
                Meaning::Code(Decoded::Key(key)) => return Some(key),
                Meaning::Code(Decoded::Keys(first, second)) => {
                    self.keep(second);
                    return Some(first);
                }
                Meaning::Code(_) | Meaning::Answer => {}
            }
        }
        self.notice_drops();
        None
    }

    /// Takes the bytes that wait, keeps the keys for later, and says what is to
    /// be said.
    pub(super) fn work(&mut self) {
        self.take_in();
        self.notice_drops();
        self.speak();
    }

    /// Takes the bytes that wait and keeps the keys for later.
    pub(super) fn take_in(&mut self) {
        while let Some(byte) = SCANCODES.pop() {
            match self.take(byte) {
                Meaning::Code(Decoded::Key(key)) => self.keep(key),
                Meaning::Code(Decoded::Keys(first, second)) => {
                    self.keep(first);
                    self.keep(second);
                }
                Meaning::Code(_) | Meaning::Answer => {}
            }
        }
    }

    /// A key for later; when there are too many, the last are lost.
    fn keep(&mut self, key: Key) {
        if let Some(free) = self.ahead.iter_mut().find(|place| place.is_none()) {
            *free = Some(key);
            KEPT.store(true, Ordering::Relaxed);
        }
    }

    /// The next byte that waits and what it was; says what is to be said.
    pub(super) fn next_byte(&mut self) -> Option<(u8, Meaning)> {
        let taken = SCANCODES.pop().map(|byte| (byte, self.take(byte)));
        if taken.is_none() {
            self.notice_drops();
        }
        self.speak();
        taken
    }

    fn take(&mut self, byte: u8) -> Meaning {
        self.received = self.received.wrapping_add(1);
        if self.talk.is_listening() && self.heard(byte) {
            return Meaning::Answer;
        }
        let decoded = self.decoder.byte(byte);
        match decoded {
            Decoded::Started => {
                self.started = self.started.wrapping_add(1);
                self.greet();
            }
            Decoded::Overrun => self.overruns = self.overruns.wrapping_add(1),
            Decoded::Nothing | Decoded::Key(_) | Decoded::Keys(..) => {}
        }
        Meaning::Code(decoded)
    }

    /// Whether a byte that may be an answer is one; follows it.
    fn heard(&mut self, byte: u8) -> bool {
        match self.talk.take(byte, time::uptime_ns()) {
            Heard::Other => false,
            Heard::Done(request, answer) => {
                self.follow(request, answer);
                true
            }
            Heard::Answer | Heard::Failed(_) => true,
        }
    }

    /// A keyboard is there that knows nothing yet: tells it everything.
    pub(super) fn greet(&mut self) {
        self.found = Ok(Presence::Answers);
        self.talk.start_over();
        if self.wanted != ScanSet::Two {
            self.use_set(ScanSet::Two);
            self.talk.ask(Request::Set(self.wanted));
        }
        if let Some(rate) = self.rate {
            self.talk.ask(Request::Rate(rate));
        }
        self.talk.ask(Request::Enable);
        self.shown = UNKNOWN;
    }

    /// The keyboard has done what it was asked.
    fn follow(&mut self, request: Request, answer: Option<u8>) {
        self.found = Ok(Presence::Answers);
        match (request, answer.and_then(ScanSet::from_answer)) {
            (Request::Set(set), _) => self.use_set(set),
            (Request::AskSet, Some(set)) => self.use_set(set),
            _ => {}
        }
    }

    pub(super) fn use_set(&mut self, set: ScanSet) {
        let wire = self.decoder.wire();
        if wire.set != set {
            self.decoder.set_wire(Wire { set, ..wire });
        }
    }

    /// Better to let go of a key that is held than to hold one for ever: a
    /// release may be among the lost.
    fn notice_drops(&mut self) {
        let dropped = SCANCODES.dropped();
        if dropped != self.dropped {
            self.dropped = dropped;
            self.decoder.release_all();
        }
    }

    /// Sends a byte to the keyboard, if there is one to send and the controller
    /// would take it at once.
    #[inline]
    fn speak(&mut self) {
        let leds = self.decoder.locks().led_byte();
        if self.shown != leds || !self.talk.is_idle() || TALKS.load(Ordering::Relaxed) {
            self.say(leds);
        }
    }

    #[cold]
    fn say(&mut self, leds: u8) {
        if self.shown != leds && self.found.is_ok() {
            self.shown = leds;
            self.talk.ask(Request::Leds(leds));
        }
        if self.found.is_ok()
            && controller::takes_a_byte()
            && let Some(byte) = self.talk.next(time::uptime_ns())
        {
            controller::put(byte);
        }
        TALKS.store(self.found.is_ok() && !self.talk.is_idle(), Ordering::Relaxed);
    }

    /// Keys that are down.
    pub(super) const fn held(&self) -> Held {
        self.decoder.held()
    }
}
