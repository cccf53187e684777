//! UARTs for the tests: sound ones of each model, and hostile ones.

use std::collections::VecDeque;

use super::registers::*;
use super::{Registers, Status};
use crate::simulated::Time;

/// Bytes that fit into the receiver's FIFO.
const FIFO: usize = 16;

/// What is wrong with a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// All registers read as this byte, and writes go nowhere.
    Reads(u8),
    /// What was last written, anywhere, is what is read.
    Echoes,
    /// A scratch register, and all others read as this byte.
    ScratchAlone(u8),
    /// These bits of the line status are always set.
    StuckSet(u8),
    /// These bits of the line status are never set.
    StuckClear(u8),
}

/// What the model has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Model {
    /// Neither scratch register nor FIFOs.
    Plain,
    /// A scratch register.
    Scratch,
    /// FIFOs that do not work.
    BrokenFifo,
    /// FIFOs.
    Fifo,
}

/// A UART that hands over the next byte of its sender as soon as there is room, or
/// a little later, as QEMU's does.
pub(crate) struct Fake {
    pub(crate) time: Time,
    pub(crate) read_ns: u64,
    pub(crate) model: Model,
    pub(crate) fault: Fault,
    /// What the sender has yet to send, or never ceases to.
    pub(crate) sender: VecDeque<u8>,
    pub(crate) floods: bool,
    /// How long it takes until a byte follows one that was taken.
    pub(crate) pause_ns: u64,
    next_at_ns: u64,
    /// What was received and waits.
    pub(crate) received: VecDeque<u8>,
    /// What was sent.
    pub(crate) sent: Vec<u8>,
    /// Line statuses with errors that were noted.
    pub(crate) noted: Vec<Status>,
    /// Error bits of the line status, until it is read.
    pub(crate) errors: u8,
    pub(crate) fifo_is_on: bool,
    registers: [u8; 8],
    divisor: [u8; 2],
    last: u8,
}

impl Fake {
    pub(crate) fn new(model: Model, fault: Fault) -> Self {
        Self {
            time: Time::default(),
            read_ns: 1_000,
            model,
            fault,
            sender: VecDeque::new(),
            floods: false,
            pause_ns: 0,
            next_at_ns: 0,
            received: VecDeque::new(),
            sent: Vec::new(),
            noted: Vec::new(),
            errors: 0,
            fifo_is_on: false,
            // What firmware may have left: all interrupts, the divisor latch open.
            registers: [0, 0x0f, 0, LCR_DLAB, 0, 0, 0, 0],
            divisor: [0; 2],
            last: 0,
        }
    }

    fn room(&self) -> usize {
        if self.fifo_is_on { FIFO } else { 1 }
    }

    fn receive(&mut self) {
        // The line is cut off meanwhile.
        if self.register(MCR) & MCR_LOOP != 0 {
            return;
        }
        while self.received.len() < self.room() && self.time.now_ns() >= self.next_at_ns {
            let flood = self.floods.then_some(b'f');
            let Some(byte) = self.sender.pop_front().or(flood) else { return };
            self.received.push_back(byte);
        }
    }

    fn line_status(&mut self) -> u8 {
        self.receive();
        let data = if self.received.is_empty() { 0 } else { LSR_DR };
        let status = data | LSR_THRE | LSR_TEMT | std::mem::take(&mut self.errors);
        match self.fault {
            Fault::StuckSet(bits) => status | bits,
            Fault::StuckClear(bits) => status & !bits,
            _ => status,
        }
    }

    fn modem_status(&self) -> u8 {
        let outputs = self.register(MCR);
        let pairs =
            [(MCR_RTS, MSR_CTS), (MCR_DTR, MSR_DSR), (MCR_OUT1, MSR_RI), (MCR_OUT2, MSR_DCD)];
        let is_looped = outputs & MCR_LOOP != 0;
        let lines = pairs.into_iter().filter(|(output, _)| is_looped && outputs & output != 0);
        lines.map(|(_, input)| input).sum()
    }

    /// What a register was last written, the divisor's halves apart.
    pub(crate) fn register(&self, register: u16) -> u8 {
        self.registers[usize::from(register)]
    }

    fn latch_is_open(&self) -> bool {
        self.register(LCR) & LCR_DLAB != 0
    }
}

impl Registers for &mut Fake {
    fn read(&mut self, register: u16) -> u8 {
        self.time.pass(self.read_ns);
        match self.fault {
            Fault::Reads(byte) => return byte,
            Fault::Echoes => return self.last,
            Fault::ScratchAlone(byte) if register != SCR => return byte,
            _ => {}
        }
        match register {
            DATA | IER if self.latch_is_open() => self.divisor[usize::from(register)],
            DATA => {
                self.next_at_ns = self.time.now_ns() + self.pause_ns;
                self.received.pop_front().unwrap_or(0)
            }
            IIR if !self.fifo_is_on => 1,
            IIR if self.model == Model::BrokenFifo => IIR_FIFO_BROKEN | 1,
            IIR => IIR_FIFO | 1,
            LSR => self.line_status(),
            MSR => self.modem_status(),
            SCR if self.model == Model::Plain => ABSENT,
            _ => self.register(register),
        }
    }

    fn write(&mut self, register: u16, value: u8) {
        self.time.pass(self.read_ns);
        self.last = value;
        match register {
            DATA | IER if self.latch_is_open() => self.divisor[usize::from(register)] = value,
            DATA => self.sent.push(value),
            FCR => {
                let turns_on =
                    value & 1 != 0 && matches!(self.model, Model::Fifo | Model::BrokenFifo);
                if turns_on != self.fifo_is_on || value & 0b10 != 0 {
                    self.received.clear();
                }
                self.fifo_is_on = turns_on;
            }
            _ => self.registers[usize::from(register)] = value,
        }
    }

    fn note_errors(&mut self, status: Status) {
        self.noted.push(status);
    }
}
