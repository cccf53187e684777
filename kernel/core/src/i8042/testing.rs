//! Controllers and keyboards for the tests: a sound pair, and hostile ones.

use std::collections::VecDeque;

use super::Ports;
use super::command::*;
use super::configuration::KEYBOARD_DISABLED;
use super::status::{AUX_OUTPUT, OUTPUT_FULL};
use crate::keyboard::command::{ACKNOWLEDGE, ENABLE, RATE, RESEND, SCAN_CODE_SET, WHICH_SET};
use crate::simulated::Time;

/// What is wrong with the pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// Both registers read as this byte, and writes go nowhere.
    Reads(u8),
    /// These bits of the status are always set.
    StuckSet(u8),
    /// These bits of the status are never set.
    StuckClear(u8),
    /// The controller answers its self test with these, one after the other, and
    /// then passes; 0 is no answer.
    SelfTests([u8; 3]),
    /// The controller answers nothing.
    Silent,
    /// The keyboard answers nothing.
    SilentKeyboard,
    /// The keyboard sends back what it is sent.
    EchoingKeyboard,
    /// The keyboard understands each byte when it comes a second time.
    HardOfHearing,
    /// The keyboard cannot be asked for its set.
    SimpleKeyboard,
    /// A byte of the mouse port comes before each other byte.
    AuxBetween,
    /// Bytes come without end, whatever is disabled.
    Floods,
}

/// An 8042 with a keyboard.
pub(crate) struct Fake {
    pub(crate) time: Time,
    pub(crate) access_ns: u64,
    fault: Fault,
    /// What waits: the byte, and whether it is the mouse port's.
    waiting: VecDeque<(u8, bool)>,
    /// What the keyboard has to say when its clock is not held.
    keyboard: VecDeque<u8>,
    pub(crate) configuration: u8,
    pub(crate) set: u8,
    pub(crate) scans: bool,
    /// A command that waits for its second byte.
    half: Option<u8>,
    keyboard_half: Option<u8>,
    self_tests: usize,
    heard: Option<u8>,
    pub(crate) aux_dropped: usize,
}

impl Fake {
    pub(crate) fn new(fault: Fault) -> Self {
        Self {
            time: Time::default(),
            access_ns: 1_000,
            fault,
            waiting: VecDeque::new(),
            keyboard: VecDeque::new(),
            configuration: 0x47,
            set: 2,
            scans: false,
            half: None,
            keyboard_half: None,
            self_tests: 0,
            heard: None,
            aux_dropped: 0,
        }
    }

    /// A byte comes from the keyboard.
    pub(crate) fn type_byte(&mut self, byte: u8) {
        self.keyboard.push_back(byte);
        self.let_keyboard_speak();
    }

    /// A byte comes from the mouse port.
    pub(crate) fn aux(&mut self, byte: u8) {
        self.waiting.push_back((byte, true));
    }

    pub(crate) fn keyboard_is_enabled(&self) -> bool {
        self.configuration & KEYBOARD_DISABLED == 0
    }

    fn answer(&mut self, byte: u8) {
        if self.fault == Fault::AuxBetween {
            self.aux(0x08);
        }
        if self.fault != Fault::Silent {
            self.waiting.push_back((byte, false));
        }
    }

    fn let_keyboard_speak(&mut self) {
        while self.keyboard_is_enabled()
            && let Some(byte) = self.keyboard.pop_front()
        {
            self.answer(byte);
        }
    }

    fn self_test(&mut self) {
        let answers = match self.fault {
            Fault::SelfTests(answers) => answers,
            _ => [TEST_PASSED; 3],
        };
        let answer = answers.get(self.self_tests).copied().unwrap_or(TEST_PASSED);
        self.self_tests += 1;
        if answer != 0 {
            self.answer(answer);
        }
    }

    /// The keyboard is sent a byte.
    fn hear(&mut self, byte: u8) {
        let fault = self.fault;
        match fault {
            Fault::SilentKeyboard => return,
            Fault::EchoingKeyboard => return self.type_byte(byte),
            Fault::HardOfHearing if self.heard.replace(byte) != Some(byte) => {
                return self.type_byte(RESEND);
            }
            Fault::SimpleKeyboard if byte == SCAN_CODE_SET => return self.type_byte(RESEND),
            _ => self.heard = None,
        }
        self.type_byte(ACKNOWLEDGE);
        match (self.keyboard_half.take(), byte) {
            (Some(SCAN_CODE_SET), WHICH_SET) => self.type_byte(self.set),
            (Some(SCAN_CODE_SET), set) => self.set = set,
            (None, SCAN_CODE_SET | RATE) => self.keyboard_half = Some(byte),
            (None, ENABLE) => self.scans = true,
            _ => {}
        }
    }
}

impl Ports for &mut Fake {
    fn status(&mut self) -> u8 {
        self.time.pass(self.access_ns);
        if self.fault == Fault::Floods && self.waiting.is_empty() {
            self.waiting.push_back((0x1c, false));
        }
        let status = match self.waiting.front() {
            None => 0x1c,
            Some((_, false)) => 0x1c | OUTPUT_FULL,
            Some((_, true)) => 0x1c | OUTPUT_FULL | AUX_OUTPUT,
        };
        match self.fault {
            Fault::Reads(byte) => byte,
            Fault::StuckSet(bits) => status | bits,
            Fault::StuckClear(bits) => status & !bits,
            _ => status,
        }
    }

    fn data(&mut self) -> u8 {
        self.time.pass(self.access_ns);
        match self.fault {
            Fault::Reads(byte) => byte,
            _ => self.waiting.pop_front().map_or(0, |(byte, _)| byte),
        }
    }

    fn write_command(&mut self, command: u8) {
        self.time.pass(self.access_ns);
        match command {
            READ_CONFIGURATION => self.answer(self.configuration),
            WRITE_CONFIGURATION => self.half = Some(command),
            SELF_TEST => self.self_test(),
            DISABLE_KEYBOARD => self.configuration |= KEYBOARD_DISABLED,
            ENABLE_KEYBOARD => self.configuration &= !KEYBOARD_DISABLED,
            _ => {}
        }
        self.let_keyboard_speak();
    }

    fn write_data(&mut self, byte: u8) {
        self.time.pass(self.access_ns);
        match self.half.take() {
            Some(_) => self.configuration = byte,
            None => self.hear(byte),
        }
        self.let_keyboard_speak();
    }

    fn note_aux(&mut self) {
        self.aux_dropped += 1;
    }
}
