//! The keyboard's one state, behind its lock: the device, and keys ahead.

use core::sync::atomic::{AtomicBool, Ordering};

use valhalla_core::i8042::{Device, Meaning};
use valhalla_core::key::Key;
use valhalla_core::keyboard::Decoded;

use super::SCANCODES;
use super::ports::controller;
use crate::cpu::lock::SpinLock;
use crate::time;

/// Keys that were decoded while something else was waited for.
const AHEAD: usize = 32;

/// Everything that is not a byte on its way.
pub(super) static ENGINE: SpinLock<Engine> = SpinLock::new(Engine::new());

/// A key waits that no byte will tell of. Without the lock: asked all the time.
static KEPT: AtomicBool = AtomicBool::new(false);
/// Something is to be said to the keyboard, or to be heard from it; to begin with,
/// which LEDs to light.
static TALKS: AtomicBool = AtomicBool::new(true);

/// Returns whether a key waits that no byte will tell of.
#[inline]
pub(super) fn has_key() -> bool {
    KEPT.load(Ordering::Relaxed)
}

/// Returns whether there is something to do even when no byte waits.
#[inline]
pub(super) fn has_work() -> bool {
    has_key() || TALKS.load(Ordering::Relaxed)
}

/// See [`ENGINE`].
pub(super) struct Engine {
    pub(super) device: Device,
    ahead: [Option<Key>; AHEAD],
    /// The ring's drop count when last seen.
    dropped: usize,
}

impl Engine {
    const fn new() -> Self {
        Self { device: Device::new(), ahead: [None; AHEAD], dropped: 0 }
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
        self.device.take(byte, time::now_ns)
    }

    /// Better to let go of a key that is held than to hold one for ever: a
    /// release may be among the lost.
    fn notice_drops(&mut self) {
        let dropped = SCANCODES.dropped();
        if dropped != self.dropped {
            self.dropped = dropped;
            self.device.decoder.release_all();
        }
    }

    /// Sends a byte to the keyboard, if there is one to send and the controller
    /// would take it at once.
    #[inline]
    fn speak(&mut self) {
        if !self.device.is_content() || TALKS.load(Ordering::Relaxed) {
            self.say();
        }
    }

    #[cold]
    fn say(&mut self) {
        let takes_a_byte = || controller().takes_a_byte();
        if let Some(byte) = self.device.next_to_send(takes_a_byte, time::now_ns) {
            controller().put(byte);
        }
        let talks = self.device.found.is_ok() && !self.device.talk.is_idle();
        TALKS.store(talks, Ordering::Relaxed);
    }
}
