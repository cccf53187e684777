//! What the keyboard is told: LEDs, repeat rate, scan code set.
//!
//! A command and its argument are a byte each, and the keyboard answers each
//! with ACK or RESEND, between the codes of keys that are typed meanwhile.
//! Nobody waits for that: [`Talk::next`] hands out the next byte when the one
//! before was acknowledged, and [`Talk::take`] picks the answers out of the
//! stream. A keyboard that never answers costs one byte every [`PATIENCE_NS`]
//! at the most, whenever somebody comes by.
//!
//! IBM PS/2 Hardware Interface Technical Reference, "Keyboard", commands.

use super::rate::Rate;
use super::wire::ScanSet;

/// Bytes to the keyboard, and its answers.
pub mod command {
    /// Light these LEDs.
    pub const LEDS: u8 = 0xed;
    /// Use the scan code set that follows.
    pub const SCAN_CODE_SET: u8 = 0xf0;
    /// As a set: which is it?
    pub const WHICH_SET: u8 = 0;
    /// Repeat keys at the rate that follows.
    pub const RATE: u8 = 0xf3;
    /// Report keys.
    pub const ENABLE: u8 = 0xf4;
    /// The keyboard's answer to a byte that it has taken.
    pub const ACKNOWLEDGE: u8 = 0xfa;
    /// The keyboard did not understand, or did not receive it whole.
    pub const RESEND: u8 = 0xfe;
}
use command::{ACKNOWLEDGE, RESEND};

/// How long an answer may take. The manual says 20 ms; cheap keyboards and
/// firmware that plays one for USB take longer.
const PATIENCE_NS: u64 = 1_000_000_000;
/// How often a byte is sent before the keyboard is believed not to know it.
const TRIES: u8 = 3;
/// Room for requests; of each kind only the latest counts.
const ROOM: usize = 6;

/// Something to tell the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Which LEDs are lit: see [`Locks::led_byte`](super::Locks::led_byte).
    Leds(u8),
    /// How a held key repeats.
    Rate(Rate),
    /// Send this scan code set from now on.
    Set(ScanSet),
    /// Which scan code set do you send?
    AskSet,
    /// Report keys.
    Enable,
}

impl Request {
    /// The command byte and the argument.
    const fn bytes(self) -> (u8, Option<u8>) {
        match self {
            Self::Leds(leds) => (command::LEDS, Some(leds)),
            Self::Rate(rate) => (command::RATE, Some(rate.byte())),
            Self::Set(set) => (command::SCAN_CODE_SET, Some(set.number())),
            Self::AskSet => (command::SCAN_CODE_SET, Some(command::WHICH_SET)),
            Self::Enable => (command::ENABLE, None),
        }
    }

    const fn has_answer(self) -> bool {
        matches!(self, Self::AskSet)
    }
}

/// What a byte from the keyboard was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Not an answer: a key's, for the decoder.
    Other,
    /// Part of a conversation that goes on.
    Answer,
    /// The end of one: what was asked for is done; with the answer, where there is one.
    Done(Request, Option<u8>),
    /// The keyboard does not do this.
    Failed(Request),
}

/// How conversations ended, since boot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests that were carried out.
    pub done: u32,
    /// Bytes that had to be sent again.
    pub resent: u32,
    /// Requests that the keyboard refused.
    pub refused: u32,
    /// Requests without an answer.
    pub silent: u32,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Idle,
    /// A byte is to be sent: the command's or the argument's.
    Ready {
        request: Request,
        step: Step,
        tries: u8,
    },
    /// It was sent at this time, and its acknowledgement is awaited.
    Sent {
        request: Request,
        step: Step,
        tries: u8,
        at_ns: u64,
    },
    /// All is acknowledged, and one more byte is the answer.
    Answer {
        request: Request,
        at_ns: u64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Command,
    Argument,
}

/// A conversation with one keyboard.
#[derive(Debug)]
pub struct Talk {
    queue: [Option<Request>; ROOM],
    /// How many there are in the queue.
    waiting: usize,
    state: State,
    counts: Counts,
}

impl Talk {
    /// Nothing to say.
    #[must_use]
    pub const fn new() -> Self {
        let counts = Counts { done: 0, resent: 0, refused: 0, silent: 0 };
        Self { queue: [None; ROOM], waiting: 0, state: State::Idle, counts }
    }

    /// Says `request` as soon as the keyboard listens. It takes the place of a
    /// request of its kind that still waits.
    pub fn ask(&mut self, request: Request) {
        let kind = core::mem::discriminant(&request);
        let same = |waiting: &Option<Request>| {
            waiting.is_some_and(|waiting| core::mem::discriminant(&waiting) == kind)
        };
        let at = self.queue.iter().position(same);
        let at = at.or_else(|| self.queue.iter().position(Option::is_none));
        // There are fewer kinds than places.
        if let Some(place) = at.and_then(|at| self.queue.get_mut(at)) {
            self.waiting += usize::from(place.replace(request).is_none());
        }
    }

    /// Forgets what was said and what is to be said: there is another keyboard.
    pub fn start_over(&mut self) {
        self.queue = [None; ROOM];
        self.waiting = 0;
        self.state = State::Idle;
    }

    /// Whether everything was said and answered.
    #[must_use]
    #[inline]
    pub fn is_idle(&self) -> bool {
        self.waiting == 0 && matches!(self.state, State::Idle)
    }

    /// How conversations ended.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// The byte to send now, if it is our turn; it counts as sent.
    pub fn next(&mut self, now_ns: u64) -> Option<u8> {
        if let State::Sent { at_ns, .. } | State::Answer { at_ns, .. } = self.state
            && now_ns.saturating_sub(at_ns) > PATIENCE_NS
        {
            self.counts.silent = self.counts.silent.wrapping_add(1);
            self.state = State::Idle;
        }
        if matches!(self.state, State::Idle) {
            let request = self.queue.iter_mut().find_map(Option::take)?;
            self.waiting -= 1;
            self.state = State::Ready { request, step: Step::Command, tries: 0 };
        }
        let State::Ready { request, step, tries } = self.state else { return None };
        let (command, argument) = request.bytes();
        self.state = State::Sent { request, step, tries: tries + 1, at_ns: now_ns };
        Some(if step == Step::Command { command } else { argument.unwrap_or(command) })
    }

    /// Whether the next byte from the keyboard may be an answer.
    #[must_use]
    pub const fn is_listening(&self) -> bool {
        matches!(self.state, State::Sent { .. } | State::Answer { .. })
    }

    /// Looks at a byte from the keyboard.
    pub fn take(&mut self, byte: u8, now_ns: u64) -> Heard {
        match self.state {
            State::Answer { request, .. } => self.done(request, Some(byte)),
            State::Sent { request, step, .. } if byte == ACKNOWLEDGE => {
                if step == Step::Command && request.bytes().1.is_some() {
                    self.state = State::Ready { request, step: Step::Argument, tries: 0 };
                    Heard::Answer
                } else if request.has_answer() {
                    self.state = State::Answer { request, at_ns: now_ns };
                    Heard::Answer
                } else {
                    self.done(request, None)
                }
            }
            State::Sent { request, step, tries, .. } if byte == RESEND => {
                if tries < TRIES {
                    self.counts.resent = self.counts.resent.wrapping_add(1);
                    self.state = State::Ready { request, step, tries };
                    return Heard::Answer;
                }
                self.counts.refused = self.counts.refused.wrapping_add(1);
                self.state = State::Idle;
                Heard::Failed(request)
            }
            _ => Heard::Other,
        }
    }

    fn done(&mut self, request: Request, answer: Option<u8>) -> Heard {
        self.counts.done = self.counts.done.wrapping_add(1);
        self.state = State::Idle;
        Heard::Done(request, answer)
    }
}

impl Default for Talk {
    fn default() -> Self {
        Self::new()
    }
}
