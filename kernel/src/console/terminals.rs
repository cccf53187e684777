//! What the terminals on the serial lines are told when somebody may be there,
//! and when the kernel goes.
//!
//! A terminal that marks what is pasted (bracketed paste, xterm's mode 2004)
//! goes on doing so for whatever talks to it next, so it is told to stop before
//! the machine is switched off or starts anew.

use super::{Echo, Place};
use crate::drivers::serial::{Line, Serial};
use core::fmt::Write;
use core::sync::atomic::{AtomicBool, Ordering};

/// To mark what is pasted, and to say where its farthest corner is. It answers
/// when it likes, or never.
const GREETING: &str = concat!("\x1b[?2004h", "\x1b7\x1b[999;999H\x1b[6n\x1b8");
/// To mark it no more.
const FAREWELL: &str = "\x1b[?2004l";

/// Which lines had the first and not the last, in the order of [`Line::ALL`].
static GREETED: [AtomicBool; Line::ALL.len()] = [const { AtomicBool::new(false) }; Line::ALL.len()];

/// Every line, and whether a terminal there was greeted.
fn terminals() -> impl Iterator<Item = (Line, &'static AtomicBool)> {
    Line::ALL.into_iter().zip(&GREETED)
}

/// Tells the terminal there, if it is on a serial line, what it should do, and
/// asks how large it is; its cursor stays where it is.
pub fn greet(place: Place) {
    if let Some((line, greeted)) = terminals().find(|(line, _)| Place::from(*line) == place) {
        greeted.store(true, Ordering::Relaxed);
        say(line, GREETING);
    }
}

/// Before the machine goes: each terminal that was greeted is as it was.
pub fn take_leave() -> Farewell {
    let mut told = [None; Line::ALL.len()];
    for (slot, (line, greeted)) in told.iter_mut().zip(terminals()) {
        if greeted.swap(false, Ordering::Relaxed) {
            say(line, FAREWELL);
            // What the UART still holds would go with the machine.
            Serial::at(line).drain();
            *slot = Some(line);
        }
    }
    Farewell(told)
}

/// The terminals that were told that the machine goes.
#[derive(Debug)]
#[must_use = "a machine that does not go has to take it back"]
pub struct Farewell([Option<Line>; Line::ALL.len()]);

impl Farewell {
    /// The machine goes on.
    pub fn take_back(self) {
        self.0.into_iter().flatten().for_each(|line| greet(line.into()));
    }
}

fn say(line: Line, words: &str) {
    // An `Echo` takes any text.
    let _ = Echo(line.into()).write_str(words);
}
