//! Controllers and keyboards for the tests: a sound pair, and hostile ones.

use std::collections::VecDeque;

use super::Ports;
use super::command::*;
use super::configuration::{AUX_DISABLED, KEYBOARD_DISABLED};
use super::status::{AUX_OUTPUT, INPUT_FULL, OUTPUT_FULL};
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
    /// The first answer to the self test is wrong, and of two bytes.
    TwoByteSelfTest,
    /// The self test enables both ports, and a key is pressed just then.
    SelfTestEnables,
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
    /// Keys are pressed while the keyboard's clock is held.
    TypesWhileHeld,
    /// The mouse sends all the time, as long as its port is enabled.
    MouseMoves,
    /// A byte of the mouse port comes before each other byte.
    AuxBetween,
    /// Bytes come without end, whatever is disabled.
    Floods,
}

/// An 8042 with a keyboard.
pub(crate) struct Fake {
    pub(crate) time: Time,
    pub(crate) access_ns: u64,
    /// How long the controller takes over its self test, the keyboard over an answer,
    /// and the controller over a byte that is written.
    pub(crate) self_test_ns: u64,
    pub(crate) keyboard_ns: u64,
    pub(crate) taken_ns: u64,
    fault: Fault,
    /// What waits: the byte, and whether it is the mouse port's.
    waiting: VecDeque<(u8, bool)>,
    /// Before this time it is not there yet.
    ready_at_ns: u64,
    /// Before this time what was written is not taken.
    taken_at_ns: u64,
    /// What the keyboard has to say when its clock is not held.
    keyboard: VecDeque<u8>,
    pub(crate) configuration: u8,
    /// Each configuration byte that was written.
    pub(crate) configured: Vec<u8>,
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
            self_test_ns: 0,
            keyboard_ns: 0,
            taken_ns: 0,
            taken_at_ns: 0,
            fault,
            waiting: VecDeque::new(),
            ready_at_ns: 0,
            keyboard: VecDeque::new(),
            configuration: 0x47,
            configured: Vec::new(),
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
            Fault::TwoByteSelfTest => [0xfc, TEST_PASSED, TEST_PASSED],
            _ => [TEST_PASSED; 3],
        };
        let answer = answers.get(self.self_tests).copied().unwrap_or(TEST_PASSED);
        self.self_tests += 1;
        if answer != 0 {
            self.answer(answer);
        }
        match self.fault {
            Fault::TwoByteSelfTest if self.self_tests == 1 => self.answer(0x00),
            Fault::SelfTestEnables => {
                self.configuration &= !(KEYBOARD_DISABLED | AUX_DISABLED);
                self.type_byte(0x1e);
            }
            _ => {}
        }
        self.ready_at_ns = self.time.now_ns() + self.self_test_ns;
    }

    /// A byte is written.
    fn write(&mut self) {
        assert!(self.time.now_ns() >= self.taken_at_ns, "the byte before is not taken yet");
        self.time.pass(self.access_ns);
        self.taken_at_ns = self.time.now_ns() + self.taken_ns;
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
        self.ready_at_ns = self.time.now_ns() + self.keyboard_ns;
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
        let moves = self.fault == Fault::MouseMoves && self.configuration & AUX_DISABLED == 0;
        if moves && self.waiting.is_empty() {
            self.aux(0x08);
        }
        let status = match self.waiting.front() {
            _ if self.time.now_ns() < self.ready_at_ns => 0x1c,
            None => 0x1c,
            Some((_, false)) => 0x1c | OUTPUT_FULL,
            Some((_, true)) => 0x1c | OUTPUT_FULL | AUX_OUTPUT,
        };
        let is_taken = self.time.now_ns() >= self.taken_at_ns;
        let status = if is_taken { status } else { status | INPUT_FULL };
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
        self.write();
        match command {
            READ_CONFIGURATION => self.answer(self.configuration),
            WRITE_CONFIGURATION => self.half = Some(command),
            SELF_TEST => self.self_test(),
            DISABLE_KEYBOARD => {
                self.configuration |= KEYBOARD_DISABLED;
                if self.fault == Fault::TypesWhileHeld {
                    self.keyboard.extend([0x1e, 0x9e, 0x1e]);
                }
            }
            DISABLE_AUX => self.configuration |= AUX_DISABLED,
            ENABLE_KEYBOARD => self.configuration &= !KEYBOARD_DISABLED,
            _ => {}
        }
        self.let_keyboard_speak();
    }

    fn write_data(&mut self, byte: u8) {
        self.write();
        match self.half.take() {
            Some(_) => {
                self.configuration = byte;
                self.configured.push(byte);
            }
            None => self.hear(byte),
        }
        self.let_keyboard_speak();
    }

    fn note_aux(&mut self) {
        self.aux_dropped += 1;
    }
}
