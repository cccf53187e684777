//! Keys from the keyboard and from serial, merged into one stream.

use crate::drivers::ps2;
use crate::drivers::serial::{self, Line};
use crate::time;
use alloc::collections::VecDeque;
use valhalla_core::key::Key;
use valhalla_core::serial_input::Decoder;
use x86_64::instructions::interrupts;

/// Where the shell's keys come from.
#[derive(Debug)]
pub struct Input {
    keyboard: Option<ps2::Keyboard>,
    decoder: Decoder,
    /// Keys that came while a command looked for Ctrl-C.
    ahead: VecDeque<Key>,
}

/// As many keys are kept for the next prompt; later ones are lost.
const AHEAD: usize = 256;

impl Input {
    /// Serial, and the keyboard where there is one.
    #[must_use]
    pub fn new(keyboard: Option<ps2::Keyboard>) -> Self {
        Self { keyboard, decoder: Decoder::new(), ahead: VecDeque::new() }
    }

    /// The next key, if one has arrived.
    pub fn try_next(&mut self) -> Option<Key> {
        self.ahead.pop_front().or_else(|| self.arrived())
    }

    /// Whether Ctrl-C came; what was typed before it is dropped then, and kept
    /// for the prompt otherwise.
    pub fn is_cancelled(&mut self) -> bool {
        while let Some(key) = self.arrived() {
            if key == Key::Ctrl('c') {
                self.ahead.clear();
                return true;
            }
            if self.ahead.len() < AHEAD && self.ahead.try_reserve(1).is_ok() {
                self.ahead.push_back(key);
            }
        }
        false
    }

    fn arrived(&mut self) -> Option<Key> {
        if let Some(key) = self.keyboard.as_mut().and_then(ps2::Keyboard::next_key) {
            return Some(key);
        }
        self.decoder.next_key(|| serial::receive(Line::Com1))
    }

    /// Waits for the next key, painting the screen first.
    ///
    /// While the timer ticks, the processor sleeps until an interrupt. Where
    /// it does not (a machine without a PIC or PIT), the devices are asked in
    /// turn: slower, hotter, but the prompt answers.
    pub fn wait(&mut self) -> Key {
        super::flush();
        loop {
            // Off, so that a byte which arrives between the look and the HLT
            // is not slept over; STI takes effect only after the instruction
            // that follows it, and that is the HLT.
            interrupts::disable();
            if let Some(key) = self.try_next() {
                interrupts::enable();
                return key;
            }
            if time::ticks() == 0 {
                interrupts::enable();
                poll_devices();
                continue;
            }
            // Every interrupt wakes us; only a byte is worth more than this
            // look.
            while !ps2::is_waiting() && !serial::is_waiting(Line::Com1) {
                time::idle();
            }
        }
    }

    /// The same without interrupts: asks the devices in turn, and leaves
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

/// What the interrupt handlers would do.
fn poll_devices() {
    interrupts::without_interrupts(|| {
        ps2::on_interrupt();
        serial::on_interrupt(Line::Com1);
    });
    core::hint::spin_loop();
}
