//! What a PC is made of: a description that is changed step by step, then booted.
//!
//! QEMU connects to sockets that the harness listens on (serial lines: to pairs of
//! named pipes), and starts stopped, so that no output is lost before somebody reads.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::door::{Door, Firmware, Medium};
use crate::images;
use crate::machine::Machine;
use crate::menu::Entry;
use crate::process::{Dir, Process};
use crate::qmp::Qmp;
use crate::qtest::Qtest;
use crate::serial::{PROMPT, Serial};
use crate::snapshot;
use crate::{Failure, Outcome, ensure};

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
    com2: Attach,
    before_entry: Option<Change>,
    pretence: Option<Pretence>,
    start: Start,
}

/// Where a machine begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// At the kernel's entry, where others have saved such a machine there.
    Quick,
    /// With its firmware.
    PowerOn,
}

/// The memory of an ordinary PC.
const MEMORY: &str = "256M";
/// Its processor.
const CPU: &str = "qemu64";
/// Its graphics adapter.
const VGA: &str = "std";

/// Another first argument for a function of the kernel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pretence {
    /// A part of its mangled name that no other has.
    pub(crate) function: &'static str,
    pub(crate) argument: u64,
    /// For so many calls.
    pub(crate) times: u32,
}

/// What is done to a machine that stands at the kernel's entry.
pub type Change = fn(&mut Machine) -> Outcome;

/// The QEMU that machines run in: `VALHALLA_QEMU`, or the system's.
fn qemu() -> OsString {
    env::var_os("VALHALLA_QEMU").unwrap_or_else(|| "qemu-system-x86_64".into())
}

/// Its major version.
///
/// # Errors
/// If it does not start, or says something else than a version.
pub fn qemu_version() -> Outcome<u32> {
    let said = Command::new(qemu()).arg("--version").output()?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let number = said.split("version ").nth(1).and_then(|rest| rest.split('.').next());
    number
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| Failure::new(format!("QEMU does not tell its version: {said:?}")))
}

/// Whether a machine has a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attach {
    /// It has.
    Present,
    /// It has, and nobody minds it.
    Unread,
    /// It has not.
    Absent,
}

/// Makes the two named pipes of QEMU's `-chardev pipe`.
fn make_pipes(path: &Path) -> Outcome {
    let mut made = Command::new("mkfifo");
    made.args(["in", "out"].map(|end| path.with_extension(end)));
    ensure(made.status()?.success(), || format!("no named pipes at {}", path.display()))
}

impl Recipe {
    /// An ordinary PC that boots through `door`: 256 MiB, standard VGA, COM1.
    #[must_use]
    pub fn new(door: Door) -> Self {
        Self {
            door,
            memory: MEMORY.into(),
            cpu: CPU.into(),
            vga: VGA.into(),
            machine: "pc".into(),
            kernel: None,
            cmdline: String::new(),
            entry: Entry::Ordinary,
            extra: Vec::new(),
            qtest: Attach::Absent,
            com1: Attach::Present,
            com2: Attach::Absent,
            before_entry: None,
            pretence: None,
            start: Start::Quick,
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

    /// Another kernel file than the one that was built; for a door with an image,
    /// another image.
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

    /// Stops the machine at the kernel's entry for `change`: the firmware's tables
    /// are there, and the kernel has not read them. With a qtest socket.
    #[must_use]
    pub fn before_entry(mut self, change: Change) -> Self {
        self.before_entry = Some(change);
        self.with_qtest()
    }

    /// Has the function of the kernel that has `function` in its mangled name called
    /// with another first argument, so many times.
    #[must_use]
    pub fn calling(mut self, function: &'static str, argument: u64, times: u32) -> Self {
        self.pretence = Some(Pretence { function, argument, times });
        self.before_entry(|_| Ok(()))
    }

    /// From power-on, with all of firmware and loader, where that is what the test is
    /// about: an ordinary PC with UEFI begins at the kernel's entry where it may
    /// ([`snapshot`]).
    #[must_use]
    pub fn from_power_on(mut self) -> Self {
        self.start = Start::PowerOn;
        self
    }

    /// Without any serial port.
    #[must_use]
    pub fn without_serial(mut self) -> Self {
        self.com1 = Attach::Absent;
        self
    }

    /// With a serial port whose other end takes nothing, until
    /// [`Machine::read_serial`]: some bytes into the boot the transmitter stands
    /// still, because a socket holds no more.
    #[must_use]
    pub fn with_unread_serial(mut self) -> Self {
        self.com1 = Attach::Unread;
        self
    }

    /// With a second serial port, for [`Machine::second`].
    #[must_use]
    pub fn with_second_serial(mut self) -> Self {
        self.com2 = Attach::Present;
        self
    }

    /// Starts the machine and returns as soon as it runs.
    ///
    /// # Errors
    /// When an image is missing or QEMU refuses its arguments, in its words.
    pub fn boot(self) -> Outcome<Machine> {
        if let Some(change) = self.before_entry {
            let (mut machine, stub) = self.start_with_stub()?;
            let kernel = fs::read(self.kernel.map_or_else(images::kernel, Ok)?)?;
            machine.at_entry(stub, &kernel, change, self.pretence)?;
            return Ok(machine);
        }
        let saved = if self.is_shared() { snapshot::of(self.door, &self.machine)? } else { None };
        let dir = Dir::new()?;
        let mut command = self.command(dir.path())?;
        if let Some(file) = &saved {
            command.args(["-incoming", &format!("exec:cat '{}'", file.display())]);
        }
        let mut machine = self.start(command, dir)?;
        if saved.is_some() {
            snapshot::wait_loaded(&mut machine.qmp)?;
        }
        // Everybody listens: now the machine may start.
        machine.qmp.execute("cont", serde_json::json!({}))?;
        Ok(machine)
    }

    /// Whether many boot this machine, and the start of its firmware takes long: an
    /// ordinary PC with UEFI and a CD, of any machine type.
    fn is_shared(&self) -> bool {
        self.start == Start::Quick
            && matches!(self.door, Door::Iso(_, Firmware::Uefi, Medium::Cd))
            && (&*self.memory, &*self.cpu, &*self.vga) == (MEMORY, CPU, VGA)
            && (self.com1, self.com2) == (Attach::Present, Attach::Absent)
            && self.kernel.is_none()
            && self.entry == Entry::Ordinary
            && self.extra.is_empty()
    }

    /// Starts the machine stopped, and returns it with a connection to its debugger stub.
    ///
    /// # Errors
    /// As [`Recipe::boot`].
    pub(crate) fn start_with_stub(&self) -> Outcome<(Machine, UnixStream)> {
        let dir = Dir::new()?;
        let gdb = UnixListener::bind(dir.path().join("gdb"))?;
        let mut command = self.command(dir.path())?;
        let path = dir.path().join("gdb");
        command.args(["-chardev", &format!("socket,id=gdb,path={}", path.display())]);
        command.args(["-gdb", "chardev:gdb"]);
        let mut machine = self.start(command, dir)?;
        let stub = machine.process.accept(&gdb)?;
        Ok((machine, stub))
    }

    /// Starts QEMU, which waits for `cont`, and connects to all of its lines.
    fn start(&self, command: Command, dir: Dir) -> Outcome<Machine> {
        let listen = |name: &str| UnixListener::bind(dir.path().join(name));
        let (serial, control, qtest) = (listen("serial")?, listen("qmp")?, listen("qtest")?);
        for (line, name) in [(self.com1, "com1"), (self.com2, "com2")] {
            if line == Attach::Present {
                make_pipes(&dir.path().join(name))?;
            }
        }
        let mut process = Process::start(command, dir)?;
        let qmp = Qmp::new(process.accept(&control)?)?;
        let (serial, unread) = match self.com1 {
            // QEMU has answered, so it has opened them.
            Attach::Present => (Some(Serial::over_pipes(&process.path("com1"))?), None),
            Attach::Unread => (None, Some(process.accept(&serial)?)),
            Attach::Absent => (None, None),
        };
        let second = match self.com2 {
            Attach::Present => Some(Serial::over_pipes(&process.path("com2"))?),
            Attach::Unread | Attach::Absent => None,
        };
        let qtest = match self.qtest {
            Attach::Present => Some(Qtest::new(process.accept(&qtest)?)?),
            Attach::Unread | Attach::Absent => None,
        };
        Ok(Machine { qmp, serial, unread, second, qtest, door: self.door, process })
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

    /// QEMU's command line; the sockets are in `dir`.
    fn command(&self, dir: &Path) -> Outcome<Command> {
        let mut command = Command::new(qemu());
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
            // A byte costs QEMU a third of what it costs on a socket, and there is
            // room for 64 KiB, not some hundred bytes, when nobody reads in time.
            Attach::Present => {
                let path = dir.join("com1");
                command.args(["-chardev", &format!("pipe,id=com1,path={}", path.display())]);
                command.args(["-serial", "chardev:com1"]);
            }
            Attach::Unread => {
                let path = dir.join("serial");
                command.args(["-chardev", &format!("socket,id=com1,path={}", path.display())]);
                command.args(["-serial", "chardev:com1"]);
            }
            Attach::Absent => {
                command.args(["-serial", "none"]);
            }
        }
        if self.com2 == Attach::Present {
            let path = dir.join("com2");
            command.args(["-chardev", &format!("pipe,id=com2,path={}", path.display())]);
            command.args(["-serial", "chardev:com2"]);
        }
        if self.qtest == Attach::Present {
            command.args(["-qtest", &format!("unix:{}", dir.join("qtest").display())]);
            command.args(["-qtest-log", "none"]);
        }
        let kernel = self.kernel.as_deref();
        self.door.arguments(&mut command, kernel, &self.cmdline, self.entry, dir)?;
        command.args(&self.extra);
        Ok(command)
    }
}
