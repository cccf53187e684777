//! A keyboard in use: what its bytes mean, and what it is to be told.

use super::{Presence, Ps2Error, Started};
use crate::keyboard::{Decoded, Decoder, Heard, Layout, Rate, Request, ScanSet, Talk, Wire};

/// Value of no LEDs.
const UNKNOWN: u8 = 0xff;

/// Meaning of one byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// An answer of the keyboard to what it was told.
    Answer,
    /// Part of a key.
    Code(Decoded),
}

/// One keyboard behind the controller.
pub struct Device {
    /// Decoder of its bytes.
    pub decoder: Decoder,
    /// Conversation with it.
    pub talk: Talk,
    /// Result of the start.
    pub found: Result<Presence, Ps2Error>,
    /// The scan code set that it is to send, whatever it starts with.
    wanted: ScanSet,
    /// The repeat rate that it is to have; `None`: as it likes.
    rate: Option<Rate>,
    /// LEDs that were last asked for; [`UNKNOWN`] before.
    shown: u8,
    /// Number of bytes that came.
    pub received: usize,
    /// Number of times that it lost codes itself.
    pub overruns: usize,
    /// Number of times that a keyboard started: was plugged in.
    pub started: usize,
}

impl Device {
    /// Returns a device that was not looked for yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            decoder: Decoder::new(Layout::Us, Wire::USUAL),
            talk: Talk::new(),
            found: Err(Ps2Error::Absent),
            wanted: ScanSet::Two,
            rate: None,
            shown: UNKNOWN,
            received: 0,
            overruns: 0,
            started: 0,
        }
    }

    /// Writes down what a start for `wire` found.
    pub fn begin(&mut self, wire: Wire, layout: Layout, started: Result<Started, Ps2Error>) {
        self.decoder.set_layout(layout);
        let (set, wanted) =
            started.map_or((ScanSet::Two, wire.set), |started| (started.set, started.wanted));
        self.decoder.set_wire(Wire { set, ..wire });
        self.wanted = wanted;
        self.found = started.map(|started| started.presence);
    }

    /// Returns the repeat rate that it was told; `None`: its own.
    #[must_use]
    pub const fn rate(&self) -> Option<Rate> {
        self.rate
    }

    /// Has held keys repeat at this rate, also those of a keyboard that is plugged
    /// in later.
    pub fn ask_for_rate(&mut self, rate: Rate) {
        self.rate = Some(rate);
        self.talk.ask(Request::Rate(rate));
    }

    /// Has the keyboard send this set, also one that is plugged in later.
    pub fn ask_for_set(&mut self, set: ScanSet) {
        self.wanted = set;
        self.talk.ask(Request::Set(set));
    }

    /// Follows a byte.
    pub fn take(&mut self, byte: u8, now_ns: impl FnOnce() -> u64) -> Meaning {
        self.received = self.received.wrapping_add(1);
        if self.talk.is_listening() && self.heard(byte, now_ns()) {
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

    /// Follows a byte that may be an answer. Returns whether it is one.
    fn heard(&mut self, byte: u8, now_ns: u64) -> bool {
        match self.talk.take(byte, now_ns) {
            Heard::Other => false,
            Heard::Done(request, answer) => {
                self.follow(request, answer);
                true
            }
            Heard::Answer | Heard::Failed(_) => true,
        }
    }

    /// Tells a keyboard everything that has just started and knows nothing yet.
    fn greet(&mut self) {
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

    /// Follows a request that the keyboard has done.
    fn follow(&mut self, request: Request, answer: Option<u8>) {
        self.found = Ok(Presence::Answers);
        match (request, answer.and_then(ScanSet::from_answer)) {
            (Request::Set(set), _) => self.use_set(set),
            (Request::AskSet, Some(set)) => self.use_set(set),
            _ => {}
        }
    }

    fn use_set(&mut self, set: ScanSet) {
        let wire = self.decoder.wire();
        if wire.set != set {
            self.decoder.set_wire(Wire { set, ..wire });
        }
    }

    /// Returns whether everything was said and answered, and the LEDs show the locks.
    #[must_use]
    #[inline]
    pub fn is_content(&self) -> bool {
        self.shown == self.decoder.locks().led_byte() && self.talk.is_idle()
    }

    /// Returns the byte to send now, if it is our turn and the controller takes one;
    /// it counts as sent.
    pub fn next_to_send(
        &mut self,
        takes_a_byte: impl FnOnce() -> bool,
        now_ns: impl FnOnce() -> u64,
    ) -> Option<u8> {
        self.found.ok()?;
        let leds = self.decoder.locks().led_byte();
        if self.shown != leds {
            self.shown = leds;
            self.talk.ask(Request::Leds(leds));
        }
        if takes_a_byte() { self.talk.next(now_ns()) } else { None }
    }
}

impl Default for Device {
    fn default() -> Self {
        Self::new()
    }
}
