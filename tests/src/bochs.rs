//! A machine in Bochs: slow, and stricter than QEMU.
//!
//! A register that the processor model does not have raises #GP there, and its
//! graphics adapter can be an ordinary VGA. It boots an ISO from a CD, by BIOS, with `bochsrc` and what is said here. Its screen is an Xvfb that nobody
//! sees. It carries out some ten million instructions a second: a boot takes a
//! minute, so a trial here is for what QEMU cannot show.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::door::{Loader, NO_LIMINE};
use crate::menu::Entry;
use crate::process::{Dir, Process};
use crate::screen::Screen;
use crate::serial::Serial;
use crate::xvfb::Display;
use crate::{Failure, Outcome, images, seconds};

/// The machine's 720x400 pixels on the screen with Bochs' window (left, top, width,
/// height): within its border, and below its bar of buttons.
const TEXT_IN_WINDOW: [usize; 4] = [4, 36, 720, 400];

/// The reason of a Bochs test that did not run; it counts as ignored, never as passed.
pub const NO_BOCHS: &str = "Bochs or Xvfb not found";

/// The reason why nothing can be booted by `loader` in Bochs on this machine, if there
/// is one.
#[must_use]
pub fn closed(loader: Loader) -> Option<&'static str> {
    let is_there = |program: &str, argument: &str| {
        let mut command = Command::new(program);
        command.arg(argument).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok()
    };
    let is_missing = !is_there("bochs", "--help") || !is_there("Xvfb", "-help");
    let no_limine = loader == Loader::Limine && images::limine_iso().is_none();
    is_missing.then_some(NO_BOCHS).or(no_limine.then_some(NO_LIMINE))
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
    loader: Loader,
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
    /// A strict PC with the processor `model`, of those that `bochs --help cpu` lists,
    /// booted by GRUB.
    #[must_use]
    pub fn new(model: &str) -> Self {
        Self {
            model: model.into(),
            bad_msrs: BadMsrs::Fault,
            vga: Vga::Extended,
            loader: Loader::Grub,
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

    /// Another boot loader.
    #[must_use]
    pub fn loader(mut self, loader: Loader) -> Self {
        self.loader = loader;
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
        let display = Display::new(dir.path())?;
        // Bochs connects to a port that the system has picked.
        let serial = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let mut bochs = self.command(dir.path(), serial.local_addr()?.port())?;
        bochs.env("DISPLAY", &display.name);
        let mut process = Process::start(bochs, dir)?;
        serial.set_nonblocking(true)?;
        let line = process.accept_by(|| serial.accept().map(|(stream, _)| stream))?;
        line.set_nonblocking(false)?;
        let serial = Serial::new(line.try_clone()?, line);
        Ok(Machine { serial, process, display })
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
        let iso = match self.loader {
            Loader::Grub => images::grub_iso()?,
            Loader::Limine => images::limine_iso().ok_or_else(|| Failure::new(NO_LIMINE))?,
        };
        let iso = match self.entry {
            Entry::Ordinary => iso,
            other => other.image(self.loader, &iso, dir)?,
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
    display: Display,
}

impl Machine {
    /// Types a command on the serial line and returns its answer.
    ///
    /// # Errors
    /// As [`Serial::run`].
    pub fn run(&mut self, command: &str) -> Outcome<String> {
        self.serial.run(command)
    }

    /// Looks at the picture of VGA text mode in Bochs' window until `wanted` holds.
    ///
    /// # Errors
    /// As [`Screen::wait`].
    pub fn wait_screen(&self, what: &str, wanted: impl Fn(&Screen) -> bool) -> Outcome<Screen> {
        let look = || Ok(Screen::read(&self.display.picture(TEXT_IN_WINDOW)?));
        Screen::wait(look, what, seconds(60), wanted)
    }

    /// Bochs' own log of the machine.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn log(&self) -> Outcome<String> {
        Ok(String::from_utf8_lossy(&fs::read(self.process.path("log"))?).into_owned())
    }
}
