//! qtest: host-side ports and interrupt lines of a guest that keeps running.
//!
//! The protocol is a line each way: `outb 0x64 0xd2` is answered by `OK`,
//! `inb 0x64` by `OK 0x001c`.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::qmp::Qmp;
use crate::{Failure, Outcome, ensure, seconds};

/// Port of the PS/2 controller's status (read) and commands (write).
const PS2_COMMAND: u16 = 0x64;
/// Port of the PS/2 controller's data.
const PS2_DATA: u16 = 0x60;
/// Controller command: put the next byte into the keyboard's output buffer.
const WRITE_KEYBOARD_OUTPUT: u8 = 0xd2;
/// Controller command: the same, as if it came from the mouse port.
const WRITE_MOUSE_OUTPUT: u8 = 0xd3;
/// Status bit: a byte waits for the guest.
const OUTPUT_FULL: u8 = 1;

/// Scan codes that take [`A_LOT_TAKES`] at least: 10,000 a second are more than any
/// keyboard sends, and from 25,000 on the kernel takes the line for stuck. A fast
/// host could be so fast.
const A_LOT: u32 = 128;
/// See [`A_LOT`].
const A_LOT_TAKES: Duration = Duration::from_millis(12);

/// A connection to QEMU's test socket.
pub struct Qtest {
    writer: UnixStream,
    reader: BufReader<UnixStream>,
    /// Scan codes of this lot, and when it began.
    lot: (u32, Instant),
}

/// The two interrupt controllers of a PC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pic {
    /// Lines 0 to 7.
    Master,
    /// Lines 8 to 15, behind the master's line 2.
    Slave,
}

impl Qtest {
    /// Takes over a connected socket.
    ///
    /// # Errors
    /// If the socket cannot be set up.
    pub fn new(stream: UnixStream) -> Outcome<Self> {
        stream.set_read_timeout(Some(seconds(20)))?;
        let reader = BufReader::new(stream.try_clone()?);
        Ok(Self { reader, writer: stream, lot: (0, Instant::now()) })
    }

    /// Sends one command line and returns what follows `OK`.
    ///
    /// # Errors
    /// If QEMU answers with anything but `OK`, or not within 20 s.
    pub fn command(&mut self, command: &str) -> Outcome<String> {
        self.writer.write_all(format!("{command}\n").as_bytes())?;
        self.answer(command)
    }

    fn answer(&mut self, command: &str) -> Outcome<String> {
        let mut answer = String::new();
        loop {
            answer.clear();
            self.reader.read_line(&mut answer)?;
            // Lines that begin with IRQ report interrupts; nobody asked.
            if !answer.starts_with("IRQ ") {
                break;
            }
        }
        match answer.trim_end().strip_prefix("OK") {
            Some(rest) => Ok(rest.trim().to_owned()),
            None => Err(Failure::new(format!("qtest: {command}: {answer:?}"))),
        }
    }

    /// Writes a byte to a port.
    ///
    /// # Errors
    /// As [`Qtest::command`].
    pub fn outb(&mut self, port: u16, value: u8) -> Outcome {
        self.command(&format!("outb {port:#x} {value:#x}")).map(drop)
    }

    /// Reads a byte from a port.
    ///
    /// # Errors
    /// As [`Qtest::command`].
    pub fn inb(&mut self, port: u16) -> Outcome<u8> {
        number(&self.command(&format!("inb {port:#x}"))?)
    }

    /// Reads physical memory.
    ///
    /// # Errors
    /// As [`Qtest::command`].
    pub fn read(&mut self, address: u64, length: u64) -> Outcome<Vec<u8>> {
        let answer = self.command(&format!("read {address:#x} {length:#x}"))?;
        let digits = answer.strip_prefix("0x").unwrap_or_default().as_bytes();
        let byte = |pair: &[u8]| {
            let text = str::from_utf8(pair).ok()?;
            u8::from_str_radix(text, 16).ok()
        };
        let bytes: Option<Vec<u8>> = digits.chunks(2).map(byte).collect();
        bytes.ok_or_else(|| Failure::new(format!("qtest: no bytes at {address:#x}: {answer:?}")))
    }

    /// Writes physical memory.
    ///
    /// # Errors
    /// As [`Qtest::command`].
    pub fn write(&mut self, address: u64, bytes: &[u8]) -> Outcome {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        self.command(&format!("write {address:#x} {:#x} 0x{digits}", bytes.len())).map(drop)
    }

    /// Makes the keyboard controller deliver one raw byte as if the keyboard had
    /// sent it, and waits until the guest has taken it.
    ///
    /// # Errors
    /// If the guest leaves the byte there for 10 s.
    pub fn scancode(&mut self, byte: u8) -> Outcome {
        self.lot.0 += 1;
        if self.lot.0 > A_LOT {
            thread::sleep(A_LOT_TAKES.saturating_sub(self.lot.1.elapsed()));
            self.lot = (1, Instant::now());
        }
        self.output(WRITE_KEYBOARD_OUTPUT, byte)
    }

    /// The same for the mouse port.
    ///
    /// # Errors
    /// If the guest leaves the byte there for 10 s.
    pub fn mouse_byte(&mut self, byte: u8) -> Outcome {
        self.output(WRITE_MOUSE_OUTPUT, byte)
    }

    fn output(&mut self, command: u8, byte: u8) -> Outcome {
        // In one piece: QEMU carries out what it reads at once before the guest
        // runs again, and what the guest writes to port 0x60 in between would
        // change places with `byte`.
        let lines = [
            format!("outb {PS2_COMMAND:#x} {command:#x}"),
            format!("outb {PS2_DATA:#x} {byte:#x}"),
            format!("inb {PS2_COMMAND:#x}"),
        ];
        self.writer.write_all(format!("{}\n", lines.join("\n")).as_bytes())?;
        self.answer(&lines[0])?;
        self.answer(&lines[1])?;
        let mut status = self.answer(&lines[2]).and_then(|answer| number(&answer))?;
        let deadline = Instant::now() + seconds(10);
        while status & OUTPUT_FULL != 0 {
            status = self.inb(PS2_COMMAND)?;
            ensure(Instant::now() < deadline, || {
                format!("the guest does not take byte {byte:#04x} from the PS/2 controller")
            })?;
        }
        Ok(())
    }

    /// Raises and lowers an input line of an interrupt controller.
    ///
    /// # Errors
    /// As [`Qtest::command`].
    pub fn pulse(&mut self, path: &str, line: u8) -> Outcome {
        self.set_line(path, line, 1)?;
        self.set_line(path, line, 0)
    }

    /// Sets an input line of an interrupt controller to `level`.
    ///
    /// # Errors
    /// As [`Qtest::command`].
    pub fn set_line(&mut self, path: &str, line: u8, level: u8) -> Outcome {
        self.command(&format!("set_irq_in {path} unnamed-gpio-in {line} {level}")).map(drop)
    }
}

/// The byte in the answer to `inb`.
fn number(answer: &str) -> Outcome<u8> {
    u16::from_str_radix(answer.trim_start_matches("0x"), 16)
        .map(|value| value.to_le_bytes()[0])
        .map_err(|error| Failure::new(format!("qtest: inb answered {answer:?}: {error}")))
}

/// Where QEMU keeps an interrupt controller in its object tree.
///
/// # Errors
/// If this machine has none.
pub fn pic_path(qmp: &mut Qmp, which: Pic) -> Outcome<String> {
    let parent = "/machine/unattached";
    let children = qmp.execute("qom-list", json!({ "path": parent }))?;
    for child in children.as_array().into_iter().flatten() {
        if child["type"] != "child<isa-i8259>" {
            continue;
        }
        let path = format!("{parent}/{}", child["name"].as_str().unwrap_or_default());
        let master = qmp.execute("qom-get", json!({ "path": path, "property": "master" }))?;
        if master.as_bool() == Some(which == Pic::Master) {
            return Ok(path);
        }
    }
    Err(Failure::new(format!("this machine has no {which:?} PIC")))
}
