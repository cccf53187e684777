//! QMP: QEMU's control socket, as much of it as tests need.
//!
//! One JSON object a line. A command is answered by `return` or `error`;
//! events may come in between and are kept until somebody waits for them.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{Failure, Outcome, seconds};

/// A connection to a running QEMU.
pub struct Qmp {
    writer: UnixStream,
    reader: BufReader<UnixStream>,
    /// A line that a time-out cut in two.
    partial: Vec<u8>,
    events: VecDeque<Value>,
}

impl Qmp {
    /// Greets QEMU over a connected socket.
    ///
    /// # Errors
    /// If QEMU does not speak QMP there.
    pub fn new(stream: UnixStream) -> Outcome<Self> {
        let reader = BufReader::new(stream.try_clone()?);
        let mut qmp = Self { writer: stream, reader, partial: Vec::new(), events: VecDeque::new() };
        let greeting = qmp.receive(seconds(20))?.ok_or_else(closed)?;
        if greeting.get("QMP").is_none() {
            return Err(Failure::new(format!("QMP: odd greeting: {greeting}")));
        }
        qmp.execute("qmp_capabilities", json!({}))?;
        Ok(qmp)
    }

    /// Runs one command and returns what it returned.
    ///
    /// # Errors
    /// QEMU's own words when it refuses, or that it did not answer within 30 s.
    pub fn execute(&mut self, command: &str, arguments: Value) -> Outcome<Value> {
        let line = json!({ "execute": command, "arguments": arguments }).to_string() + "\n";
        self.writer.write_all(line.as_bytes())?;
        loop {
            let mut answer = self.receive(seconds(30))?.ok_or_else(closed)?;
            if answer.get("event").is_some() {
                self.events.push_back(answer);
            } else if let Some(value) = answer.get_mut("return") {
                return Ok(value.take());
            } else {
                return Err(Failure::new(format!("QMP: {command}: {answer}")));
            }
        }
    }

    /// Runs a command of the human monitor and returns its text.
    ///
    /// # Errors
    /// As [`Qmp::execute`]; a refusal of the human monitor itself is in the text.
    pub fn human(&mut self, command: &str) -> Outcome<String> {
        let answer = self.execute("human-monitor-command", json!({ "command-line": command }))?;
        Ok(answer.as_str().unwrap_or_default().to_owned())
    }

    /// Reads a byte from a port, as the guest would.
    ///
    /// # Errors
    /// As [`Qmp::execute`].
    pub fn inb(&mut self, port: u16) -> Outcome<u8> {
        let answer = self.human(&format!("i /1xb {port:#x}"))?;
        let value = answer.split("= 0x").nth(1).map(str::trim);
        value
            .and_then(|hex| u8::from_str_radix(hex, 16).ok())
            .ok_or_else(|| Failure::new(format!("port {port:#x} reads {answer:?}")))
    }

    /// Waits for an event by name and returns its data.
    ///
    /// # Errors
    /// When it does not come within `bound` or QEMU ends without it.
    pub fn wait_event(&mut self, name: &str, bound: Duration) -> Outcome<Value> {
        let deadline = Instant::now() + bound;
        loop {
            while let Some(mut event) = self.events.pop_front() {
                if event["event"] == name {
                    return Ok(event["data"].take());
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let event = self.receive(left).map_err(|f| f.during(format!("event {name}")))?;
            self.events.push_back(event.ok_or_else(closed)?);
        }
    }

    /// Waits until QEMU closes the connection, which is when it ends; events are kept.
    ///
    /// # Errors
    /// When QEMU is still there after `bound`.
    pub fn wait_closed(&mut self, bound: Duration) -> Outcome {
        let deadline = Instant::now() + bound;
        while let Some(event) = self.receive(deadline.saturating_duration_since(Instant::now()))? {
            self.events.push_back(event);
        }
        Ok(())
    }

    /// The next object, or `None` when QEMU has closed the connection.
    fn receive(&mut self, bound: Duration) -> Outcome<Option<Value>> {
        let bound = bound.max(Duration::from_millis(1));
        self.reader.get_ref().set_read_timeout(Some(bound))?;
        match self.reader.read_until(b'\n', &mut self.partial) {
            Ok(0) => Ok(None),
            Ok(_) => {
                let line = std::mem::take(&mut self.partial);
                Ok(Some(serde_json::from_slice(&line)?))
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                Err(Failure::new(format!("QMP: nothing within {} s", bound.as_secs())))
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn closed() -> Failure {
    Failure::new("QMP: QEMU is gone")
}
