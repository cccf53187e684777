//! A PC to boot on: what it is made of, and what can be done with it.
//!
//! [`Recipe`] describes the machine, [`Recipe::boot`] starts QEMU, and
//! [`Machine`] holds the lines to it. QEMU connects to sockets that the harness
//! listens on, so that no output is lost before somebody reads. Every machine
//! has a directory of its own, and is killed when it is dropped.

use std::fs;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::door::Door;
use crate::keys;
use crate::menu::Entry;
use crate::qmp::Qmp;
use crate::qtest::Qtest;
use crate::screen::Screen;
use crate::serial::{PROMPT, Serial};
use crate::{Failure, Outcome, ensure, seconds};

/// RFLAGS.IF: interrupts are on.
const INTERRUPT_FLAG: u64 = 1 << 9;

/// Pace of looking at things that have no event.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// A description of a machine, to be changed step by step and then booted.
#[derive(Debug, Clone)]
pub struct Recipe {
    door: Door,
    memory: String,
    cpu: String,
    vga: String,
    machine: String,
    kernel: Option<PathBuf>,
    cmdline: String,
    entry: Entry,
    extra: Vec<String>,
    qtest: Attach,
    com1: Attach,
}

/// Whether a machine has a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attach {
    /// It has.
    Present,
    /// It has not.
    Absent,
}

impl Recipe {
    /// An ordinary PC that boots through `door`: 256 MiB, standard VGA, COM1.
    #[must_use]
    pub fn new(door: Door) -> Self {
        Self {
            door,
            memory: "256M".into(),
            cpu: "qemu64".into(),
            vga: "std".into(),
            machine: "pc".into(),
            kernel: None,
            cmdline: String::new(),
            entry: Entry::Ordinary,
            extra: Vec::new(),
            qtest: Attach::Absent,
            com1: Attach::Present,
        }
    }

    /// RAM as QEMU's `-m` takes it, such as `64M`.
    #[must_use]
    pub fn memory(mut self, size: &str) -> Self {
        size.clone_into(&mut self.memory);
        self
    }

    /// Processor model as QEMU's `-cpu` takes it.
    #[must_use]
    pub fn cpu(mut self, model: &str) -> Self {
        model.clone_into(&mut self.cpu);
        self
    }

    /// Graphics adapter as QEMU's `-vga` takes it.
    #[must_use]
    pub fn vga(mut self, adapter: &str) -> Self {
        adapter.clone_into(&mut self.vga);
        self
    }

    /// Machine type and options as QEMU's `-machine` takes them.
    #[must_use]
    pub fn machine(mut self, machine: &str) -> Self {
        machine.clone_into(&mut self.machine);
        self
    }

    /// The kernel's command line; only the PVH door can change it.
    #[must_use]
    pub fn cmdline(mut self, cmdline: &str) -> Self {
        cmdline.clone_into(&mut self.cmdline);
        self
    }

    /// Another kernel file than the one that was built; only the PVH door can change it.
    #[must_use]
    pub fn kernel(mut self, file: &Path) -> Self {
        self.kernel = Some(file.to_owned());
        self
    }

    /// Another entry of the boot menu; only an ISO has one.
    #[must_use]
    pub fn entry(mut self, entry: Entry) -> Self {
        self.entry = entry;
        self
    }

    /// One more argument for QEMU.
    #[must_use]
    pub fn arg(mut self, argument: &str) -> Self {
        self.extra.push(argument.to_owned());
        self
    }

    /// With a qtest socket, for [`Machine::qtest`].
    #[must_use]
    pub fn with_qtest(mut self) -> Self {
        self.qtest = Attach::Present;
        self
    }

    /// Without any serial port.
    #[must_use]
    pub fn without_serial(mut self) -> Self {
        self.com1 = Attach::Absent;
        self
    }

    /// Starts the machine and returns as soon as it runs.
    ///
    /// # Errors
    /// When an image is missing or QEMU refuses its arguments, in its words.
    pub fn boot(self) -> Outcome<Machine> {
        let dir = fresh_dir()?;
        let listen = |name: &str| UnixListener::bind(dir.join(name));
        let (serial, control, qtest) = (listen("serial")?, listen("qmp")?, listen("qtest")?);
        let mut command = Command::new("qemu-system-x86_64");
        command
            .args(["-accel", "tcg", "-display", "none", "-no-reboot", "-net", "none", "-S"])
            .args(["-machine", &self.machine, "-m", &self.memory])
            .args(["-cpu", &self.cpu, "-vga", &self.vga])
            .args(["-device", "isa-debug-exit,iobase=0xf4,iosize=4"])
            .arg("-D")
            .arg(dir.join("log"))
            .args(["-d", "cpu_reset"])
            .args(["-chardev", &format!("socket,id=qmp,path={}", dir.join("qmp").display())])
            .args(["-mon", "chardev=qmp,mode=control"]);
        match self.com1 {
            Attach::Present => {
                let path = dir.join("serial");
                command.args(["-chardev", &format!("socket,id=com1,path={}", path.display())]);
                command.args(["-serial", "chardev:com1"]);
            }
            Attach::Absent => {
                command.args(["-serial", "none"]);
            }
        }
        if self.qtest == Attach::Present {
            command.args(["-qtest", &format!("unix:{}", dir.join("qtest").display())]);
            command.args(["-qtest-log", "none"]);
        }
        let kernel = self.kernel.as_deref();
        self.door.arguments(&mut command, kernel, &self.cmdline, self.entry, &dir)?;
        command.args(&self.extra).stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(fs::File::create(dir.join("stderr"))?);
        let child = command
            .spawn()
            .map_err(|error| Failure::from(error).during("starting qemu-system-x86_64"))?;
        let mut process = Process { child, dir };
        let serial = match self.com1 {
            Attach::Present => Some(Serial::new(process.accept(&serial)?)?),
            Attach::Absent => None,
        };
        let mut qmp = Qmp::new(process.accept(&control)?)?;
        let qtest = match self.qtest {
            Attach::Present => Some(Qtest::new(process.accept(&qtest)?)?),
            Attach::Absent => None,
        };
        qmp.execute("cont", serde_json::json!({}))?;
        Ok(Machine { qmp, serial, qtest, door: self.door, process })
    }

    /// Boots up to the first prompt: on serial, or on the screen where there is no serial port.
    ///
    /// # Errors
    /// As [`Recipe::boot`], or when the prompt does not come in the door's time.
    pub fn boot_to_prompt(self) -> Outcome<Machine> {
        let bound = self.door.bound();
        let mut machine = self.boot()?;
        if let Some(serial) = &mut machine.serial {
            serial.ready(bound)?;
        } else {
            machine.wait_screen("the prompt", bound, |screen| screen.last() == PROMPT)?;
        }
        Ok(machine)
    }
}

/// A running machine.
pub struct Machine {
    /// QEMU's control socket.
    pub qmp: Qmp,
    serial: Option<Serial>,
    qtest: Option<Qtest>,
    door: Door,
    process: Process,
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
        Screen::capture(&mut self.qmp, &self.process.dir.join("screen.ppm"))
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
        let file = self.process.dir.join("screen.ppm");
        Screen::wait(&mut self.qmp, &file, what, bound, wanted)
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
        let asked = format!("{PROMPT} {command}").trim_end().to_owned();
        self.type_text(command)?;
        self.wait_screen(&format!("{asked:?}"), seconds(20), |screen| screen.last() == asked)?;
        self.type_text("\n")?;
        self.wait_screen(&format!("the prompt after {command:?}"), seconds(20), |screen| {
            screen.last() == PROMPT
        })
    }

    /// Waits until the processor stands still for good: in HLT with interrupts off.
    ///
    /// # Errors
    /// When it does not within `bound`.
    pub fn wait_halted(&mut self, bound: Duration) -> Outcome {
        let deadline = Instant::now() + bound;
        loop {
            let registers = self.qmp.human("info registers")?;
            if registers.contains("HLT=1") && flags(&registers) & INTERRUPT_FLAG == 0 {
                return Ok(());
            }
            ensure(Instant::now() < deadline, || format!("not halted:\n{registers}"))?;
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

    /// Fails if the processor ever gave up: a triple fault is in QEMU's log.
    ///
    /// # Errors
    /// If there was one, or the log cannot be read.
    pub fn no_triple_fault(&self) -> Outcome {
        let log = fs::read(self.process.dir.join("log"))?;
        let log = String::from_utf8_lossy(&log);
        ensure(!log.contains("Triple fault"), || {
            let serial = self.serial.as_ref().map(Serial::tail).unwrap_or_default();
            format!("the machine triple-faulted; serial ends:\n{serial}")
        })
    }
}

/// RFLAGS in the text of `info registers`.
fn flags(registers: &str) -> u64 {
    let value = registers.split("RFL=").nth(1).and_then(|rest| rest.split(' ').next());
    value.and_then(|hex| u64::from_str_radix(hex, 16).ok()).unwrap_or(INTERRUPT_FLAG)
}

/// A QEMU process and its directory; both go when this is dropped.
struct Process {
    child: Child,
    dir: PathBuf,
}

impl Process {
    /// Waits for QEMU to connect, or to end because it did not like its arguments.
    fn accept(&mut self, listener: &UnixListener) -> Outcome<UnixStream> {
        listener.set_nonblocking(true)?;
        let deadline = Instant::now() + seconds(30);
        loop {
            if let Ok((stream, _)) = listener.accept() {
                stream.set_nonblocking(false)?;
                return Ok(stream);
            }
            let ended = self.child.try_wait()?;
            if ended.is_some() || Instant::now() >= deadline {
                let words = fs::read_to_string(self.dir.join("stderr")).unwrap_or_default();
                return Err(Failure::new(format!("QEMU did not start: {ended:?} {words}")));
            }
            // A listener has no time-out of its own; this is the pace of looking.
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended on its own, which is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::env::var_os("VALHALLA_KEEP").is_none() {
            let _ = fs::remove_dir_all(&self.dir);
        }
    }
}

/// A new directory; its path is short, because socket paths must be.
fn fresh_dir() -> Outcome<PathBuf> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let dir: PathBuf =
        Path::new(&std::env::temp_dir()).join(format!("valhalla-{}-{number}", std::process::id()));
    fs::create_dir_all(&dir)?;
    Ok(dir)
}
