//! Keys: from the keyboard, from a serial line, or from both as one stream.

use super::View;
use crate::acpi::sci;
use crate::drivers::ps2;
use crate::drivers::serial::{self, Line};
use crate::time;
use alloc::collections::VecDeque;
use core::sync::atomic::{AtomicU8, Ordering};
use valhalla_core::key::Key;
use valhalla_core::serial_input::Decoder;
use x86_64::instructions::interrupts;

/// Where somebody's keys come from.
#[derive(Debug, Default)]
pub struct Input {
    keyboard: Option<ps2::Keyboard>,
    line: Option<Decoded>,
    /// Keys that came while a command ran; it never grows.
    ahead: VecDeque<Key>,
}

/// A serial line's keys.
#[derive(Debug)]
struct Decoded {
    line: Line,
    decoder: Decoder,
    /// A byte waits that may be a key, or the beginning of one.
    undecided: Option<Undecided>,
    /// How many bytes had come when a Ctrl-C was last looked for among those
    /// that wait.
    searched: usize,
}

/// How long nothing more has come.
#[derive(Clone, Copy, Debug)]
struct Undecided {
    looked_ns: u64,
    waited_ns: u64,
}

/// What a terminal sends for Ctrl-C (ETX).
const CTRL_C: u8 = 0x03;
/// A terminal sends a sequence in one go: an ESC that is alone for so long was
/// the Escape key.
const UNDECIDED_NS: u64 = 50_000_000;
/// The most of it that counts between two looks: in a machine that stood still
/// the rest of the sequence had no way in either.
const LOOK_EVERY_NS: u64 = 10_000_000;
/// The lines with such a byte, a bit each: who waits has to look again.
static UNDECIDED: AtomicU8 = AtomicU8::new(0);

impl Decoded {
    #[inline]
    fn may_have_key(&self) -> bool {
        serial::is_waiting(self.line) || self.decoder.has_more()
    }

    fn next_key(&mut self) -> Option<Key> {
        let Self { line, decoder, .. } = self;
        let mut fresh = false;
        let key = decoder.next_key(|| {
            let byte = serial::receive(*line)?;
            fresh = true;
            Some(byte)
        });
        if key.is_some() || !decoder.is_undecided() {
            self.settle(None);
            return key;
        }
        let now = time::now_ns();
        let waited_ns = self.undecided.filter(|_| !fresh).map_or(0, |before| {
            before.waited_ns + now.saturating_sub(before.looked_ns).min(LOOK_EVERY_NS)
        });
        if waited_ns >= UNDECIDED_NS {
            self.settle(None);
            return self.decoder.idle();
        }
        self.settle(Some(Undecided { looked_ns: now, waited_ns }));
        None
    }

    fn settle(&mut self, undecided: Option<Undecided>) {
        if undecided.is_some() != self.undecided.is_some() {
            UNDECIDED.fetch_xor(1 << self.line as u8, Ordering::Relaxed);
        }
        self.undecided = undecided;
    }

    /// Ctrl-C, if it is among the bytes that wait; what came before it goes, as
    /// it does when a Ctrl-C is read.
    fn ctrl_c(&mut self) -> Option<Key> {
        let received = serial::received(self.line);
        if core::mem::replace(&mut self.searched, received) == received {
            return None;
        }
        serial::skip_past(self.line, CTRL_C).then(|| {
            self.decoder = Decoder::new();
            self.settle(None);
            Key::Ctrl('c')
        })
    }
}

/// So many keys are kept for the next prompt. Later ones wait where they are: a
/// serial line holds back its sender, so that a long paste is not cut. A
/// keyboard holds nothing back, and they are lost.
///
/// What stops a command is seen all the same, once it is in the machine: a
/// serial line's 4 KiB are looked through, a Ctrl-C that the sender still holds
/// is out of reach.
const AHEAD: usize = 1024;

impl Input {
    /// COM1, and the keyboard where there is one: for the crash monitor.
    #[must_use]
    pub fn new(keyboard: Option<ps2::Keyboard>) -> Self {
        Self { keyboard, ..Self::serial(Line::Com1) }
    }

    /// The keyboard, and the screen's terminal before it.
    #[must_use]
    pub fn keyboard(keyboard: Option<ps2::Keyboard>) -> Self {
        Self { keyboard, ..Self::default() }
    }

    /// The same, and keys can be kept. The room for them is taken once: what
    /// somebody types while a command runs does not show in the heap's figures.
    #[must_use]
    pub fn with_room(mut self) -> Self {
        // Without memory none are kept.
        let _ = self.ahead.try_reserve_exact(AHEAD);
        self
    }

    /// A serial line alone.
    #[must_use]
    pub fn serial(line: Line) -> Self {
        let line = Decoded { line, decoder: Decoder::new(), undecided: None, searched: 0 };
        Self { line: Some(line), ..Self::default() }
    }

    /// Whether it is worth to ask for a key: of three seats two have nothing.
    #[inline(always)]
    #[must_use]
    pub fn may_have_key(&self) -> bool {
        !self.ahead.is_empty()
            || self.keyboard.is_some() && ps2::has_work()
            || self.line.as_ref().is_some_and(Decoded::may_have_key)
            || self.has_answer()
    }

    /// The next key: one that was kept, or one that has arrived.
    pub fn try_next(&mut self) -> Option<Key> {
        self.next_kept().or_else(|| self.arrived())
    }

    /// The next key that was kept.
    pub fn next_kept(&mut self) -> Option<Key> {
        self.ahead.pop_front()
    }

    /// Drops what was kept.
    pub fn forget_kept(&mut self) {
        self.ahead.clear();
    }

    /// The next key that has arrived, past those that were kept; while as many
    /// are kept as there may be, only one that stops something.
    pub fn arrived(&mut self) -> Option<Key> {
        if self.ahead.len() >= AHEAD {
            return self.urgent();
        }
        self.keyboard_key().or_else(|| self.line.as_mut()?.next_key()).or_else(|| self.answer())
    }

    /// Whether the screen's terminal has answered. One at the other end of a line
    /// answers there.
    #[inline(always)]
    fn has_answer(&self) -> bool {
        self.line.is_none() && super::has_answered()
    }

    fn answer(&mut self) -> Option<Key> {
        if self.has_answer() { super::next_answer().map(Key::Answer) } else { None }
    }

    /// The keyboard's next key. Looking back is between it and its screen.
    #[inline(always)]
    fn keyboard_key(&mut self) -> Option<Key> {
        let keyboard = self.keyboard.as_mut()?;
        loop {
            match keyboard.next_key()? {
                Key::ScrollUp => super::look(View::Up),
                Key::ScrollDown => super::look(View::Down),
                key => {
                    super::look(View::Live);
                    return Some(key);
                }
            }
        }
    }

    /// The next key that stops a command or the machine: there is no room for
    /// any other.
    #[cold]
    fn urgent(&mut self) -> Option<Key> {
        while let Some(key) = self.keyboard_key() {
            if matches!(key, Key::Ctrl('c') | Key::Reboot) {
                return Some(key);
            }
        }
        self.line.as_mut()?.ctrl_c()
    }

    /// Keeps a key for the next prompt; without [room](Self::with_room) it is lost.
    pub fn keep(&mut self, key: Key) {
        if self.ahead.len() < self.ahead.capacity() {
            self.ahead.push_back(key);
        }
    }

    /// Waits for a key without interrupts: asks the devices in turn, and leaves
    /// interrupts off. For the crash monitor.
    ///
    /// It paints only when no key waits: a keyboard holds 16 bytes, and nobody
    /// fetches them while a screen is painted.
    pub fn wait_polling(&mut self) -> Key {
        let mut painted = false;
        loop {
            poll_devices();
            if let Some(key) = self.try_next() {
                return key;
            }
            if !core::mem::replace(&mut painted, true) {
                super::flush();
            }
        }
    }
}

/// Whether a device has something that nobody has looked at; the power button
/// is one.
#[must_use]
#[inline]
pub fn is_waiting() -> bool {
    sci::is_pressed()
        || ps2::is_waiting()
        || serial::is_waiting(Line::Com1)
        || serial::is_waiting(Line::Com2)
        || super::has_answered()
}

/// Whether there may be a key: something [waits](is_waiting), or time shows what
/// it was.
#[must_use]
#[inline]
pub fn may_have_key() -> bool {
    is_waiting() || UNDECIDED.load(Ordering::Relaxed) != 0
}

/// Asks `look` until it has an answer, again whenever something arrives. The
/// screen is painted before the wait; not while there is more to read.
pub fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    loop {
        if let Some(answer) = look() {
            return answer;
        }
        super::flush();
        rest();
    }
}

/// Rests until something has come since it last returned, or it is time to look
/// again.
///
/// While the timer ticks, the processor sleeps until an interrupt. Where it
/// does not (a machine without a PIC or PIT), the devices are asked in turn:
/// slower, hotter, but the prompt answers.
pub fn rest() {
    if !time::can_sleep() {
        time::poll();
        poll_devices();
        return;
    }
    if UNDECIDED.load(Ordering::Relaxed) != 0 {
        time::rest_unless(is_waiting, time::now_ns().saturating_add(LOOK_EVERY_NS));
        return;
    }
    // Off, so that a byte which arrives between the question and the HLT is not
    // slept over; STI takes effect only after the instruction that follows it,
    // and that is the HLT.
    interrupts::disable();
    time::idle();
    interrupts::enable();
}

/// What the interrupt handlers would do.
pub fn poll_devices() {
    interrupts::without_interrupts(|| {
        ps2::on_interrupt();
        Line::ALL.into_iter().for_each(serial::on_interrupt);
    });
    core::hint::spin_loop();
}
