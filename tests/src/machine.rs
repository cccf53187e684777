//! A running PC, and what can be done with it.
//!
//! [`Recipe::boot`](crate::recipe::Recipe::boot) makes a [`Machine`]. It holds
//! the lines to QEMU, serial, control and test socket, and is killed when it is
//! dropped.

use std::fs;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

use crate::breakpoint::Breakpoint;
use crate::door::Door;
use crate::elf;
use crate::images;
use crate::keys;
use crate::pixels::Pixels;
use crate::process::Process;
use crate::qmp::Qmp;
use crate::qtest::Qtest;
pub use crate::recipe::Recipe;
use crate::recipe::{Change, Pretence};
use crate::screen::Screen;
use crate::serial::{PROMPT, Serial};
use crate::{Failure, Outcome, ensure, seconds};

/// RFLAGS.IF: interrupts are on.
const INTERRUPT_FLAG: u64 = 1 << 9;

/// Pace of looking at things that have no event.
pub(crate) const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Keys between two looks at what became of them: the kernel keeps 256 bytes for
/// a shell that is busy, and a key takes six at the most.
const TYPED_AT_ONCE: usize = 29;
/// So many characters at the end of a line are seen, however it is scrolled.
const SEEN_AT_LEAST: usize = 12;

/// A running machine.
pub struct Machine {
    /// QEMU's control socket.
    pub qmp: Qmp,
    pub(crate) serial: Option<Serial>,
    /// The other end of a serial line that nobody reads.
    pub(crate) unread: Option<UnixStream>,
    pub(crate) second: Option<Serial>,
    pub(crate) qtest: Option<Qtest>,
    pub(crate) door: Door,
    pub(crate) process: Process,
}

/// How QEMU ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The guest wrote 0x10 to the exit device: its tests passed.
    Passed,
    /// The guest wrote 0x11 to the exit device: a test failed.
    TestsFailed,
    /// Status 0: power-off, or a reset that nobody asked for.
    Silent,
    /// Any other status; none when a signal ended QEMU.
    Other(Option<i32>),
}

impl Machine {
    /// The serial line.
    ///
    /// # Errors
    /// If the machine was made without one.
    pub fn serial(&mut self) -> Outcome<&mut Serial> {
        self.serial.as_mut().ok_or_else(|| Failure::new("this machine has no serial port"))
    }

    /// Runs to the kernel's entry, makes the change, pretends, and goes on.
    pub(crate) fn at_entry(
        &mut self,
        stub: UnixStream,
        kernel: &[u8],
        change: Change,
        pretence: Option<Pretence>,
    ) -> Outcome {
        let mut breakpoint = Breakpoint::new(stub)?;
        breakpoint.run_to(elf::entry(kernel)?, self.door.bound())?;
        change(self)?;
        if let Some(Pretence { function, argument, times }) = pretence {
            let address = elf::function(&fs::read(images::debug_info()?)?, function)?;
            breakpoint.call_with(address, argument, times, self.door.bound())?;
        }
        breakpoint.leave()
    }

    /// Begins to read the serial line that nobody has read so far; from now on it
    /// is [`Machine::serial`].
    ///
    /// # Errors
    /// If the machine was made without [`Recipe::with_unread_serial`].
    pub fn read_serial(&mut self) -> Outcome {
        let stream = self.unread.take();
        let stream = stream.ok_or_else(|| Failure::new("this machine's serial port is read"))?;
        self.serial = Some(Serial::over_socket(stream)?);
        Ok(())
    }

    /// The second serial line.
    ///
    /// # Errors
    /// If the machine was made without one.
    pub fn second(&mut self) -> Outcome<&mut Serial> {
        self.second.as_mut().ok_or_else(|| Failure::new("this machine has no second serial port"))
    }

    /// Types a command on the serial line and returns its answer.
    ///
    /// # Errors
    /// As [`Serial::run`].
    pub fn run(&mut self, command: &str) -> Outcome<String> {
        self.serial()?.run(command)
    }

    /// The test socket.
    ///
    /// # Errors
    /// If the machine was made without [`Recipe::with_qtest`].
    pub fn qtest(&mut self) -> Outcome<&mut Qtest> {
        self.qtest.as_mut().ok_or_else(|| Failure::new("this machine has no qtest socket"))
    }

    /// The door it was booted through.
    #[must_use]
    pub fn door(&self) -> Door {
        self.door
    }

    /// Reads the screen as it is now.
    ///
    /// # Errors
    /// If there is no screen.
    pub fn screen(&mut self) -> Outcome<Screen> {
        Screen::capture(&mut self.qmp, &self.process.path("screen.ppm"))
    }

    /// The screen as it is now, in pixels.
    ///
    /// # Errors
    /// If there is no screen.
    pub fn picture(&mut self) -> Outcome<Pixels> {
        let file = self.process.path("screen.ppm");
        self.qmp.execute("screendump", serde_json::json!({ "filename": file }))?;
        Pixels::parse_ppm(&fs::read(file)?)
    }

    /// Looks at the screen until `wanted` holds.
    ///
    /// # Errors
    /// When `bound` passes first; the failure shows the last screen.
    pub fn wait_screen(
        &mut self,
        what: &str,
        bound: Duration,
        wanted: impl Fn(&Screen) -> bool,
    ) -> Outcome<Screen> {
        let file = self.process.path("screen.ppm");
        Screen::wait(|| Screen::capture(&mut self.qmp, &file), what, bound, wanted)
    }

    /// Types text on the PS/2 keyboard.
    ///
    /// # Errors
    /// As [`keys::type_text`].
    pub fn type_text(&mut self, text: &str) -> Outcome {
        keys::type_text(&mut self.qmp, text)
    }

    /// Types a command on the keyboard, waits for it to appear behind the prompt,
    /// presses return, and waits for the next prompt below it. Returns the screen.
    ///
    /// # Errors
    /// When the screen does not show the command, or then the prompt, within 20 s each.
    pub fn type_command(&mut self, command: &str) -> Outcome<Screen> {
        self.type_line(command)?;
        self.type_text("\n")?;
        self.wait_screen(&format!("the prompt after {command:?}"), seconds(20), |screen| {
            screen.last() == PROMPT
        })?;
        // The kernel goes on drawing while QEMU copies, so the upper rows of that picture
        // may be older than its prompt. What is copied from now on has all of the answer.
        self.screen()
    }

    /// Types a line on the keyboard and waits for it to appear behind the prompt; of one
    /// that is longer than its row, for its end. In pieces that the kernel has room for.
    ///
    /// # Errors
    /// When the screen does not show it within 20 s.
    pub fn type_line(&mut self, line: &str) -> Outcome {
        let mut typed = PROMPT.to_owned() + " ";
        let characters: Vec<char> = line.chars().collect();
        for piece in characters.chunks(TYPED_AT_ONCE) {
            let piece: String = piece.iter().collect();
            self.type_text(&piece)?;
            typed += &piece;
            let asked = typed.trim_end();
            let end = asked.char_indices().rev().nth(SEEN_AT_LEAST - 1);
            let end = end.map_or(asked, |(at, _)| &asked[at..]);
            self.wait_screen(&format!("{asked:?}"), seconds(20), |screen| {
                let fits = asked.len() < screen.columns;
                if fits { screen.last() == asked } else { screen.last().ends_with(end) }
            })?;
        }
        Ok(())
    }

    /// Waits until the processor stands still for good: in HLT with interrupts off.
    ///
    /// # Errors
    /// When it does not within `bound`.
    pub fn wait_halted(&mut self, bound: Duration) -> Outcome {
        let deadline = Instant::now() + bound;
        loop {
            let registers = self.qmp.human("info registers")?;
            if is_in_hlt(&registers, 0) {
                return Ok(());
            }
            ensure(Instant::now() < deadline, || format!("not halted:\n{registers}"))?;
            thread::sleep(BETWEEN_LOOKS);
        }
    }

    /// Does something to the machine at a moment when the kernel has nothing to do: in
    /// HLT with interrupts on. The machine is stopped for it, so that an interrupt is
    /// what the processor wakes to, and falls into no line that is being written.
    ///
    /// # Errors
    /// When the kernel is not met so within `bound`, and those of `act`.
    pub fn while_idle(
        &mut self,
        bound: Duration,
        act: impl FnOnce(&mut Qmp) -> Outcome,
    ) -> Outcome {
        self.stop_idle(bound)?;
        act(&mut self.qmp)?;
        self.qmp.execute("cont", serde_json::json!({})).map(drop)
    }

    /// Flips bits of a page-table entry while the kernel sleeps, and lets the
    /// processor forget what it knew of it: QEMU empties its TLB when the A20 line
    /// changes, which system port A does.
    ///
    /// # Errors
    /// As [`Machine::while_idle`] and [`Qtest::command`].
    pub fn flip(&mut self, entry: u64, bits: u64) -> Outcome {
        const SYSTEM_PORT_A: u16 = 0x92;
        const A20: u8 = 1 << 1;
        self.stop_idle(seconds(20))?;
        let qtest = self.qtest()?;
        let old = qtest.read(entry, 8)?;
        let old = <[u8; 8]>::try_from(old).map_err(|odd| Failure::new(format!("{odd:x?}")))?;
        qtest.write(entry, &(u64::from_le_bytes(old) ^ bits).to_le_bytes())?;
        qtest.outb(SYSTEM_PORT_A, 0)?;
        qtest.outb(SYSTEM_PORT_A, A20)?;
        self.qmp.execute("cont", serde_json::json!({})).map(drop)
    }

    /// Reads `length` bytes at the kernel's virtual address `start`.
    ///
    /// # Errors
    /// If QEMU cannot read there.
    pub fn memory(&mut self, start: u64, length: u64) -> Outcome<Vec<u8>> {
        let file = self.process.path("memory");
        // QMP takes addresses as signed numbers.
        let arguments =
            serde_json::json!({ "val": start.cast_signed(), "size": length, "filename": file });
        self.qmp.execute("memsave", arguments)?;
        Ok(fs::read(&file)?)
    }

    fn stop_idle(&mut self, bound: Duration) -> Outcome {
        let deadline = Instant::now() + bound;
        loop {
            self.qmp.execute("stop", serde_json::json!({}))?;
            let registers = self.qmp.human("info registers")?;
            if is_in_hlt(&registers, INTERRUPT_FLAG) {
                return Ok(());
            }
            self.qmp.execute("cont", serde_json::json!({}))?;
            ensure(Instant::now() < deadline, || format!("never idle:\n{registers}"))?;
            thread::sleep(BETWEEN_LOOKS);
        }
    }

    /// Waits for QEMU to end and says how it did.
    ///
    /// # Errors
    /// When it still runs after `bound`.
    pub fn wait_exit(&mut self, bound: Duration) -> Outcome<Exit> {
        self.qmp.wait_closed(bound).map_err(|failure| failure.during("waiting for QEMU to end"))?;
        let status = self.process.child.wait()?;
        Ok(match status.code() {
            Some(33) => Exit::Passed,
            Some(35) => Exit::TestsFailed,
            Some(0) => Exit::Silent,
            other => Exit::Other(other),
        })
    }

    /// What QEMU wrote about itself, as far as `-d` and `-trace` asked for it.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn log(&self) -> Outcome<String> {
        let log = fs::read(self.process.path("log"))?;
        Ok(String::from_utf8_lossy(&log).into_owned())
    }

    /// Fails if the processor ever gave up: a triple fault is in QEMU's log.
    ///
    /// # Errors
    /// If there was one, or the log cannot be read.
    pub fn no_triple_fault(&self) -> Outcome {
        let log = self.log()?;
        ensure(!log.contains("Triple fault"), || {
            let serial = self.serial.as_ref().map(Serial::tail).unwrap_or_default();
            format!("the machine triple-faulted; serial ends:\n{serial}")
        })
    }
}

/// Whether `info registers` shows HLT, with the interrupt flag as given.
fn is_in_hlt(registers: &str, interrupts: u64) -> bool {
    registers.contains("HLT=1") && flags(registers) & INTERRUPT_FLAG == interrupts
}

/// RFLAGS in the text of `info registers`.
fn flags(registers: &str) -> u64 {
    let value = registers.split("RFL=").nth(1).and_then(|rest| rest.split(' ').next());
    value.and_then(|hex| u64::from_str_radix(hex, 16).ok()).unwrap_or(INTERRUPT_FLAG)
}
