//! A machine in Bochs: slow, and stricter than QEMU.
//!
//! A register that the processor model does not have raises #GP there, and its
//! graphics adapter can be an ordinary VGA. It boots the ISO that GRUB starts, from
//! a CD, with `bochsrc` and what is said here. Its screen is an Xvfb that nobody
//! sees. It carries out some ten million instructions a second: a boot takes a
//! minute, so a trial here is for what QEMU cannot show.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::door::Loader;
use crate::menu::Entry;
use crate::process::{Dir, Process};
use crate::serial::Serial;
use crate::{Failure, Outcome, images, seconds};

/// The reason of a Bochs test that did not run; it counts as ignored, never as passed.
pub const NO_BOCHS: &str = "Bochs or Xvfb not found";

/// The reason why nothing can be tried in Bochs on this machine, if there is one.
#[must_use]
pub fn closed() -> Option<&'static str> {
    let is_there = |program: &str, argument: &str| {
        let mut command = Command::new(program);
        command.arg(argument).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok()
    };
    (!is_there("bochs", "--help") || !is_there("Xvfb", "-help")).then_some(NO_BOCHS)
}

/// Maximum time of a boot to the prompt.
#[must_use]
pub fn bound() -> Duration {
    seconds(200)
}

/// A description of a machine, to be changed step by step and then booted.
#[derive(Debug, Clone)]
pub struct Recipe {
    model: String,
    bad_msrs: BadMsrs,
    vga: Vga,
    entry: Entry,
    extra: Vec<String>,
}

/// The answer to an access to a register that the processor model does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BadMsrs {
    Fault = 0,
    Ignored = 1,
}

/// The graphics adapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vga {
    /// With Bochs' own extension, as QEMU's standard VGA.
    Extended,
    /// An ordinary VGA.
    Plain,
}

impl Recipe {
    /// A strict PC with the processor `model`, of those that `bochs --help cpu` lists.
    #[must_use]
    pub fn new(model: &str) -> Self {
        Self {
            model: model.into(),
            bad_msrs: BadMsrs::Fault,
            vga: Vga::Extended,
            entry: Entry::Ordinary,
            extra: Vec::new(),
        }
    }

    /// Registers that the model does not have read as zero and take any value.
    #[must_use]
    pub fn ignoring_bad_msrs(mut self) -> Self {
        self.bad_msrs = BadMsrs::Ignored;
        self
    }

    /// Another graphics adapter.
    #[must_use]
    pub fn vga(mut self, adapter: Vga) -> Self {
        self.vga = adapter;
        self
    }

    /// Another entry of the boot menu.
    #[must_use]
    pub fn entry(mut self, entry: Entry) -> Self {
        self.entry = entry;
        self
    }

    /// One more option of Bochs, as a line of `bochsrc` has it.
    #[must_use]
    pub fn option(mut self, line: &str) -> Self {
        self.extra.push(line.to_owned());
        self
    }

    /// Starts the machine and returns when its serial line is connected.
    ///
    /// # Errors
    /// When the image is missing, or Bochs does not start, in its words.
    pub fn boot(self) -> Outcome<Machine> {
        let dir = Dir::new()?;
        let display = Display::new()?;
        // Bochs connects to a port that the system has picked.
        let serial = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let mut bochs = self.command(dir.path(), serial.local_addr()?.port())?;
        bochs.env("DISPLAY", &display.name);
        let mut process = Process::start(bochs, dir)?;
        serial.set_nonblocking(true)?;
        let line = process.accept_by(|| serial.accept().map(|(stream, _)| stream))?;
        line.set_nonblocking(false)?;
        let serial = Serial::new(line.try_clone()?, line);
        Ok(Machine { serial, process, _display: display })
    }

    /// Boots up to the first prompt on the serial line.
    ///
    /// # Errors
    /// As [`Recipe::boot`], or when the prompt does not come within [`bound`].
    pub fn boot_to_prompt(self) -> Outcome<Machine> {
        let mut machine = self.boot()?;
        machine.serial.ready(bound())?;
        Ok(machine)
    }

    /// Bochs' command line; its files are in `dir`.
    fn command(&self, dir: &Path, port: u16) -> Outcome<Command> {
        let iso = match self.entry {
            Entry::Ordinary => images::grub_iso()?,
            other => other.image(Loader::Grub, &images::grub_iso()?, dir)?,
        };
        let mut bochs = Command::new("bochs");
        bochs.arg("-q").arg("-f").arg(images::workspace().join("bochsrc"));
        // One with a debugger stops before the first instruction.
        let said = Command::new("bochs").arg("--help").stdin(Stdio::null()).output()?;
        if String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).contains(" -rc ") {
            let commands = dir.join("commands");
            fs::write(&commands, "c\n")?;
            bochs.arg("-rc").arg(commands);
        }
        let vga = match self.vga {
            Vga::Extended => "vbe",
            Vga::Plain => "none",
        };
        let (model, bad_msrs) = (&self.model, self.bad_msrs as u8);
        bochs
            .arg(format!("cpu: model={model}, ips=10000000, ignore_bad_msrs={bad_msrs}"))
            .arg(format!("vga: extension={vga}"))
            .arg(format!("ata0-master: type=cdrom, path={}, status=inserted", iso.display()))
            .arg(format!("com1: enabled=1, mode=socket-client, dev=127.0.0.1:{port}"))
            .arg(format!("log: {}", dir.join("log").display()))
            .args(&self.extra);
        Ok(bochs)
    }
}

/// A machine that runs in Bochs; it is killed when this is dropped.
pub struct Machine {
    /// Its serial line.
    pub serial: Serial,
    process: Process,
    /// After Bochs, so that it goes last.
    _display: Display,
}

impl Machine {
    /// Types a command on the serial line and returns its answer.
    ///
    /// # Errors
    /// As [`Serial::run`].
    pub fn run(&mut self, command: &str) -> Outcome<String> {
        self.serial.run(command)
    }

    /// Bochs' own log of the machine.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn log(&self) -> Outcome<String> {
        Ok(String::from_utf8_lossy(&fs::read(self.process.path("log"))?).into_owned())
    }
}

/// An X server that shows nothing to anybody; it is killed when this is dropped.
struct Display {
    server: Child,
    /// As `DISPLAY` has it, such as `:7`.
    name: String,
}

impl Display {
    /// Starts one, which picks a free number itself.
    fn new() -> Outcome<Self> {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", "1280x1024x24"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let server =
            command.spawn().map_err(|error| Failure::from(error).during("starting Xvfb"))?;
        let mut display = Self { server, name: String::new() };
        // It says the number when it is ready, or ends and closes the pipe.
        let mut number = String::new();
        if let Some(said) = display.server.stdout.take() {
            BufReader::new(said).read_line(&mut number)?;
        }
        let number: u32 = number
            .trim()
            .parse()
            .map_err(|_| Failure::new(format!("Xvfb tells no display number: {number:?}")))?;
        display.name = format!(":{number}");
        Ok(display)
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        // It may have ended on its own, which is fine.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
