//! A breakpoint: at the kernel's entry, the one moment when the firmware's tables
//! are there and the kernel has not read them, or at a function of it.
//!
//! As much of GDB's remote protocol as that takes: `$text#sum`, acknowledged by
//! `+`, with `Z1` and `z1` (hardware breakpoint), `g` and `G` (all registers), `m` and
//! `M` (memory), `s` (one instruction), `c` (go on) and `D` (leave). While the
//! machine stands there, [`Qtest`](crate::qtest::Qtest) reads and writes its memory.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::qmp::Qmp;
use crate::{Failure, Outcome, ensure, seconds};

/// A connection to QEMU's debugger stub.
pub struct Breakpoint {
    stream: UnixStream,
}

impl Breakpoint {
    /// Takes over a connected socket.
    ///
    /// # Errors
    /// If the socket cannot be set up.
    pub fn new(stream: UnixStream) -> Outcome<Self> {
        stream.set_read_timeout(Some(seconds(20)))?;
        Ok(Self { stream })
    }

    /// Lets the machine run until it is about to execute `address`.
    ///
    /// # Errors
    /// If it does not get there within `bound`.
    pub fn run_to(&mut self, address: u64, bound: Duration) -> Outcome {
        let answer = self.ask(&format!("Z1,{address:x},1"))?;
        ensure(answer == "OK", || format!("a breakpoint at {address:#x}: {answer:?}"))?;
        self.stream.set_read_timeout(Some(bound))?;
        let stopped = self.ask("c").map_err(|f| f.during(format!("running to {address:#x}")))?;
        ensure(stopped.starts_with('T') || stopped.starts_with('S'), || stopped.clone())?;
        // Or the machine would stop here again.
        let answer = self.ask(&format!("z1,{address:x},1"))?;
        ensure(answer == "OK", || format!("the breakpoint at {address:#x} stays: {answer:?}"))
    }

    /// Lets the machine run until it is about to execute `address`, and stops it there as
    /// QMP's `stop` does: one that the debugger has stopped cannot be saved. For a
    /// moment it loops there, on a jump to itself; interrupts must be off.
    ///
    /// # Errors
    /// If it does not get there within `bound`.
    pub fn stop_at(&mut self, address: u64, bound: Duration, qmp: &mut Qmp) -> Outcome {
        const JUMP_TO_ITSELF: &str = "ebfe";
        self.run_to(address, bound)?;
        let code = self.ask(&format!("m{address:x},2"))?;
        self.write(address, JUMP_TO_ITSELF)?;
        // When it acknowledges, the machine runs, and QMP has something to stop.
        self.stream.write_all(packet("c").as_bytes())?;
        while self.byte()? != b'+' {}
        qmp.execute("stop", serde_json::json!({}))?;
        self.answer()?;
        self.write(address, &code)
    }

    /// Writes to memory, in hexadecimal.
    fn write(&mut self, address: u64, bytes: &str) -> Outcome {
        let written = self.ask(&format!("M{address:x},{:x}:{bytes}", bytes.len() / 2))?;
        ensure(written == "OK", || format!("memory at {address:#x}: {written:?}"))
    }

    /// Lets the machine run until it calls the function at `address`, so many times,
    /// and each time gives it another first argument.
    ///
    /// # Errors
    /// If it is not called within `bound`.
    pub fn call_with(
        &mut self,
        address: u64,
        argument: u64,
        times: u32,
        bound: Duration,
    ) -> Outcome {
        for _ in 0..times {
            self.run_to(address, bound)?;
            let registers = with_rdi(&self.ask("g")?, argument);
            let written = self.ask(&format!("G{registers}"))?;
            ensure(written == "OK", || format!("registers at {address:#x}: {written:?}"))?;
            // Past the first instruction, or the next breakpoint is this one.
            self.ask("s")?;
        }
        Ok(())
    }

    /// Goes on for good.
    ///
    /// # Errors
    /// If QEMU went away.
    pub fn leave(mut self) -> Outcome {
        // It takes the breakpoints along.
        self.ask("D").map(drop)
    }

    fn ask(&mut self, text: &str) -> Outcome<String> {
        self.stream.write_all(packet(text).as_bytes())?;
        self.answer()
    }

    /// The stub's next packet.
    fn answer(&mut self) -> Outcome<String> {
        let mut answer = Vec::new();
        // Acknowledgements come before the `$`.
        while self.byte()? != b'$' {}
        loop {
            match self.byte()? {
                b'#' => break,
                byte => answer.push(byte),
            }
        }
        // The sum: nothing is lost on a socket.
        let _ = (self.byte()?, self.byte()?);
        self.stream.write_all(b"+")?;
        String::from_utf8(answer).map_err(|_| Failure::new("the debugger stub sent no text"))
    }

    fn byte(&mut self) -> Outcome<u8> {
        let mut byte = [0];
        self.stream.read_exact(&mut byte)?;
        Ok(byte[0])
    }
}

/// All registers, the sixth of which, eight bytes in their order in memory, is RDI.
fn with_rdi(registers: &str, value: u64) -> String {
    const RDI: std::ops::Range<usize> = 5 * 16..6 * 16;
    let value = value.to_le_bytes().map(|byte| format!("{byte:02x}")).concat();
    let (before, after) = (registers.get(..RDI.start), registers.get(RDI.end..));
    [before.unwrap_or_default(), &value, after.unwrap_or_default()].concat()
}

fn packet(text: &str) -> String {
    let sum = text.bytes().fold(0_u8, u8::wrapping_add);
    format!("${text}#{sum:02x}")
}

#[cfg(test)]
mod tests {
    use super::{packet, with_rdi};

    #[test]
    fn one_register_changes() {
        let all: String = ('a'..='h').map(|register| register.to_string().repeat(16)).collect();
        let changed = all.replace(&"f".repeat(16), "fc00000000000000");
        assert_eq!(with_rdi(&all, 0xfc), changed);
    }

    #[test]
    fn a_packet_ends_with_its_sum() {
        assert_eq!(packet("c"), "$c#63");
        assert_eq!(packet("OK"), "$OK#9a");
    }
}
